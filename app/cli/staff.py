"""What commands of the staff share: who answers for them, and errors as sentences instead of tracebacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.accounts.people import find_by_phone, staff_by_phone
from app.kit.errors import DomainError
from app.kit.phone import PhoneError, parse_phone

by_staff: Callable[[Any], Any] = click.option(
    "--by", "phone", required=True, help="Phone of the member of staff who answers for this."
)
"""The option of commands that are audited under somebody's account."""


@contextmanager
def staff_transaction(phone: str) -> Iterator[tuple[Session, UUID]]:
    """A transaction in the name of someone of the staff. What is refused ends the command with its sentence, exit 1."""
    with sentences(), transaction() as session:
        try:
            number = parse_phone(phone)
        except PhoneError as error:
            raise DomainError("not_staff") from error
        yield session, staff_by_phone(session, number)


def account_by_phone(session: Session, phone: str) -> UUID:
    """The account behind a phone that was typed. Raises DomainError `account_unknown`."""
    try:
        user = find_by_phone(session, parse_phone(phone))
    except PhoneError:
        user = None
    if user is None:
        raise DomainError("account_unknown")
    return user.id


@contextmanager
def sentences() -> Iterator[None]:
    """A refusal becomes the command's error: its code and what it says."""
    try:
        yield
    except DomainError as error:
        said = ", ".join(f"{name}: {value}" for name, value in error.params.items())
        text = TEXTS.get(error.code, error.code)
        raise click.ClickException(f"{text} ({said})" if said else text) from error


TEXTS = {
    "account_unknown": "No account has this phone.",
    "not_staff": "This phone belongs to nobody of the staff.",
    "booking_unknown": "There is no such booking.",
    "case_unknown": "Nothing was reported about this booking.",
    "case_closed": "This case was closed before.",
    "outcome_unknown": "Say how it ended.",
    "claim_unknown": "Nobody claims the deposit of this booking.",
    "claim_decided": "This claim was decided before.",
    "claim_amount_wrong": "The landlord gets at least nothing and at most what was claimed.",
    "payout_account_unknown": "This landlord has no account for payouts.",
    "payout_batch_unknown": "There is no batch of this day: make it first.",
    "payout_batch_empty": "Nobody is paid in this batch, so there is no file.",
    "payout_day_wrong": "Only today's batch can be made.",
    "payout_state": "This payout is not at the bank.",
    "payout_unknown": "There is no such payout.",
    "return_reason_unknown": "Say why the bank returned it.",
    "busy": "Somebody else works on it: try again.",
}
"""What commands say when a rule says no: sentences for staff; those for pages are in blueprints/shared/errors.py."""
