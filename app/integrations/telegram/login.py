"""Telegram's proofs of who somebody is: the Login Widget's parameters and a Mini App's initData.

https://core.telegram.org/widgets/login#checking-authorization and
https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app. Every field that came is signed, known
to us or not; only `hash` is not.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError

WIDGET_LIFETIME = timedelta(hours=24)
MINI_APP_LIFETIME = timedelta(hours=1)
AHEAD = timedelta(minutes=5)
"""So much Telegram's clock may be before ours."""
MOST_FIELDS = 32
LONGEST = 8192
"""Characters of initData; the parameters of the widget together."""


class ProofError(Exception):
    """It is no proof: forged, changed, for another bot, or incomplete."""


class OldProofError(ProofError):
    """It was one, and is too old."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Who somebody is: Telegram's id. `mark` tells this proof from any other, so that it can count once."""

    telegram_id: int
    mark: str
    signed_at: datetime


class _User(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    id: int


def check_widget(fields: Mapping[str, str], *, token: str, now: datetime) -> Proof:
    """What the Login Widget added to its return address. Raises ProofError, OldProofError."""
    if len(fields) > MOST_FIELDS or sum(len(name) + len(value) for name, value in fields.items()) > LONGEST:
        raise ProofError("too much of it")
    mark = _signed(fields, hashlib.sha256(token.encode()).digest(), token=token)
    signed_at = _moment(fields, now=now, lifetime=WIDGET_LIFETIME)
    return Proof(_number(fields.get("id", "")), mark, signed_at)


def check_mini_app(init_data: str, *, token: str, now: datetime) -> Proof:
    """A Mini App's initData, as the script found it. Raises ProofError, OldProofError."""
    if len(init_data) > LONGEST:
        raise ProofError("too much of it")
    try:
        pairs = parse_qsl(
            init_data, keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise ProofError("no query string") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ProofError("a field came twice")
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    mark = _signed(fields, key, token=token)
    signed_at = _moment(fields, now=now, lifetime=MINI_APP_LIFETIME)
    try:
        user = _User.model_validate_json(fields.get("user", ""))
    except ValidationError:
        raise ProofError("it names nobody") from None
    return Proof(_number(str(user.id)), mark, signed_at)


def _signed(fields: Mapping[str, str], key: bytes, *, token: str) -> str:
    """The signature, once it has been found to be Telegram's."""
    if not token:
        raise ProofError("there is no bot")
    lines = sorted(f"{name}={value}" for name, value in fields.items() if name != "hash")
    expected = hmac.new(key, "\n".join(lines).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    given = fields.get("hash", "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode()):
        raise ProofError("the signature is not Telegram's")
    return expected


def _moment(fields: Mapping[str, str], *, now: datetime, lifetime: timedelta) -> datetime:
    try:
        signed_at = datetime.fromtimestamp(_number(fields.get("auth_date", "")), UTC)
    except (ValueError, OverflowError, OSError):
        raise ProofError("it has no moment") from None
    if signed_at > now + AHEAD:
        raise ProofError("it comes from the future")
    if signed_at < now - lifetime:
        raise OldProofError("it is too old")
    return signed_at


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ProofError("it lacks a number")
    return int(text)
