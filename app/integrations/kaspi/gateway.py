"""Kaspi's merchant gateway (design 4-kaspi, surface 1) over HTTP.

`create` is idempotent by our order id and `refund` by our refund id, so every call here may be repeated. A call
is repeated at once only when the provider failed quickly (connection lost, 5xx). After a time-out on either side,
or when the provider says how long to wait, the caller decides when to ask again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import quote, urlencode

import httpx
import structlog

from app.integrations import http
from app.integrations.errors import ProviderProtocolError, ProviderUnavailable
from app.integrations.kaspi.port import (
    Created,
    ProviderPaymentStatus,
    ProviderRefundStatus,
    ProviderStatus,
    RefundResult,
    StatementKind,
    StatementLine,
)
from app.integrations.kaspi.wire import WireAmount, WireId, WireModel, WireText, WireTime, WireUrl, amount_to_wire, read

POLL_AFTER = timedelta(seconds=5)
"""The gateway names no interval of its own; it sends callbacks, and this is soon enough for a lost one."""

_PAUSES = (0.2, 0.8)
"""Seconds before the second and the third attempt, each made up to half longer by chance."""

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
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._merchant_id = merchant_id
        self._callback_url = callback_url
        self._pause = pause
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {api_key}", "Accept": "application/json"},
            timeout=http.TIMEOUT,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def create(self, *, order_id: str, amount: int, description: str, return_url: str, expires_in: int) -> Created:
        """See `KaspiPort.create`."""
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
        answer = read(_CreateAnswer, self._call("POST", "/payment/create", request))
        return Created(
            provider_id=answer.payment_id,
            pay_url=answer.payment_url,
            qr_text=answer.qr_token,
            expires_at=answer.expires_at,
            poll_after=POLL_AFTER,
        )

    def status(self, provider_id: str) -> ProviderStatus:
        """See `KaspiPort.status`."""
        answer = read(_StatusAnswer, self._call("GET", f"/payment/status/{quote(provider_id, safe='')}"))
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

    def returnable(self, provider_id: str) -> int | None:  # the port's shape
        """See `KaspiPort.returnable`: refunds are idempotent here."""
        return None

    def refund(
        self,
        provider_id: str,
        refund_id: str,
        amount: int,
        reason: str,
        *,
        returnable_before: int | None = None,  # the port's shape
    ) -> RefundResult:
        """See `KaspiPort.refund`."""
        request = {
            "payment_id": provider_id,
            "refund_id": refund_id,
            "amount": amount_to_wire(amount),
            "reason": reason,
        }
        answer = read(_RefundAnswer, self._call("POST", "/payment/refund", request))
        if answer.refund_id != refund_id:
            raise ProviderProtocolError("kaspi: the answer is another refund's")
        status = _REFUND_STATUS.get(answer.status)
        if status is None:
            log.warning("kaspi_refund_status_unknown", kaspi_status=answer.status[:64])
            status = ProviderRefundStatus.ACCEPTED
        return RefundResult(refund_id=refund_id, status=status)

    def statement(self, day: date, *, provider_ids: Sequence[str] = ()) -> Iterator[StatementLine]:
        """See `KaspiPort.statement`. The document is read page by page, a page when it is come to."""
        cursor, seen = "", set[str]()
        while cursor not in seen:
            seen.add(cursor)
            query = {"date": day.isoformat(), "cursor": cursor}
            page = read(_StatementAnswer, self._call("GET", f"/statement?{urlencode(query)}"))
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

    def _call(self, method: str, path: str, document: Mapping[str, object] | None = None) -> bytes:
        for seconds in _PAUSES:
            try:
                return self._attempt(method, path, document)
            except _QuickFailure as failure:
                log.info(
                    "kaspi_call_repeated", call="/".join(path.partition("?")[0].split("/")[1:3]), reason=str(failure)
                )
            self._pause(seconds * random.uniform(1, 1.5))  # noqa: S311  spreads load, guards nothing
        return self._attempt(method, path, document)

    def _attempt(self, method: str, path: str, document: Mapping[str, object] | None) -> bytes:
        try:
            response = self._client.request(method, path, json=document)
        except httpx.TimeoutException as error:
            raise http.unavailable("kaspi", error) from error
        except httpx.TransportError as error:
            failure = http.unavailable("kaspi", error)
            raise _QuickFailure(str(failure), outcome_unknown=failure.outcome_unknown) from error
        if _is_quick_failure(response):
            raise _QuickFailure(f"kaspi: HTTP {response.status_code}", outcome_unknown=True)
        http.check("kaspi", response)
        return response.content


def _is_quick_failure(response: httpx.Response) -> bool:
    timed_out = response.status_code == httpx.codes.GATEWAY_TIMEOUT
    return response.is_server_error and not timed_out and "Retry-After" not in response.headers


class _QuickFailure(ProviderUnavailable):
    """A failure that cost no time, so the call is worth repeating at once."""
