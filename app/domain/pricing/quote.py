"""The price of a stay: one pure function from a tariff, a stay and its guests to a list of lines.

Lines are whole tenge and sum to the total exactly; percentages are rounded half up, once per line. The quote is stored
with the booking and never changes. Order and rules: 3-domain, Price. "The nights" of a discount or the service fee are
the nights' prices with the one-night surcharge and the extra guests, since all of that is paid for sleeping there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.pricing.tariff import Tariff
from app.kit.money import Tenge, percent_of
from app.kit.period import Stay

SERVICE_FEE_PERCENT = 10
MOST_OFF_PERCENT = 90
"""A promo code takes at most so much off the nights: a stay is never free."""


class LineKind(StrEnum):
    """What a line of a quote is for."""

    NIGHTS = "nights"
    WEEKEND_NIGHTS = "weekend_nights"
    DATE_NIGHTS = "date_nights"
    """Nights of dates with a price rule of their own."""
    ONE_NIGHT_SURCHARGE = "one_night_surcharge"
    EXTRA_GUESTS = "extra_guests"
    LENGTH_DISCOUNT = "length_discount"
    PROMO_CODE = "promo_code"
    CLEANING = "cleaning"
    SERVICE_FEE = "service_fee"
    DEPOSIT = "deposit"


ACCOMMODATION = frozenset(
    {
        LineKind.NIGHTS,
        LineKind.WEEKEND_NIGHTS,
        LineKind.DATE_NIGHTS,
        LineKind.ONE_NIGHT_SURCHARGE,
        LineKind.EXTRA_GUESTS,
        LineKind.LENGTH_DISCOUNT,
        LineKind.PROMO_CODE,
    }
)
"""The lines whose sum is "the nights' price after discounts"."""


@dataclass(frozen=True, slots=True)
class Promo:
    """What a promo code takes off: per cent (`max_amount` at most) or an amount of tenge."""

    percent: int | None = None
    amount: int | None = None
    max_amount: int | None = None

    def off(self, nights_price: int) -> Tenge:
        """Tenge off `nights_price`."""
        wanted = self.amount if self.amount is not None else percent_of(nights_price, self.percent or 0)
        limits = [wanted, percent_of(nights_price, MOST_OFF_PERCENT)]
        if self.max_amount is not None:
            limits.append(self.max_amount)
        return Tenge(max(0, min(limits)))


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line: `quantity` × `unit_price` where that makes sense, `percent` of a discount, and what it adds."""

    kind: LineKind
    amount: Tenge
    quantity: int = 1
    unit_price: int | None = None
    percent: int | None = None

    def as_json(self) -> dict[str, Any]:
        """How the line is kept with the booking."""
        kept: dict[str, Any] = {
            "kind": self.kind.value,
            "amount": self.amount,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
        }
        return kept if self.percent is None else kept | {"percent": self.percent}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> QuoteLine:
        """The line as it was kept."""
        return cls(
            LineKind(data["kind"]), Tenge(data["amount"]), data["quantity"], data["unit_price"], data.get("percent")
        )


def deposit_in(kept: Sequence[Mapping[str, Any]]) -> Tenge:
    """What of a quote, as it is kept with a booking, is the deposit."""
    return Tenge(sum(line["amount"] for line in kept if line["kind"] == LineKind.DEPOSIT))


@dataclass(frozen=True, slots=True)
class Quote:
    """Everything a guest pays for one stay (or for the nights added to one). `night_prices` are before discounts."""

    nights: int
    lines: tuple[QuoteLine, ...]
    night_prices: tuple[int, ...] = ()

    @property
    def total(self) -> Tenge:
        """The sum of the lines."""
        return Tenge(sum(line.amount for line in self.lines))

    @property
    def accommodation(self) -> Tenge:
        """The nights' price after discounts."""
        return Tenge(sum(line.amount for line in self.lines if line.kind in ACCOMMODATION))

    @property
    def per_night_average(self) -> Tenge:
        """The total over the nights, rounded half up."""
        return Tenge((2 * self.total + self.nights) // (2 * self.nights))

    def amount_of(self, kind: LineKind) -> Tenge:
        """What the lines of this kind add."""
        return Tenge(sum(line.amount for line in self.lines if line.kind is kind))

    def as_json(self) -> list[dict[str, Any]]:
        """The lines as they are kept with the booking."""
        return [line.as_json() for line in self.lines]

    @classmethod
    def from_json(cls, nights: int, lines: list[dict[str, Any]], night_prices: tuple[int, ...] = ()) -> Quote:
        """The quote as it was kept."""
        return cls(nights, tuple(QuoteLine.from_json(line) for line in lines), night_prices)


def quote(tariff: Tariff, stay: Stay, *, guests: int, promo: Promo | None = None) -> Quote:
    """Price a stay. Pure: the same tariff, dates and guests give the same lines in the same order."""
    lines, prices = _nights(tariff, stay)
    if stay.nights == 1 and tariff.one_night_surcharge:
        lines.append(QuoteLine(LineKind.ONE_NIGHT_SURCHARGE, Tenge(tariff.one_night_surcharge)))
    lines += _extra_guests(tariff, stay.nights, guests)
    lines += _discounts(sum(line.amount for line in lines), tariff.length_percent(stay.nights), promo)
    nights_price = sum(line.amount for line in lines)
    if tariff.cleaning_fee:
        lines.append(QuoteLine(LineKind.CLEANING, Tenge(tariff.cleaning_fee)))
    lines += _service_fee(nights_price)
    if tariff.deposit:
        lines.append(QuoteLine(LineKind.DEPOSIT, Tenge(tariff.deposit)))
    return Quote(stay.nights, tuple(lines), prices)


def quote_added_nights(tariff: Tariff, added: Stay, *, guests: int, nights_in_all: int) -> Quote:
    """Price the nights that an extension adds to a stay, which will have `nights_in_all`.

    Their own prices, extra guests and service fee, and the discount that the whole length earns; no second cleaning or
    deposit, and no surcharge for a single night. What was paid before does not change.
    """
    lines, prices = _nights(tariff, added)
    lines += _extra_guests(tariff, added.nights, guests)
    lines += _discounts(sum(line.amount for line in lines), tariff.length_percent(nights_in_all), None)
    lines += _service_fee(sum(line.amount for line in lines))
    return Quote(added.nights, tuple(lines), prices)


def _nights(tariff: Tariff, stay: Stay) -> tuple[list[QuoteLine], tuple[int, ...]]:
    """A line for each price that nights have, in the order of the first night of each."""
    counted: dict[tuple[LineKind, int], int] = {}
    prices = []
    for night in stay.dates():
        price = tariff.price_of(night)
        rule = tariff.rule_of(night)
        if rule is not None and (rule.price is not None or rule.percent is not None):
            kind = LineKind.DATE_NIGHTS
        else:
            kind = LineKind.WEEKEND_NIGHTS if tariff.is_weekend(night) else LineKind.NIGHTS
        counted[kind, price] = counted.get((kind, price), 0) + 1
        prices.append(int(price))
    lines = [QuoteLine(kind, Tenge(count * price), count, price) for (kind, price), count in counted.items()]
    return lines, tuple(prices)


def _extra_guests(tariff: Tariff, nights: int, guests: int) -> list[QuoteLine]:
    extra = max(0, guests - tariff.included_guests)
    if not extra or not tariff.extra_guest_price:
        return []
    amount = Tenge(extra * nights * tariff.extra_guest_price)
    return [QuoteLine(LineKind.EXTRA_GUESTS, amount, extra, tariff.extra_guest_price)]


def _discounts(nights_price: int, length_percent: int, promo: Promo | None) -> list[QuoteLine]:
    lines = []
    off = percent_of(nights_price, length_percent)
    if off:
        lines.append(QuoteLine(LineKind.LENGTH_DISCOUNT, Tenge(-off), percent=length_percent))
    promo_off = promo.off(nights_price - off) if promo else 0
    if promo and promo_off:
        lines.append(QuoteLine(LineKind.PROMO_CODE, Tenge(-promo_off), percent=promo.percent))
    return lines


def _service_fee(nights_price: int) -> list[QuoteLine]:
    fee = percent_of(nights_price, SERVICE_FEE_PERCENT)
    return [QuoteLine(LineKind.SERVICE_FEE, fee)] if fee else []
