"""What commands of the staff share: who is acting, and refusals in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.accounts.people import find_by_phone, staff_of_phone
from app.domain.actor import Actor
from app.kit.errors import DomainError
from app.kit.phone import PhoneError, parse_phone

TEXTS = {
    "account_unknown": "No account has this phone.",
    "already_done": "This was done before.",
    "booking_unknown": "There is no booking with this reference.",
    "busy": "Somebody else works on it: try again.",
    "case_closed": "This case was closed before.",
    "case_unknown": "Nothing was reported about this booking.",
    "claim_amount_wrong": "The landlord gets at least nothing and at most what was claimed.",
    "claim_decided": "This claim was decided before.",
    "claim_unknown": "Nobody claims the deposit of this booking.",
    "discrepancy_closed": "This discrepancy is closed already.",
    "discrepancy_unknown": "There is no discrepancy with this number.",
    "help_unknown": "Nobody asked a question with this id.",
    "keys_not_paid": "This booking has no keys: it was never paid.",
    "not_staff": "No account of the staff has this phone.",
    "nothing_open": "Nothing of this refund is open at Kaspi: it has ended, or waits for a transfer by bank.",
    "nothing_refused": "Kaspi refused nothing of this refund: there is nothing to transfer by bank.",
    "outcome_unknown": "Say how it ended.",
    "payment_not_listed": "This payment is not on the review list: nothing was found about it.",
    "payment_unknown": "There is no payment with this id.",
    "payout_account_other": "The landlord's newest account ends otherwise: look at that one.",
    "payout_account_unknown": "This landlord has no account for payouts.",
    "payout_batch_empty": "Nobody is paid in this batch, so there is no file.",
    "payout_batch_unknown": "There is no batch of this day: make it first.",
    "payout_day_wrong": "Only today's batch can be made.",
    "payout_state": "This payout is not at the bank.",
    "payout_unknown": "There is no such payout.",
    "reason_missing": "Say why: --reason '…' (it is kept, so nothing personal in it).",
    "reason_too_long": "The reason is too long: {length} characters at most.",
    "refund_changed": "The refund changed while you read it: run the command again.",
    "refund_unknown": "There is no refund with this id.",
    "return_reason_unknown": "Say why the bank returned it.",
    "settlement_other": "This number was noted with {noted} tenge.",
    "settlement_wrong": "Write the bank's number (letters, digits and . _ / -) and whole tenge above zero.",
    "text_missing": "Write an answer.",
    "text_too_long": "The text is too long: {length} characters at most.",
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
        if error.code not in TEXTS:
            raise
        text = TEXTS[error.code]
        said = text.format(**error.params)
        if said == text and error.params:
            said += " (" + ", ".join(f"{name}: {value}" for name, value in error.params.items()) + ")"
        raise Refusal(said) from error


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


by_staff: Callable[[Any], Any] = click.option(
    "--as", "phone", required=True, help="Phone of your account; it must be of the staff."
)
"""The option of commands that are audited under somebody's account."""


def by_staff_for(
    why: str = "Why; kept in the audit trail, so nothing personal.",
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options `--as` and `--reason` of commands that call `acting`, which says in a sentence what is missing."""

    def both(command: Callable[..., None]) -> Callable[..., None]:
        by_whom = click.option("--as", "phone", default="", help="Phone of your account; it must be of the staff.")
        found: Callable[..., None] = by_whom(click.option("--reason", default="", help=why)(command))
        return found

    return both


@contextmanager
def staff_transaction(phone: str) -> Iterator[tuple[Session, UUID]]:
    """A transaction in the name of someone of the staff. Raises Refusal."""
    with refusals(), transaction() as session:
        try:
            number = parse_phone(phone)
        except PhoneError as error:
            raise DomainError("not_staff") from error
        yield session, staff_of_phone(session, number)


def account_by_phone(session: Session, phone: str) -> UUID:
    """The account behind a phone that was typed. Raises DomainError `account_unknown`."""
    try:
        user = find_by_phone(session, parse_phone(phone))
    except PhoneError:
        user = None
    if user is None:
        raise DomainError("account_unknown")
    return user.id


def written(reference: str) -> str:
    """A reference as it is kept, however it was typed."""
    return reference.strip().upper()
