"""Stays as half-open ranges of local dates: check-in 10, check-out 12 is the nights of 10 and 11."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Stay:
    """Nights from `check_in` up to, not including, `check_out`.

    Raises ValueError when there is no night in it.
    """

    check_in: date
    check_out: date

    def __post_init__(self) -> None:
        if self.check_out <= self.check_in:
            raise ValueError("check-out must be after check-in")

    @property
    def nights(self) -> int:
        """How many nights."""
        return (self.check_out - self.check_in).days

    def dates(self) -> Iterator[date]:
        """The date each night begins on."""
        for offset in range(self.nights):
            yield self.check_in + timedelta(days=offset)
