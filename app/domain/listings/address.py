"""Addresses: the street is public, the building is told to guests who have paid."""

from __future__ import annotations

from app.models import Property


def full_address(prop: Property) -> str:
    """Street and building. The flat's number is among the keys."""
    return f"{prop.street}, {prop.building}"
