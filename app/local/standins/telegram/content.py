"""Texts and captions of a call, within Telegram's limits, and whom it speaks to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from app.local.standins.telegram import entities, messages, people, refusals
from app.local.standins.telegram.call import Call, Json
from app.local.standins.telegram.people import Person
from app.local.standins.telegram.refusals import bad

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
"""After the entities are parsed. Counted in UTF-16 units, the strictest way of counting."""


def addressee(db: sqlite3.Connection, call: Call) -> Person:
    """The person whose chat the call names. Raises RefusalError when the bot may not write there."""
    given = call.text("chat_id").strip()
    if not given:
        raise bad("chat_id is empty")
    person = people.find(db, given) if given.isdigit() else None
    if person is None or str(person.id) != given:
        raise refusals.chat_not_found()
    if person.has_blocked:
        raise refusals.blocked()
    if not person.has_started:
        raise refusals.never_started()
    return person


def text_of(call: Call) -> Json:
    """`text` and its entities."""
    text, found = _parsed(call.text("text"), call.text("parse_mode"))
    if not text:
        raise bad("message text is empty")
    if entities.length(text) > TEXT_UNITS:
        raise bad("message is too long")
    return {"text": text, **({"entities": found} if found else {})}


def caption_of(given: Mapping[str, object]) -> Json:
    """`caption` and its entities, of a call's parameters or of an InputMedia; nothing when there is none."""
    caption, parse_mode = given.get("caption", ""), given.get("parse_mode", "")
    text, found = _parsed(str(caption), str(parse_mode))
    if entities.length(text) > CAPTION_UNITS:
        raise bad("message caption is too long")
    return ({"caption": text} if text else {}) | ({"caption_entities": found} if found else {})


def quoted(db: sqlite3.Connection, call: Call, person: Person) -> Json:
    """The message that a new one answers, as the part of a body; nothing when it answers none."""
    given = call.document("reply_parameters")
    message_id = given.get("message_id") if isinstance(given, dict) else call.params.get("reply_to_message_id")
    if message_id is None:
        return {}
    found = messages.find(db, person.id, int(str(message_id))) if str(message_id).isdigit() else None
    if found is None:
        is_optional = isinstance(given, dict) and given.get("allow_sending_without_reply") is True
        if is_optional or call.is_true("allow_sending_without_reply"):
            return {}
        raise bad("message to be replied not found")
    return {"reply_to_message": {name: value for name, value in found.document().items() if name != "reply_to_message"}}


def _parsed(text: str, parse_mode: str) -> tuple[str, list[Json]]:
    if parse_mode.lower() == "html":
        return entities.parse_html(text)
    if parse_mode:
        raise bad("unsupported parse_mode")  # Telegram knows Markdown too; this stand-in does not
    return entities.trimmed(text, [])
