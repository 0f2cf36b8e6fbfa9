"""Beginning a session in this browser, however somebody has proven who they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from app.db import reading
from app.domain.accounts import sessions
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from blueprints.account.device import describe
from blueprints.shared.identity import current_person, sign_in_as


def open_here(db_session: Session, user_id: UUID, *, now: datetime) -> str:
    """Open a session for this browser and close the one it had; the new token."""
    before = current_person()
    if before is not None:
        sessions.close_session(db_session, before.signed_in, now=now)
    return sessions.open_session(db_session, user_id, device=describe(request.user_agent.string), now=now)


def enter(token: str) -> UUID:
    """Sign this browser in by a token whose session was committed; whose it is.

    Raises DomainError `account_blocked` (403).
    """
    with reading() as connection:
        signed_in = sessions.load(connection, token, now=clock.now())
    if signed_in is None:
        raise DomainError("account_blocked", ErrorKind.FORBIDDEN)
    sign_in_as(token, signed_in)
    return signed_in.user_id
