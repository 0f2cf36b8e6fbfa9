"""Problems at arrival, deposits and claims on them, as 3-domain («After the stay») says."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import reading, transaction
from app.domain.actor import SYSTEM, Actor
from app.domain.aftercare import claims, deposits, problems
from app.domain.bookings import state_machine
from app.domain.checkout import cancel, sharing
from app.domain.ledger.balances import of_booking, of_landlord
from app.domain.listings.cards import PhotoInfo
from app.jobs import aftercare as jobs
from app.models import Account, Booking, BookingStatus, Refund, RefundCause, StaffCase
from tests import bank
from tests.domain.stays import Paid, audited, paid_stay, refunds_of, refused

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DEPOSIT = 20_000
PHOTOS = [PhotoInfo(f"claim-{number:032x}", 400, 300, "data:,") for number in range(7)]


@pytest.fixture
def stay(app: Flask, now: datetime) -> Paid:
    """A paid stay with a deposit that begins in two days."""
    return paid_stay(2, 3, now=now, deposit=DEPOSIT)


def arrive(stay: Paid, *, until: datetime | None = None) -> None:
    """Let the clock check the guest in (and out, as far as `until`)."""
    with transaction() as session:
        booking = session.get_one(Booking, stay.id)
        moment = until or stay.check_in_at
        for target, at in ((BookingStatus.CHECKED_IN, stay.check_in_at), (BookingStatus.COMPLETED, stay.check_out_at)):
            if at <= moment and booking.status != target:
                state_machine.transition(session, booking, target, actor=SYSTEM, now=at)


def report(stay: Paid, *, now: datetime, reason: str = "no_entry", text: str = "Сейф пуст, хозяин молчит") -> None:
    with transaction() as session:
        problems.report(session, stay.reference, guest_id=stay.guest, reason=reason, text=text, now=now)


def booking_of(stay: Paid) -> Booking:
    with transaction() as session:
        return session.get_one(Booking, stay.id)


def staff() -> UUID:
    with transaction() as session:
        return bank.make_staff(session)


def held(stay: Paid) -> dict[Account, int]:
    with reading() as connection:
        return of_booking(connection, stay.id)


def owed_to(landlord_id: UUID) -> int:
    with reading() as connection:
        return -of_landlord(connection, landlord_id)


# --- a problem at arrival -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [timedelta(0), 24 * HOUR - SECOND])
def test_a_problem_within_24_hours_of_check_in_freezes_the_payout_and_opens_a_case(
    stay: Paid, after: timedelta
) -> None:
    arrive(stay)
    report(stay, now=stay.check_in_at + after)
    assert booking_of(stay).frozen_at == stay.check_in_at + after
    late = stay.check_in_at + 90 * HOUR
    with transaction() as session:
        assert stay.id not in sharing.due(session, now=late)
        assert not sharing.share_due(session, stay.id, now=late)
        assert audited(session, "problem.reported", stay.id) == 1
    assert owed_to(stay.landlord) == 0
    with reading() as connection:
        assert stay.reference in [case.reference for case in problems.open_cases(connection)]


@pytest.mark.parametrize(("after", "code"), [(-SECOND, "problem_too_early"), (24 * HOUR, "problem_too_late")])
def test_before_check_in_and_after_24_hours_it_is_refused(stay: Paid, after: timedelta, code: str) -> None:
    arrive(stay)
    with refused(code) as session:
        now = stay.check_in_at + after
        problems.report(session, stay.reference, guest_id=stay.guest, reason="dirty", text="", now=now)
    assert booking_of(stay).frozen_at is None


def test_who_reports_what_how_often(stay: Paid) -> None:
    arrive(stay)
    now = stay.check_in_at + HOUR
    for guest, reason, text, code in [
        (stay.landlord, "dirty", "", "booking_unknown"),
        (stay.guest, "boring", "", "problem_reason_missing"),
        (stay.guest, "dirty", "я" * 2001, "text_too_long"),
    ]:
        with refused(code) as session:
            problems.report(session, stay.reference, guest_id=guest, reason=reason, text=text, now=now)
    report(stay, now=now)
    with refused("problem_exists") as session:
        problems.report(session, stay.reference, guest_id=stay.guest, reason="dirty", text="", now=now)


def test_a_cancelled_stay_has_no_problem_any_more(stay: Paid) -> None:
    with transaction() as session:
        before = stay.check_in_at - HOUR
        cancel.cancel(session, stay.reference, actor=Actor.guest(stay.guest), now=before)
    with refused("problem_not_possible") as session:
        now = stay.check_in_at + HOUR
        problems.report(session, stay.reference, guest_id=stay.guest, reason="dirty", text="", now=now)


def test_when_staff_closes_the_case_the_money_is_shared(stay: Paid) -> None:
    arrive(stay)
    report(stay, now=stay.check_in_at + HOUR)
    staff_id, late = staff(), stay.check_in_at + 50 * HOUR
    with refused("outcome_unknown") as session:
        problems.close(session, stay.reference, outcome="whatever", staff_id=staff_id, now=late)
    with transaction() as session:
        problems.close(session, stay.reference, outcome="solved", staff_id=staff_id, now=late)
    with refused("case_closed") as session:
        problems.close(session, stay.reference, outcome="solved", staff_id=staff_id, now=late)
    with transaction() as session:
        assert stay.id in sharing.due(session, now=late, limit=10_000)
        assert sharing.share_due(session, stay.id, now=late)
    assert owed_to(stay.landlord) == 3 * 15_000 * 90 // 100 + 3_000


def test_a_case_that_ended_in_a_refund_leaves_the_landlord_nothing(stay: Paid) -> None:
    arrive(stay)
    report(stay, now=stay.check_in_at + HOUR)
    staff_id, late = staff(), stay.check_in_at + 5 * HOUR
    with transaction() as session:
        actor = Actor.staff(staff_id)
        cancel.cancel(session, stay.reference, actor=actor, now=late, reason="no entry")
        problems.close(session, stay.reference, outcome="refunded", staff_id=staff_id, now=late)
    with transaction() as session:
        sharing.share_due(session, stay.id, now=stay.check_in_at + 24 * HOUR)
    assert owed_to(stay.landlord) == 0
    assert held(stay)[Account.GUEST_PREPAYMENTS] == 0


def test_the_guests_words_are_sealed_and_reading_them_is_audited(stay: Paid) -> None:
    arrive(stay)
    report(stay, now=stay.check_in_at + HOUR, text="Код 4812 не подходит")
    with transaction() as session:
        case = session.scalars(select(StaffCase).where(StaffCase.booking_id == stay.id)).one()
        assert b"4812" not in (case.text_sealed or b"")
        words = problems.words_of(session, stay.reference, staff_id=staff(), now=stay.check_in_at)
        session.flush()
        assert (words, audited(session, "case.read", stay.id)) == ("Код 4812 не подходит", 1)


# --- deposits -----------------------------------------------------------------------------------------------------


def left(stay: Paid) -> None:
    """The stay is over."""
    arrive(stay, until=stay.check_out_at)


def claim(
    stay: Paid,
    *,
    now: datetime,
    amount: int = 15_000,
    photos: int = 1,
    reason: str = "damage",
    landlord: UUID | None = None,
) -> None:
    with transaction() as session:
        deposits.claim(
            session,
            stay.reference,
            landlord_id=landlord or stay.landlord,
            amount=amount,
            reason=reason,
            text="Разбито зеркало",
            photos=[
                photo._replace(key=f"claim-{stay.id:016x}{number:016x}") for number, photo in enumerate(PHOTOS[:photos])
            ],
            now=now,
        )


def give_back(stay: Paid, *, now: datetime) -> int:
    with transaction() as session:
        is_due = stay.id in deposits.due(session, now=now, limit=10_000)
        amount = deposits.give_back(session, stay.id, now=now)
    assert is_due == bool(amount)
    return amount


def test_48_hours_after_check_out_the_deposit_goes_back_by_itself_and_once(stay: Paid) -> None:
    left(stay)
    assert give_back(stay, now=stay.check_out_at + 48 * HOUR - SECOND) == 0
    assert held(stay)[Account.DEPOSITS] == -DEPOSIT
    assert give_back(stay, now=stay.check_out_at + 48 * HOUR) == DEPOSIT
    assert give_back(stay, now=stay.check_out_at + 49 * HOUR) == 0
    accounts = held(stay)
    assert (accounts[Account.DEPOSITS], accounts[Account.REFUNDS_PAYABLE]) == (0, -DEPOSIT)
    with transaction() as session:
        causes = session.scalars(select(Refund.cause).where(Refund.booking_id == stay.id))
        assert list(causes) == [RefundCause.DEPOSIT]


def test_a_stay_without_a_deposit_gives_nothing_back(app: Flask, now: datetime) -> None:
    stay = paid_stay(2, 3, now=now)
    left(stay)
    with transaction() as session:
        assert deposits.give_back(session, stay.id, now=stay.check_out_at + 48 * HOUR) == 0
        assert refunds_of(session, stay.id) == []
        assert session.get_one(Booking, stay.id).deposit_due_at is None, "nobody looks again"


def test_on_cancellation_the_deposit_is_part_of_the_refund_and_nothing_is_left(stay: Paid) -> None:
    with transaction() as session:
        cancel.cancel(session, stay.reference, actor=Actor.guest(stay.guest), now=stay.check_in_at - HOUR)
    assert held(stay)[Account.DEPOSITS] == 0
    assert give_back(stay, now=stay.check_out_at + 49 * HOUR) == 0
    with refused("claim_not_possible") as session:
        deposits.claim(
            session,
            stay.reference,
            landlord_id=stay.landlord,
            amount=1,
            reason="damage",
            text="",
            photos=PHOTOS[:1],
            now=stay.check_out_at + HOUR,
        )


def test_a_claim_keeps_the_deposit_until_staff_decides(stay: Paid) -> None:
    left(stay)
    claim(stay, now=stay.check_out_at + 48 * HOUR - SECOND)
    late = stay.check_out_at + 500 * HOUR
    assert give_back(stay, now=late) == 0
    staff_id = staff()
    with transaction() as session:
        deposits.decide(session, stay.reference, landlord_gets=12_000, staff_id=staff_id, now=late)
    accounts = held(stay)
    assert accounts[Account.DEPOSITS] == 0
    assert accounts[Account.REFUNDS_PAYABLE] == -(DEPOSIT - 12_000)
    assert owed_to(stay.landlord) == 12_000, "no commission on what was broken"
    with refused("claim_decided") as session:
        deposits.decide(session, stay.reference, landlord_gets=0, staff_id=staff_id, now=late)
    assert give_back(stay, now=late) == 0
    with transaction() as session:
        assert audited(session, "deposit.decided", stay.id) == 1


@pytest.mark.parametrize(("gets", "back"), [(0, DEPOSIT), (DEPOSIT, None)])
def test_staff_may_give_all_of_it_to_either(stay: Paid, gets: int, back: int | None) -> None:
    left(stay)
    claim(stay, now=stay.check_out_at, amount=DEPOSIT)
    staff_id = staff()
    with transaction() as session:
        deposits.decide(session, stay.reference, landlord_gets=gets, staff_id=staff_id, now=stay.check_out_at)
        assert refunds_of(session, stay.id) == ([] if back is None else [back])
    assert owed_to(stay.landlord) == gets
    assert held(stay)[Account.DEPOSITS] == 0


@pytest.mark.parametrize(
    ("after", "changes", "code"),
    [
        (-SECOND, {}, "claim_too_early"),
        (48 * HOUR, {}, "claim_too_late"),
        (HOUR, {"amount": DEPOSIT + 1}, "claim_amount_wrong"),
        (HOUR, {"amount": 0}, "claim_amount_wrong"),
        (HOUR, {"photos": 0}, "claim_photo_missing"),
        (HOUR, {"photos": 7}, "too_many_photos"),
        (HOUR, {"reason": "envy"}, "claim_reason_missing"),
        (HOUR, {"landlord": UUID(int=7)}, "booking_unknown"),
    ],
)
def test_claims_that_are_refused(stay: Paid, after: timedelta, changes: dict[str, object], code: str) -> None:
    left(stay)
    with refused(code):
        claim(stay, now=stay.check_out_at + after, **changes)  # type: ignore[arg-type]
    assert give_back(stay, now=stay.check_out_at + 48 * HOUR) == DEPOSIT


def test_a_deposit_is_claimed_once_and_not_decided_above_the_claim(stay: Paid) -> None:
    left(stay)
    now = stay.check_out_at + HOUR
    staff_id = staff()
    with refused("claim_unknown") as session:
        deposits.decide(session, stay.reference, landlord_gets=0, staff_id=staff_id, now=now)
    claim(stay, now=now, amount=5_000)
    with refused("claim_exists"):
        claim(stay, now=now)
    with refused("claim_amount_wrong", deposit=5_000) as session:
        deposits.decide(session, stay.reference, landlord_gets=5_001, staff_id=staff_id, now=now)


def test_only_the_guest_and_the_landlord_may_see_the_pictures(stay: Paid) -> None:
    left(stay)
    claim(stay, now=stay.check_out_at, photos=2)
    with reading() as connection:
        info = claims.claim_on(connection, stay.id)
        assert info is not None
        assert (info.text, info.amount, len(info.photos)) == ("Разбито зеркало", 15_000, 2)
        assert stay.reference in [each.reference for each in claims.open_claims(connection)]
        key = info.photos[1].key
        seen = [claims.may_see(connection, key, person) for person in (stay.guest, stay.landlord, UUID(int=9))]
        assert seen == [True, True, False]
        assert not claims.may_see(connection, "claim-0", stay.guest)
    with transaction() as session:
        assert claims.unused(session, [key, "claim-x"]) == {"claim-x"}


def test_the_jobs_do_by_themselves_what_is_due(app: Flask, now: datetime) -> None:
    stay = paid_stay(2, 3, now=now - timedelta(days=9), deposit=DEPOSIT)
    left(stay)
    jobs.give_back_deposits()
    assert held(stay)[Account.DEPOSITS] == 0
