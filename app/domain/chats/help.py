"""People in a chat who want a human: what they ask, and what staff answers there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.kit.errors import DomainError, ErrorKind
from app.models import ChannelIdentity, ChatReply, HelpRequest, Messenger

LONGEST = 2000
"""Characters of a question or an answer."""

_IS_ANSWER = and_(ChatReply.identity_id == HelpRequest.identity_id, ChatReply.created_at == HelpRequest.answered_at)
"""The reply that says the answer is made at the very moment of answering."""
_IS_LOST_ANSWER = and_(_IS_ANSWER, ChatReply.error_code.is_not(None))
"""Refused by the messenger, or taken and not brought."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for an answer."""

    id: UUID
    messenger: Messenger
    asked_at: datetime
    question: str


@dataclass(frozen=True, slots=True)
class NotBrought:
    """An answer that did not get to the person: `error_code` is the messenger's, or ours."""

    id: UUID
    messenger: Messenger
    answered_at: datetime
    answer: str
    error_code: str


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


def not_brought(session: Session, *, staff_id: UUID, now: datetime, limit: int = 100) -> list[NotBrought]:
    """Answers that were not brought and that nobody has answered anew, the oldest first, while the reply is kept.

    Reading one is audited like a question.
    """
    statement = (
        select(HelpRequest, ChannelIdentity.messenger, ChatReply)
        .join(ChannelIdentity, ChannelIdentity.id == HelpRequest.identity_id)
        .join(ChatReply, _IS_LOST_ANSWER)
        .where(HelpRequest.answer_sealed.is_not(None))
        .order_by(HelpRequest.answered_at)
        .limit(limit)
    )
    found = [
        NotBrought(row.id, Messenger(messenger), reply.created_at, row.answer or "", reply.error_code or "")
        for row, messenger, reply in session.execute(statement)
    ]
    for each in found:
        audit.record(session, "help.read", actor=Actor.staff(staff_id), subject=("help", each.id), now=now)
    return found


def author_of(session: Session, reply_id: int) -> UUID | None:
    """Who of the staff wrote the answer that this reply says; None when it says none, or the author is no more."""
    statement = select(HelpRequest.answered_by).join(ChatReply, _IS_ANSWER).where(ChatReply.id == reply_id)
    return session.scalars(statement).first()


def chat_of(session: Session, request_id: UUID) -> ChannelIdentity:
    """Where a question was asked that waits, or whose answer was not brought.

    Raises DomainError `help_unknown` (404), `already_done` (409).
    """
    row = _unanswered(session, session.get(HelpRequest, request_id))
    return session.get_one(ChannelIdentity, row.identity_id)


def answer(
    session: Session, request_id: UUID, text: str, *, actor: Actor, reason: str, now: datetime
) -> ChannelIdentity:
    """Note the answer; the caller says it in the returned chat by a reply of the same moment `now`.

    Raises DomainError `help_unknown` (404), `already_done` (409), `text_missing`, `text_too_long` (422).
    """
    row = _unanswered(session, session.get(HelpRequest, request_id, with_for_update=True))
    row.answer, row.answered_at, row.answered_by = _checked(text), now, actor.user_id
    audit.record(session, "help.answered", actor=actor, subject=("help", row.id), now=now, reason=reason[:200])
    return session.get_one(ChannelIdentity, row.identity_id)


def _unanswered(session: Session, row: HelpRequest | None) -> HelpRequest:
    """One whose answer was not brought may be answered anew."""
    if row is None:
        raise DomainError("help_unknown", ErrorKind.NOT_FOUND)
    lost = select(ChatReply.id).join(HelpRequest, _IS_LOST_ANSWER).where(HelpRequest.id == row.id)
    if row.answered_at is not None and session.scalars(lost).first() is None:
        raise DomainError("already_done", ErrorKind.CONFLICT)
    return row


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise DomainError("text_missing")
    if len(text) > LONGEST:
        raise DomainError("text_too_long", length=LONGEST)
    return text
