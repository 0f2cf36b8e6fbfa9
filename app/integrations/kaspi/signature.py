"""Callbacks of Kaspi's gateway: how they are signed, checked and read.

The protocol (design 4-kaspi, surface 1): `X-Kaspi-Timestamp` holds unix seconds and `X-Kaspi-Signature` the
lower-case hex of HMAC-SHA256(secret, timestamp + "." + raw body). A callback more than 300 s off is refused;
two secrets are accepted while they are rotated.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

import structlog
from pydantic import BeforeValidator, model_validator

from app.integrations.kaspi.wire import WireAmount, WireCurrency, WireId, WireModel, WireTime, read

TIMESTAMP_HEADER = "X-Kaspi-Timestamp"
SIGNATURE_HEADER = "X-Kaspi-Signature"
TOLERANCE = 300
"""Seconds that the two clocks may differ, either way."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")

log = structlog.get_logger(__name__)


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a raw body sent at `timestamp` (unix seconds)."""
    return _signature(secret, str(timestamp), body)


def verify(
    secrets: Sequence[str],
    timestamp_header: str | None,
    signature_header: str | None,
    body: bytes,
    *,
    now: datetime,
) -> bool:
    """Tell whether the body was signed by one of the secrets within `TOLERANCE` of `now` (aware).

    Missing and malformed headers are simply not a signature: False, never an exception. Every secret is tried
    and compared in constant time, so timing tells nothing about any of them.
    """
    if timestamp_header is None or not _TIMESTAMP.fullmatch(timestamp_header):
        return False
    if signature_header is None or not _SIGNATURE.fullmatch(signature_header):
        return False
    matches = [hmac.compare_digest(_signature(secret, timestamp_header, body), signature_header) for secret in secrets]
    return any(matches) and abs(now.timestamp() - int(timestamp_header)) <= TOLERANCE


def _signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class KaspiEvent(StrEnum):
    """What a callback announces. `UNKNOWN` stands for any other word: ask `status` what happened."""

    PAID = "payment.paid"
    FAILED = "payment.failed"
    EXPIRED = "payment.expired"
    REFUND_DONE = "refund.done"
    REFUND_FAILED = "refund.failed"
    UNKNOWN = "unknown"


_EVENTS = {event.value: event for event in KaspiEvent if event is not KaspiEvent.UNKNOWN}


def _event(word: object) -> KaspiEvent:
    if not isinstance(word, str):
        raise ValueError("an event is a word")  # noqa: TRY004  pydantic reports ValueError only
    event = _EVENTS.get(word)
    if event is None:
        log.warning("kaspi_event_unknown", kaspi_event=word[:64])
        return KaspiEvent.UNKNOWN
    return event


class KaspiCallback(WireModel):
    """One callback. `amount` is whole tenge: the payment's, or the refund's for refund events; `at` is UTC.

    `event_id` is unique for an event and the same in every repetition of it. `order_id` is what we called the
    payment. The amount is Kaspi's claim, to be compared with the payment's before anything is believed.
    """

    event_id: WireId
    event: Annotated[KaspiEvent, BeforeValidator(_event)]
    payment_id: WireId
    order_id: WireId
    amount: WireAmount
    currency: WireCurrency = "KZT"
    transaction_id: WireId | None
    at: WireTime

    @model_validator(mode="after")
    def _money_has_a_transaction(self) -> Self:
        if self.event in {KaspiEvent.PAID, KaspiEvent.REFUND_DONE} and self.transaction_id is None:
            raise ValueError("money that moved has a transaction")
        return self


def parse_callback(body: bytes) -> KaspiCallback:
    """Read a callback's raw body, verified before. Raises ProviderProtocolError for anything malformed."""
    return read(KaspiCallback, body)
