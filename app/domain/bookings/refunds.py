"""What a guest has paid for a stay through all its changes, and what would come back now.

Amounts come from the pure functions of cancellation.py, the same for the preview and for the act; owing and sending
the money is domain/checkout/refunding.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.engine import Connection

from app.domain.bookings.cancellation import (
    Bought,
    GivenUp,
    Paid,
    RefundLine,
    RefundQuote,
    Terms,
    refund,
    refund_of_nights,
)
from app.domain.pricing.quote import LineKind, Quote
from app.domain.pricing.tariff import Tariff
from app.models import AmendmentKind, CancellationPolicy, RefundCause


@dataclass(frozen=True, slots=True)
class PaidStay:
    """A paid booking as refunds see it. `night_prices` are those of the stay as it is now, in order."""

    paid: Paid
    terms: Terms
    night_prices: tuple[int, ...]
    bought: tuple[Bought, ...]
    """The nights as they were paid for: by the booking, then by each extension."""
    ever_paid: Paid
    """Everything that was ever paid for the stay, whatever was given up since."""

    def ending(self, cause: RefundCause, *, now: datetime) -> RefundQuote:
        """What comes back when the stay ends because of `cause` now."""
        return refund(self.paid, self.terms, cause, now=now)

    def shortening(self, nights: int, tariff: Tariff, *, now: datetime) -> RefundQuote:
        """What comes back for the last `nights`. The `tariff` says what discount a shorter stay may still have."""
        left = len(self.night_prices) - nights
        given_up = GivenUp(self.bought, nights, tariff.length_percent(left))
        return refund_of_nights(self.paid, given_up, self.terms, now=now)


PAID_COLUMNS = "b.id, b.quote, b.night_prices, b.cancellation_policy, b.check_in_at, b.confirmed_at"
"""What `paid_stays` reads of a booking `b`."""
_BOOKING = text(f"SELECT {PAID_COLUMNS} FROM bookings b WHERE b.id = :id")  # noqa: S608  # constants of our own
_AMENDMENTS = text(
    "SELECT booking_id, kind, quote, night_prices FROM booking_amendments"
    " WHERE booking_id = ANY(:ids) AND status = 'confirmed' ORDER BY confirmed_at, id"
)


def paid_stay(connection: Connection, booking_id: int) -> PaidStay:
    """Everything paid for a booking that was confirmed. Raises ValueError for one that was not."""
    return paid_stays(connection, [connection.execute(_BOOKING, {"id": booking_id}).one()])[booking_id]


def paid_stays(connection: Connection, rows: Sequence[Row[tuple[Any, ...]]]) -> dict[int, PaidStay]:
    """The same of several bookings, whose `PAID_COLUMNS` were read, in one statement more; by id."""
    amendments: dict[int, list[Row[tuple[Any, ...]]]] = {row.id: [] for row in rows}
    for amendment in connection.execute(_AMENDMENTS, {"ids": list(amendments)}):
        amendments[amendment.booking_id].append(amendment)
    return {row.id: _paid_stay(row, amendments[row.id]) for row in rows}


def _paid_stay(row: Row[tuple[Any, ...]], amendments: Sequence[Row[tuple[Any, ...]]]) -> PaidStay:
    if row.confirmed_at is None:
        raise ValueError("nothing was paid for this booking")
    base = Quote.from_json(len(row.night_prices), row.quote, tuple(row.night_prices))
    quotes, given_up, bought = [base], [], [_bought(base)]
    for amendment in amendments:
        prices = tuple(amendment.night_prices)
        if amendment.kind == AmendmentKind.EXTENSION:
            quotes.append(Quote.from_json(len(prices), amendment.quote, prices))
            bought.append(_bought(quotes[-1]))
        else:
            given_up.append([RefundLine.from_json(line) for line in amendment.quote])
            bought = _without(bought, len(prices))
    return PaidStay(
        paid=Paid.of(quotes, given_up),
        terms=Terms(CancellationPolicy(row.cancellation_policy), row.check_in_at, row.confirmed_at),
        night_prices=tuple(price for each in bought for price in each.night_prices[: each.left]),
        bought=tuple(bought),
        ever_paid=Paid.of(quotes),
    )


def _bought(price: Quote) -> Bought:
    percents = [line.percent for line in price.lines if line.kind is LineKind.LENGTH_DISCOUNT]
    return Bought(price.night_prices, price.accommodation, (percents or [0])[0] or 0, len(price.night_prices))


def _without(bought: list[Bought], nights: int) -> list[Bought]:
    """What is left when the last `nights` are given up."""
    left: list[Bought] = []
    for each in reversed(bought):
        kept = each.left - min(each.left, nights)
        nights -= each.left - kept
        left.insert(0, replace(each, left=kept))
    return left
