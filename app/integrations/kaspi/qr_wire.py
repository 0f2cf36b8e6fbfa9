"""Documents and codes of the Kaspi Pay QR API (design 4-kaspi, surface 2).

Every answer is an envelope {StatusCode, Message, Data}; StatusCode 0 is success. Amounts are JSON numbers of tenge
(200.00), ids of payments are JSON integers, times have an offset or are Almaty's. Messages of Kaspi are not repeated in
errors: they may speak of people.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar

import httpx
import structlog
from pydantic import AwareDatetime, BeforeValidator, Field, JsonValue

from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.port import ProviderPaymentStatus
from app.integrations.kaspi.wire import WireId, WireModel, WireText, WireUrl, read, read_value, time_from_wire
from app.kit.clock import ALMATY

log = structlog.get_logger(__name__)

PAYMENT_STATUS = {
    "QrTokenCreated": ProviderPaymentStatus.PENDING,
    "Wait": ProviderPaymentStatus.PENDING,
    "RemotePaymentCreated": ProviderPaymentStatus.PENDING,
    "Processed": ProviderPaymentStatus.PAID,
    "Error": ProviderPaymentStatus.FAILED,
    "RemotePaymentRejected": ProviderPaymentStatus.FAILED,
    "RemotePaymentCanceled": ProviderPaymentStatus.EXPIRED,
    "QrTokenDiscarded": ProviderPaymentStatus.EXPIRED,
    "Expired": ProviderPaymentStatus.EXPIRED,
}
"""RemotePaymentCanceled is our own doing: a bill that we took back, nothing that the payer declined."""

RETURN_FAILED = -99000006
TRY_LATER = frozenset({-999, RETURN_FAILED})
"""Temporarily unavailable; an error while giving back, which may have been carried out all the same."""

SET_UP = frozenset({-1501, -1502, -1503, -99000002, -99000003, 990000018, -10000})
"""Device, trade point, certificate: our set-up is wrong, whatever was asked for."""

REFUSALS = SET_UP | frozenset(
    {
        -1601,  # purchase not found
        -99000001,  # purchase not found
        -99000005,  # more than was paid
        -99000011,  # not in a state to be given back
        -99000020,  # in part it cannot be given back
        990000026,  # no QR here
        990000028,  # an amount that is not accepted
        990000033,  # no ways to pay
    }
)


def _whole_tenge(number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 10**12:
        raise ValueError("an amount is a number")
    if number != int(number):
        raise ValueError("an amount is in whole tenge")
    return int(number)


def _id(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _time(text: object) -> datetime:
    """With an offset, or without one as Almaty's clocks show it: both are seen."""
    if isinstance(text, str) and len(text) >= 19 and not text.endswith("Z") and text[-6] not in "+-":
        moment = time_from_wire(f"{text}Z")
        return moment.replace(tzinfo=ALMATY).astimezone(UTC)
    return time_from_wire(text)


QrAmount = Annotated[int, BeforeValidator(_whole_tenge)]
QrId = Annotated[WireId, BeforeValidator(_id)]
QrTime = Annotated[AwareDatetime, BeforeValidator(_time)]
Seconds = Annotated[int, Field(ge=1, le=3600)]


class _Envelope(WireModel):
    StatusCode: int
    Data: JsonValue = None


class _Behaviour(WireModel):
    StatusPollingInterval: Seconds = 5


class QrCreated(WireModel):
    """Answer to `qr/create`."""

    QrToken: WireText
    ExpireDate: QrTime
    QrPaymentId: QrId
    QrPaymentBehaviorOptions: _Behaviour = _Behaviour()


class LinkCreated(WireModel):
    """Answer to `qr/create-link`."""

    PaymentLink: WireUrl
    ExpireDate: QrTime
    PaymentId: QrId
    PaymentBehaviorOptions: _Behaviour = _Behaviour()


class BillPushed(WireModel):
    """Answer to `remote/create`."""

    QrPaymentId: QrId


class PaymentState(WireModel):
    """Answer to `payment/status`. Before anything is paid only the status need be there."""

    Status: str
    TransactionId: QrId | None = None
    Amount: QrAmount | None = None

    @property
    def status(self) -> ProviderPaymentStatus:
        """In our words; an unknown one is pending, logged and so counted."""
        known = PAYMENT_STATUS.get(self.Status)
        if known is None:
            log.warning("kaspi_payment_status_unknown", kaspi_status=self.Status[:64])
        return known or ProviderPaymentStatus.PENDING


class PaymentDetails(WireModel):
    """Answer to `payment/details`."""

    QrPaymentId: QrId
    TotalAmount: QrAmount
    AvailableReturnAmount: QrAmount
    TransactionDate: QrTime

    @property
    def returned(self) -> int:
        """Tenge given back so far. Raises ProviderProtocolError when more is left than was paid."""
        if self.AvailableReturnAmount > self.TotalAmount:
            raise ProviderProtocolError("kaspi: more can be given back than was paid")
        return self.TotalAmount - self.AvailableReturnAmount


class TradePoint(WireModel):
    """A place of sale of ours, as Kaspi has it."""

    TradePointId: int
    TradePointName: str


class DeviceRegistered(WireModel):
    """Answer to `device/register`."""

    DeviceToken: WireText


ModelT = TypeVar("ModelT", bound=WireModel)


class ReturnWentWrong(ProviderUnavailable):
    """Kaspi answered, and could not give this money back for now. Says nothing about its other calls."""

    is_outage = False


def data_of(response: httpx.Response) -> JsonValue:
    """What an envelope holds.

    Raises ProviderUnavailable for the codes that mean "later", ProviderRefused for those that mean "no", and
    ProviderProtocolError for any other and for what is no envelope.
    """
    envelope = read(_Envelope, response.content)
    code = envelope.StatusCode
    if code == 0:
        return envelope.Data
    if code == RETURN_FAILED:
        raise ReturnWentWrong(f"kaspi: code {code}", outcome_unknown=True)
    if code in TRY_LATER:
        raise ProviderUnavailable(f"kaspi: code {code}")
    if code in REFUSALS:
        raise ProviderRefused(f"kaspi: code {code}", code=str(code))
    log.error("kaspi_code_unknown", kaspi_code=code)
    raise ProviderProtocolError(f"kaspi: unknown code {code}")


def read_data(model: type[ModelT], response: httpx.Response) -> ModelT:
    """An envelope's data as a document. Raises as `data_of`, and ProviderProtocolError for a malformed document."""
    return read_value(model, data_of(response))


def trade_points(response: httpx.Response) -> list[TradePoint]:
    """The list of trade points. Raises as `read_data`."""
    data = data_of(response)
    if not isinstance(data, list):
        raise ProviderProtocolError("kaspi: trade points are a list")
    return [read_value(TradePoint, item) for item in data]


def phone_to_wire(e164: str) -> str:
    """A Kazakhstan number as the API writes it: 87071234567. Raises ProviderRefused for a number it cannot write."""
    if not (e164.startswith("+7") and len(e164) == 12):
        raise ProviderRefused("kaspi: bills go to numbers in +7 only", code="phone_not_kazakh")
    return f"8{e164[2:]}"
