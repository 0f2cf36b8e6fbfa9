"""The gateway's API: create, status, refund, statement (design 4-kaspi, surface 1). Errors are {code, message}."""

from __future__ import annotations

import hmac
import re
import time
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.kaspi import payments, refunds, statement
from app.local.standins.kaspi.faults import KaspiFaults, ServerError
from app.local.standins.kaspi.payments import Order, OrderConflictError, Payment

api = Blueprint("kaspi_api", __name__, url_prefix="/kaspi")


def _tenge(text: object) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,9})\.00", text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("an amount is a string of whole, positive tenge such as 12500.00")
    return int(match[1])


Id = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
Tenge = Annotated[int, BeforeValidator(_tenge)]
Url = Annotated[str, Field(pattern=r"^https?://[!-~]+$")]


class CreateRequest(BaseModel):
    """The document of `POST /payment/create`."""

    model_config = ConfigDict(strict=True, extra="forbid")
    merchant_id: Id
    order_id: Id
    amount: Tenge
    currency: Literal["KZT"]
    description: Annotated[str, Field(min_length=1, max_length=250)]
    return_url: Url
    callback_url: Url
    expires_in: Annotated[int, Field(ge=1, le=86_400)]


class RefundRequest(BaseModel):
    """The document of `POST /payment/refund`."""

    model_config = ConfigDict(strict=True, extra="forbid")
    payment_id: Id
    refund_id: Id
    amount: Tenge
    reason: Annotated[str, Field(max_length=250)]


class ApiError(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.document = {"code": code, "message": message or code}


@api.errorhandler(ApiError)
def _refuse(error: ApiError) -> ResponseReturnValue:
    return jsonify(error.document), error.status


@api.errorhandler(ValidationError)
def _refuse_document(error: ValidationError) -> ResponseReturnValue:
    places = sorted({".".join(map(str, detail["loc"])) for detail in error.errors(include_input=False)})
    return jsonify(code="bad_request", message=", ".join(places)), 400


@api.before_request
def _check_key() -> None:
    expected = f"Bearer {desk().settings.kaspi_api_key}"
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        raise ApiError(401, "unauthorized")


@api.post("/payment/create")
def create() -> ResponseReturnValue:
    """Open a payment; the same order again gets the same payment."""
    faults = _faults()
    _fail(faults.create_500, "before")
    asked = CreateRequest.model_validate_json(request.get_data())
    order = Order(asked.order_id, asked.amount, asked.expires_in, asked.description, asked.return_url)
    try:
        with desk().store.writing() as db:
            payment = payments.open_order(db, order, now=_now())
    except OrderConflictError:
        raise ApiError(409, "order_id_conflict", "the order id belongs to a payment of another amount") from None
    _fail(faults.create_500, "after")
    _dawdle(faults)
    page = desk().pay_url(payment.token)
    return {
        "payment_id": payment.payment_id,
        "payment_url": page,
        "qr_token": page,
        "status": payment.status,
        "expires_at": _iso(payment.expires_at),
    }


@api.get("/payment/status/<payment_id>")
def status(payment_id: str) -> ResponseReturnValue:
    """Tell how a payment stands."""
    faults = _faults()
    if faults.status_500:
        raise ApiError(500, "internal_error")
    with desk().store.writing() as db:
        payments.expire_due(db, faults, now=_now())
        payment = payments.find(db, payment_id)
    if payment is None or payment.surface != "gateway":
        raise ApiError(404, "payment_not_found")
    _dawdle(faults)
    return _describe(payment) | ({"status": "under_review"} if faults.status_unknown else {})


@api.post("/payment/refund")
def refund() -> ResponseReturnValue:
    """Give money back; the same refund again moves nothing."""
    faults = _faults()
    _fail(faults.refund_500, "before")
    asked = RefundRequest.model_validate_json(request.get_data())
    try:
        with desk().store.writing() as db:
            made = refunds.ask(
                db, faults, payment_id=asked.payment_id, refund_id=asked.refund_id, amount=asked.amount, now=_now()
            )
    except refunds.RefundRefusedError as error:
        raise ApiError(404 if str(error) == "payment_not_found" else 409, str(error)) from None
    desk().courier.wake()
    _fail(faults.refund_500, "after")
    _dawdle(faults)
    return {"refund_id": made.refund_id, "status": made.status}


@api.get("/statement")
def day_statement() -> ResponseReturnValue:
    """One page of an Almaty day's statement."""
    faults = _faults()
    try:
        day = date.fromisoformat(request.args.get("date", ""))
        start = int(request.args.get("cursor") or "0")
    except ValueError:
        raise ApiError(400, "bad_request", "date is YYYY-MM-DD, cursor is what the last page gave") from None
    with desk().store.reading() as db:
        lines = statement.lines(db, day)
    lines = statement.spoil(lines, faults)
    end = max(0, start) + statement.PAGE_SIZE
    _dawdle(faults)
    return {
        "lines": [line.to_wire() for line in lines[max(0, start) : end]],
        "next_cursor": str(end) if end < len(lines) else None,
    }


def _describe(payment: Payment) -> dict[str, object]:
    return {
        "payment_id": payment.payment_id,
        "order_id": payment.order_id,
        "status": payment.status,
        "amount": f"{payment.paid_amount or payment.amount}.00",
        "paid_at": None if payment.paid_at is None else _iso(payment.paid_at),
        "transaction_id": payment.transaction_id,
        "refunded_amount": f"{payment.refunded}.00",
    }


def _faults() -> KaspiFaults:
    """The switches, unless one of them ends every call here."""
    with desk().store.reading() as db:
        faults = switches.load(db, KaspiFaults)
    if faults.unavailable:
        raise ApiError(503, "unavailable")
    return faults


def _fail(switch: ServerError, moment: Literal["before", "after"]) -> None:
    if switch == moment:
        raise ApiError(500, "internal_error")


def _dawdle(faults: KaspiFaults) -> None:
    """Answer late, or so late that it is a failure, as the switches say. What was asked for is done by now."""
    time.sleep(faults.slow_seconds)
    if faults.hang_seconds:
        time.sleep(faults.hang_seconds)
        raise ApiError(504, "gateway_timeout")


def _now() -> float:
    return clock.now().timestamp()


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
