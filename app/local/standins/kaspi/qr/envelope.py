"""What every call of Kaspi Pay QR has in common: who may call, the envelope of answers, error codes, fault switches.

Business errors are answers with HTTP 200 and a StatusCode other than 0.
"""

from __future__ import annotations

import hmac
import time
from decimal import Decimal
from typing import Annotated, Literal

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.kaspi.faults import KaspiFaults, ServerError

api = Blueprint("kaspi_qr", __name__, url_prefix="/kaspi-qr/<any(r1, r2, r3):scheme>")

LARGEST_AMOUNT = 10_000_000

DEVICE_NOT_FOUND = -1501
DEVICE_ELSEWHERE = -1503
PURCHASE_NOT_FOUND = -1601
RETURN_PURCHASE_NOT_FOUND = -99000001
TRADE_POINT_NOT_FOUND = -99000002
WRONG_TRADE_POINT = -99000003
RETURN_EXCEEDS_PURCHASE = -99000005
RETURN_FAILED = -99000006
WRONG_STATUS = -99000011
NO_PARTIAL_RETURN = -99000020
BAD_AMOUNT = 990000028
NO_CERTIFICATE = -10000
UNAVAILABLE = -999

_MESSAGES = {
    DEVICE_NOT_FOUND: "Устройство не найдено",
    DEVICE_ELSEWHERE: "Устройство закреплено за другой торговой точкой",
    PURCHASE_NOT_FOUND: "Покупка не найдена",
    RETURN_PURCHASE_NOT_FOUND: "Покупка с заданным id не найдена",
    TRADE_POINT_NOT_FOUND: "Торговая точка не найдена",
    WRONG_TRADE_POINT: "Торговая точка покупки не совпадает с текущим устройством",
    RETURN_EXCEEDS_PURCHASE: "Сумма возврата не может превышать сумму покупки",
    RETURN_FAILED: "Ошибка возврата, попробуйте ещё раз",
    WRONG_STATUS: "Операция недоступна в этом статусе покупки",
    NO_PARTIAL_RETURN: "Частичный возврат невозможен",
    BAD_AMOUNT: "Некорректная сумма",
    NO_CERTIFICATE: "Отсутствует клиентский сертификат",
    UNAVAILABLE: "Сервис временно недоступен",
}


class QrError(Exception):
    """An answer other than success: a code of Kaspi's, or an HTTP status when the call itself is no good."""

    def __init__(self, code: int, message: str = "", *, http_status: int = 200) -> None:
        super().__init__(code)
        self.document = {"StatusCode": code, "Message": message or _MESSAGES[code], "Data": None}
        self.http_status = http_status


def _whole_tenge(amount: object) -> int:
    """Whole tenge out of a JSON number; 0 for whatever cannot be paid, which the caller answers with a code."""
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise ValueError("an amount is a number such as 200.00")  # noqa: TRY004  pydantic wants a ValueError
    exact = Decimal(str(amount))
    return int(exact) if exact.is_finite() and exact == int(exact) and 0 < exact <= LARGEST_AMOUNT else 0


TengeNumber = Annotated[int, BeforeValidator(_whole_tenge)]
Text = Annotated[str, Field(min_length=1, max_length=128)]


class QrRequest(BaseModel):
    """Base of the documents that are sent to the API."""

    model_config = ConfigDict(strict=True, extra="forbid")


@api.errorhandler(QrError)
def _refuse(error: QrError) -> ResponseReturnValue:
    return jsonify(error.document), error.http_status


@api.errorhandler(ValidationError)
def _refuse_document(error: ValidationError) -> ResponseReturnValue:
    places = sorted({".".join(map(str, detail["loc"])) for detail in error.errors(include_input=False)})
    return jsonify(StatusCode=400, Message=", ".join(places), Data=None), 400


@api.before_request
def _let_in() -> None:
    """Ask for the key (r1) or the certificate (r2, r3), which TLS has checked if the call came that way."""
    scheme = (request.view_args or {}).pop("scheme")
    if scheme == "r1":
        given, expected = request.headers.get("Api-Key", ""), desk().settings.kaspi_qr_api_key
        if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
            raise QrError(401, "Неверный Api-Key", http_status=401)
    elif not request.is_secure:
        raise QrError(NO_CERTIFICATE)
    if not request.headers.get("X-Request-ID"):
        raise QrError(400, "X-Request-ID", http_status=400)


@api.after_request
def _echo(response: Response) -> Response:
    response.headers["X-Request-ID"] = request.headers.get("X-Request-ID", "")
    return response


def faults() -> KaspiFaults:
    """The switches, unless one of them ends every call here."""
    with desk().store.reading() as db:
        found = switches.load(db, KaspiFaults)
    if found.unavailable:
        raise QrError(UNAVAILABLE)
    return found


def fail(switch: ServerError, moment: Literal["before", "after"]) -> None:
    """Answer 500 where the switch says so."""
    if switch == moment:
        raise QrError(500, "Internal Server Error", http_status=500)


def answer(data: object, set_switches: KaspiFaults) -> ResponseReturnValue:
    """Success; late, or so late that it is a failure, as the switches say. What was asked for is done by now."""
    time.sleep(set_switches.slow_seconds)
    if set_switches.hang_seconds:
        time.sleep(set_switches.hang_seconds)
        raise QrError(504, "Gateway Timeout", http_status=504)
    return {"StatusCode": 0, "Message": "OK", "Data": data}


def now() -> float:
    """Unix seconds."""
    return clock.now().timestamp()
