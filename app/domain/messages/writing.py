"""Writing a message: to the landlord of a flat, to the guest of a booking, or on in a conversation.

The author's row is locked first, so that limits cannot be outrun in parallel and a message that is sent twice is one;
then the conversation's, so that its messages are numbered without gaps: user → thread → outbox in the order of locks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import notifications
from app.domain.messages import photos
from app.domain.messages.masking import Masked, mask
from app.domain.messages.photos import Undrawn, UndrawnError
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import Sized
from app.kit.typed import typed_lines
from app.models import (
    MESSAGE_LONGEST,
    Booking,
    BookingStatus,
    Channel,
    Message,
    MessageThread,
    NotificationKind,
    Property,
    PropertyStatus,
    Side,
    User,
)

LONGEST = MESSAGE_LONGEST
MOST_A_MINUTE = 10
MOST_A_DAY = 200
MOST_NEW_A_DAY = 20
"""Conversations that one guest may begin within a day."""
TELL_AGAIN_AFTER = timedelta(minutes=15)
"""Whoever was told of a message and has not read it is not told of the next ones for so long."""


@dataclass(frozen=True, slots=True)
class Words:
    """What someone writes, by which channel, under a key of theirs (8 to 128 visible ASCII signs)."""

    text: str
    channel: Channel
    client_key: str
    photo: Sized | Undrawn | None = None
    """Drawn anew (`photos.drawn`), or a word for it when asking whether it may come; `text` may be empty then."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The message's place. `is_masked`: contacts were taken out. `is_replay`: it had been sent before."""

    thread_id: UUID
    number: int
    is_masked: bool
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class _Pair:
    """Who talks about which flat, and who of them writes."""

    property_id: int
    guest_id: UUID
    landlord_id: UUID
    author: Side

    @property
    def author_id(self) -> UUID:
        return self.guest_id if self.author is Side.GUEST else self.landlord_id

    @property
    def recipient_id(self) -> UUID:
        return self.landlord_id if self.author is Side.GUEST else self.guest_id


def write_to_landlord(session: Session, property_id: int, *, guest_id: UUID, words: Words, now: datetime) -> Sent:
    """A guest writes about a flat; the first message begins the conversation.

    Raises DomainError `property_unknown` (404) for a flat that is not published and that the guest never wrote about
    or booked, `own_flat_message` (422), and as `answer`.
    """
    row = session.execute(select(Property.landlord_id, Property.status).where(Property.id == property_id)).one_or_none()
    if row is None:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    if row.landlord_id == guest_id:
        raise DomainError("own_flat_message")
    if row.status != PropertyStatus.PUBLISHED and not _knows(session, property_id, guest_id):
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    return _write(session, _Pair(property_id, guest_id, row.landlord_id, Side.GUEST), words, now=now)


def write_to_guest(session: Session, reference: str, *, landlord_id: UUID, words: Words, now: datetime) -> Sent:
    """A landlord writes to the guest of a booking of their flat.

    Raises DomainError `booking_unknown` (404) for anyone else's, and as `answer`.
    """
    statement = select(Booking.property_id, Booking.guest_id, Property.landlord_id)
    statement = statement.join(Property, Property.id == Booking.property_id).where(Booking.reference == reference)
    row = session.execute(statement).one_or_none()
    if row is None or row.landlord_id != landlord_id:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return _write(session, _Pair(row.property_id, row.guest_id, landlord_id, Side.LANDLORD), words, now=now)


def answer(session: Session, thread_id: UUID, *, author_id: UUID, words: Words, now: datetime) -> Sent:
    """One of the two writes on in their conversation; the other side is told.

    Raises DomainError `thread_unknown` (404) for anyone else, `account_blocked` (403), `recipient_blocked` (409),
    `message_empty`, `text_too_long`, `key_reused`, `photo_before_payment` (422), `too_many_messages`,
    `too_many_message_photos` (429); and UndrawnError when nothing is against the message and its photo is `Undrawn`.
    """
    thread = session.get(MessageThread, thread_id)
    if thread is None or author_id not in {thread.guest_id, thread.landlord_id}:
        raise DomainError("thread_unknown", ErrorKind.NOT_FOUND)
    author = Side.GUEST if author_id == thread.guest_id else Side.LANDLORD
    return _write(session, _Pair(thread.property_id, thread.guest_id, thread.landlord_id, author), words, now=now)


def mark_read(session: Session, thread_id: UUID, *, reader_id: UUID, up_to: int, now: datetime) -> int:
    """The reader has seen the other side's messages up to this number; how many were new to them.

    For anyone else's conversation there is nothing to mark.
    """
    statement = update(Message).where(
        Message.thread_id == thread_id,
        Message.recipient_id == reader_id,
        Message.number <= up_to,
        Message.read_at.is_(None),
    )
    marked = session.execute(statement.values(read_at=now).returning(Message.number))
    return len(marked.all())


def _write(session: Session, pair: _Pair, words: Words, *, now: datetime) -> Sent:
    text = typed_lines(words.text)
    if not text and words.photo is None:
        raise DomainError("message_empty")
    if len(text) > LONGEST:
        raise DomainError("text_too_long", length=LONGEST)
    _lock_author(session, pair)
    earlier = _sent_before(session, pair, words.client_key, text)
    if earlier is not None:
        return earlier
    has_paid = _has_paid(session, pair)
    if words.photo is not None:
        photos.refuse(session, pair.author_id, has_paid=has_paid, now=now)
    _refuse_too_many(session, pair, now=now)
    if isinstance(words.photo, Undrawn):
        raise UndrawnError
    thread = _lock_thread(session, pair, now=now)
    kept = Masked(text, is_masked=False) if has_paid else mask(text)
    is_told = not _was_told(session, thread.id, pair.author, now=now)
    message = Message(
        id=uuid4(),
        thread_id=thread.id,
        number=thread.last_number + 1,
        author=pair.author,
        author_id=pair.author_id,
        recipient_id=pair.recipient_id,
        is_masked=kept.is_masked,
        is_told=is_told,
        channel=words.channel,
        client_key=words.client_key,
        created_at=now,
    )
    message.body = kept.text or None
    session.add(message)
    thread.last_number, thread.last_at = message.number, now
    session.flush()
    if words.photo is not None:
        photos.keep(session, message, words.photo)
    if is_told:
        _tell(session, pair, message, now=now)
    return Sent(thread.id, message.number, kept.is_masked)


def _lock_author(session: Session, pair: _Pair) -> None:
    """Raises DomainError `account_blocked` (403), `recipient_blocked` (409: nobody would read it)."""
    statement = select(User.blocked_at).where(User.id == pair.author_id).with_for_update(key_share=True)
    if session.execute(statement).scalar_one() is not None:
        raise DomainError("account_blocked", ErrorKind.FORBIDDEN)
    if session.execute(select(User.blocked_at).where(User.id == pair.recipient_id)).scalar_one() is not None:
        raise DomainError("recipient_blocked", ErrorKind.CONFLICT)


def _sent_before(session: Session, pair: _Pair, client_key: str, text: str) -> Sent | None:
    """The message that the (locked) author sent under this key. Raises DomainError `key_reused` for another one."""
    statement = select(Message).where(Message.author_id == pair.author_id, Message.client_key == client_key)
    found = session.scalars(statement).one_or_none()
    if found is None:
        return None
    thread = session.get_one(MessageThread, found.thread_id)
    is_same = (thread.property_id, thread.guest_id) == (pair.property_id, pair.guest_id)
    if not is_same or found.body not in {None, text, mask(text).text}:
        raise DomainError("key_reused")
    return Sent(found.thread_id, found.number, found.is_masked, is_replay=True)


def _refuse_too_many(session: Session, pair: _Pair, *, now: datetime) -> None:
    """Raises DomainError `too_many_messages` (429) when the (locked) author has written a lot."""
    day, minute = now - timedelta(days=1), now - timedelta(minutes=1)
    recent = func.count().filter(Message.created_at > minute)
    mine = select(func.count(), recent).where(Message.author_id == pair.author_id, Message.created_at > day)
    in_a_day, in_a_minute = session.execute(mine).one()
    if in_a_day >= MOST_A_DAY or in_a_minute >= MOST_A_MINUTE:
        raise DomainError("too_many_messages", ErrorKind.LIMIT)
    if pair.author is Side.LANDLORD or _thread(session, pair) is not None:
        return
    begun = select(func.count()).where(MessageThread.guest_id == pair.guest_id, MessageThread.created_at > day)
    if session.execute(begun).scalar_one() >= MOST_NEW_A_DAY:
        raise DomainError("too_many_messages", ErrorKind.LIMIT)


def _thread(session: Session, pair: _Pair) -> UUID | None:
    statement = select(MessageThread.id).where(MessageThread.property_id == pair.property_id)
    return session.scalars(statement.where(MessageThread.guest_id == pair.guest_id)).one_or_none()


def _lock_thread(session: Session, pair: _Pair, *, now: datetime) -> MessageThread:
    """The pair's conversation, made if there is none; of two who begin it at once one waits for the other."""
    row = {
        "id": uuid4(),
        "property_id": pair.property_id,
        "guest_id": pair.guest_id,
        "landlord_id": pair.landlord_id,
        "last_number": 0,
        "last_at": now,
        "created_at": now,
    }
    new = insert(MessageThread).values(row)
    session.execute(new.on_conflict_do_nothing(index_elements=["property_id", "guest_id"]))
    statement = select(MessageThread).where(MessageThread.property_id == pair.property_id)
    statement = statement.where(MessageThread.guest_id == pair.guest_id).with_for_update(key_share=True)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _knows(session: Session, property_id: int, guest_id: UUID) -> bool:
    """Has the guest booked this flat, or been written to about it?"""
    booked = exists().where(Booking.property_id == property_id, Booking.guest_id == guest_id)
    talked = exists().where(MessageThread.property_id == property_id, MessageThread.guest_id == guest_id)
    return bool(session.scalar(select(booked | talked)))


def _has_paid(session: Session, pair: _Pair) -> bool:
    """Does a paid stay of this guest with this landlord stand, or did it take place?"""
    paid = [status for status in BookingStatus if status.is_paid]
    stays = select(Booking.id).join(Property, Property.id == Booking.property_id)
    stays = stays.where(Booking.guest_id == pair.guest_id, Property.landlord_id == pair.landlord_id)
    return bool(session.scalar(select(stays.where(Booking.status.in_(paid)).exists())))


def _was_told(session: Session, thread_id: UUID, author: Side, *, now: datetime) -> bool:
    """Was the other side told lately of a message that they have not read yet?"""
    told = exists().where(
        Message.thread_id == thread_id,
        Message.author == author,
        Message.is_told,
        Message.read_at.is_(None),
        Message.created_at > now - TELL_AGAIN_AFTER,
    )
    return bool(session.scalar(select(told)))


def _tell(session: Session, pair: _Pair, message: Message, *, now: datetime) -> None:
    """Words and names are read when it is sent: no copy of them lies about."""
    notifications.tell_user(
        session,
        NotificationKind.MESSAGE_RECEIVED,
        pair.recipient_id,
        dedup_key=f"message:{message.id}",
        now=now,
        params={"thread": str(message.thread_id), "number": str(message.number)},
    )
