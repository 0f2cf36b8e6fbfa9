"""One-time codes in tests: ask for one, and read it from the sealed message as the phone's owner would."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.accounts import codes
from app.kit.crypto import hash_token
from app.models import LoginCode, Notification


def request(phone: str, *, now: datetime, daily_cap: int = 1_000_000) -> tuple[str, str]:
    """Ask for a code; (challenge, code). Needs an application context."""
    with transaction() as session:
        challenge = codes.request_code(session, phone, language="ru", daily_cap=daily_cap, now=now)
    return challenge, code_of(challenge)


def code_of(challenge: str, session: Session | None = None) -> str:
    """The code that belongs to a challenge, from the message that waits to be sent."""
    with transaction() if session is None else contextlib.nullcontext(session) as reader:
        row_id = reader.scalars(select(LoginCode.id).where(LoginCode.challenge_hash == hash_token(challenge))).one()
        told = reader.scalars(select(Notification).where(Notification.dedup_key == f"code:{row_id}")).one()
        return str(json.loads(told.params or "{}")["code"])


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
