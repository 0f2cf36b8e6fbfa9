"""The price of a stay: one pure function from a flat's tariff and a stay to a list of lines.

Lines are whole tenge and sum to the total exactly; the quote is stored with the booking and never changes.
Nights are priced weekend (Friday and Saturday nights) over base; the service fee is a percentage of the nights.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from app.kit.money import Tenge, percent_of
from app.kit.period import Stay

SERVICE_FEE_PERCENT = 10
_WEEKEND_NIGHTS = (4, 5)
"""Friday and Saturday, as `date.weekday()` counts."""


class LineKind(StrEnum):
    """What a line of a quote is for."""

    NIGHTS = "nights"
    WEEKEND_NIGHTS = "weekend_nights"
    CLEANING = "cleaning"
    SERVICE_FEE = "service_fee"


class Tariff(NamedTuple):
    """What a flat charges, in whole tenge."""

    base_price: int
    weekend_price: int | None
    cleaning_fee: int

    def price_of(self, weekday: int) -> int:
        """The price of a night that begins on this weekday (Monday is 0)."""
        if weekday in _WEEKEND_NIGHTS and self.weekend_price is not None:
            return self.weekend_price
        return self.base_price


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line: `quantity` × `unit_price` where that makes sense, and what it adds to the total."""

    kind: LineKind
    amount: Tenge
    quantity: int = 1
    unit_price: int | None = None

    def as_json(self) -> dict[str, Any]:
        """How the line is kept with the booking."""
        return {
            "kind": self.kind.value,
            "amount": self.amount,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> QuoteLine:
        """The line as it was kept."""
        return cls(LineKind(data["kind"]), Tenge(data["amount"]), data["quantity"], data["unit_price"])


@dataclass(frozen=True, slots=True)
class Quote:
    """Everything a guest pays for one stay."""

    nights: int
    lines: tuple[QuoteLine, ...]

    @property
    def total(self) -> Tenge:
        """The sum of the lines."""
        return Tenge(sum(line.amount for line in self.lines))

    @property
    def per_night_average(self) -> Tenge:
        """The total over the nights, rounded half up."""
        return Tenge((2 * self.total + self.nights) // (2 * self.nights))

    def as_json(self) -> list[dict[str, Any]]:
        """The lines as they are kept with the booking."""
        return [line.as_json() for line in self.lines]

    @classmethod
    def from_json(cls, nights: int, lines: list[dict[str, Any]]) -> Quote:
        """The quote as it was kept."""
        return cls(nights, tuple(QuoteLine.from_json(line) for line in lines))


class NightCounts(NamedTuple):
    """A stay as its price sees it: so many nights of each kind."""

    ordinary: int
    weekend: int

    @classmethod
    def of(cls, stay: Stay) -> NightCounts:
        """The nights of a stay."""
        weekend = sum(1 for night in stay.dates() if night.weekday() in _WEEKEND_NIGHTS)
        return cls(stay.nights - weekend, weekend)


def total_for(tariff: Tariff, nights: NightCounts) -> Tenge:
    """The total of `quote()` without its lines, for lists: the nights are counted once for all their flats."""
    base, weekend_price, cleaning_fee = tariff
    nights_total = nights.ordinary * base + nights.weekend * (base if weekend_price is None else weekend_price)
    return Tenge(nights_total + cleaning_fee + percent_of(nights_total, SERVICE_FEE_PERCENT))


def quote(tariff: Tariff, stay: Stay) -> Quote:
    """Price a stay. Pure: the same tariff and dates give the same lines in the same order."""
    ordinary, weekend = NightCounts.of(stay)
    if tariff.weekend_price is None:
        ordinary, weekend = stay.nights, 0
    lines = []
    if ordinary:
        lines.append(
            QuoteLine(LineKind.NIGHTS, Tenge(ordinary * tariff.base_price), ordinary, tariff.base_price),
        )
    if weekend and tariff.weekend_price is not None:
        lines.append(
            QuoteLine(LineKind.WEEKEND_NIGHTS, Tenge(weekend * tariff.weekend_price), weekend, tariff.weekend_price),
        )
    nights_total = sum(line.amount for line in lines)
    if tariff.cleaning_fee:
        lines.append(QuoteLine(LineKind.CLEANING, Tenge(tariff.cleaning_fee)))
    fee = percent_of(nights_total, SERVICE_FEE_PERCENT)
    if fee:
        lines.append(QuoteLine(LineKind.SERVICE_FEE, fee))
    return Quote(stay.nights, tuple(lines))
