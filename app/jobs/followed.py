"""Replies in chats whose fate is followed: how to pay, and what staff answered. Nobody would do anything about others.

WhatsApp says only afterwards that a person has blocked us, or that it could not bring a template. The address that
Twilio calls then names the reply, so nothing has to be remembered of the message.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.bots import announcing
from app.channels.message import Answer
from app.domain.chats import help as helping
from app.domain.chats import replies
from app.integrations.twilio_api import GONE
from app.notify import staff_answers
from app.notify.statuses import Fate

log = structlog.get_logger(__name__)


def name_of(reply_id: int, answer: Answer) -> str | None:
    """Under what a reply's fate is told; None for one that is not followed."""
    if answer.pays:
        return f"{reply_id}.{answer.pays}"
    return None if answer.notice is None else str(reply_id)


def note(session: Session, name: str, fate: Fate, *, error_code: str | None, now: datetime) -> None:
    """Note what became of the reply with this name (see `name_of`).

    How to pay is told by another channel when it was not brought. An answer of staff that was not brought is back on
    the list of questions, and who wrote it is told in a chat of theirs that takes it. Twilio ends a message in one way;
    should it say both, the last one counts, since nothing is kept of a reply that was brought.
    """
    reply_id = int(name.partition(".")[0])
    if fate is Fate.DELIVERED:
        replies.note_brought(session, reply_id)
        return
    code = error_code or fate.value
    if replies.note_lost(session, reply_id, error_code=code, is_gone=code in GONE, now=now):
        log.warning("reply_not_brought", reply_id=reply_id, code=code)
        lost(session, name, error_code=code, now=now)


def lost(session: Session, name: str, *, error_code: str, now: datetime) -> None:
    """Do what is done about the reply with this name, which did not get to the person."""
    number, _, pays = name.partition(".")
    if pays:
        announcing.not_said(session, UUID(pays), now=now)
        return
    author = helping.author_of(session, int(number))
    if author is not None:
        staff_answers.tell_author(session, author, error_code=error_code, now=now)
