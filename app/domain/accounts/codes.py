"""One-time codes: six digits, ten minutes, five tries, single use, one live code a phone.

The answer is the same whether the phone has an account or not. A code is tied to the browser that asked for it by a
random challenge, so knowing a phone is not enough to guess at its codes from elsewhere.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.domain import audit, notifications
from app.domain.accounts import people
from app.domain.actor import SYSTEM, Actor
from app.kit import clock
from app.kit.crypto import hash_token, random_token
from app.kit.errors import DomainError, ErrorKind
from app.models import LoginCode, NotificationKind, User
from app.models.sealed import key_ring

LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
MAX_PER_PHONE = 5
PER_PHONE_WINDOW = timedelta(hours=1)


class CodeProblem(StrEnum):
    """Why a code did not open the door."""

    WRONG = "code_wrong"
    OVER = "code_over"
    """Expired, used, replaced by a newer one, or tried too often: ask for a new one."""
    BLOCKED = "account_blocked"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one try. Not an exception, since a failed try must be counted, hence committed."""

    user_id: UUID | None
    problem: CodeProblem | None = None
    tries_left: int = 0


@dataclass(frozen=True, slots=True)
class PendingCode:
    """What the page that asks for the code shows."""

    phone: str
    resend_at: datetime
    expires_at: datetime
    tries_left: int


def request_code(session: Session, e164: str, *, language: str, daily_cap: int, now: datetime) -> str:
    """Send a code and return the challenge that the asking browser keeps. An older code of the phone dies.

    Raises DomainError `code_too_soon` (429, with `seconds`), `codes_used_up` (429), `sms_paused` (503, daily cap).
    """
    token = people.phone_token(e164)
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(encode(:token, 'hex'), 1))"), {"token": token})
    _check_caps(session, token, daily_cap=daily_cap, now=now)
    session.execute(
        update(LoginCode)
        .where(LoginCode.phone_token == token, LoginCode.used_at.is_(None), LoginCode.superseded_at.is_(None))
        .values(superseded_at=now)
    )
    code, challenge, row_id = f"{secrets.randbelow(10**6):06d}", random_token(), uuid4()
    session.add(
        LoginCode(
            id=row_id,
            phone=e164,
            phone_token=token,
            code_hash=_hash(row_id, code),
            challenge_hash=hash_token(challenge),
            language=language,
            tries=0,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    notifications.tell(
        session,
        NotificationKind.LOGIN_CODE,
        phone=e164,
        language=language,
        dedup_key=f"code:{row_id}",
        now=now,
        params={"code": code},
        expires_at=now + LIFETIME,
    )
    audit.record(session, "code.sent", actor=SYSTEM, subject=("login_code", row_id), now=now)
    return challenge


def resend_code(session: Session, challenge: str, *, daily_cap: int, now: datetime) -> str:
    """A new code to the same phone; returns the new challenge. Raises as `request_code`, and `code_over` (409)."""
    row = session.scalars(select(LoginCode).where(LoginCode.challenge_hash == hash_token(challenge))).one_or_none()
    if row is None:
        raise DomainError(CodeProblem.OVER, ErrorKind.CONFLICT)
    return request_code(session, row.phone, language=row.language, daily_cap=daily_cap, now=now)


def pending(session: Session, challenge: str, *, now: datetime) -> PendingCode | None:
    """The code that this browser waits for, or None when there is none any more."""
    row = session.scalars(select(LoginCode).where(LoginCode.challenge_hash == hash_token(challenge))).one_or_none()
    if row is None or row.used_at is not None:
        return None
    left = 0 if row.superseded_at is not None or row.expires_at <= now else MAX_TRIES - row.tries
    return PendingCode(row.phone, row.created_at + RESEND_AFTER, row.expires_at, left)


def verify(session: Session, challenge: str, code: str, *, now: datetime) -> Verification:
    """Try a code. Right: it is used up, and the phone's account is returned (made, if need be)."""
    row, failure = _try(session, challenge, code, now=now)
    if row is None:
        return failure
    user = people.find_or_create(session, row.phone, language=row.language, now=now)
    if user.blocked_at is not None:
        return Verification(None, CodeProblem.BLOCKED)
    audit.record(session, "account.signed_in", actor=Actor.guest(user.id), subject=("user", user.id), now=now)
    return Verification(user.id)


def prove(session: Session, challenge: str, code: str, *, user_id: UUID, now: datetime) -> Verification:
    """Try a code as the second proof of someone who is signed in: only one that was sent to their own phone counts."""
    own = session.get_one(User, user_id)
    row, failure = _try(session, challenge, code, now=now)
    if row is None:
        return failure
    if row.phone_token != own.phone_token:
        return Verification(None, CodeProblem.OVER)
    audit.record(session, "account.proven", actor=Actor.guest(user_id), subject=("user", user_id), now=now)
    return Verification(user_id)


def _try(session: Session, challenge: str, code: str, *, now: datetime) -> tuple[LoginCode | None, Verification]:
    """The code's row, used up, when it was right; else what was wrong with it."""
    statement = select(LoginCode).where(LoginCode.challenge_hash == hash_token(challenge)).with_for_update()
    row = session.scalars(statement).one_or_none()
    over = Verification(None, CodeProblem.OVER)
    if row is None or row.used_at is not None or row.superseded_at is not None:
        return None, over
    if row.expires_at <= now or row.tries >= MAX_TRIES:
        return None, over
    row.tries += 1
    digits = "".join(ch for ch in code if ch.isdigit())
    if not hmac.compare_digest(_hash(row.id, digits), row.code_hash):
        left = MAX_TRIES - row.tries
        return None, Verification(None, CodeProblem.WRONG if left else CodeProblem.OVER, left)
    row.used_at = now
    return row, over


def _check_caps(session: Session, token: bytes, *, daily_cap: int, now: datetime) -> None:
    of_phone = LoginCode.phone_token == token
    count, newest = session.execute(
        select(func.count(), func.max(LoginCode.created_at)).where(
            of_phone, LoginCode.created_at > now - PER_PHONE_WINDOW
        )
    ).one()
    if newest is not None and newest + RESEND_AFTER > now:
        wait = (newest + RESEND_AFTER - now).seconds + 1
        raise DomainError("code_too_soon", ErrorKind.LIMIT, seconds=wait)
    if count >= MAX_PER_PHONE:
        raise DomainError("codes_used_up", ErrorKind.LIMIT)
    midnight = clock.at_local(clock.local_date(now), time(0, 0))
    today = session.scalar(select(func.count()).select_from(LoginCode).where(LoginCode.created_at >= midnight))
    if (today or 0) >= daily_cap:
        raise DomainError("sms_paused", ErrorKind.BUSY)


def _hash(row_id: UUID, code: str) -> bytes:
    """Keyed, so that a leaked table does not give codes away by trying a million hashes."""
    return key_ring().blind_index(f"{row_id}|{code}", purpose="login_code")
