"""The numbers that the demo's payments have at Kaspi: digits only, so that both of its surfaces can know them."""

from __future__ import annotations

from uuid import UUID

LIKE_THEM = "^1[0-9]{15}$"
"""A regular expression of PostgreSQL for the numbers of the demo's payments."""


def payment_number(payment_id: UUID) -> str:
    """What Kaspi calls this payment. Sixteen digits: the stand-in's own numbers have ten, so the two never meet."""
    return _number(payment_id.hex[:12])


def transaction_number(payment_id: UUID) -> str:
    """What Kaspi calls the money of this payment."""
    return _number(payment_id.hex[12:24])


def _number(digits: str) -> str:
    return f"1{int(digits, 16):015d}"
