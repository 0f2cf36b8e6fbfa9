"""Content templates: what a business writes down once and sends with variables, and WhatsApp's approval of them.

https://www.twilio.com/docs/content/content-api-resources; only the types below are known here.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.local.standins.twilio.whatsapp.faces import Face, Option, fault_of

_PLACE = re.compile(r"\{\{([^{}]*)\}\}")
_APPROVED_AFTER = 0.5
"""Seconds; in life it takes from minutes to two days."""

Text = Annotated[str, StringConstraints(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Action(_Part):
    title: Text
    type: Literal["QUICK_REPLY", "URL", "PHONE_NUMBER"] = "QUICK_REPLY"
    id: str = ""
    url: str = ""
    phone: str = ""

    def option(self) -> Option:
        kinds: Mapping[str, Literal["reply", "url", "phone"]]
        kinds = {"QUICK_REPLY": "reply", "URL": "url", "PHONE_NUMBER": "phone"}
        return Option(kind=kinds[self.type], title=self.title, id=self.id, target=self.url or self.phone)


class _Item(_Part):
    item: Text
    id: Text
    description: str = ""

    def option(self) -> Option:
        return Option(kind="item", title=self.item, id=self.id, description=self.description)


class _TextType(_Part):
    body: Text

    def face(self) -> Face:
        return Face(kind="text", body=self.body)


class _MediaType(_Part):
    media: Annotated[list[Text], Field(min_length=1)]
    body: str = ""

    def face(self) -> Face:
        return Face(kind="media", body=self.body, media=tuple(self.media))


class _ListPicker(_Part):
    body: Text
    button: Text
    items: list[_Item]

    def face(self) -> Face:
        options = tuple(item.option() for item in self.items)
        return Face(kind="list-picker", body=self.body, button=self.button, options=options)


class _QuickReply(_Part):
    body: Text
    actions: list[_Action]

    def face(self) -> Face:
        return Face(kind="quick-reply", body=self.body, options=tuple(action.option() for action in self.actions))


class _CallToAction(_QuickReply):
    def face(self) -> Face:
        return super().face().model_copy(update={"kind": "call-to-action"})


class _Card(_Part):
    title: Text
    subtitle: str = ""
    media: list[Text] = []
    actions: list[_Action] = []

    def face(self) -> Face:
        options = tuple(action.option() for action in self.actions)
        media = tuple(self.media)
        return Face(kind="card", body=self.title, subtitle=self.subtitle, options=options, media=media)


class Types(_Part):
    """A content's wordings by type; the richest one that the channel knows is sent."""

    model_config = ConfigDict(populate_by_name=True)

    card: _Card | None = Field(None, alias="twilio/card")
    quick_reply: _QuickReply | None = Field(None, alias="twilio/quick-reply")
    call_to_action: _CallToAction | None = Field(None, alias="twilio/call-to-action")
    list_picker: _ListPicker | None = Field(None, alias="twilio/list-picker")
    media: _MediaType | None = Field(None, alias="twilio/media")
    text: _TextType | None = Field(None, alias="twilio/text")

    def richest(self) -> _Card | _QuickReply | _CallToAction | _ListPicker | _MediaType | _TextType:
        """What WhatsApp gets to see. Raises ValueError when there is nothing."""
        found = (self.card, self.quick_reply, self.call_to_action, self.list_picker, self.media, self.text)
        for one in found:
            if one is not None:
                return one
        raise ValueError("a content has at least one type")


class Document(_Part):
    """A content as it is created."""

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")]
    types: Types
    friendly_name: str = ""
    variables: dict[str, str] = {}


class Approval(_Part):
    """What was asked of WhatsApp; `decided_at` is unix seconds, `ending` what it will say then."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,512}$")]
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"]
    decided_at: float = 0.0
    ending: Literal["approved", "pending", "rejected"] = "approved"
    reason: str = ""

    def status(self, now: float) -> str:
        """WhatsApp's word at `now`."""
        return self.ending if now >= self.decided_at else "pending"


class VariablesError(ValueError):
    """The variables do not fit the content."""


@dataclass(frozen=True)
class Content:
    """A row of `whatsapp_contents`."""

    sid: str
    document: Document
    created_at: float
    approval: Approval | None

    @property
    def type_name(self) -> str:
        """Twilio's name of the type that WhatsApp gets."""
        return f"twilio/{self.document.types.richest().face().kind}"

    def is_approved(self, now: float) -> bool:
        """May it be sent at any time?"""
        return self.approval is not None and self.approval.status(now) == "approved"

    def face(self, variables: Mapping[str, str], *, now: float) -> Face:
        """The message that comes of it. Raises VariablesError (Twilio's 21656)."""
        values = {**self.document.variables, **variables}
        raw = self.document.types.richest()
        filled = type(raw).model_validate_json(_fill(raw.model_dump_json(), values))
        return filled.face().model_copy(update={"is_template": self.is_approved(now)})


def draft(document: Document, *, now: float) -> Content:
    """A content about to be kept. Raises ValueError: no type, or more than WhatsApp can show."""
    wrong = fault_of(_sampled(document))
    if wrong is not None:
        raise ValueError(wrong)
    return Content(f"HX{secrets.token_hex(16)}", document, now, None)


def submit(content: Content, approval: Approval, *, now: float) -> Approval:
    """The request as WhatsApp takes it, with its decision. Raises ValueError: this type is never approved."""
    if content.type_name == "twilio/list-picker":
        raise ValueError("twilio/list-picker is not supported for approval")
    reason = _why_not(content.document)
    update: dict[str, object] = {"decided_at": now + _APPROVED_AFTER}
    return approval.model_copy(update=update | ({"ending": "rejected", "reason": reason} if reason else {}))


def keep(db: sqlite3.Connection, content: Content) -> None:
    """Write it down, as new or changed."""
    db.execute(
        "REPLACE INTO whatsapp_contents (sid, document_json, created_at, approval_json) VALUES (?, ?, ?, ?)",
        (
            content.sid,
            content.document.model_dump_json(by_alias=True, exclude_unset=True),
            content.created_at,
            None if content.approval is None else content.approval.model_dump_json(),
        ),
    )


def find(db: sqlite3.Connection, sid: str) -> Content | None:
    """The content with Twilio's id."""
    row = db.execute("SELECT * FROM whatsapp_contents WHERE sid = ?", (sid,)).fetchone()
    return None if row is None else _read(row)


def page_of(db: sqlite3.Connection, *, number: int, size: int) -> list[Content]:
    """A page of them, the newest first; pages count from 0."""
    rows = db.execute(
        "SELECT * FROM whatsapp_contents ORDER BY created_at DESC, sid LIMIT ? OFFSET ?", (size, number * size)
    )
    return [_read(row) for row in rows]


def delete(db: sqlite3.Connection, sid: str) -> bool:
    """Forget it; False when there was none. Messages that were sent of it stay as they are."""
    return db.execute("DELETE FROM whatsapp_contents WHERE sid = ?", (sid,)).rowcount > 0


def _read(row: sqlite3.Row) -> Content:
    approval = None if row["approval_json"] is None else Approval.model_validate_json(row["approval_json"])
    return Content(row["sid"], Document.model_validate_json(row["document_json"]), row["created_at"], approval)


def _fill(document: str, values: Mapping[str, str]) -> str:
    """Put the values into a JSON document's texts."""

    def value(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name not in values:
            raise VariablesError(f"variable {name!r} has no value")
        return json.dumps(values[name], ensure_ascii=False)[1:-1]

    return _PLACE.sub(value, document)


def _sampled(document: Document) -> Face:
    """How it looks with the sample values, or one letter where there is none."""
    raw = document.types.richest()
    names = {match[1].strip() for match in _PLACE.finditer(raw.model_dump_json())}
    values = {name: str(number) for number, name in enumerate(sorted(names))} | document.variables
    return type(raw).model_validate_json(_fill(raw.model_dump_json(), values)).face()


def _why_not(document: Document) -> str:
    """Why WhatsApp would reject it; empty when it would not."""
    face = document.types.richest().face()
    names = {match[1].strip() for match in _PLACE.finditer(document.types.richest().model_dump_json())}
    body = face.body.strip()
    wrong = {
        "A sample is missing for a variable.": not names
        <= {name for name, value in document.variables.items() if value},
        "The body starts or ends with a variable.": body.startswith("{{") or body.endswith("}}"),
        "Two variables stand next to each other.": re.search(r"\}\}\s*\{\{", body) is not None,
    }
    return next((words for words, is_so in wrong.items() if is_so), "")
