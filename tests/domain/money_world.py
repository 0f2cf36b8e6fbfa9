"""A market in which money moves at random: paid stays, sharings, refunds, payouts, claims (promise 10).

Everything is done by the product's functions; what the accounts must hold is kept beside them in plain sums, from the
prices alone. `check` compares the two, by SQL past the product's code.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.actor import SYSTEM, Actor
from app.domain.aftercare import deposits, problems
from app.domain.bookings import state_machine
from app.domain.checkout import cancel, sharing
from app.domain.listings.cards import PhotoInfo
from app.domain.payouts import accounts, bank_file, batches
from app.kit import clock
from app.kit.period import Stay
from app.models import Account, Booking, BookingStatus, Property
from tests import bank, factories

NIGHT, CLEANING, DEPOSIT = 15_000, 3_000, 20_000
FLATS = 12
CALLS = {"cancel": 1, "close": 1, "export": 1}
"""How many of the product's functions a step calls at least; the others are asked twice, as people and networks do."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Paid:
    """A paid stay and what has become of its money."""

    id: int
    reference: str
    landlord: UUID
    guest: UUID
    nights: int
    check_in_at: datetime
    check_out_at: datetime
    is_shared: bool = False
    is_frozen: bool = False
    was_reported: bool = False
    is_over: bool = False
    claimed: int = 0

    @property
    def share(self) -> int:
        """The landlord's part in tenge: nights less a tenth, and the cleaning."""
        return self.nights * NIGHT * 9 // 10 + CLEANING

    @property
    def fee(self) -> int:
        """The platform's part: a tenth of the nights from the guest, a tenth from the landlord."""
        return 2 * (self.nights * NIGHT // 10)


@dataclass
class World:
    """The market. `do` makes one random step of those that are possible."""

    dice: random.Random
    now: datetime
    staff: UUID
    guests: list[UUID]
    flats: list[tuple[int, UUID]]
    cursors: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    stays: list[Paid] = field(default_factory=list)
    sums: dict[tuple[Account, UUID | None], int] = field(default_factory=lambda: defaultdict(int))
    days: int = 0
    operations: int = 0
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    made: list[tuple[UUID, UUID, int]] = field(default_factory=list)
    at_bank: list[tuple[UUID, UUID, int]] = field(default_factory=list)

    @classmethod
    def begin(cls, session: Session, *, seed: int, now: datetime) -> World:
        """Landlords with accounts that may be paid to, each with a flat."""
        staff = bank.make_staff(session)
        flats = []
        for _ in range(FLATS):
            prop = factories.make_property(session, deposit=DEPOSIT)
            bank.open_account(session, prop.landlord_id, now=now, staff_id=staff)
            accounts.let_pending_in(bank.account_of(session, prop.landlord_id), now=now)
            flats.append((prop.id, prop.landlord_id))
        guests = [factories.make_user(session) for _ in range(3)]
        return cls(random.Random(seed), now, staff, guests, flats)

    def do(self, session: Session) -> str:
        """One step; its name."""
        steps: list[tuple[Callable[[Session], None], int, bool]] = [
            (self.pay, 16, any(self.cursors[flat] < 430 for flat, _ in self.flats)),
            (self.share, 18, bool(self._of(is_shared=False, is_frozen=False, is_over=False))),
            (self.cancel, 4, bool(self._of(is_over=False))),
            (self.report, 4, bool(self._of(is_shared=False, was_reported=False, is_over=False))),
            (self.close, 8, bool(self._of(is_frozen=True, is_over=False))),
            (self.finish, 14, bool(self._of(is_over=False, is_shared=True))),
            (self.batch, 10, True),
            (self.export, 14, bool(self.made)),
            (self.confirm, 14, bool(self.at_bank)),
            (self.take_back, 8, bool(self.at_bank)),
        ]
        possible = [(step, weight) for step, weight, can in steps if can]
        [step] = self.dice.choices([step for step, _ in possible], [weight for _, weight in possible])
        step(session)
        self.done[step.__name__] += 1
        self.operations += CALLS.get(step.__name__, 2)
        return step.__name__

    # --- steps -------------------------------------------------------------------------------------

    def pay(self, session: Session) -> None:
        """A guest books and pays."""
        flat, landlord = self.dice.choice([each for each in self.flats if self.cursors[each[0]] < 430])
        nights, guest = self.dice.randint(2, 4), self.dice.choice(self.guests)
        booked = self.now + self.cursors[flat] * DAY
        self.cursors[flat] += nights
        day = clock.local_date(booked) + DAY
        prop = session.get_one(Property, flat)
        booking = factories.make_paid_booking(session, prop, guest, Stay(day, day + nights * DAY), now=booked)
        stay = Paid(booking.id, booking.reference, landlord, guest, nights, booking.check_in_at, booking.check_out_at)
        self.stays.append(stay)
        kept = nights * NIGHT + nights * NIGHT // 10 + CLEANING
        self._move(Account.KASPI_CLEARING, None, kept + DEPOSIT)
        self._move(Account.GUEST_PREPAYMENTS, None, -kept)
        self._move(Account.DEPOSITS, None, -DEPOSIT)

    def share(self, session: Session) -> None:
        """A day after check-in."""
        stay = self.dice.choice(self._of(is_shared=False, is_frozen=False, is_over=False))
        assert sharing.share_due(session, stay.id, now=stay.check_in_at + 24 * HOUR)
        assert not sharing.share_due(session, stay.id, now=stay.check_in_at + 25 * HOUR), "once"
        stay.is_shared = True
        self._share(stay, 1)

    def cancel(self, session: Session) -> None:
        """The landlord cancels, before the money was shared or after: everything goes back."""
        stay = self.dice.choice(self._of(is_over=False))
        at = stay.check_in_at + (25 * HOUR if stay.is_shared else -HOUR)
        cancel.cancel(session, stay.reference, actor=Actor.landlord(stay.landlord), now=at, reason="repair")
        if stay.is_shared:
            self._share(stay, -1)
        kept = stay.nights * NIGHT * 11 // 10 + CLEANING
        self._move(Account.GUEST_PREPAYMENTS, None, kept)
        self._move(Account.DEPOSITS, None, DEPOSIT)
        self._move(Account.REFUNDS_PAYABLE, None, -kept - DEPOSIT)
        self.stays.remove(stay)

    def report(self, session: Session) -> None:
        """A problem at arrival: nothing is shared."""
        stay = self.dice.choice(self._of(is_shared=False, was_reported=False, is_over=False))
        at = stay.check_in_at + self.dice.randint(0, 23) * HOUR
        problems.report(session, stay.reference, guest_id=stay.guest, reason="dirty", text="", now=at)
        assert not sharing.share_due(session, stay.id, now=at + 90 * HOUR)
        stay.is_frozen = stay.was_reported = True

    def close(self, session: Session) -> None:
        """Staff closes the case."""
        stay = self.dice.choice(self._of(is_frozen=True, is_over=False))
        at = stay.check_in_at + 30 * HOUR
        problems.close(session, stay.reference, outcome="solved", staff_id=self.staff, now=at)
        stay.is_frozen = False

    def finish(self, session: Session) -> None:
        """The stay is over; the deposit goes back, or is claimed and decided."""
        stay = self.dice.choice(self._of(is_over=False, is_shared=True))
        booking = session.get_one(Booking, stay.id)
        for status, at in (
            (BookingStatus.CHECKED_IN, stay.check_in_at),
            (BookingStatus.COMPLETED, stay.check_out_at),
        ):
            state_machine.transition(session, booking, status, actor=SYSTEM, now=at)
        gets, late = 0, stay.check_out_at + 48 * HOUR
        if self.dice.random() < 0.4:
            claimed = self.dice.randint(1, DEPOSIT)
            gets = self.dice.choice((0, claimed, self.dice.randint(0, claimed)))
            photo = PhotoInfo(f"claim-{stay.id:032x}", 4, 3, "data:,")
            deposits.claim(
                session,
                stay.reference,
                landlord_id=stay.landlord,
                amount=claimed,
                reason="damage",
                text="",
                photos=[photo],
                now=late - HOUR,
            )
            assert deposits.give_back(session, stay.id, now=late) == 0
            deposits.decide(session, stay.reference, landlord_gets=gets, staff_id=self.staff, now=late)
        else:
            assert deposits.give_back(session, stay.id, now=late) == DEPOSIT
        assert deposits.give_back(session, stay.id, now=late + DAY) == 0, "once"
        self._move(Account.DEPOSITS, None, DEPOSIT)
        self._move(Account.LANDLORD_PAYABLE, stay.landlord, -gets)
        self._move(Account.REFUNDS_PAYABLE, None, gets - DEPOSIT)
        stay.is_over = True

    def batch(self, session: Session) -> None:
        """The next day's payouts, asked for twice."""
        self.days += 1
        now = self.now + self.days * DAY
        day = clock.local_date(now)
        made = batches.batch(session, day, actor=SYSTEM, now=now)
        assert batches.batch(session, day, actor=SYSTEM, now=now) is made
        expected = {
            landlord: -self.sums[Account.LANDLORD_PAYABLE, landlord]
            for _, landlord in self.flats
            if -self.sums[Account.LANDLORD_PAYABLE, landlord] >= batches.LEAST
        }
        found = batches.payouts_of(session, made.id)
        assert {payout.landlord_id: payout.amount for payout in found} == expected
        for payout in found:
            self._move(Account.LANDLORD_PAYABLE, payout.landlord_id, payout.amount)
            self._move(Account.PAYOUTS_IN_TRANSIT, payout.landlord_id, -payout.amount)
        self.made += [(payout.id, payout.landlord_id, payout.amount) for payout in found]

    def export(self, session: Session) -> None:
        """Everything that was made goes to the bank, some of it twice."""
        ids = {payout_id for payout_id, _, _ in self.made}
        rows = session.execute(
            text(
                "SELECT DISTINCT b.day FROM payout_batches b JOIN payouts p ON p.batch_id = b.id WHERE p.id = ANY(:ids)"
            ),
            {"ids": list(ids)},
        )
        for (day,) in rows.all():
            first = bank_file.export(session, day, actor=Actor.staff(self.staff), now=self.now)
            if self.dice.random() < 0.2:
                assert bank_file.export(session, day, actor=Actor.staff(self.staff), now=self.now) == first
        self.at_bank += self.made
        self.made = []

    def confirm(self, session: Session) -> None:
        """The bank has paid, and says so twice."""
        payout_id, landlord, amount = self._from_bank()
        for _ in range(2):
            batches.confirm(session, payout_id, actor=SYSTEM, now=self.now)
        self._move(Account.PAYOUTS_IN_TRANSIT, landlord, amount)
        self._move(Account.BANK, None, -amount)

    def take_back(self, session: Session) -> None:
        """The bank returns it, and says so twice."""
        payout_id, landlord, amount = self._from_bank()
        for _ in range(2):
            batches.take_back(session, payout_id, reason="other", actor=SYSTEM, now=self.now)
        self._move(Account.PAYOUTS_IN_TRANSIT, landlord, amount)
        self._move(Account.LANDLORD_PAYABLE, landlord, -amount)

    # --- what must be true -------------------------------------------------------------------------

    def check(self, session: Session) -> None:
        """Every posting sums to zero, the ledger too, and each account holds what the plain sums say."""
        unbalanced = "SELECT posting_id FROM ledger_entries GROUP BY posting_id HAVING sum(amount) <> 0 LIMIT 5"
        assert session.execute(text(unbalanced)).all() == []
        rows = session.execute(text("SELECT account, landlord_id, sum(amount) FROM ledger_entries GROUP BY 1, 2"))
        found = {(Account(account), landlord): int(total) for account, landlord, total in rows if total}
        assert sum(found.values()) == 0
        assert found == {key: total for key, total in self.sums.items() if total}
        twice = "SELECT batch_id, landlord_id FROM payouts GROUP BY 1, 2 HAVING count(*) > 1"
        assert session.execute(text(twice)).all() == []
        paid = session.execute(text("SELECT sum(amount) FROM payouts WHERE status = 'confirmed'")).scalar_one()
        assert -self.sums[Account.BANK, None] == int(paid or 0)

    def _of(self, **state: bool) -> list[Paid]:
        return [stay for stay in self.stays if all(getattr(stay, name) is value for name, value in state.items())]

    def _move(self, account: Account, landlord: UUID | None, amount: int) -> None:
        self.sums[account, landlord] += amount

    def _share(self, stay: Paid, sign: int) -> None:
        self._move(Account.GUEST_PREPAYMENTS, None, sign * (stay.share + stay.fee))
        self._move(Account.LANDLORD_PAYABLE, stay.landlord, -sign * stay.share)
        self._move(Account.PLATFORM_REVENUE, None, -sign * stay.fee)

    def _from_bank(self) -> tuple[UUID, UUID, int]:
        return self.at_bank.pop(self.dice.randrange(len(self.at_bank)))
