"""Who a notification is for, and the ways that are left to reach them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import (
    Booking,
    Channel,
    Language,
    Notification,
    NotificationChannel,
    NotificationKind,
    User,
    UserProfile,
)
from app.notify.catalogue import CATALOGUE, AtNight, order_of
from app.notify.channels import Channels, Person, Route


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom to reach, and what they read."""

    person: Person
    language: Language


def reader_of(session: Session, row: Notification) -> Reader | None:
    """The person as they are now; None when neither an account nor an address is left."""
    if row.user_id is None:
        return None if row.address is None else Reader(Person(None, row.address), Language(row.language or Language.RU))
    user, profile = session.get_one(User, row.user_id), session.get(UserProfile, row.user_id)
    language = row.language or (None if profile is None else profile.language)
    return Reader(Person(user.id, user.phone), Language(language or Language.RU))


def routes_of(
    session: Session, row: Notification, person: Person, *, booked_by: Channel | None, channels: Channels
) -> list[Route]:
    """The ways to try, in order: without the channels that refused it, and only its own when it is pinned to one."""
    entry = CATALOGUE[NotificationKind(row.kind)]
    order = (NotificationChannel(row.channel),) if row.is_pinned else order_of(entry, booked_by)
    left = [channel for channel in order if channel.value not in row.refused]
    return channels.routes(session, person, left, is_vital=entry.at_night is AtNight.SEND)


def booked_by(session: Session, row: Notification) -> Channel | None:
    """Where the booking that it is about was made."""
    if row.booking_id is None:
        return None
    return Channel(session.scalars(select(Booking.channel).where(Booking.id == row.booking_id)).one())
