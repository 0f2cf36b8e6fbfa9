"""The customer's data sizes for 12 months, and how a factor multiplies them."""

from __future__ import annotations

from dataclasses import dataclass

BOOKINGS_A_FLAT = 20
REVIEWS_A_FLAT = 4
FLATS_A_LANDLORD = 5
"""2 000 of 50 000 users would be landlords with 2.5 flats each; fewer with more flats is nearer to the market."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows to add. Payments are as many as bookings."""

    users: int
    properties: int

    @classmethod
    def times(cls, factor: float) -> Sizes:
        """The customer's sizes × factor: 50K users, 5K properties, 100K bookings and payments, 20K reviews."""
        return cls(users=round(50_000 * factor), properties=max(1, round(5_000 * factor)))

    @property
    def landlords(self) -> int:
        """So many of the users let flats."""
        return min(self.users - 1, max(1, self.properties // FLATS_A_LANDLORD))

    @property
    def bookings(self) -> int:
        """A fixed number a flat."""
        return self.properties * BOOKINGS_A_FLAT

    @property
    def reviews(self) -> int:
        """A fixed number a flat."""
        return self.properties * REVIEWS_A_FLAT
