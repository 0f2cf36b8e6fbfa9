"""Finding and making accounts by phone, and their profiles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.accounts import sessions
from app.domain.actor import Actor
from app.domain.messages.masking import mask
from app.kit.errors import DomainError, ErrorKind
from app.models import STAFF_ROLES, ActorKind, Language, Role, User, UserProfile
from app.models.sealed import key_ring

MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person sees of their own account."""

    name: str
    language: str
    phone: str


def phone_token(e164: str) -> bytes:
    """The blind index by which a phone is found without being read."""
    return key_ring().blind_index(e164, purpose="phone")


def find_by_phone(session: Session, e164: str) -> User | None:
    """The account of this phone, if there is one."""
    return session.scalars(select(User).where(User.phone_token == phone_token(e164))).one_or_none()


def staff_of_phone(session: Session, e164: str) -> UUID:
    """The account of the staff that has this phone. Raises DomainError `not_staff` (403) for anybody else's."""
    user = find_by_phone(session, e164)
    if user is None or user.blocked_at is not None or not STAFF_ROLES & {Role(role) for role in user.roles}:
        raise DomainError("not_staff", ErrorKind.FORBIDDEN)
    return user.id


def find_or_create(session: Session, e164: str, *, language: str, now: datetime) -> User:
    """The account of a phone that was just proven; a new guest where there is none."""
    user = find_by_phone(session, e164)
    if user is not None:
        return user
    user_id = uuid4()
    user = User(id=user_id, phone=e164, phone_token=phone_token(e164), roles=[Role.GUEST], created_at=now)
    session.add(user)
    session.flush()
    session.add(UserProfile(user_id=user_id, language=Language(language), updated_at=now))
    audit.record(session, "account.created", actor=Actor.guest(user_id), subject=("user", user_id), now=now)
    return user


def profile_of(session: Session, user_id: UUID) -> Profile:
    """What the person told about themselves, and their phone."""
    statement = select(User, UserProfile).join(UserProfile, UserProfile.user_id == User.id, isouter=True)
    user, profile = session.execute(statement.where(User.id == user_id)).one()
    return Profile(
        name=(profile.name if profile else None) or "",
        language=profile.language if profile else Language.RU,
        phone=user.phone,
    )


def update_profile(session: Session, user_id: UUID, *, name: str, language: str, now: datetime) -> None:
    """Keep a name (may be empty) and a language.

    The other side of a booking reads the name before anything is paid, when contacts are not passed on. A name that is
    left as it was is not looked at: it may be older than the rule, and must not hold up the language.
    Raises DomainError `name_too_long`, `name_has_contact`, `language_unknown`.
    """
    name = " ".join(name.split())
    if language not in {code.value for code in Language}:
        raise DomainError("language_unknown")
    profile = session.get(UserProfile, user_id, with_for_update=True)
    if profile is None:
        profile = UserProfile(user_id=user_id)
        session.add(profile)
    if name != (profile.name or ""):
        _check_name(name)
    profile.name = name or None
    profile.language = language
    profile.updated_at = now
    audit.record(session, "profile.changed", actor=Actor.guest(user_id), subject=("user", user_id), now=now)


def _check_name(name: str) -> None:
    if len(name) > MAX_NAME or not name.isprintable():
        raise DomainError("name_too_long", length=MAX_NAME)
    if mask(name).is_masked:
        raise DomainError("name_has_contact")


def choose_language(session: Session, user_id: UUID, language: str, *, now: datetime) -> None:
    """Keep what the person wants to be spoken to in. Raises DomainError `language_unknown`."""
    if language not in {code.value for code in Language}:
        raise DomainError("language_unknown")
    profile = session.get(UserProfile, user_id, with_for_update=True)
    if profile is None:
        session.add(UserProfile(user_id=user_id, language=language, updated_at=now))
        return
    profile.language, profile.updated_at = language, now


def block(session: Session, user_id: UUID, *, staff_id: UUID, now: datetime) -> None:
    """Bar an account: nothing signed in as it works from this commit on, nor when it is let in again later.

    Raises DomainError `account_unknown`.
    """
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise DomainError("account_unknown")
    user.blocked_at = now
    sessions.revoke_all(session, user_id, now=now)
    actor = Actor(ActorKind.STAFF, staff_id)
    audit.record(session, "account.blocked", actor=actor, subject=("user", user_id), now=now)
