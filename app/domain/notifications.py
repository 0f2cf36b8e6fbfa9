"""Intending to tell people something: a row in the transaction that causes it, and an outbox item that sends it.

People who have an account are looked up when the message is sent: its language, its channel and its address are those
of that moment, and no copy of a phone lies about meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import outbox
from app.domain.rows import NewRow
from app.models import (
    Language,
    Notification,
    NotificationChannel,
    NotificationKind,
    NotificationStatus,
    OutboxItem,
    OutboxKind,
)
from app.models.sealed import key_ring, place_of


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone to tell, and about which booking."""

    user_id: UUID
    dedup_key: str
    booking_id: int


def tell(
    session: Session,
    kind: NotificationKind,
    *,
    phone: str,
    language: str,
    dedup_key: str,
    now: datetime,
    params: Mapping[str, str] | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Tell the owner of `phone` (E.164), who may have no account, something. False when it was intended before."""
    row = _row(kind, dedup_key, params=params, now=now)
    place = place_of("notifications", "address_sealed", row["id"])
    row |= {"language": Language(language), "expires_at": expires_at}
    row["address_sealed"] = key_ring().seal(phone, place=place)
    return _write(session, [row], now=now) == 1


def tell_user(
    session: Session,
    kind: NotificationKind,
    user_id: UUID,
    *,
    dedup_key: str,
    now: datetime,
    params: Mapping[str, str] | None = None,
    booking_id: int | None = None,
) -> bool:
    """Tell an account's owner, by their channels and in their language. False when it was intended before."""
    row = _row(kind, dedup_key, params=params, now=now) | {"user_id": user_id, "booking_id": booking_id}
    return _write(session, [row], now=now) == 1


def tell_users(session: Session, kind: NotificationKind, recipients: Sequence[Recipient], *, now: datetime) -> int:
    """Tell many people about their bookings, in two statements; how many were not told before."""
    if not recipients:
        return 0
    rows = [
        _row(kind, each.dedup_key, params=None, now=now) | {"user_id": each.user_id, "booking_id": each.booking_id}
        for each in recipients
    ]
    return _write(session, rows, now=now)


def rows(kind: NotificationKind, recipient: Recipient, *, now: datetime, at: datetime) -> list[NewRow]:
    """What tells someone at the moment `at`, as values, for who writes them together with other rows.

    Nothing looks whether it was told before. A sweep wakes the worker when the time has come.
    """
    row = _row(kind, recipient.dedup_key, params=None, now=now)
    row |= {"user_id": recipient.user_id, "booking_id": recipient.booking_id}
    item = outbox.row(OutboxKind.SEND_NOTIFICATION, row["id"], now=now) | {"available_at": at}
    return [(Notification, row), (OutboxItem, item)]


def copy_to(session: Session, source: Notification, channel: NotificationChannel, *, now: datetime) -> None:
    """Tell the same by another channel as well, once; the copy goes by that channel or not at all."""
    params = None if source.params is None else json.loads(source.params)
    row = _row(NotificationKind(source.kind), f"{source.dedup_key}@{channel}", params=params, now=now) | {
        "user_id": source.user_id,
        "booking_id": source.booking_id,
        "expires_at": source.expires_at,
        "channel": channel,
        "is_pinned": True,
    }
    _write(session, [row], now=now)


def _row(
    kind: NotificationKind, dedup_key: str, *, params: Mapping[str, str] | None, now: datetime
) -> dict[str, object]:
    row_id = uuid4()
    sealed = None
    if params:
        place = place_of("notifications", "params_sealed", row_id)
        sealed = key_ring().seal(json.dumps(dict(params), ensure_ascii=False), place=place)
    return {
        "id": row_id,
        "kind": kind,
        "dedup_key": dedup_key,
        "channel": NotificationChannel.SMS,
        "params_sealed": sealed,
        "status": NotificationStatus.PENDING,
        "created_at": now,
    }


def _write(session: Session, new: Sequence[Mapping[str, object]], *, now: datetime) -> int:
    statement = insert(Notification).values(list(new)).on_conflict_do_nothing(index_elements=["dedup_key"])
    written = session.scalars(statement.returning(Notification.id)).all()
    if not written:
        return 0
    items = [outbox.row(OutboxKind.SEND_NOTIFICATION, row_id, now=now) for row_id in written]
    for item_id in session.scalars(insert(OutboxItem).values(items).returning(OutboxItem.id)).all():
        outbox.wake(session, OutboxKind.SEND_NOTIFICATION, item_id)
    return len(written)
