"""People in a chat who want a human: what they ask, and what staff answers there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.kit.errors import DomainError, ErrorKind
from app.models import ChannelIdentity, HelpRequest, Messenger

LONGEST = 2000
"""Characters of a question or an answer."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for an answer."""

    id: UUID
    messenger: Messenger
    asked_at: datetime
    question: str


def ask(session: Session, chat: ChannelIdentity, text: str, *, now: datetime) -> None:
    """Keep a question for staff. Raises DomainError `text_missing`, `text_too_long` (422)."""
    question = _checked(text)
    session.add(HelpRequest(id=uuid4(), identity_id=chat.id, question=question, asked_at=now))


def waiting(session: Session, *, staff_id: UUID, now: datetime, limit: int = 100) -> list[Waiting]:
    """Who waits and what they ask, the longest first. Each question that staff reads is audited."""
    statement = (
        select(HelpRequest, ChannelIdentity.messenger)
        .join(ChannelIdentity, ChannelIdentity.id == HelpRequest.identity_id)
        .where(HelpRequest.answered_at.is_(None))
        .order_by(HelpRequest.asked_at)
        .limit(limit)
    )
    found = [
        Waiting(row.id, Messenger(messenger), row.asked_at, row.question or "")
        for row, messenger in session.execute(statement)
    ]
    for each in found:
        audit.record(session, "help.read", actor=Actor.staff(staff_id), subject=("help", each.id), now=now)
    return found


def chat_of(session: Session, request_id: UUID) -> ChannelIdentity:
    """Where a question was asked that waits. Raises DomainError `help_unknown` (404), `already_done` (409)."""
    row = _unanswered(session.get(HelpRequest, request_id))
    return session.get_one(ChannelIdentity, row.identity_id)


def answer(
    session: Session, request_id: UUID, text: str, *, actor: Actor, reason: str, now: datetime
) -> ChannelIdentity:
    """Note the answer; the caller says it in the returned chat.

    Raises DomainError `help_unknown` (404), `already_done` (409), `text_missing`, `text_too_long` (422).
    """
    row = _unanswered(session.get(HelpRequest, request_id, with_for_update=True))
    row.answer, row.answered_at, row.answered_by = _checked(text), now, actor.user_id
    audit.record(session, "help.answered", actor=actor, subject=("help", row.id), now=now, reason=reason[:200])
    return session.get_one(ChannelIdentity, row.identity_id)


def _unanswered(row: HelpRequest | None) -> HelpRequest:
    if row is None:
        raise DomainError("help_unknown", ErrorKind.NOT_FOUND)
    if row.answered_at is not None:
        raise DomainError("already_done", ErrorKind.CONFLICT)
    return row


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise DomainError("text_missing")
    if len(text) > LONGEST:
        raise DomainError("text_too_long", length=LONGEST)
    return text
