"""What a notification about a booking or a message can say: read when it is sent, so that it is what is true then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access import grants
from app.domain.access.details import AccessDetails
from app.domain.listings.address import full_address
from app.domain.messages.reading import news_of
from app.i18n import choose, gettext
from app.models import AccessGrant, Booking, BookingStatus, Channel, Notification, Property, Side
from app.notify.news import Stay


@dataclass(frozen=True, slots=True)
class About:
    """The booking a notification is about, with its flat."""

    booking: Booking
    prop: Property

    @property
    def stay(self) -> Stay:
        """What decides whether it is news."""
        booking = self.booking
        return Stay(
            status=BookingStatus(booking.status),
            check_in=booking.check_in,
            check_out=booking.check_out,
            check_in_at=booking.check_in_at,
            check_out_at=booking.check_out_at,
            hold_expires_at=booking.hold_expires_at,
            answer_by=booking.answer_by,
        )

    @property
    def booked_by(self) -> Channel:
        """Where it was booked."""
        return Channel(self.booking.channel)


def booking_of(session: Session, row: Notification) -> About | None:
    """The booking, when the notification is about one."""
    if row.booking_id is None:
        return None
    booking = session.get_one(Booking, row.booking_id)
    return About(booking, session.get_one(Property, booking.property_id))


def message(session: Session, params: Mapping[str, object], public_url: str) -> dict[str, object] | None:
    """Who wrote about which flat, in the current language; None when it was read or a later notification tells it."""
    found = news_of(session.connection(), UUID(str(params["thread"])), int(str(params["number"])))
    if found is None:
        return None
    is_guest = found.reader is Side.GUEST
    return {
        "writer": found.writer_name or (gettext("Хозяин") if is_guest else gettext("Гость")),
        "title": choose(found.title),
        "text": found.text,
        "photo": "" if found.photo_id is None else found.photo_id.hex,
        "thread_url": f"{public_url}/messages/{found.thread_id}",
    }


def addresses(public_url: str) -> dict[str, object]:
    """Pages that every text may name."""
    return {"home_url": public_url, "cabinet_url": f"{public_url}/cabinet"}


def values(subject: About, public_url: str) -> dict[str, object]:
    """What every text about a booking may say, in the current language. Never a code."""
    booking, prop = subject.booking, subject.prop
    return {
        "reference": booking.reference,
        "check_in": booking.check_in,
        "check_out": booking.check_out,
        "check_in_at": booking.check_in_at,
        "check_out_at": booking.check_out_at,
        "title": choose(prop.title),
        "address": full_address(prop),
        "status": booking.status,
        "guests": booking.guests,
        "answer_by": booking.answer_by,
        "pay_until": booking.hold_expires_at,
        "claim_until": subject.stay.claim_until,
        "url": f"{public_url}/bookings/{booking.reference}",
        "host_url": f"{public_url}/cabinet/bookings/{booking.reference}",
        "pay_url": f"{public_url}/checkout/{booking.reference}",
        "review_url": f"{public_url}/bookings/{booking.reference}/review",
    }


def keys(session: Session, subject: About, *, now: datetime) -> AccessDetails:
    """The codes, if the guest may see them now. Raises DomainError as `grants.open_details`."""
    grant = session.get(AccessGrant, subject.booking.id)
    return grants.open_details(session, subject.booking, grant, now=now)
