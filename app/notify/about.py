"""What a notification about a booking or a message can say: read when it is sent, so that it is what is true then."""

from __future__ import annotations

import json
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
from app.models import (
    AccessGrant,
    AmendmentStatus,
    Booking,
    BookingAmendment,
    BookingStatus,
    Channel,
    Notification,
    NotificationKind,
    Property,
    Side,
)
from app.notify.news import Stay


@dataclass(frozen=True, slots=True)
class About:
    """The booking a notification is about, with its flat."""

    booking: Booking
    prop: Property
    extension: BookingAmendment | None = None
    """The added nights, when it is about paying for those."""

    @property
    def stay(self) -> Stay:
        """What decides whether it is news."""
        booking, extension = self.booking, self.extension
        is_extending = extension is not None and extension.status == AmendmentStatus.HELD
        return Stay(
            status=BookingStatus.HELD if is_extending else BookingStatus(booking.status),
            check_in=booking.check_in,
            check_out=booking.check_out,
            check_in_at=booking.check_in_at,
            check_out_at=booking.check_out_at,
            hold_expires_at=self.pay_until,
            answer_by=booking.answer_by,
        )

    @property
    def pay_until(self) -> datetime | None:
        """Until when the booking, or the extension, is held unpaid."""
        return (self.booking if self.extension is None else self.extension).hold_expires_at

    @property
    def booked_by(self) -> Channel:
        """Where it was booked."""
        return Channel(self.booking.channel)


def booking_of(session: Session, row: Notification) -> About | None:
    """The booking, when the notification is about one, and the extension when it is about paying for that."""
    if row.booking_id is None:
        return None
    booking = session.get_one(Booking, row.booking_id)
    extension = None
    if row.kind == NotificationKind.BOOKING_HELD and row.params is not None:
        extension = session.get_one(BookingAmendment, int(json.loads(row.params)["extension"]))
    return About(booking, session.get_one(Property, booking.property_id), extension)


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
        "pay_until": subject.pay_until,
        "claim_until": subject.stay.claim_until,
        "url": f"{public_url}/bookings/{booking.reference}",
        "host_url": f"{public_url}/cabinet/bookings/{booking.reference}",
        "pay_url": f"{public_url}/checkout/{booking.reference}{'' if subject.extension is None else '/extension'}",
        "review_url": f"{public_url}/bookings/{booking.reference}/review",
    }


def keys(session: Session, subject: About, *, now: datetime) -> AccessDetails:
    """The codes, if the guest may see them now. Raises DomainError as `grants.open_details`."""
    grant = session.get(AccessGrant, subject.booking.id)
    return grants.open_details(session, subject.booking, grant, now=now)
