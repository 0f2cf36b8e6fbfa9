"""Methods that put messages into a chat."""

from __future__ import annotations

import secrets
import sqlite3

from app.kit import clock
from app.local.standins.desk import desk
from app.local.standins.telegram import messages, people, photos
from app.local.standins.telegram.bot import bot_user
from app.local.standins.telegram.call import Call, Json
from app.local.standins.telegram.content import addressee, caption_of, quoted, text_of
from app.local.standins.telegram.markup import read_markup
from app.local.standins.telegram.refusals import bad
from app.local.standins.telegram.together import together

_ALBUM = range(2, 11)
_TYPING_SECONDS = 5

_ACTIONS = frozenset({"typing", "upload_photo", "upload_document", "find_location"})
"""Of those that the Bot API knows, what this stand-in has messages for."""


def send_message(call: Call) -> Json:
    """sendMessage."""
    content, markup = text_of(call), read_markup(call)

    def write(db: sqlite3.Connection) -> Json:
        person = addressee(db, call)
        whole = content | quoted(db, call, person)
        return messages.add(db, person, sender=_bot(), content=whole, now=_now(), markup=markup).document()

    return together(write)


def send_photo(call: Call) -> Json:
    """sendPhoto."""
    caption, markup = caption_of(call.params), read_markup(call)
    photo = photos.photo_of(call)

    def write(db: sqlite3.Connection) -> Json:
        person = addressee(db, call)
        whole = {"photo": photo.sizes(), **caption, **quoted(db, call, person)}
        photos.keep(db, photo)
        return messages.add(db, person, sender=_bot(), content=whole, now=_now(), markup=markup).document()

    return together(write)


def send_media_group(call: Call) -> list[Json]:
    """sendMediaGroup, of pictures."""
    media = call.document("media")
    if not isinstance(media, list):
        raise bad("parameter media is required")
    if len(media) not in _ALBUM:
        raise bad("media group must include 2-10 items")
    parts = [_album_part(call, one) for one in media]

    def write(db: sqlite3.Connection) -> list[Json]:
        person = addressee(db, call)
        answered = quoted(db, call, person)
        album = {"media_group_id": str(10**16 + secrets.randbelow(10**16)), **answered}
        sent = []
        for photo, caption in parts:
            photos.keep(db, photo)
            whole = {**album, "photo": photo.sizes(), **caption}
            sent.append(messages.add(db, person, sender=_bot(), content=whole, now=_now()).document())
        return sent

    return together(write)


def send_chat_action(call: Call) -> bool:
    """sendChatAction: shown for five seconds or until the next message."""
    if call.text("action") not in _ACTIONS:
        raise bad("wrong parameter action in request")

    def write(db: sqlite3.Connection) -> bool:
        people.change(db, addressee(db, call).id, typing_until=_now() + _TYPING_SECONDS)
        return True

    return together(write)


def _album_part(call: Call, media: object) -> tuple[photos.Photo, Json]:
    if not isinstance(media, dict) or media.get("type") != "photo":
        raise bad("can't parse InputMedia: type not supported")  # this stand-in shows pictures only
    return photos.photo_named(call, str(media.get("media", ""))), caption_of(media)


def _bot() -> Json:
    return bot_user(desk().settings)


def _now() -> float:
    return clock.now().timestamp()
