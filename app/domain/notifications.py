"""Intending to tell a person something: a row in the transaction that causes it, and an outbox item that sends it."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import outbox
from app.models import (
    Language,
    Notification,
    NotificationChannel,
    NotificationKind,
    NotificationStatus,
    OutboxKind,
    User,
    UserProfile,
)
from app.models.sealed import key_ring, place_of


def tell(
    session: Session,
    kind: NotificationKind,
    *,
    phone: str,
    language: str,
    dedup_key: str,
    now: datetime,
    params: dict[str, str] | None = None,
    user_id: UUID | None = None,
    booking_id: int | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Tell the owner of `phone` (E.164) something, once per `dedup_key`. False when it was intended before."""
    row_id = uuid4()

    def sealed(column: str, text: str) -> bytes:
        return key_ring().seal(text, place=place_of("notifications", column, row_id))

    row = {
        "id": row_id,
        "kind": kind,
        "dedup_key": dedup_key,
        "user_id": user_id,
        "booking_id": booking_id,
        "channel": NotificationChannel.SMS,
        "language": Language(language),
        "address_sealed": sealed("address_sealed", phone),
        "params_sealed": sealed("params_sealed", json.dumps(params, ensure_ascii=False)) if params else None,
        "status": NotificationStatus.PENDING,
        "expires_at": expires_at,
        "created_at": now,
    }
    statement = insert(Notification).values(row).on_conflict_do_nothing().returning(Notification.id)
    if session.execute(statement).first() is None:
        return False
    outbox.add(session, OutboxKind.SEND_NOTIFICATION, row_id, now=now)
    return True


def tell_user(
    session: Session,
    kind: NotificationKind,
    user_id: UUID,
    *,
    dedup_key: str,
    now: datetime,
    params: dict[str, str] | None = None,
    booking_id: int | None = None,
) -> bool:
    """Tell an account's owner in the language they chose."""
    statement = select(User, UserProfile.language).join(UserProfile, UserProfile.user_id == User.id, isouter=True)
    user, language = session.execute(statement.where(User.id == user_id)).one()
    return tell(
        session,
        kind,
        phone=user.phone,
        language=language or Language.RU,
        dedup_key=dedup_key,
        now=now,
        params=params,
        user_id=user_id,
        booking_id=booking_id,
    )
