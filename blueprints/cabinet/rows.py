"""Bookings and flats as the cabinet's lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for

from app.domain.hosting.bookings import HostedBooking
from app.domain.hosting.flats import FlatSummary, OwnFlat
from app.i18n import gettext
from app.kit import clock
from app.wording.hosting import flat_label, status_label
from blueprints.shared.presenting import Card, card_view, property_path


@dataclass(frozen=True, slots=True)
class BookingLine:
    """A booking in a list."""

    reference: str
    url: str
    title: str
    guest_name: str
    check_in: date
    check_out: date
    nights: int
    guests: int
    status_label: str
    status_tone: str
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class FlatLine:
    """A flat in the landlord's list."""

    card: Card
    url: str
    status_label: str
    status_tone: str
    requests: int
    arrivals_today: int
    departures_today: int
    upcoming: int


@dataclass(frozen=True, slots=True)
class FlatHead:
    """What every page of one flat begins with."""

    id: int
    card: Card
    address: str
    status_label: str
    status_tone: str
    public_url: str | None


def booking_line(booking: HostedBooking) -> BookingLine:
    """A row of a list."""
    label, tone = status_label(booking.status)
    return BookingLine(
        reference=booking.reference,
        url=url_for("cabinet.booking", reference=booking.reference),
        title=booking.title,
        guest_name=booking.guest_name or gettext("Гость"),
        check_in=booking.check_in,
        check_out=booking.check_out,
        nights=booking.nights,
        guests=booking.guests,
        status_label=label,
        status_tone=tone,
        answer_by=booking.answer_by,
    )


def booking_lines(bookings: Iterable[HostedBooking]) -> list[BookingLine]:
    """Rows of a list."""
    return [booking_line(booking) for booking in bookings]


def flat_line(flat: FlatSummary) -> FlatLine:
    """A flat with what waits for its landlord."""
    label, tone = flat_label(flat.status)
    return FlatLine(
        card=card_view(flat.card),
        url=url_for("cabinet.flat", flat_id=flat.card.id),
        status_label=label,
        status_tone=tone,
        requests=flat.requests,
        arrivals_today=flat.arrivals_today,
        departures_today=flat.departures_today,
        upcoming=flat.upcoming,
    )


def flat_head(flat: OwnFlat) -> FlatHead:
    """The head of a flat's pages."""
    label, tone = flat_label(flat.status)
    is_public = flat.status.value == "published"
    return FlatHead(
        id=flat.card.id,
        card=card_view(flat.card),
        address=f"{flat.card.city_name}, {flat.street}, {flat.building}",
        status_label=label,
        status_tone=tone,
        public_url=property_path(flat.card.id, flat.card.slug) if is_public else None,
    )


def today() -> date:
    """The date on local calendars."""
    return clock.local_date(clock.now())
