"""What the people of a booking are told on its way to a stay. When and how they get it: app/notify/catalogue.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import notifications
from app.domain.notifications import Recipient
from app.domain.rows import NewRow
from app.models import Booking, BookingAmendment, Channel, NotificationKind, Payment, Property, Refund

_CHATS = frozenset({Channel.TELEGRAM, Channel.WHATSAPP})
REMIND_OF_HOLD = timedelta(minutes=5)
"""After a hold began: whoever pays at once is on the page and needs no message."""


def held(booking: Booking, *, now: datetime) -> list[NewRow]:
    """A guest who has not paid some minutes later learns until when they may, as rows to be written with the hold.

    Not whoever books in a chat: there the message with the link says it (app/bots/announcing.py).
    """
    if booking.channel in _CHATS:
        return []
    recipient = Recipient(booking.guest_id, f"held:{booking.id}", booking.id)
    return notifications.rows(NotificationKind.BOOKING_HELD, recipient, now=now, at=now + REMIND_OF_HOLD)


def held_without_chat(session: Session, booking_id: int, guest_id: UUID, *, now: datetime) -> None:
    """A guest who booked in a chat that takes nothing any more learns it by another channel."""
    key = f"held:{booking_id}"
    kind = NotificationKind.BOOKING_HELD
    notifications.tell_user(session, kind, guest_id, dedup_key=key, now=now, booking_id=booking_id)


def extension_held_without_chat(
    session: Session, booking_id: int, guest_id: UUID, amendment_id: int, *, now: datetime
) -> None:
    """The same for more nights: who asked for them in a chat that takes nothing any more learns where to pay."""
    notifications.tell_user(
        session,
        NotificationKind.BOOKING_HELD,
        guest_id,
        dedup_key=f"held-extension:{amendment_id}",
        now=now,
        params={"extension": str(amendment_id)},
        booking_id=booking_id,
    )


def payment_failed(session: Session, booking: Booking, payment: Payment, *, now: datetime) -> None:
    """The guest may try again while the hold lives. One who extends a stay keeps it as it is, and is on the page or in
    the chat, which says it (app/bots/announcing.py)."""
    if payment.amendment_id is not None:
        return
    _tell(session, NotificationKind.PAYMENT_FAILED, booking, booking.guest_id, f"payment-failed:{payment.id}", now=now)


def confirmed(session: Session, prop: Property, booking: Booking, *, now: datetime) -> None:
    """Paid: the guest has a stay, the landlord a guest."""
    _tell(session, NotificationKind.BOOKING_CONFIRMED, booking, booking.guest_id, f"confirmed:{booking.id}", now=now)
    _tell(session, NotificationKind.NEW_BOOKING, booking, prop.landlord_id, f"new-booking:{booking.id}", now=now)


def changed(session: Session, prop: Property, booking: Booking, amendment: BookingAmendment, *, now: datetime) -> None:
    """An extension or a shortening took effect: both sides learn the new dates, the guest also which of both it was."""
    notifications.tell_user(
        session,
        NotificationKind.STAY_CHANGED,
        booking.guest_id,
        dedup_key=f"changed:{amendment.id}",
        now=now,
        params={"change": amendment.kind},
        booking_id=booking.id,
    )
    _tell(
        session,
        NotificationKind.STAY_CHANGED_TO_LANDLORD,
        booking,
        prop.landlord_id,
        f"changed-landlord:{amendment.id}",
        now=now,
    )


def refunded(session: Session, refund: Refund, *, now: datetime) -> None:
    """The money is back with the guest; the message says why, and apologizes where it never became a stay."""
    guest_id = session.scalars(select(Booking.guest_id).where(Booking.id == refund.booking_id)).one()
    notifications.tell_user(
        session,
        NotificationKind.REFUNDED,
        guest_id,
        dedup_key=f"refunded:{refund.id}",
        now=now,
        params={"amount": str(refund.amount), "reason": refund.cause},
        booking_id=refund.booking_id,
    )


def _tell(
    session: Session, kind: NotificationKind, booking: Booking, user_id: UUID, key: str, *, now: datetime
) -> None:
    """Tell someone about the booking, once a key."""
    notifications.tell_user(session, kind, user_id, dedup_key=key, now=now, booking_id=booking.id)
