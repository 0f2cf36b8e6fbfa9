"""Changing how a flat is let: lengths of stays, the last minute for tonight, cleaning time, asking first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.domain.hosting.owning import check_between, lock_flat
from app.domain.search import index
from app.models import Property

NIGHTS_MOST = 365


@dataclass(frozen=True, slots=True)
class Terms:
    """What a flat accepts. `cut_off_time` None: the usual one."""

    min_nights: int
    max_nights: int
    cut_off_time: time | None
    cleaning_minutes: int
    instant_booking: bool


def most_cleaning_minutes(prop: Property) -> int:
    """So many minutes fit between check-out and check-in."""
    check_in, check_out = prop.check_in_time, prop.check_out_time
    return (check_in.hour - check_out.hour) * 60 + check_in.minute - check_out.minute


def change_terms(session: Session, property_id: int, wanted: Terms, *, landlord_id: UUID, now: datetime) -> None:
    """Put a flat's terms in the place of those before; bookings that exist keep theirs, and their cleaning time.

    Requests that wait are still answered, also when the flat can be booked at once from now on.
    Raises DomainError `property_unknown` (404), `value_out_of_range` (422, with `field`).
    """
    prop, busy = lock_flat(session, property_id, landlord_id)
    check_between("min_nights", wanted.min_nights, 1, NIGHTS_MOST)
    check_between("max_nights", wanted.max_nights, wanted.min_nights, NIGHTS_MOST)
    check_between("cleaning_minutes", wanted.cleaning_minutes, 0, most_cleaning_minutes(prop))
    prop.min_nights = wanted.min_nights
    prop.max_nights = wanted.max_nights
    prop.cut_off_time = wanted.cut_off_time
    prop.cleaning_minutes = wanted.cleaning_minutes
    prop.instant_booking = wanted.instant_booking
    session.flush()
    index.refresh(session, prop, busy, now=now)
    audit.record(
        session,
        "terms.changed",
        actor=Actor.landlord(landlord_id),
        subject=("property", property_id),
        now=now,
        min_nights=wanted.min_nights,
        max_nights=wanted.max_nights,
        cut_off=None if wanted.cut_off_time is None else f"{wanted.cut_off_time:%H:%M}",
        cleaning_minutes=wanted.cleaning_minutes,
        instant_booking=wanted.instant_booking,
    )
