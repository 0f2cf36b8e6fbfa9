"""Conversations for pages and chats: a person's list, one of them, its messages page by page, and what is news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.engine import Connection

from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardInfo, card_from
from app.domain.listings.review_info import first_name
from app.domain.messages.photos import PhotoInfo
from app.models import BookingStatus, Channel, Side
from app.models.sealed import key_ring, place_of

LIST_LIMIT = 100
PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class ThreadInfo:
    """A conversation in someone's list. `last_text` is None once its words are gone; `unread` are the other side's."""

    id: UUID
    card: CardInfo
    other_name: str
    """First name of the other side; empty when it is not known (any more)."""
    last_at: datetime
    last_text: str | None
    last_has_photo: bool
    last_is_mine: bool
    unread: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A guest and a landlord about a flat, as one of them sees it; `id` is None before anybody has written."""

    id: UUID | None
    card: CardInfo
    side: Side
    """The one who looks."""
    landlord_id: UUID
    other_name: str
    is_published: bool
    booking_reference: str | None
    """Of the newest booking of this flat by this guest."""
    has_paid: bool
    """A paid stay stands or took place: contacts are not masked."""


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """One message. `text` is None once its words are gone, and of a photo without words."""

    number: int
    author: Side
    text: str | None
    photo: PhotoInfo | None
    is_masked: bool
    channel: Channel
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessagesPage:
    """Messages in the order they were written; `older` asks for those before them."""

    messages: tuple[MessageInfo, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class ThreadState:
    """What changes in an open conversation: the last message, and the last own one that the other side has read."""

    last_number: int
    read_number: int


@dataclass(frozen=True, slots=True)
class MessageNews:
    """What a notification about a message can say: nothing but this is kept for it."""

    thread_id: UUID
    reader: Side
    writer_name: str
    title: dict[str, str]
    text: str
    photo_id: UUID | None


_OTHER = {Side.GUEST: "landlord_id", Side.LANDLORD: "guest_id"}
_MINE = {Side.GUEST: "guest_id", Side.LANDLORD: "landlord_id"}
_LIST = {
    side: text(
        f"SELECT {CARD_COLUMNS}, t.id AS thread_id, t.last_at, t.{_OTHER[side]} AS other_id,"  # noqa: S608  # fixed texts
        " encode(o.name_sealed, 'hex') AS other_name, m.id AS message_id, m.author, m.body_sealed,"
        " EXISTS (SELECT FROM message_photos f WHERE f.message_id = m.id) AS has_photo,"
        " (SELECT count(*) FROM messages u WHERE u.recipient_id = :me AND u.read_at IS NULL AND u.thread_id = t.id)"
        f" AS unread FROM message_threads t JOIN properties p ON p.id = t.property_id {CARD_JOINS}"
        " JOIN messages m ON m.thread_id = t.id AND m.number = t.last_number"
        f" LEFT JOIN user_profiles o ON o.user_id = t.{_OTHER[side]}"
        f" WHERE t.{_MINE[side]} = :me ORDER BY t.last_at DESC, t.id LIMIT {LIST_LIMIT}"
    )
    for side in Side
}
_PAID = ", ".join(f"'{status.value}'" for status in BookingStatus if status.is_paid)
_PAIR = f"""
    SELECT {CARD_COLUMNS}, p.status, t.id AS thread_id,
        coalesce(t.landlord_id, p.landlord_id) AS landlord_id, g.id AS guest_id,
        encode(gp.name_sealed, 'hex') AS guest_name, encode(lp.name_sealed, 'hex') AS landlord_name,
        (
            SELECT b.reference FROM bookings b WHERE b.guest_id = g.id AND b.property_id = p.id
            ORDER BY b.id DESC LIMIT 1
        ) AS reference,
        EXISTS (
            SELECT FROM bookings b JOIN properties bp ON bp.id = b.property_id
            WHERE b.guest_id = g.id AND bp.landlord_id = coalesce(t.landlord_id, p.landlord_id)
              AND b.status IN ({_PAID})
        ) AS has_paid
    FROM properties p CROSS JOIN users g {CARD_JOINS}
    LEFT JOIN message_threads t ON t.property_id = p.id AND t.guest_id = g.id
    LEFT JOIN user_profiles gp ON gp.user_id = g.id
    LEFT JOIN user_profiles lp ON lp.user_id = coalesce(t.landlord_id, p.landlord_id)
"""  # noqa: S608  # fixed texts
_ABOUT = text(f"{_PAIR} WHERE p.id = :property_id AND g.id = :guest_id")
_BY_ID = text(
    f"{_PAIR} WHERE (p.id, g.id) = (SELECT property_id, guest_id FROM message_threads WHERE id = :id)"  # noqa: S608
)
_BY_BOOKING = text(
    f"{_PAIR} WHERE (p.id, g.id) = (SELECT property_id, guest_id FROM bookings WHERE reference = :reference)"  # noqa: S608
)
_MESSAGES = text(
    "SELECT m.id, number, author, body_sealed, is_masked, channel, m.created_at, read_at, width, height"
    " FROM messages m LEFT JOIN message_photos f ON f.message_id = m.id"
    " WHERE thread_id = :thread_id AND number < :before ORDER BY number DESC LIMIT :most"
)
_STATE = text(
    "SELECT t.last_number, coalesce((SELECT max(m.number) FROM messages m WHERE m.thread_id = t.id"
    " AND m.author_id = :me AND m.read_at IS NOT NULL), 0) AS read_number"
    " FROM message_threads t WHERE t.id = :thread_id AND :me IN (t.guest_id, t.landlord_id)"
)
_NEWS = text(
    """
    SELECT m.id, m.author, m.author_id, m.body_sealed, p.title, encode(a.name_sealed, 'hex') AS name,
        f.message_id AS photo_id
    FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN properties p ON p.id = t.property_id
    LEFT JOIN message_photos f ON f.message_id = m.id
    LEFT JOIN user_profiles a ON a.user_id = m.author_id
    WHERE m.thread_id = :thread_id AND m.number = :number AND m.read_at IS NULL
      AND num_nonnulls(m.body_sealed, f.message_id) > 0
      AND NOT EXISTS (
        SELECT FROM messages n WHERE n.thread_id = m.thread_id AND n.number > m.number
          AND n.author = m.author AND n.is_told
      )
    """
)
_BEYOND = 2**31 - 1


def threads_of(connection: Connection, person_id: UUID, side: Side, *, language: str) -> list[ThreadInfo]:
    """A person's conversations as guest or as landlord, the last spoken in first; a hundred at most."""
    rows = connection.execute(_LIST[side], {"me": person_id, "lang": language})
    return [
        ThreadInfo(
            id=row.thread_id,
            card=card_from(row),
            other_name=first_name(row.other_name, row.other_id),
            last_at=row.last_at,
            last_text=_words(row.message_id, row.body_sealed),
            last_has_photo=row.has_photo,
            last_is_mine=row.author == side,
            unread=row.unread,
        )
        for row in rows
    ]


def conversation(connection: Connection, thread_id: UUID, person_id: UUID, *, language: str) -> Conversation | None:
    """A conversation of this person; None for anyone else's."""
    row = connection.execute(_BY_ID, {"id": thread_id, "lang": language}).one_or_none()
    if row is None or person_id not in {row.guest_id, row.landlord_id}:
        return None
    return _conversation(row, Side.GUEST if person_id == row.guest_id else Side.LANDLORD)


def conversation_about(
    connection: Connection, property_id: int, guest_id: UUID, side: Side, *, language: str
) -> Conversation | None:
    """The conversation of a guest with the landlord of a flat, begun or not; None when there is no such flat."""
    wanted = {"property_id": property_id, "guest_id": guest_id, "lang": language}
    row = connection.execute(_ABOUT, wanted).one_or_none()
    return None if row is None else _conversation(row, side)


def conversation_of_booking(
    connection: Connection, reference: str, landlord_id: UUID, *, language: str
) -> Conversation | None:
    """The conversation with the guest of a booking, begun or not; None when it is not of this landlord's flats."""
    row = connection.execute(_BY_BOOKING, {"reference": reference, "lang": language}).one_or_none()
    return None if row is None or row.landlord_id != landlord_id else _conversation(row, Side.LANDLORD)


def messages_of(connection: Connection, thread_id: UUID, *, before: int | None = None) -> MessagesPage:
    """The last messages of a conversation, or the last before a number. Whose it is was asked before."""
    wanted = {"thread_id": thread_id, "before": _BEYOND if before is None else before, "most": PAGE_SIZE + 1}
    found = [_message(row) for row in connection.execute(_MESSAGES, wanted)]
    shown = tuple(reversed(found[:PAGE_SIZE]))
    return MessagesPage(shown, shown[0].number if len(found) > PAGE_SIZE else None)


def state_of(connection: Connection, thread_id: UUID, person_id: UUID) -> ThreadState | None:
    """How far this person's conversation has come, cheaply; None for anyone else's."""
    row = connection.execute(_STATE, {"thread_id": thread_id, "me": person_id}).one_or_none()
    return None if row is None else ThreadState(row.last_number, row.read_number)


def news_of(connection: Connection, thread_id: UUID, number: int) -> MessageNews | None:
    """What to tell about a message; None when it was read meanwhile or a later notification speaks for it."""
    row = connection.execute(_NEWS, {"thread_id": thread_id, "number": number}).one_or_none()
    if row is None:
        return None
    words, reader = _words(row.id, row.body_sealed) or "", Side(row.author).other
    return MessageNews(thread_id, reader, first_name(row.name, row.author_id), row.title, words, row.photo_id)


def _conversation(row: Row[Any], side: Side) -> Conversation:
    guest, landlord = first_name(row.guest_name, row.guest_id), first_name(row.landlord_name, row.landlord_id)
    return Conversation(
        id=row.thread_id,
        card=card_from(row),
        side=side,
        landlord_id=row.landlord_id,
        other_name=landlord if side is Side.GUEST else guest,
        is_published=row.status == "published",
        booking_reference=row.reference,
        has_paid=row.has_paid,
    )


def _message(row: Row[Any]) -> MessageInfo:
    return MessageInfo(
        number=row.number,
        author=Side(row.author),
        text=_words(row.id, row.body_sealed),
        photo=None if row.width is None else PhotoInfo(row.id, row.width, row.height),
        is_masked=row.is_masked,
        channel=Channel(row.channel),
        created_at=row.created_at,
        read_at=row.read_at,
    )


def _words(message_id: UUID, sealed: bytes | None) -> str | None:
    place = place_of("messages", "body_sealed", message_id)
    return None if sealed is None else key_ring().open(sealed, place=place)
