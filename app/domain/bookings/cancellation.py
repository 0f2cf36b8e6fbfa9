"""What comes back when a stay is given up, whole or in part. Pure; the rules are 3-domain's "Cancellation and refunds".

"The nights" are the nights' price after discounts. Cleaning is given back whenever the guest never checks in, the
service fee only with a full refund, the deposit always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.domain.pricing.quote import SERVICE_FEE_PERCENT, LineKind, Quote
from app.kit.money import Tenge, percent_of
from app.models import CancellationPolicy, RefundCause

FULL_REFUND_BEFORE = {
    CancellationPolicy.FLEXIBLE: timedelta(hours=24),
    CancellationPolicy.MODERATE: timedelta(days=5),
    CancellationPolicy.STRICT: timedelta(days=14),
}
HALF_REFUND_BEFORE = {
    CancellationPolicy.FLEXIBLE: timedelta(0),
    CancellationPolicy.MODERATE: timedelta(hours=24),
    CancellationPolicy.STRICT: timedelta(days=7),
}
"""Half of the nights up to so long before check-in; flexible: until check-in itself, which is too late."""

GRACE = timedelta(hours=1)
GRACE_NEEDS = timedelta(hours=48)
"""Within an hour of paying cancelling is free if check-in is at least so far away."""


class Tier(StrEnum):
    """How much of the nights comes back."""

    FULL = "full"
    HALF = "half"
    NOTHING = "nothing"


class Part(StrEnum):
    """What a guest has paid for."""

    NIGHTS = "nights"
    CLEANING = "cleaning"
    SERVICE_FEE = "service_fee"
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a refund depends on: the policy copied to the booking, and moments (UTC)."""

    policy: CancellationPolicy
    check_in_at: datetime
    paid_at: datetime

    def tier(self, now: datetime) -> Tier:
        """How much of the nights comes back to a guest who gives them up now."""
        ahead = self.check_in_at - now
        if now - self.paid_at <= GRACE and ahead >= GRACE_NEEDS:
            return Tier.FULL
        if ahead >= FULL_REFUND_BEFORE[self.policy]:
            return Tier.FULL
        half = HALF_REFUND_BEFORE[self.policy]
        return Tier.HALF if (ahead >= half if half else ahead > half) else Tier.NOTHING

    def free_until(self, *, now: datetime) -> datetime | None:
        """The moment (UTC) up to which cancelling costs nothing; None when it has passed."""
        moment = self.check_in_at - FULL_REFUND_BEFORE[self.policy]
        if self.check_in_at - self.paid_at >= GRACE_NEEDS:
            moment = max(moment, min(self.paid_at + GRACE, self.check_in_at - GRACE_NEEDS))
        return moment if moment > now else None


def free_until(policy: CancellationPolicy, check_in_at: datetime, *, now: datetime) -> datetime | None:
    """Until when a stay that is not booked yet will be free to cancel (UTC); None when that has passed."""
    moment = check_in_at - FULL_REFUND_BEFORE[policy]
    return moment if moment > now else None


@dataclass(frozen=True, slots=True)
class RefundLine:
    """One part: what it cost and what of that comes back, in tenge."""

    part: Part
    paid: Tenge
    back: Tenge

    def as_json(self) -> dict[str, Any]:
        """How the line is kept."""
        return {"part": self.part.value, "paid": self.paid, "back": self.back}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> RefundLine:
        """The line as it was kept."""
        return cls(Part(data["part"]), Tenge(data["paid"]), Tenge(data["back"]))


@dataclass(frozen=True, slots=True)
class RefundQuote:
    """What comes back, line by line, as the guest is shown before it happens."""

    tier: Tier
    lines: tuple[RefundLine, ...]

    @property
    def total(self) -> Tenge:
        """What comes back in all."""
        return Tenge(sum(line.back for line in self.lines))

    @property
    def kept(self) -> Tenge:
        """What does not come back."""
        return Tenge(sum(line.paid - line.back for line in self.lines))

    def as_json(self) -> list[dict[str, Any]]:
        """The lines as they are kept."""
        return [line.as_json() for line in self.lines]


@dataclass(frozen=True, slots=True)
class Paid:
    """What of a booking has been paid for and not been given up yet, in tenge."""

    nights: int
    cleaning: int
    service_fee: int
    deposit: int

    @classmethod
    def of(cls, quotes: Sequence[Quote], given_up: Sequence[Sequence[RefundLine]] = ()) -> Paid:
        """From the quotes of the booking and its paid extensions, less the lines of its shortenings."""

        def left(part: Part, paid: int) -> int:
            return paid - sum(line.paid for lines in given_up for line in lines if line.part is part)

        return cls(
            nights=left(Part.NIGHTS, sum(each.accommodation for each in quotes)),
            cleaning=left(Part.CLEANING, sum(each.amount_of(LineKind.CLEANING) for each in quotes)),
            service_fee=left(Part.SERVICE_FEE, sum(each.amount_of(LineKind.SERVICE_FEE) for each in quotes)),
            deposit=left(Part.DEPOSIT, sum(each.amount_of(LineKind.DEPOSIT) for each in quotes)),
        )


def refund(paid: Paid, terms: Terms, cause: RefundCause, *, now: datetime) -> RefundQuote:
    """What comes back when the whole stay ends because of `cause` now.

    A landlord's or the staff's cancellation gives back everything; a no-show what nobody used (cleaning, deposit).
    """
    if cause in {RefundCause.CANCELLED_BY_LANDLORD, RefundCause.CANCELLED_BY_STAFF}:
        tier, never_came = Tier.FULL, True
    elif cause is RefundCause.NO_SHOW:
        tier, never_came = Tier.NOTHING, True
    else:
        tier, never_came = terms.tier(now), now < terms.check_in_at
    return RefundQuote(
        tier,
        _lines(
            (Part.NIGHTS, paid.nights, _share(paid.nights, tier)),
            (Part.CLEANING, paid.cleaning, paid.cleaning if never_came else 0),
            (Part.SERVICE_FEE, paid.service_fee, paid.service_fee if tier is Tier.FULL else 0),
            (Part.DEPOSIT, paid.deposit, paid.deposit),
        ),
    )


def changes_for_worse(paid: Paid, terms: Terms, *, now: datetime) -> tuple[datetime, RefundQuote] | None:
    """Up to which moment (UTC) a guest who cancels gets what they would get now, and what comes back after it.

    None when nothing gets worse any more.
    """
    present = refund(paid, terms, RefundCause.CANCELLED_BY_GUEST, now=now).total
    moments = {terms.check_in_at - before for before in (FULL_REFUND_BEFORE[terms.policy], timedelta(0))}
    moments |= {terms.check_in_at - HALF_REFUND_BEFORE[terms.policy], terms.paid_at + GRACE}
    moments.add(terms.check_in_at - GRACE_NEEDS)
    for moment in sorted(moment for moment in moments if moment >= now):
        later = refund(paid, terms, RefundCause.CANCELLED_BY_GUEST, now=moment + timedelta(microseconds=1))
        if later.total < present:
            return moment, later
    return None


@dataclass(frozen=True, slots=True)
class Bought:
    """Nights that were paid for together, by the booking or by one extension.

    `night_prices` are before discounts, `paid` (tenge) is after them, `percent` the length discount among them; the
    first `left` nights still belong to the stay.
    """

    night_prices: tuple[int, ...]
    paid: int
    percent: int
    left: int

    def costs(self, first: int, until: int, percent: int) -> int:
        """What these of the nights cost with a length discount of `percent` where they had a larger one."""
        least = min(percent, self.percent)
        these = self.paid * sum(self.night_prices[first:until]) * (100 - least)
        whole = sum(self.night_prices) * (100 - self.percent)
        return (2 * these + whole) // (2 * whole)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The last nights of a stay: all that was bought for it, in order, and how many nights of it are given up.

    `percent_left` is the length discount that a stay of the nights left may have.
    """

    bought: tuple[Bought, ...]
    nights: int
    percent_left: int

    def value(self, nights_paid: int) -> Tenge:
        """What of `nights_paid` they are worth: what the shorter stay costs less, and at most their undiscounted price.

        The nights left lose the length discount that the shorter stay does not earn: otherwise the price of a long stay
        could be had for a short one, at once or in several steps.
        """
        costs, most, nights = 0, 0, self.nights
        for each in reversed(self.bought):
            kept = each.left - min(each.left, nights)
            nights -= each.left - kept
            costs += each.costs(0, kept, self.percent_left)
            most += each.costs(kept, each.left, 0)
        return Tenge(max(0, min(nights_paid - costs, most)))


def refund_of_nights(paid: Paid, given_up: GivenUp, terms: Terms, *, now: datetime) -> RefundQuote:
    """What comes back when a guest gives up the last nights: a cancellation of this part under the policy."""
    tier = terms.tier(now)
    value = given_up.value(paid.nights)
    fee = min(paid.service_fee, percent_of(value, SERVICE_FEE_PERCENT))
    return RefundQuote(
        tier,
        _lines(
            (Part.NIGHTS, value, _share(value, tier)),
            (Part.SERVICE_FEE, fee, fee if tier is Tier.FULL else 0),
        ),
    )


def _share(nights: int, tier: Tier) -> int:
    return {Tier.FULL: nights, Tier.HALF: percent_of(nights, 50), Tier.NOTHING: 0}[tier]


def _lines(*parts: tuple[Part, int, int]) -> tuple[RefundLine, ...]:
    return tuple(RefundLine(part, Tenge(paid), Tenge(back)) for part, paid, back in parts if paid)
