"""What is forgotten, and when. Money records, bookings and the audit trail are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, update
from sqlalchemy.orm import Session

from app.domain import idempotency
from app.models import (
    ChannelIdentity,
    ChatReply,
    HelpRequest,
    InboxItem,
    LoginCode,
    Message,
    MessagePhoto,
    Notification,
    NotificationStatus,
    OutboxItem,
    UserSession,
)

BODIES = timedelta(days=30)
LOGIN_CODES = timedelta(days=2)
ENDED_SESSIONS = timedelta(days=30)
DONE_WORK = timedelta(days=7)
CONVERSATIONS = timedelta(days=365)
"""What guest and landlord wrote to each other, with its photos: as long as a claim, a case or a refund may refer to it.

So long waits a question to a human that nobody answered, and a chat that is nobody's."""


def forget_conversations(session: Session, *, now: datetime) -> None:
    """Empty what guest and landlord wrote to each other, and drop its photos."""
    forgotten = update(Message).where(Message.created_at < now - CONVERSATIONS, Message.body_sealed.is_not(None))
    session.execute(forgotten.values(body_sealed=None))
    session.execute(delete(MessagePhoto).where(MessagePhoto.created_at < now - CONVERSATIONS))


def forget_proofs(session: Session, *, now: datetime) -> None:
    """Delete old one-time codes, ended sessions and keys."""
    session.execute(delete(LoginCode).where(LoginCode.created_at < now - LOGIN_CODES))
    session.execute(delete(UserSession).where(UserSession.expires_at < now - ENDED_SESSIONS))
    idempotency.forget(session, now=now)


def forget_finished_work(session: Session, *, now: datetime) -> None:
    """Delete items of the outbox that are done or were dropped."""
    finished = or_(OutboxItem.done_at < now - DONE_WORK, OutboxItem.dropped_at < now - DONE_WORK)
    session.execute(delete(OutboxItem).where(finished))


def forget_what_providers_said(session: Session, *, now: datetime) -> None:
    """Empty the sealed bodies of what came in and was handled or given up."""
    session.execute(
        update(InboxItem)
        .where(InboxItem.received_at < now - BODIES, InboxItem.body_sealed.is_not(None))
        .where(or_(InboxItem.handled_at.is_not(None), InboxItem.dead_at.is_not(None)))
        .values(body_sealed=None)
    )


def forget_notifications(session: Session, *, now: datetime) -> None:
    """Empty the sealed parts of old messages; what was never sent by then never will be."""
    never_sent = Notification.status == NotificationStatus.PENDING
    session.execute(
        update(Notification)
        .where(Notification.created_at < now - BODIES)
        .where(or_(Notification.address_sealed.is_not(None), Notification.params_sealed.is_not(None), never_sent))
        .values(
            address_sealed=None,
            params_sealed=None,
            status=case((never_sent, NotificationStatus.FAILED), else_=Notification.status),
        )
    )


def forget_chats(session: Session, *, now: datetime) -> None:
    """Replies that ended, what people asked a human and were answered, and chats that are nobody's any more."""
    said = or_(ChatReply.ended_at < now - DONE_WORK, ChatReply.created_at < now - BODIES)
    session.execute(delete(ChatReply).where(ChatReply.created_at < now - DONE_WORK, said))
    session.execute(
        update(HelpRequest)
        .where(or_(HelpRequest.answered_at < now - BODIES, HelpRequest.asked_at < now - CONVERSATIONS))
        .where(or_(HelpRequest.question_sealed.is_not(None), HelpRequest.answer_sealed.is_not(None)))
        .values(question_sealed=None, answer_sealed=None)
    )
    session.execute(
        delete(ChannelIdentity).where(
            ChannelIdentity.user_id.is_(None), ChannelIdentity.last_seen_at < now - CONVERSATIONS
        )
    )


STEPS = (
    forget_conversations,
    forget_proofs,
    forget_finished_work,
    forget_what_providers_said,
    forget_notifications,
    forget_chats,
)
"""The job takes a transaction for each: one that takes too long keeps the others from nothing."""
