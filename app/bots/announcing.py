"""What a chat hears by itself while its guest is about to pay: the link is there, or Kaspi did not take the payment.

Written in the transaction that records what Kaspi said, hence said exactly as often as that happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bots import payment_message
from app.bots.memory import Memory
from app.bots.turn import navigation
from app.channels.message import Answer, Message, to_json
from app.domain.bookings.changes import latest_extension
from app.domain.bookings.reading import LatestPayment, booking_of, latest_payment, latest_payment_of_extension
from app.domain.chats import identities, replies
from app.domain.checkout import telling
from app.domain.checkout.standing import CheckoutState, booking_state, extension_state
from app.i18n import current_language, use_language
from app.models import Booking, BookingStatus, Channel, ChannelIdentity, Messenger, Payment, PayMethod

_MESSENGERS = frozenset(messenger.value for messenger in Messenger)
_WORTH_SAYING = (CheckoutState.AWAITING, CheckoutState.DECLINED)


def payment_changed(session: Session, payment_id: UUID, *, ways: tuple[PayMethod, ...], now: datetime) -> None:
    """Say in a chat how a payment stands, now that Kaspi has answered: of a booking in the chat that it was made in, of
    more nights in the one that they were asked for in.

    Nothing is said of what was begun elsewhere, of a payment that another one has replaced. A guest who has no chat in
    that messenger any more gets a notification, by what still reaches them.
    """
    subject = _subject(session, payment_id)
    if subject.amendment_id is not None:
        _say_extension(session, subject, payment_id, ways=ways, now=now)
        return
    if subject.channel not in _MESSENGERS or subject.status != BookingStatus.HELD:
        return
    chat = _chat(session, subject.guest_id, subject.channel)
    if chat is None:
        _tell_otherwise(session, subject, now=now)
        return
    _say(session, chat, payment_id, partial(_message, session, subject, ways=ways, now=now), now=now)


def extension_declined(session: Session, payment_id: UUID, *, ways: tuple[PayMethod, ...], now: datetime) -> None:
    """Say that Kaspi declined the payment for more nights, where they were asked for.

    Nothing for a booking's: its guest gets a notification (app/domain/checkout/telling.py).
    """
    subject = _subject(session, payment_id)
    if subject.amendment_id is not None:
        _say_extension(session, subject, payment_id, ways=ways, now=now)


def not_said(session: Session, payment_id: UUID, *, now: datetime) -> None:
    """The chat that had to say how to pay did not take it: the guest gets a notification, as one without a chat.

    Once for a booking or for more nights, and only while it can be paid (the catalogue's rule).
    """
    _tell_otherwise(session, _subject(session, payment_id), now=now)


def origin_of(session: Session, payment_id: UUID) -> tuple[str, Channel]:
    """The reference of a payment's booking, and where the payment was asked for: a booking's where it was made, that of
    more nights in the chat that asked for them, or on the portal when none did.
    """
    subject = _subject(session, payment_id)
    if subject.amendment_id is None:
        return subject.reference, Channel(subject.channel)
    chat = _asking_chat(session, subject)
    return subject.reference, Channel.WEB if chat is None else Channel(chat.messenger)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a payment is for, and since when it has been wanted."""

    booking_id: int
    reference: str
    guest_id: UUID
    channel: str
    status: str
    amendment_id: int | None
    wanted_at: datetime

    def is_replaced_by(self, latest: LatestPayment | None) -> bool:
        """Is the newest payment for the same another one? What stands is said when Kaspi answers about that one."""
        return latest is None or latest.created_at != self.wanted_at


def _subject(session: Session, payment_id: UUID) -> _Subject:
    session.flush()
    statement = select(
        *(Booking.id, Booking.reference, Booking.guest_id, Booking.channel, Booking.status),
        *(Payment.amendment_id, Payment.created_at),
    )
    statement = statement.join(Payment, Payment.booking_id == Booking.id)
    return _Subject(*session.execute(statement.where(Payment.id == payment_id)).one())


def _tell_otherwise(session: Session, subject: _Subject, *, now: datetime) -> None:
    if subject.amendment_id is None:
        telling.held_without_chat(session, subject.booking_id, subject.guest_id, now=now)
    else:
        telling.extension_held_without_chat(
            session, subject.booking_id, subject.guest_id, subject.amendment_id, now=now
        )


def _say_extension(
    session: Session,
    subject: _Subject,
    payment_id: UUID,
    *,
    ways: tuple[PayMethod, ...],
    now: datetime,
) -> None:
    chat = _asking_chat(session, subject)
    if chat is not None:
        _say(session, chat, payment_id, partial(_extension_message, session, subject, ways=ways, now=now), now=now)
    elif _used_since(session, subject):
        _tell_otherwise(session, subject, now=now)


def _asking_chat(session: Session, subject: _Subject) -> ChannelIdentity | None:
    """The chat that more nights were asked for in, if it takes messages."""
    return next((chat for chat in _used_since(session, subject) if chat.unreachable_at is None), None)


def _used_since(session: Session, subject: _Subject) -> list[ChannelIdentity]:
    """The guest's chats that more nights may have been asked for in, the one used last first. A turn that asks for
    them is the chat's last sign of life when it begins: whoever asked on the portal has not used a chat since."""
    chats = identities.of_user(session, subject.guest_id)
    return [chat for chat in chats if chat.last_seen_at >= subject.wanted_at]


def _chat(session: Session, guest_id: UUID, channel: str) -> ChannelIdentity | None:
    """The guest's chat in the messenger they booked by, the one they used last."""
    return next((chat for chat in identities.reachable(session, guest_id) if chat.messenger == channel), None)


def _say(
    session: Session, chat: ChannelIdentity, payment_id: UUID, make: Callable[[], Message | None], *, now: datetime
) -> None:
    """Say what `make` makes, in the chat's language."""
    with _speaking(chat.language or current_language()):
        message = make()
    if message is not None:
        replies.add(session, chat, to_json(Answer(messages=(message,), pays=str(payment_id))), now=now)


def _message(
    session: Session,
    subject: _Subject,
    *,
    ways: tuple[PayMethod, ...],
    now: datetime,
) -> Message | None:
    connection = session.connection()
    found = booking_of(connection, subject.guest_id, subject.reference, language=current_language())
    if found is None:
        return None
    payment = latest_payment(connection, found.id)
    state = booking_state(found, payment, answered=True, now=now)
    if subject.is_replaced_by(payment) or state not in _WORTH_SAYING:
        return None
    return _with_navigation(payment_message.message(found, payment, state, ways=ways, now=now))


def _extension_message(
    session: Session,
    subject: _Subject,
    *,
    ways: tuple[PayMethod, ...],
    now: datetime,
) -> Message | None:
    connection = session.connection()
    found = booking_of(connection, subject.guest_id, subject.reference, language=current_language())
    change = latest_extension(connection, subject.booking_id)
    if found is None or change is None or change.id != subject.amendment_id:
        return None
    payment = latest_payment_of_extension(connection, change.id)
    if subject.is_replaced_by(payment) or extension_state(change, payment, now=now) not in _WORTH_SAYING:
        return None
    return _with_navigation(payment_message.extension_message(found, change, payment, ways=ways, now=now))


def _with_navigation(message: Message) -> Message:
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
