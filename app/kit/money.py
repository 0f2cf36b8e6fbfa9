"""Whole tenge: arithmetic and writing. There are no fractions of a tenge anywhere in the product."""

from __future__ import annotations

from typing import NewType

Tenge = NewType("Tenge", int)

NBSP = "\u00a0"


def percent_of(amount: int, percent: int) -> Tenge:
    """`percent` per cent of `amount`, rounded half up (away from zero for negative amounts) to a whole tenge."""
    doubled, sign = abs(amount) * percent, -1 if (amount < 0) != (percent < 0) else 1
    return Tenge(sign * ((abs(doubled) + 50) // 100))


def format_tenge(amount: int) -> str:
    """`12500` as `12 500 ₸` with non-breaking spaces; a true minus sign in front of a negative amount."""
    digits = f"{abs(amount):,}".replace(",", NBSP)
    return f"{'−' if amount < 0 else ''}{digits}{NBSP}₸"
