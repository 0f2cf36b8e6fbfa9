"""Where a landlord's money goes, and how that is changed: with a second proof, and 72 hours later.

A new IBAN of the same holder waits, and the old one is used until then. When holder or IIN/BIN change, nothing of the
old account is used any more, and nothing is paid before staff has verified the account anew.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit, notifications
from app.domain.accounts import codes
from app.domain.accounts.codes import Verification
from app.domain.actor import Actor
from app.kit.bank_ids import BankIdError, parse_iban, parse_tax_id
from app.kit.errors import DomainError, ErrorKind
from app.models import LandlordAccount, NotificationKind, User

USABLE_AFTER = timedelta(hours=72)
"""So long a new IBAN waits: time for its landlord to object to a change that was not theirs."""
LONGEST_HOLDER = 120
"""Characters of the holder's name, as banks' forms have room for."""
_IN_NAMES = frozenset(" .,-'’\"«»()№&+/")


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What a landlord typed, checked: the holder's name, IIN or BIN, and IBAN as the bank wants them."""

    holder: str
    tax_id: str
    iban: str


@dataclass(frozen=True, slots=True)
class AccountState:
    """A landlord's account as its owner sees it; of an IBAN only the last four signs."""

    holder: str
    iban_last4: str | None
    pending_last4: str | None
    pending_usable_from: datetime | None
    is_verified: bool


def check_details(*, holder: str, tax_id: str, iban: str) -> AccountDetails:
    """What was typed, as it is kept. Raises DomainError `holder_wrong`, `tax_id_wrong`, `iban_wrong` (422)."""
    name = " ".join(unicodedata.normalize("NFC", holder).split())
    letters = [sign for sign in name if sign.isalpha()]
    if len(letters) < 2 or len(name) > LONGEST_HOLDER or not all(sign.isalnum() or sign in _IN_NAMES for sign in name):
        raise DomainError("holder_wrong", length=LONGEST_HOLDER)
    try:
        number = parse_tax_id(tax_id)
    except BankIdError as error:
        raise DomainError("tax_id_wrong") from error
    try:
        return AccountDetails(name, number, parse_iban(iban))
    except BankIdError as error:
        raise DomainError("iban_wrong") from error


def ask_for_proof(session: Session, landlord_id: UUID, *, language: str, daily_cap: int, now: datetime) -> str:
    """Send a code to the landlord's own phone; the challenge for `prove`. Raises as `codes.request_code`."""
    phone = session.get_one(User, landlord_id).phone
    return codes.request_code(session, phone, language=language, daily_cap=daily_cap, now=now)


def change(
    session: Session, landlord_id: UUID, details: AccountDetails, *, challenge: str, code: str, now: datetime
) -> Verification:
    """Keep another account once the code that was just sent proves who asks (ten minutes at most, single use).

    The account in use typed again takes a change back that waits: that is how a landlord objects to it.
    A wrong code is an outcome, not an exception: the try must be counted, hence committed.
    Raises DomainError `account_unchanged` (422).
    """
    proven = codes.prove(session, challenge, code, user_id=landlord_id, now=now)
    if proven.problem is None:
        _keep(session, landlord_id, details, now=now)
    return proven


def verify(session: Session, landlord_id: UUID, *, last4: str, staff_id: UUID, now: datetime) -> None:
    """Staff has seen that the holder of the account that ends with `last4` is the landlord.

    Raises DomainError `payout_account_unknown` (404), `payout_account_other` (409): the landlord has another newest
    account than the one that was looked at.
    """
    account = _lock(session, landlord_id)
    if account is None:
        raise DomainError("payout_account_unknown", ErrorKind.NOT_FOUND)
    if last4 != (account.pending_last4 or account.iban_last4):
        raise DomainError("payout_account_other", ErrorKind.CONFLICT)
    account.verified_at, account.verified_by = now, staff_id
    _note(session, "payout_account.verified", Actor.staff(staff_id), landlord_id, now=now)


def state_of(session: Session, landlord_id: UUID, *, now: datetime) -> AccountState | None:
    """The account as its owner sees it now; None without one. Nothing is locked or written."""
    account = session.get(LandlordAccount, landlord_id)
    if account is None:
        return None
    last4, pending, usable_from = account.iban_last4, account.pending_last4, account.pending_usable_from
    if usable_from is not None and usable_from <= now:
        last4, pending, usable_from = pending, None, None
    return AccountState(account.holder, last4, pending, usable_from, account.verified_at is not None)


def let_pending_in(account: LandlordAccount, *, now: datetime) -> None:
    """A new IBAN whose time has come takes the place of the old one. The account is locked."""
    if account.pending_usable_from is not None and account.pending_usable_from <= now:
        account.iban, account.iban_last4 = account.pending_iban, account.pending_last4
        _drop_pending(account)


def _keep(session: Session, landlord_id: UUID, details: AccountDetails, *, now: datetime) -> None:
    account = _lock(session, landlord_id)
    if account is None:
        account = LandlordAccount(landlord_id=landlord_id, holder=details.holder, tax_id=details.tax_id)
        session.add(account)
    else:
        let_pending_in(account, now=now)
        is_same_holder = (account.holder, account.tax_id) == (details.holder, details.tax_id)
        if is_same_holder and details.iban == account.iban and account.pending_sealed is not None:
            _drop_pending(account)
            account.changed_at = now
            _note(session, "payout_account.change_withdrawn", Actor.landlord(landlord_id), landlord_id, now=now)
            return
        if is_same_holder and details.iban in {account.iban, account.pending_iban}:
            raise DomainError("account_unchanged")
        if not is_same_holder:
            account.holder, account.tax_id = details.holder, details.tax_id
            account.iban, account.iban_last4 = None, None
            account.verified_at, account.verified_by = None, None
    account.pending_iban, account.pending_last4 = details.iban, details.iban[-4:]
    account.pending_usable_from, account.changed_at = now + USABLE_AFTER, now
    _note(session, "payout_account.changed", Actor.landlord(landlord_id), landlord_id, now=now)
    notifications.tell_user(
        session,
        NotificationKind.IBAN_CHANGED,
        landlord_id,
        dedup_key=f"iban:{landlord_id}:{now.isoformat()}",
        now=now,
    )


def _lock(session: Session, landlord_id: UUID) -> LandlordAccount | None:
    statement = select(LandlordAccount).where(LandlordAccount.landlord_id == landlord_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def _drop_pending(account: LandlordAccount) -> None:
    account.pending_iban, account.pending_last4, account.pending_usable_from = None, None, None


def _note(session: Session, action: str, actor: Actor, landlord_id: UUID, *, now: datetime) -> None:
    audit.record(session, action, actor=actor, subject=("user", landlord_id), now=now)
