"""Signing in on the portal by Telegram itself (3-domain, People and roles)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.chats import identities
from app.kit.errors import DomainError, ErrorKind
from app.models import STAFF_ROLES, ChannelIdentity, Messenger, Role, User

_NEED_A_CODE = frozenset({Role.LANDLORD, *STAFF_ROLES})


def account_of(session: Session, telegram_id: int, *, now: datetime) -> UUID:
    """The account that this Telegram, proven by the caller, may open by itself.

    Only one that it was linked to, and used within the last half year: numbers are given to other people. For landlords
    and staff it is one proof of two, and a code is the other: they sign in by phone.

    Raises DomainError `telegram_not_linked`, `telegram_needs_code`, `account_blocked` (403).
    """
    token = identities.address_token(Messenger.TELEGRAM, str(telegram_id))
    statement = select(User.id, User.roles, User.blocked_at).join(ChannelIdentity, ChannelIdentity.user_id == User.id)
    statement = statement.where(
        ChannelIdentity.messenger == Messenger.TELEGRAM,
        ChannelIdentity.address_token == token,
        ChannelIdentity.last_seen_at >= now - identities.IDLE,
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        raise DomainError("telegram_not_linked", ErrorKind.FORBIDDEN)
    if found.blocked_at is not None:
        raise DomainError("account_blocked", ErrorKind.FORBIDDEN)
    if _NEED_A_CODE & set(found.roles):
        raise DomainError("telegram_needs_code", ErrorKind.FORBIDDEN)
    return UUID(str(found.id))
