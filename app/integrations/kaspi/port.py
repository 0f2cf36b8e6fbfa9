"""What the rest of the code may ask of Kaspi, in the words of this product.

Money is whole tenge, times are aware UTC. Every call may raise `ProviderUnavailable`, `ProviderRefused` or
`ProviderProtocolError` (`app.integrations.errors`). Calls are made from jobs only, outside transactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.models import PayMethod


class ProviderPaymentStatus(StrEnum):
    """Where a payment stands at Kaspi. What Kaspi says and we do not know counts as pending, never as failed."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"

    @property
    def is_final_without_money(self) -> bool:
        """Whether the payer can no longer pay and nothing was taken."""
        return self in {ProviderPaymentStatus.FAILED, ProviderPaymentStatus.EXPIRED}

    @property
    def took_money(self) -> bool:
        """Whether the payer's money was taken at some time, given back since or not."""
        return self in {
            ProviderPaymentStatus.PAID,
            ProviderPaymentStatus.PARTIALLY_REFUNDED,
            ProviderPaymentStatus.REFUNDED,
        }


class ProviderRefundStatus(StrEnum):
    """Where a refund stands at Kaspi. An unknown word counts as accepted: ask again, never assume failure."""

    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Created:
    """A payment that the payer can now pay.

    `pay_url` is a page or an app link, `qr_text` what to draw as a QR code; each is None where the way to pay has none,
    both for a pushed bill. After `expires_at` it cannot be begun to be paid; `status` is worth its price no more often
    than every `poll_after`.
    """

    provider_id: str
    pay_url: str | None
    qr_text: str | None
    expires_at: datetime
    poll_after: timedelta


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """A payment as Kaspi sees it now. `refunded` is the sum given back so far.

    `transaction_id` and `paid_at` are set whenever money was taken.
    """

    status: ProviderPaymentStatus
    amount: int
    transaction_id: str | None
    paid_at: datetime | None
    refunded: int


@dataclass(frozen=True, slots=True)
class RefundResult:
    """Kaspi's answer to a refund. `ACCEPTED` means that a callback or `status` will tell the end of it."""

    refund_id: str
    status: ProviderRefundStatus


class StatementKind(StrEnum):
    """Which way the money of a statement's line went."""

    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of money as Kaspi's books have it; `amount`, `fee` and `net` are positive whole tenge.

    `fee` and `net` are None where Kaspi does not say them. `order_id` is what we called the payment, None when unknown.
    """

    transaction_id: str
    provider_id: str
    order_id: str | None
    kind: StatementKind
    amount: int
    fee: int | None
    net: int | None
    at: datetime


class KaspiPort(Protocol):
    """The calls themselves."""

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
        """Open a payment of `amount` tenge, payable for `expires_in` seconds or as long as Kaspi says.

        May be repeated with the same `order_id`; a push (`phone` is E.164) may not, so where its outcome is unknown it
        raises ProviderProtocolError. `return_url` is where the payer goes afterwards.
        """
        ...

    def status(self, provider_id: str) -> ProviderStatus:
        """Tell how a payment stands. This, not a callback, is the truth about money."""
        ...

    def returnable(self, provider_id: str) -> int | None:
        """How many tenge of a payment can still be given back: to be asked and kept before a refund's first attempt.

        None where refunds are idempotent by their own id and it need not be asked.
        """
        ...

    def refund(
        self, provider_id: str, refund_id: str, amount: int, reason: str, *, returnable_before: int | None
    ) -> RefundResult:
        """Give `amount` tenge back to the payer. The same `refund_id` and `returnable_before` again give nothing more.

        Of one payment there is one refund at a time. `FAILED` ends this refund; a new one, under a new
        id, may succeed. Raises ProviderRefused when Kaspi will never make it;
        ProviderUnavailable when it is to be tried again, with `outcome_unknown` after a time-out;
        ProviderProtocolError when what can still be given back is neither what it was before nor what it would be
        afterwards: a person must look.
        """
        ...

    def withdraw(self, provider_id: str) -> None:
        """Take a pushed bill out of the payer's app; nothing where bills are not pushed or it is over already."""
        ...

    def statement(self, day: date, *, provider_ids: Sequence[str]) -> Iterator[StatementLine]:
        """The money that moved on a day of Almaty's calendar.

        `provider_ids` are the payments that we believe moved that day: a surface without statements is asked about each
        of them. There a refund's line is the sum given back so far and bears the beginning of the day as its time.
        """
        ...
