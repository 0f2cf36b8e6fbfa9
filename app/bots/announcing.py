"""What a chat hears by itself while its guest is about to pay: the link is there, or Kaspi did not take the payment.

Written in the transaction that records what Kaspi said, hence said exactly as often as that happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bots import payment_message
from app.bots.memory import Memory
from app.bots.turn import navigation
from app.channels.message import Answer, Message, to_json
from app.domain.bookings.reading import booking_of, latest_payment
from app.domain.chats import identities, replies
from app.domain.checkout import telling
from app.domain.checkout.standing import CheckoutState, booking_state
from app.i18n import current_language, use_language
from app.models import Booking, BookingStatus, ChannelIdentity, Messenger, Payment, PayMethod

_MESSENGERS = frozenset(messenger.value for messenger in Messenger)
_WORTH_SAYING = (CheckoutState.AWAITING, CheckoutState.DECLINED)


def payment_changed(session: Session, payment_id: UUID, *, ways: tuple[PayMethod, ...], now: datetime) -> None:
    """Say in the chat that a booking was made in how its payment stands, now that Kaspi has answered.

    Nothing is said of a booking made elsewhere, of an extension, of a payment that another one has replaced. A guest
    who has no chat in that messenger any more gets the usual notification, by what still reaches them.
    """
    session.flush()
    statement = select(Booking.id, Booking.reference, Booking.guest_id, Booking.channel, Booking.status)
    statement = statement.join(Payment, Payment.booking_id == Booking.id)
    row = session.execute(statement.where(Payment.id == payment_id, Payment.amendment_id.is_(None))).one_or_none()
    if row is None or row.channel not in _MESSENGERS or row.status != BookingStatus.HELD:
        return
    chat = _chat(session, row.guest_id, row.channel)
    if chat is None:
        telling.held_without_chat(session, row.id, row.guest_id, now=now)
        return
    with _speaking(chat.language or current_language()):
        message = _message(session, row.guest_id, row.reference, ways=ways, now=now)
    if message is not None:
        replies.add(session, chat, to_json(Answer(messages=(message,))), now=now)


def _chat(session: Session, guest_id: UUID, channel: str) -> ChannelIdentity | None:
    """The guest's chat in the messenger they booked by, the one they used last."""
    chats = identities.of_user(session, guest_id)
    return next((chat for chat in chats if chat.messenger == channel and chat.unreachable_at is None), None)


def _message(
    session: Session,
    guest_id: UUID,
    reference: str,
    *,
    ways: tuple[PayMethod, ...],
    now: datetime,
) -> Message | None:
    connection = session.connection()
    found = booking_of(connection, guest_id, reference, language=current_language())
    if found is None:
        return None
    payment = latest_payment(connection, found.id)
    state = booking_state(found, payment, answered=True, now=now)
    if state not in _WORTH_SAYING:
        return None
    message = payment_message.message(found, payment, state, ways=ways, now=now)
    return message.model_copy(update={"rows": (*message.rows, navigation(Memory()))})


@contextmanager
def _speaking(language: str) -> Iterator[None]:
    """Speak a language for a moment."""
    before = current_language()
    use_language(language)
    try:
        yield
    finally:
        use_language(before)
