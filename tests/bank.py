"""Accounts and numbers that pass the checks, made up; and a landlord who may be paid."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.accounts.codes import Verification
from app.domain.payouts import accounts
from app.models import LandlordAccount, Role, User
from tests import factories
from tests.domain.login_codes import code_of

_numbers = itertools.count(1)


def iban(number: int | None = None) -> str:
    """An IBAN of Kazakhstan with check digits that fit; another one each time."""
    account = f"125KZT{next(_numbers) if number is None else number:010d}"
    digits = "".join(str(int(sign, 36)) for sign in account + "KZ00")
    return f"KZ{98 - int(digits) % 97:02d}{account}"


def tax_id(first_eleven: str = "85010130012") -> str:
    """An IIN or BIN whose last digit fits."""
    for weights in (tuple(range(1, 12)), (*range(3, 12), 1, 2)):
        found = sum(int(digit) * weight for digit, weight in zip(first_eleven, weights, strict=True)) % 11
        if found < 10:
            return f"{first_eleven}{found}"
    raise ValueError("there is no such number")


def details(holder: str = "Ахметов Ерлан", **changes: str) -> accounts.AccountDetails:
    """What a landlord types."""
    return accounts.check_details(**{"holder": holder, "tax_id": tax_id(), "iban": iban(), **changes})


def change_account(
    session: Session, landlord_id: UUID, wanted: accounts.AccountDetails, *, now: datetime
) -> Verification:
    """Change an account with the code that the landlord's phone gets."""
    challenge = accounts.ask_for_proof(session, landlord_id, language="ru", daily_cap=10**6, now=now)
    session.flush()
    code = code_of(challenge, session)
    return accounts.change(session, landlord_id, wanted, challenge=challenge, code=code, now=now)


def make_staff(session: Session) -> UUID:
    """Someone of the staff."""
    return factories.make_user(session, roles=(Role.SUPPORT,), name="Мария Ким")


def open_account(session: Session, landlord_id: UUID, *, now: datetime, staff_id: UUID | None = None) -> str:
    """A verified account that can be paid to now; its IBAN."""
    made = details()
    assert change_account(session, landlord_id, made, now=now - timedelta(hours=73)).problem is None
    staff = staff_id or make_staff(session)
    accounts.verify(session, landlord_id, last4=made.iban[-4:], staff_id=staff, now=now - timedelta(hours=1))
    return made.iban


def account_of(session: Session, landlord_id: UUID) -> LandlordAccount:
    """The row as it is."""
    statement = select(LandlordAccount).where(LandlordAccount.landlord_id == landlord_id)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def phone_of(session: Session, user_id: UUID) -> str:
    """Somebody's phone."""
    return session.get_one(User, user_id).phone
