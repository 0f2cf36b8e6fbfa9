"""Methods that change or take away the bot's messages, and answer presses of their buttons."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from app.kit import clock
from app.local.standins.telegram import messages, people, photos
from app.local.standins.telegram.call import Call, Json
from app.local.standins.telegram.content import addressee, caption_of, text_of
from app.local.standins.telegram.markup import is_web_address, read_inline
from app.local.standins.telegram.messages import Message
from app.local.standins.telegram.refusals import bad
from app.local.standins.telegram.together import together

_TOAST_CHARACTERS = 200
_DELETABLE_SECONDS = 48 * 3600


def edit_message_text(call: Call) -> Json:
    """editMessageText: the keyboard goes too unless it is given again."""
    content, markup = text_of(call), read_inline(call)

    def shown(message: Message) -> Json:
        if "text" not in message.body:
            raise bad("there is no text in the message to edit")
        return {**content, "reply_markup": markup}

    return _edit(call, shown)


def edit_message_caption(call: Call) -> Json:
    """editMessageCaption."""
    caption, markup = caption_of(call.params), read_inline(call)

    def shown(message: Message) -> Json:
        if "photo" not in message.body:
            raise bad("there is no caption in the message to edit")
        return {"photo": message.body["photo"], **caption, "reply_markup": markup}

    return _edit(call, shown)


def edit_message_media(call: Call) -> Json:
    """editMessageMedia: another picture with its own caption, also in place of a text."""
    media = call.document("media")
    if not isinstance(media, dict) or media.get("type") != "photo":
        raise bad("can't parse InputMedia: type not supported")  # this stand-in shows pictures only
    caption, markup = caption_of(media), read_inline(call)
    photo = photos.photo_named(call, str(media.get("media", "")))

    def shown(message: Message) -> Json:
        if "media_group_id" in message.body and markup is not None:
            raise bad("message can't be edited")
        return {"photo": photo.sizes(), **caption, "reply_markup": markup}

    return _edit(call, shown, before=lambda db: photos.keep(db, photo))


def edit_message_reply_markup(call: Call) -> Json:
    """editMessageReplyMarkup."""
    markup = read_inline(call)

    def shown(message: Message) -> Json:
        return {**message.body, "reply_markup": markup}

    return _edit(call, shown)


def delete_message(call: Call) -> bool:
    """deleteMessage: the bot's or the person's, within 48 hours."""
    message_id = call.integer("message_id", 0)

    def write(db: sqlite3.Connection) -> bool:
        found = messages.find(db, addressee(db, call).id, message_id)
        if found is None:
            raise bad("message to delete not found")
        if found.at < clock.now().timestamp() - _DELETABLE_SECONDS:
            raise bad("message can't be deleted for everyone")
        messages.delete(db, found)
        return True

    return together(write)


def answer_callback_query(call: Call) -> bool:
    """answerCallbackQuery: the button stops waiting, and a notice may be shown."""
    query_id, text, url = call.text("callback_query_id"), call.text("text"), call.text("url")
    if len(text) > _TOAST_CHARACTERS:
        raise bad("MESSAGE_TOO_LONG")
    if url and not is_web_address(url):
        raise bad("URL_INVALID")

    def write(db: sqlite3.Connection) -> bool:
        row = db.execute("SELECT chat_id FROM telegram_queries WHERE id = ?", (query_id,)).fetchone()
        if row is None:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        db.execute(
            "UPDATE telegram_queries SET answered_at = ?, text = ?, is_alert = ?, url = ? WHERE id = ?",
            (clock.now().timestamp(), text, call.is_true("show_alert"), url, query_id),
        )
        people.change(db, row["chat_id"])
        return True

    return together(write)


def _edit(
    call: Call,
    shown: Callable[[Message], Json],
    *,
    before: Callable[[sqlite3.Connection], None] = lambda _db: None,
) -> Json:
    if call.text("inline_message_id"):
        raise bad("inline messages are not supported")  # this product has none
    message_id = call.integer("message_id", 0)
    if not message_id:
        raise bad("message identifier is not specified")

    def write(db: sqlite3.Connection) -> Json:
        person = addressee(db, call)
        message = messages.editable(db, person, message_id)
        content = {name: value for name, value in shown(message).items() if name in messages.EDITABLE}
        edited = messages.edit(db, message, content, now=clock.now().timestamp())
        before(db)
        return edited.document()

    return together(write)
