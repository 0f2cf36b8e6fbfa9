"""Writes that the tables of messages must refuse (see test_row_rules.py), and rows to try them on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.messages.writing import Words, write_to_landlord
from app.models import Channel, Message, MessagePhoto, Property

CASES: dict[str, str] = {
    "ck_message_threads_two_people": "UPDATE message_threads SET landlord_id = guest_id",
    "ck_message_threads_last_number_not_negative": "UPDATE message_threads SET last_number = -1",
    "ck_messages_author_known": "UPDATE messages SET author = 'neighbour'",
    "ck_messages_channel_known": "UPDATE messages SET channel = 'pigeon'",
    "ck_messages_number_from_one": "UPDATE messages SET number = 0",
    "ck_messages_two_people": "UPDATE messages SET recipient_id = author_id",
    "ck_messages_client_key_form": "UPDATE messages SET client_key = 'with space'",
    "ck_messages_body_small": "UPDATE messages SET body_sealed = convert_to(repeat('x', 8031), 'UTF8')",
    "ck_message_photos_size_positive": "UPDATE message_photos SET height = 0",
    "ck_message_photos_image_small": "UPDATE message_photos SET image_sealed = decode(repeat('00', 409631), 'hex')",
}

UNIQUE: dict[str, str] = {
    "uq_message_threads_property_id_guest_id": "INSERT INTO message_threads (id, property_id, guest_id, landlord_id,"
    " last_number, last_at, created_at) SELECT gen_random_uuid(), property_id, guest_id, landlord_id, 0, now(), now()"
    " FROM message_threads LIMIT 1",
    "uq_messages_thread_id_number": "INSERT INTO messages (id, thread_id, number, author, author_id, recipient_id,"
    " is_masked, is_told, channel, client_key, created_at) SELECT gen_random_uuid(), thread_id, number, author,"
    " author_id, recipient_id, false, false, channel, 'another-key', now() FROM messages LIMIT 1",
    "uq_messages_author_id_client_key": "INSERT INTO messages (id, thread_id, number, author, author_id, recipient_id,"
    " is_masked, is_told, channel, client_key, created_at) SELECT gen_random_uuid(), thread_id, number + 9999, author,"
    " author_id, recipient_id, false, false, channel, client_key, now() FROM messages LIMIT 1",
}
"""What may be there once: another such row is refused by the index of this name."""


def make_rows(session: Session, prop: Property, guest_id: UUID, *, now: datetime) -> None:
    """A conversation of one message, with a photo."""
    words = Words("Добрый день", Channel.WEB, f"row-rules-{uuid4()}")
    sent = write_to_landlord(session, prop.id, guest_id=guest_id, words=words, now=now)
    message_id = session.scalars(select(Message.id).where(Message.thread_id == sent.thread_id)).one()
    session.add(MessagePhoto(message_id=message_id, image=b"webp", width=4, height=3, created_at=now))
