"""The ring of busy nights as arithmetic: a night's bit is its day number modulo the ring's size.

PostgreSQL writes a bit string with bit 0 on the left; here a ring is that string or an integer whose bit i is night i.
Stays end at most 500 nights ahead, so the ring's 512 bits never mean two bookable nights at once; nights that have
passed are cleared by a nightly job, and until then they are nobody's future night for 12 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from app.models import RING_NIGHTS

EMPTY = "0" * RING_NIGHTS
HORIZON_DAYS = 500
"""A stay ends at most so many days from today."""


def position(night: date) -> int:
    """Which bit of the ring is this night's."""
    return night.toordinal() % RING_NIGHTS


def mask(nights: Iterable[date]) -> str:
    """The ring in which exactly these nights are set, as PostgreSQL writes `bit(512)`."""
    bits = ["0"] * RING_NIGHTS
    for night in nights:
        bits[position(night)] = "1"
    return "".join(bits)


def is_busy(ring: str, night: date) -> bool:
    """Is this night set?"""
    return ring[position(night)] == "1"


def nights_from(ring: str, first: date, count: int) -> list[bool]:
    """Whether each of `count` nights (at most the ring's size) from `first` on is set."""
    start = position(first)
    return [bit == "1" for bit in (ring + ring)[start : start + count]]


def is_free(ring: str, check_in: date, check_out: date) -> bool:
    """Is every night from check-in up to check-out clear?"""
    return not any(is_busy(ring, check_in + timedelta(days=n)) for n in range((check_out - check_in).days))


def passed_nights(today: date) -> list[date]:
    """The nights before today that the ring still has room for: those whose bits no bookable night uses."""
    spare = RING_NIGHTS - HORIZON_DAYS
    return [today - timedelta(days=n) for n in range(1, spare)]
