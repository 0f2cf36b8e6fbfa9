"""The demo's money after stays: accounts of all landlords, and the demo landlord's shares, deposits and one payout.

The accounts were there before; what became of the demo landlord's money is made by the product's own functions, with
the moment at which it happened as now. No money is sent: refunds of the past are over. The money of the others' stays
is shared in one go (shares.py) and waits for the next payout.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.aftercare import deposits
from app.domain.bookings.state_machine import DEPOSIT_BACK_AFTER
from app.domain.checkout import sharing
from app.domain.payouts import accounts, bank_file, batches
from app.kit import clock
from app.local.demo.people import People, Person
from app.local.demo.refunds import let_refunds_arrive
from app.local.demo.shares import share_past
from app.models import (
    Booking,
    BookingStatus,
    LandlordAccount,
    Notification,
    NotificationKind,
    OutboxItem,
    Property,
)

_PAID_AGO = timedelta(days=3)
_OPENED_AGO = timedelta(days=300)


def settle_past(session: Session, people: People, *, now: datetime) -> None:
    """Write the accounts, share what is due to the demo landlord, and pay them once, three days ago."""
    _add_accounts(session, [people.landlord, *people.landlords], people.staff.id, now=now - _OPENED_AGO)
    landlord_id, staff = people.landlord.id, Actor.staff(people.staff.id)
    paid_at = now - _PAID_AGO
    _share(session, landlord_id, until=paid_at)
    made = batches.batch(session, clock.local_date(paid_at), actor=staff, now=paid_at)
    bank_file.export(session, made.day, actor=staff, now=paid_at + timedelta(hours=1))
    for payout in batches.payouts_of(session, made.id):
        batches.confirm(session, payout.id, actor=staff, now=paid_at + timedelta(hours=20))
    _share(session, landlord_id, until=now)
    _give_deposits_back(session, landlord_id, now=now)
    session.flush()
    _forget_messages(session, landlord_id)
    share_past(session, now=now)
    session.expunge_all()


def _forget_messages(session: Session, landlord_id: UUID) -> None:
    """Nobody is told today what happened three days ago."""
    mine = (Notification.user_id == landlord_id, Notification.kind == NotificationKind.PAYOUT_SENT)
    subjects = [str(key) for key in session.scalars(select(Notification.id).where(*mine))]
    session.execute(delete(OutboxItem).where(OutboxItem.subject_id.in_(subjects)))
    session.execute(delete(Notification).where(*mine))


def _add_accounts(session: Session, landlords: Sequence[Person], staff_id: UUID, *, now: datetime) -> None:
    for number, person in enumerate(landlords):
        iban = made_up_iban(number)
        account = LandlordAccount(
            landlord_id=person.id,
            holder=person.name,
            tax_id=made_up_tax_id(number),
            iban_last4=iban[-4:],
            changed_at=now,
        )
        account.iban = iban
        session.add(account)
    session.flush()
    for person in landlords:
        last4 = session.get_one(LandlordAccount, person.id).iban_last4 or ""
        accounts.verify(session, person.id, last4=last4, staff_id=staff_id, now=now)


def _share(session: Session, landlord_id: UUID, *, until: datetime) -> None:
    due = (
        select(Booking.id, Booking.settle_at)
        .join(Property, Property.id == Booking.property_id)
        .where(Property.landlord_id == landlord_id, Booking.settle_at <= until, Booking.frozen_at.is_(None))
        .order_by(Booking.settle_at, Booking.id)
    )
    for booking_id, settle_at in session.execute(due).all():
        sharing.share_due(session, booking_id, now=settle_at or until)


def _give_deposits_back(session: Session, landlord_id: UUID, *, now: datetime) -> None:
    """The deposits of stays that ended more than 48 hours ago went back then, and have arrived."""
    over = (
        select(Booking)
        .join(Property, Property.id == Booking.property_id)
        .where(
            Property.landlord_id == landlord_id,
            Booking.status == BookingStatus.COMPLETED,
            Booking.check_out_at <= now - DEPOSIT_BACK_AFTER,
        )
        .order_by(Booking.check_out_at, Booking.id)
    )
    for booking in session.scalars(over).all():
        at = booking.deposit_due_at = booking.check_out_at + DEPOSIT_BACK_AFTER
        session.flush()
        deposits.give_back(session, booking.id, now=at)
        let_refunds_arrive(session, [booking.id])


def made_up_iban(number: int) -> str:
    """An IBAN whose check digits fit (ISO 7064 mod 97-10), of a bank code that no bank has."""
    account = f"000DEMO{number:09d}"
    digits = "".join(str(int(sign, 36)) for sign in account + "KZ00")
    return f"KZ{98 - int(digits) % 97:02d}{account}"


def made_up_tax_id(number: int) -> str:
    """An IIN whose check digit fits."""
    for day in range(1, 29):
        first = f"8501{day:02d}3{number:04d}"
        check = sum(int(digit) * weight for weight, digit in enumerate(first, start=1)) % 11
        if check < 10:
            return f"{first}{check}"
    raise RuntimeError("no day of January gives a check digit")
