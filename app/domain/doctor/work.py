"""Work in the background: it moves, and what has been given up is known."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.doctor.finding import Finding, Verdict, judge, number

_DEAD = """
SELECT (SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL AND dropped_at IS NULL)
    + (SELECT count(*) FROM inbox WHERE dead_at IS NOT NULL AND dropped_at IS NULL)
"""
_STUCK = (
    "SELECT count(*) FROM {table} WHERE {ended} IS NULL AND dead_at IS NULL"
    " AND available_at < :now - interval '10 minutes'"
)

_IN_TROUBLE = (
    "SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND trouble_since < :now - interval '1 hour'"
)

_UNSENT = """
SELECT count(*) FROM chat_replies r
WHERE r.ended_at IS NULL AND r.created_at BETWEEN :now - interval '7 days' AND :now - interval '10 minutes'
  AND NOT EXISTS (
    SELECT FROM outbox o WHERE o.kind = 'send_chat_reply' AND o.subject_id = r.id::text AND o.done_at IS NULL
  )
"""
_UNANSWERED = (
    "SELECT count(*) FROM help_requests WHERE answered_at IS NULL AND question_sealed IS NOT NULL"
    " AND asked_at < :now - interval '1 day'"
)


def outbox_moves(session: Session, *, now: datetime) -> Finding:
    """Nothing that could be done waits for more than ten minutes; what is tried again waits for its own time."""
    return judge(
        number(session, _STUCK.format(table="outbox", ended="done_at"), {"now": now}),
        good="nothing in the outbox has waited for 10 minutes",
        bad="{count} items of the outbox have waited for more than 10 minutes: is there a worker for each queue?",
    )


def inbox_moves(session: Session, *, now: datetime) -> Finding:
    """No message of a provider waits for more than ten minutes."""
    return judge(
        number(session, _STUCK.format(table="inbox", ended="handled_at"), {"now": now}),
        good="nothing in the inbox has waited for 10 minutes",
        bad="{count} messages of the inbox have waited for more than 10 minutes: is there a worker for each queue?",
    )


def dead_letters(session: Session, *, now: datetime) -> Finding:
    """What was given up after its last attempt, and messages nobody understood: a warning."""
    return judge(
        number(session, _DEAD),
        good="the dead-letter list is empty",
        bad="{count} items are on the dead-letter list",
        worst=Verdict.WARNING,
    )


def providers_are_there(session: Session, *, now: datetime) -> Finding:
    """Nothing has waited for a provider that is away for more than an hour: a warning, since it is done by itself."""
    return judge(
        number(session, _IN_TROUBLE, {"now": now}),
        good="no work has waited for its provider for an hour",
        bad="{count} items of the outbox have waited for their provider for more than an hour: `flask work status`",
        worst=Verdict.WARNING,
    )


def chat_replies_are_sent(session: Session, *, now: datetime) -> Finding:
    """Everything said in a chat is sent, on its way, or on the dead-letter list."""
    return judge(
        number(session, _UNSENT, {"now": now}),
        good="every reply of a chat was sent or is on its way",
        bad="{count} replies of chats are kept and nobody will send them",
    )


def humans_answer(session: Session, *, now: datetime) -> Finding:
    """Nobody in a chat waits for a human for more than a day: a warning."""
    return judge(
        number(session, _UNANSWERED, {"now": now}),
        good="nobody in a chat has waited for a human for a day",
        bad="{count} people in chats have waited for a human for more than a day: `flask chats help-list`",
        worst=Verdict.WARNING,
    )


CHECKS = (outbox_moves, inbox_moves, dead_letters, providers_are_there, chat_replies_are_sent, humans_answer)
