"""The Kaspi Pay QR API (design 4-kaspi, surface 2): codes, links and pushed bills; no callbacks, no statement.

Opening a code or a link again is harmless (nobody has seen the first one), so `create` may be repeated. A bill appears
in the payer's app at once and `payment/return` gives money back each time: neither is ever sent again without knowing
what became of the first.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as day_time
from typing import TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
import structlog

from app.integrations import http
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.calls import Caller
from app.integrations.kaspi.gateway import OUR_FAULT, REPAIR_TIME
from app.integrations.kaspi.port import (
    Created,
    ProviderPaymentStatus,
    ProviderRefundStatus,
    ProviderStatus,
    RefundResult,
    StatementKind,
    StatementLine,
)
from app.integrations.kaspi.qr_wire import (
    SET_UP,
    BillPushed,
    DeviceRegistered,
    LinkCreated,
    PaymentDetails,
    PaymentState,
    QrCreated,
    TradePoint,
    data_of,
    phone_to_wire,
    read_data,
    trade_points,
)
from app.integrations.kaspi.traffic import FREE, Lane, Traffic
from app.kit import clock
from app.models import PayMethod

BILL_POLL_AFTER = timedelta(seconds=5)
"""`remote/create` names no interval; its siblings' is this one."""

_OURS = OUR_FAULT | {str(code) for code in SET_UP}

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class QrAccess:
    """Who we are to Kaspi. `base_url` ends in /v01; scheme r1 has an `api_key`, r2 and r3 a certificate in `tls`."""

    base_url: str
    organization_bin: str
    device_token: str
    api_key: str | None
    tls: ssl.SSLContext


class KaspiQrPay:
    """`KaspiPort` over the QR API. Safe to share between threads; make one in each process after it forked.

    `now` is the clock, `pause` waits the given seconds between attempts.
    """

    def __init__(
        self,
        access: QrAccess,
        *,
        traffic: Traffic = FREE,
        pause: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._access = access
        self._now = now
        headers = {"Accept": "application/json"}
        if access.api_key:
            headers["Api-Key"] = access.api_key
        client = httpx.Client(
            base_url=access.base_url, headers=headers, timeout=http.TIMEOUT, trust_env=False, verify=access.tls
        )
        self._caller = Caller(client, traffic=traffic, pause=pause)
        self._status_url = f"{access.base_url.removesuffix('/v01')}/v02/payment/status/"

    def close(self) -> None:
        """Close the kept connections."""
        self._caller.close()

    def create(
        self,
        *,
        order_id: str,
        amount: int,
        description: str,
        return_url: str,
        expires_in: int,
        method: PayMethod,
        phone: str | None,
    ) -> Created:
        """See `KaspiPort.create`. Codes and links run out when Kaspi says, bills after `expires_in` (we withdraw them).

        The payer comes back by themselves: `return_url` has no place in this API.
        """
        if amount <= 0:
            raise ValueError("an amount sent to Kaspi is positive")
        if method is PayMethod.PUSH:
            return self._push(amount, phone, description, expires_in)
        document = self._signed(Amount=amount, ExternalId=order_id)
        if method is PayMethod.LINK:
            link = self._post("/qr/create-link", document, lambda answer: read_data(LinkCreated, answer))
            interval = timedelta(seconds=link.PaymentBehaviorOptions.StatusPollingInterval)
            return Created(link.PaymentId, link.PaymentLink, None, link.ExpireDate, interval)
        code = self._post("/qr/create", document, lambda answer: read_data(QrCreated, answer))
        interval = timedelta(seconds=code.QrPaymentBehaviorOptions.StatusPollingInterval)
        return Created(code.QrPaymentId, None, code.QrToken, code.ExpireDate, interval)

    def _push(self, amount: int, phone: str | None, comment: str, expires_in: int) -> Created:
        if phone is None:
            raise ValueError("a bill is pushed to a phone")
        document = self._signed(Amount=amount, PhoneNumber=phone_to_wire(phone), Comment=comment)
        expires_at = self._now() + timedelta(seconds=expires_in)
        try:
            bill = self._post(
                "/remote/create", document, lambda answer: read_data(BillPushed, answer), may_repeat=False
            )
        except ProviderUnavailable as error:
            if error.outcome_unknown:
                raise ProviderProtocolError("kaspi: nobody knows whether the bill was pushed") from error
            raise
        return Created(bill.QrPaymentId, None, None, expires_at, BILL_POLL_AFTER)

    def status(self, provider_id: str) -> ProviderStatus:
        """See `KaspiPort.status`. What was given back and when it was paid is asked of `payment/details`."""
        state = self._state(provider_id)
        status = state.status
        if not status.took_money:
            return ProviderStatus(status, state.Amount or 0, None, None, 0)
        if state.TransactionId is None:
            raise ProviderProtocolError("kaspi: a paid payment has no transaction")
        details = self._details(provider_id, Lane.POLL)
        if state.Amount is not None and state.Amount != details.TotalAmount:
            raise ProviderProtocolError("kaspi: status and details tell different amounts")
        if details.returned:
            is_all = details.returned == details.TotalAmount
            status = ProviderPaymentStatus.REFUNDED if is_all else ProviderPaymentStatus.PARTIALLY_REFUNDED
        return ProviderStatus(
            status, details.TotalAmount, state.TransactionId, details.TransactionDate, details.returned
        )

    def returnable(self, provider_id: str) -> int:
        """See `KaspiPort.returnable`."""
        return self._details(provider_id, Lane.ORDER).AvailableReturnAmount

    def refund(
        self, provider_id: str, refund_id: str, amount: int, reason: str, *, returnable_before: int | None
    ) -> RefundResult:
        """See `KaspiPort.refund`. The API takes no id and no reason of a refund; what can still be returned tells."""
        if amount <= 0:
            raise ValueError("an amount sent to Kaspi is positive")
        if returnable_before is None:
            raise ValueError("what could be given back before must be known")
        done = RefundResult(refund_id, ProviderRefundStatus.DONE)
        document = self._signed(QrPaymentId=_number(provider_id), Amount=amount)
        try:
            available = self.returnable(provider_id)
            if available == returnable_before - amount:
                return done
            if available != returnable_before:
                raise ProviderProtocolError("kaspi: something else was given back meanwhile")
            self._post("/payment/return", document, data_of, may_repeat=False)
        except ProviderRefused as error:
            if error.code in _OURS:
                raise ProviderUnavailable(str(error), retry_after=REPAIR_TIME) from error
            raise
        return done

    def withdraw(self, provider_id: str) -> None:
        """See `KaspiPort.withdraw`."""
        try:
            self._post("/remote/cancel", self._signed(QrPaymentId=_number(provider_id)), data_of)
        except ProviderRefused as error:
            log.info("kaspi_bill_not_withdrawn", code=error.code)

    def statement(self, day: date, *, provider_ids: Sequence[str]) -> Iterator[StatementLine]:
        """See `KaspiPort.statement`. Each payment costs two calls; what Kaspi does not know of has no line."""
        for provider_id in provider_ids:
            try:
                found = self.status(provider_id)
            except ProviderRefused as error:
                if error.code in _OURS:
                    raise
                continue
            yield from _lines(provider_id, found, day)

    def trade_points(self) -> list[TradePoint]:
        """Our places of sale, to choose the device's from."""
        path = f"/partner/tradepoints/{quote(self._access.organization_bin, safe='')}"
        return self._send("GET", path, trade_points, lane=Lane.ORDER)

    def register_device(self, device_id: str, trade_point_id: int) -> str:
        """Make this installation a device of a trade point; the device's token, for the settings."""
        document = {
            "DeviceId": device_id,
            "TradePointId": trade_point_id,
            "OrganizationBin": self._access.organization_bin,
        }
        answer = self._post(
            "/device/register", document, lambda response: read_data(DeviceRegistered, response), may_repeat=False
        )
        return answer.DeviceToken

    def _state(self, provider_id: str) -> PaymentState:
        path = self._status_url + quote(provider_id, safe="")
        return self._send("GET", path, lambda answer: read_data(PaymentState, answer), lane=Lane.POLL)

    def _details(self, provider_id: str, lane: Lane) -> PaymentDetails:
        query = {"QrPaymentId": provider_id, "DeviceToken": self._access.device_token}
        details = self._send(
            "GET", "/payment/details", lambda answer: read_data(PaymentDetails, answer), lane=lane, query=query
        )
        if details.QrPaymentId != provider_id:
            raise ProviderProtocolError("kaspi: the details are another payment's")
        return details

    def _signed(self, **values: object) -> dict[str, object]:
        """A document that says which device of which organization asks."""
        access = self._access
        return {"DeviceToken": access.device_token, "OrganizationBin": access.organization_bin, **values}

    def _post(
        self,
        path: str,
        document: Mapping[str, object],
        read: Callable[[httpx.Response], T],
        *,
        may_repeat: bool = True,
    ) -> T:
        return self._send("POST", path, read, document, lane=Lane.ORDER, may_repeat=may_repeat)

    def _send(
        self,
        method: str,
        path: str,
        read: Callable[[httpx.Response], T],
        document: Mapping[str, object] | None = None,
        *,
        lane: Lane,
        query: Mapping[str, str] | None = None,
        may_repeat: bool = True,
    ) -> T:
        headers = {"X-Request-ID": str(uuid4())}
        request = self._caller.request(method, path, document, headers=headers, query=query)
        return self._caller.call(request, lane=lane, read=read, may_repeat=may_repeat)


def _number(provider_id: str) -> int:
    """The API's ids are numbers. Raises ProviderRefused for one of another surface."""
    if not (provider_id.isascii() and provider_id.isdigit()):
        raise ProviderRefused("kaspi: not a payment of this surface", code="foreign_payment")
    return int(provider_id)


def _lines(provider_id: str, found: ProviderStatus, day: date) -> Iterator[StatementLine]:
    if not found.status.took_money or found.transaction_id is None or found.paid_at is None:
        return
    if clock.local_date(found.paid_at) == day:
        yield _line(provider_id, found.transaction_id, StatementKind.PAYMENT, found.amount, found.paid_at)
    if found.refunded:
        begin = clock.at_local(day, day_time.min)
        yield _line(provider_id, f"{found.transaction_id}:returned", StatementKind.REFUND, found.refunded, begin)


def _line(provider_id: str, transaction_id: str, kind: StatementKind, amount: int, at: datetime) -> StatementLine:
    return StatementLine(
        transaction_id=transaction_id,
        provider_id=provider_id,
        order_id=None,
        kind=kind,
        amount=amount,
        fee=None,
        net=None,
        at=at,
    )
