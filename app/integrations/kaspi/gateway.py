"""Kaspi's merchant gateway (design 4-kaspi, surface 1) over HTTP.

`create` is idempotent by our order id and `refund` by our refund id, so every call here may be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import quote

import httpx
import structlog

from app.integrations import http
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.calls import Caller
from app.integrations.kaspi.port import (
    Created,
    ProviderPaymentStatus,
    ProviderRefundStatus,
    ProviderStatus,
    RefundResult,
    StatementKind,
    StatementLine,
)
from app.integrations.kaspi.traffic import FREE, Lane, Traffic
from app.integrations.kaspi.wire import (
    WireAmount,
    WireCurrency,
    WireId,
    WireModel,
    WireText,
    WireTime,
    WireUrl,
    amount_to_wire,
    read,
)
from app.models import PayMethod

POLL_AFTER = timedelta(seconds=5)
"""The gateway names no interval of its own; it sends callbacks, and this is soon enough for a lost one."""

OUR_FAULT = frozenset({"http_401", "http_403", "unauthorized", "forbidden"})
"""Refusals that say nothing about a refund: our key is wrong, which somebody will repair."""
REPAIR_TIME = timedelta(minutes=10)

_PAYMENT_STATUS = {
    "created": ProviderPaymentStatus.PENDING,
    "pending": ProviderPaymentStatus.PENDING,
    "paid": ProviderPaymentStatus.PAID,
    "failed": ProviderPaymentStatus.FAILED,
    "expired": ProviderPaymentStatus.EXPIRED,
    "refunded": ProviderPaymentStatus.REFUNDED,
    "partially_refunded": ProviderPaymentStatus.PARTIALLY_REFUNDED,
}
_REFUND_STATUS = {
    "accepted": ProviderRefundStatus.ACCEPTED,
    "done": ProviderRefundStatus.DONE,
    "failed": ProviderRefundStatus.FAILED,
}

log = structlog.get_logger(__name__)


class _CreateAnswer(WireModel):
    payment_id: WireId
    payment_url: WireUrl
    qr_token: WireText
    expires_at: WireTime


class _StatusAnswer(WireModel):
    payment_id: WireId
    status: str
    amount: WireAmount
    currency: WireCurrency = "KZT"
    paid_at: WireTime | None
    transaction_id: WireId | None
    refunded_amount: WireAmount


class _RefundAnswer(WireModel):
    refund_id: WireId
    status: str


class _Line(WireModel):
    transaction_id: WireId
    payment_id: WireId
    order_id: WireId | None = None
    kind: StatementKind
    amount: WireAmount
    fee: WireAmount | None = None
    net: WireAmount | None = None
    at: WireTime


class _StatementAnswer(WireModel):
    lines: tuple[_Line, ...]
    next_cursor: str | None = None


class KaspiGateway:
    """`KaspiPort` over the gateway. Safe to share between threads; make one in each process after it forked.

    `base_url`, `api_key` and `merchant_id` are settings; `callback_url` is our public address for callbacks.
    `pause` waits the given seconds between attempts.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        merchant_id: str,
        callback_url: str,
        traffic: Traffic = FREE,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._merchant_id = merchant_id
        self._callback_url = callback_url
        client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {api_key}", "Accept": "application/json"},
            timeout=http.TIMEOUT,
            trust_env=False,
            verify=http.tls(),
        )
        self._caller = Caller(client, traffic=traffic, pause=pause)

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
        method: PayMethod = PayMethod.LINK,
        phone: str | None = None,
    ) -> Created:
        """See `KaspiPort.create`. One payment has both a link and a code here; bills cannot be pushed."""
        if method is PayMethod.PUSH:
            raise ProviderRefused("kaspi: this surface pushes no bills", code="no_push")
        request = {
            "merchant_id": self._merchant_id,
            "order_id": order_id,
            "amount": amount_to_wire(amount),
            "currency": "KZT",
            "description": description,
            "return_url": return_url,
            "callback_url": self._callback_url,
            "expires_in": expires_in,
        }
        answer = read(_CreateAnswer, self._call(Lane.ORDER, "POST", "/payment/create", request))
        return Created(
            provider_id=answer.payment_id,
            pay_url=answer.payment_url,
            qr_text=answer.qr_token,
            expires_at=answer.expires_at,
            poll_after=POLL_AFTER,
        )

    def status(self, provider_id: str) -> ProviderStatus:
        """See `KaspiPort.status`."""
        answer = read(_StatusAnswer, self._call(Lane.POLL, "GET", f"/payment/status/{quote(provider_id, safe='')}"))
        if answer.payment_id != provider_id:
            raise ProviderProtocolError("kaspi: the status is another payment's")
        status = _PAYMENT_STATUS.get(answer.status)
        if status is None:
            log.warning("kaspi_payment_status_unknown", kaspi_status=answer.status[:64])
            status = ProviderPaymentStatus.PENDING
        if status.took_money and (answer.transaction_id is None or answer.paid_at is None):
            raise ProviderProtocolError("kaspi: a paid payment has no transaction or no time")
        return ProviderStatus(
            status=status,
            amount=answer.amount,
            transaction_id=answer.transaction_id,
            paid_at=answer.paid_at,
            refunded=answer.refunded_amount,
        )

    def returnable(self, provider_id: str) -> int | None:
        """See `KaspiPort.returnable`: refunds are idempotent here."""
        return None

    def refund(
        self,
        provider_id: str,
        refund_id: str,
        amount: int,
        reason: str,
        *,
        returnable_before: int | None = None,
    ) -> RefundResult:
        """See `KaspiPort.refund`."""
        request = {
            "payment_id": provider_id,
            "refund_id": refund_id,
            "amount": amount_to_wire(amount),
            "reason": reason,
        }
        try:
            answer = read(_RefundAnswer, self._call(Lane.ORDER, "POST", "/payment/refund", request))
        except ProviderRefused as error:
            if error.code in OUR_FAULT:
                raise ProviderUnavailable(str(error), retry_after=REPAIR_TIME) from error
            raise
        if answer.refund_id != refund_id:
            raise ProviderProtocolError("kaspi: the answer is another refund's")
        status = _REFUND_STATUS.get(answer.status)
        if status is None:
            log.warning("kaspi_refund_status_unknown", kaspi_status=answer.status[:64])
            status = ProviderRefundStatus.ACCEPTED
        return RefundResult(refund_id=refund_id, status=status)

    def withdraw(self, provider_id: str) -> None:
        """See `KaspiPort.withdraw`: no bill is pushed here."""

    def statement(self, day: date, *, provider_ids: Sequence[str] = ()) -> Iterator[StatementLine]:
        """See `KaspiPort.statement`. The document is read page by page, a page when it is come to."""
        cursor, seen = "", set[str]()
        while cursor not in seen:
            seen.add(cursor)
            query = {"date": day.isoformat(), "cursor": cursor}
            page = read(_StatementAnswer, self._call(Lane.POLL, "GET", "/statement", query=query))
            for line in page.lines:
                yield StatementLine(
                    transaction_id=line.transaction_id,
                    provider_id=line.payment_id,
                    order_id=line.order_id,
                    kind=line.kind,
                    amount=line.amount,
                    fee=line.fee,
                    net=line.net,
                    at=line.at,
                )
            if not page.next_cursor:
                return
            cursor = page.next_cursor
        raise ProviderProtocolError("kaspi: the statement's pages go round in a circle")

    def _call(
        self,
        lane: Lane,
        method: str,
        path: str,
        document: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> bytes:
        request = self._caller.request(method, path, document, query=query)
        return self._caller.call(request, lane=lane, read=lambda response: response.content)
