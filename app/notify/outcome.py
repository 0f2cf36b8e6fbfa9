"""How sending a notification ended: what its row says afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, DateTime, Text, Uuid, bindparam, func, text, update
from sqlalchemy.orm import Session

from app.integrations.errors import ProviderUnavailable
from app.models import Notification, NotificationChannel, NotificationStatus

STALE = "stale"
"""It was no news any more when its turn came."""
UNSURE = "unsure"
"""Nobody knows whether the provider took it, and it is not worth telling twice."""
UNREACHABLE = "unreachable"
"""No channel reaches this person."""
UNWANTED = "unwanted"
"""It is advertising, and the person has asked for silence."""


def fail(row: Notification, code: str) -> None:
    """It is not sent, and will not be."""
    row.status = NotificationStatus.FAILED
    row.error_code = code[:64]
    row.sent_at = None
    row.params = None
    row.parts_said, row.parts_by = 0, None


@dataclass(frozen=True, slots=True)
class Sent:
    """A provider took a message: which one, what it calls it, and who refused it before."""

    notification_id: UUID
    channel: NotificationChannel
    provider_id: str
    refused: tuple[str, ...]
    is_last_way: bool
    """No other channel may have to say the same."""
    at: datetime


_RECORD_SENT = text(
    "UPDATE notifications n SET status = 'sent', channel = v.channel, provider_id = v.provider_id, sent_at = v.at,"
    "   refused = string_to_array(v.refused, ','), parts_said = 0, parts_by = NULL,"
    "   params_sealed = CASE WHEN v.is_last_way THEN NULL ELSE n.params_sealed END"
    " FROM unnest(:ids, :channels, :provider_ids, :moments, :refused, :last)"
    "   AS v(id, channel, provider_id, at, refused, is_last_way)"
    " WHERE n.id = v.id"
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid())),
    bindparam("channels", type_=ARRAY(Text)),
    bindparam("provider_ids", type_=ARRAY(Text)),
    bindparam("moments", type_=ARRAY(DateTime(timezone=True))),
    bindparam("refused", type_=ARRAY(Text)),
    bindparam("last", type_=ARRAY(Boolean)),
)


def record_sent(session: Session, sent: Sequence[Sent]) -> None:
    """Providers took them, in one statement. Values are kept only while another channel may have to say the same."""
    ordered = sorted(sent, key=lambda each: each.notification_id)
    values = {
        "ids": [each.notification_id for each in ordered],
        "channels": [each.channel.value for each in ordered],
        "provider_ids": [each.provider_id for each in ordered],
        "moments": [each.at for each in ordered],
        "refused": [",".join(each.refused) for each in ordered],
        "last": [each.is_last_way for each in ordered],
    }
    session.execute(_RECORD_SENT, values)


def record_refused(session: Session, notification_id: UUID, refused: Sequence[str], code: str) -> None:
    """Nobody takes it: `code` is the last provider's."""
    ended = {"status": NotificationStatus.FAILED, "params_sealed": None, "parts_said": 0, "parts_by": None}
    _write(session, notification_id, refused, error_code=code[:64], **ended)


def record_trouble(
    session: Session, notification_id: UUID, refused: Sequence[str], trouble: ProviderUnavailable, *, now: datetime
) -> None:
    """A provider is in trouble and the message will be tried again, behind the parts of it that were said."""
    since = func.coalesce(Notification.trouble_since, now)
    said = {"parts_said": trouble.parts_said, "parts_by": trouble.parts_by} if trouble.parts_said else {}
    _write(session, notification_id, refused, attempted_at=None, trouble_since=since, **said)


def _write(session: Session, notification_id: UUID, refused: Sequence[str], **values: object) -> None:
    """One statement: `refused` are all channels that have refused it by now."""
    statement = update(Notification).where(Notification.id == notification_id).values(refused=list(refused), **values)
    session.execute(statement, execution_options={"synchronize_session": False})
