"""Who is signed in where: rows in `user_sessions`.

They are read on every request of a signed-in person, so that a revoked session, a logout elsewhere or a blocked
account counts from its commit on. The same query counts a person's unread messages, which every page of theirs shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select, true, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.kit.crypto import hash_token, random_token
from app.models import STAFF_ROLES, Message, Role, Side, User, UserProfile, UserSession
from app.models.sealed import key_ring, place_of

LIFETIME = timedelta(days=30)
SEEN_EVERY = timedelta(hours=1)
"""How exactly «last seen» is known: one write an hour of use, no query a page."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a session."""

    session_id: bytes
    user_id: UUID
    roles: frozenset[str]
    name: str
    language: str
    last_seen_at: datetime
    unread_as_guest: int
    """Messages that landlords wrote and this person has not read."""
    unread_as_host: int

    @property
    def is_staff(self) -> bool:
        """Support or admin?"""
        return bool(self.roles & STAFF_ROLES)

    @property
    def is_landlord(self) -> bool:
        """Do they let flats?"""
        return Role.LANDLORD in self.roles


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One place where a person is signed in."""

    device: str
    last_seen_at: datetime
    is_current: bool


_UNREAD = (
    select(
        func.count().filter(Message.author == Side.LANDLORD).label("as_guest"),
        func.count().filter(Message.author == Side.GUEST).label("as_host"),
    )
    .where(Message.recipient_id == User.id, Message.read_at.is_(None))
    .lateral("unread")
)
_LOAD = (
    select(
        *(UserSession.id, UserSession.user_id, UserSession.last_seen_at, User.roles),
        *(UserProfile.name_sealed, UserProfile.language),
        *(_UNREAD.c.as_guest, _UNREAD.c.as_host),
    )
    .join(User, User.id == UserSession.user_id)
    .join(UserProfile, UserProfile.user_id == User.id, isouter=True)
    .join(_UNREAD, true())
    .where(UserSession.id == bindparam("id"), UserSession.revoked_at.is_(None), User.blocked_at.is_(None))
    .where(UserSession.expires_at > bindparam("now"))
)


def open_session(session: Session, user_id: UUID, *, device: str, now: datetime) -> str:
    """Sign a person in; the random token is for their cookie only and is not kept."""
    token = random_token()
    session.add(
        UserSession(
            id=hash_token(token),
            user_id=user_id,
            device=device[:100],
            created_at=now,
            last_seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return token


def load(connection: Connection, token: str, *, now: datetime) -> SignedIn | None:
    """Who this token belongs to, or None when it was revoked, ran out, never was, or the account is blocked."""
    row = connection.execute(_LOAD, {"id": hash_token(token), "now": now}).one_or_none()
    if row is None:
        return None
    name = ""
    if row.name_sealed is not None:
        name = key_ring().open(row.name_sealed, place=place_of("user_profiles", "name_sealed", row.user_id))
    roles, language = frozenset(row.roles), row.language or "ru"
    return SignedIn(row.id, row.user_id, roles, name, language, row.last_seen_at, row.as_guest, row.as_host)


def is_seen_anew(signed_in: SignedIn, *, now: datetime) -> bool:
    """Has it been so long since this session was last noted that it should be noted again?"""
    return now - signed_in.last_seen_at >= SEEN_EVERY


def note_seen(session: Session, signed_in: SignedIn, *, now: datetime) -> None:
    """Keep that this session is in use; of several requests at once the first writes."""
    statement = update(UserSession).where(UserSession.id == signed_in.session_id, UserSession.revoked_at.is_(None))
    session.execute(statement.where(UserSession.last_seen_at <= now - SEEN_EVERY).values(last_seen_at=now))


def close_session(session: Session, signed_in: SignedIn, *, now: datetime) -> None:
    """Sign out here."""
    _revoke(session, UserSession.id == signed_in.session_id, now=now)
    actor = Actor.guest(signed_in.user_id)
    audit.record(session, "account.signed_out", actor=actor, subject=("user", signed_in.user_id), now=now)


def close_all(session: Session, signed_in: SignedIn, *, now: datetime) -> None:
    """Sign out everywhere, here included."""
    _revoke(session, UserSession.user_id == signed_in.user_id, now=now)
    actor = Actor.guest(signed_in.user_id)
    audit.record(session, "account.signed_out_everywhere", actor=actor, subject=("user", signed_in.user_id), now=now)


def revoke_all(session: Session, user_id: UUID, *, now: datetime) -> None:
    """End every session of an account; the caller records why."""
    _revoke(session, UserSession.user_id == user_id, now=now)


def sessions_of(connection: Connection, signed_in: SignedIn, *, now: datetime) -> list[SessionInfo]:
    """Where a person is signed in, newest first."""
    rows = connection.execute(
        select(UserSession.id, UserSession.device, UserSession.last_seen_at)
        .where(UserSession.user_id == signed_in.user_id, UserSession.revoked_at.is_(None))
        .where(UserSession.expires_at > now)
        .order_by(UserSession.last_seen_at.desc())
        .limit(50)
    )
    return [SessionInfo(row.device, row.last_seen_at, row.id == signed_in.session_id) for row in rows]


def _revoke(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    statement = update(UserSession).where(which, UserSession.revoked_at.is_(None))
    session.execute(statement.values(revoked_at=now))
