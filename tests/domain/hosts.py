"""A landlord who sets prices and terms: what their tests share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from app.db import transaction
from app.domain.hosting.terms import Terms, change_terms
from app.kit.errors import DomainError
from app.models import Property


def refusal(do: Callable[[], object]) -> tuple[str, Any]:
    """The code of what was refused, and the field it is about."""
    with pytest.raises(DomainError) as caught:
        do()
    return caught.value.code, caught.value.params.get("field")


def change_the_terms(flat: Property, now: datetime, by: UUID | None = None, **changes: Any) -> None:
    values: dict[str, Any] = {
        "min_nights": 1,
        "max_nights": 90,
        "cut_off_time": None,
        "cleaning_minutes": 120,
        "instant_booking": True,
    } | changes
    with transaction() as session:
        change_terms(session, flat.id, Terms(**values), landlord_id=by or flat.landlord_id, now=now)
