"""What commands of the staff share: who is acting, and refusals in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from app.domain.accounts.people import staff_of_phone
from app.domain.actor import Actor
from app.kit.errors import DomainError
from app.kit.phone import PhoneError, parse_phone

_SENTENCES = {
    "booking_unknown": "There is no booking with this reference.",
    "discrepancy_closed": "This discrepancy is closed already.",
    "discrepancy_unknown": "There is no discrepancy with this number.",
    "keys_not_paid": "This booking has no keys: it was never paid.",
    "not_staff": "No account of the staff has this phone.",
    "reason_missing": "Say why: --reason '…' (it is kept, so nothing personal in it).",
    "reason_too_long": "The reason is too long: {length} characters at most.",
    "refund_changed": "The refund changed while you read it: run the command again.",
    "wrong_state": "The booking is {status}: this cannot be done to it.",
}


class Refusal(click.ClickException):
    """One sentence on stderr, exit code 2."""

    exit_code = 2


@contextmanager
def refusals() -> Iterator[None]:
    """Say what the domain refuses in one sentence. Raises Refusal; other errors are not hidden."""
    try:
        yield
    except DomainError as error:
        if error.code not in _SENTENCES:
            raise
        raise Refusal(_SENTENCES[error.code].format(**error.params)) from error


def acting(session: Session, phone: str, reason: str) -> Actor:
    """Who acts, by phone, and that they said why. Raises DomainError `not_staff`, `reason_missing`, or Refusal."""
    try:
        e164 = parse_phone(phone)
    except PhoneError as error:
        raise Refusal("Write the phone of your account: --as +7701…") from error
    actor = Actor.staff(staff_of_phone(session, e164))
    if not reason.strip():
        raise DomainError("reason_missing")
    return actor


def written(reference: str) -> str:
    """A reference as it is kept, however it was typed."""
    return reference.strip().upper()
