"""The staff's lists of money: what is on its way back, what is to be transferred by bank, what to look at."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import cancel
from app.domain.checkout.settle import settle
from app.domain.payments import returns, reviewing
from app.kit import clock
from app.models import AuditEntry, Payment, Refund, RefundTransfer, ReviewReason, Role, User
from tests import factories


class Case(NamedTuple):
    """A refund that Kaspi refused, of a booking that was also paid twice."""

    refund: UUID
    reference: str
    payment: UUID
    support: str
    guest: str


@pytest.fixture
def case(web_app: Flask) -> Case:
    with web_app.app_context():
        with transaction() as session:
            prop, guest = factories.make_property(session), factories.make_user(session)
            booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(30))
            payment = factories.payment_of(session, booking)
            settle(session, factories.paid_event(payment), now=clock.now())
            cancel.cancel(session, booking.reference, actor=Actor.guest(guest), now=clock.now())
        with transaction() as session:
            mine = select(Refund).where(Refund.booking_id == booking.id, Refund.cause == "cancelled_by_guest")
            refund = session.scalars(mine).one()
            transfer = session.scalars(select(RefundTransfer).where(RefundTransfer.refund_id == refund.id)).one()
            returns.begin(session, transfer.id, now=clock.now())
            returns.failed(session, transfer.id, code="-99000020", is_final=True, now=clock.now())
            support = factories.make_user(session, roles=(Role.SUPPORT,))
            phones = [session.get_one(User, user_id).phone for user_id in (support, guest)]
            return Case(refund.id, booking.reference, payment.id, *phones)


def run(web_app: Flask, *words: str) -> Result:
    return web_app.test_cli_runner().invoke(args=("refunds", *words))


def test_open_refunds_are_listed_with_what_kaspi_said(web_app: Flask, case: Case) -> None:
    lines = run(web_app, "list").output.splitlines()
    mine = next(line for line in lines if str(case.refund) in line)
    assert "by_bank" in mine
    assert "-99000020" in mine
    assert case.reference in mine
    assert sum(case.reference in line for line in lines) == 2, "and the second payment goes back too"


def test_payments_to_look_at_are_listed(web_app: Flask, case: Case) -> None:
    mine = next(line for line in run(web_app, "review").output.splitlines() if str(case.payment) in line)
    assert "paid_twice" in mine


def test_a_payment_that_somebody_has_looked_at_leaves_the_list_once_and_is_audited(web_app: Flask, case: Case) -> None:
    words = ("reviewed", str(case.payment), "--as", case.support, "--reason", "second payment went back, guest called")
    assert (run(web_app, *words).exit_code, str(case.payment) in run(web_app, "review").output) == (0, False)
    again = run(web_app, *words)
    assert (again.exit_code, again.output) == (0, "this payment was reviewed before\n")
    with web_app.app_context(), transaction() as session:
        entries = select(AuditEntry).where(AuditEntry.action == "payment.reviewed")
        (entry,) = session.scalars(entries.where(AuditEntry.subject_id == str(case.payment)))
        assert entry.details == {"about": "paid_twice", "reason": "second payment went back, guest called"}
        payment = session.get_one(Payment, case.payment)
        assert payment.review_reason == "paid_twice", "what may be paid and refunded goes by it"


def test_what_is_only_told_again_stays_off_the_list_and_other_money_does_not(web_app: Flask, case: Case) -> None:
    def told(reason: ReviewReason, *, has_taken: bool = False) -> bool:
        with web_app.app_context(), transaction() as session:
            payment = session.get_one(Payment, case.payment)
            reviewing.flag(session, payment, reason, now=clock.now(), has_taken=has_taken)
        return str(case.payment) in run(web_app, "review").output

    words = ("reviewed", str(case.payment), "--as", case.support, "--reason", "seen")
    run(web_app, *words)
    assert not told(ReviewReason.PAID_TWICE)
    assert told(ReviewReason.PAID_TWICE, has_taken=True)
    run(web_app, *words)
    assert told(ReviewReason.MISMATCH)


@pytest.mark.parametrize(
    ("payment", "reason", "says"),
    [
        (str(UUID(int=0)), "seen", "There is no payment with this id."),
        ("unflagged", "seen", "not on the review list"),
        ("listed", " ", "Say why"),
        ("listed", "x" * 201, "too long: 200"),
    ],
)
def test_what_cannot_be_reviewed_is_refused_in_one_sentence(
    web_app: Flask, case: Case, payment: str, reason: str, says: str
) -> None:
    with web_app.app_context(), transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(50))
        ids = {"listed": str(case.payment), "unflagged": str(factories.payment_of(session, booking).id)}
    answer = run(web_app, "reviewed", ids.get(payment, payment), "--as", case.support, "--reason", reason)
    assert (answer.exit_code, says in answer.output) == (2, True), answer.output
    assert str(case.payment) in run(web_app, "review").output


def test_a_transfer_by_bank_ends_the_refund_once_and_is_audited(web_app: Flask, case: Case) -> None:
    words = ("by-bank", str(case.refund), "--as", case.support, "--reason", "order 17")
    done = run(web_app, *words)
    assert (done.exit_code, done.output.rpartition(": ")[2]) == (0, "done\n")
    again = run(web_app, *words)
    assert (again.exit_code, "nothing to transfer" in again.output) == (2, True)
    assert str(case.refund) not in run(web_app, "list").output
    with web_app.app_context(), transaction() as session:
        entries = select(AuditEntry).where(AuditEntry.action == "refund.paid_by_bank")
        (entry,) = session.scalars(entries.where(AuditEntry.subject_id == str(case.refund)))
        assert entry.details == {"reason": "order 17"}


def test_a_refund_that_nobody_asks_about_gets_its_turn_again(web_app: Flask, case: Case) -> None:
    with web_app.app_context(), transaction() as session:
        open_one = select(RefundTransfer).where(RefundTransfer.payment_id == case.payment)
        transfer = session.scalars(open_one.where(RefundTransfer.refund_id != case.refund)).one()
        assert transfer.ask_at is None
    words = ("--as", case.support, "--reason", "the doctor found it")
    asked = run(web_app, "ask", str(transfer.refund_id), *words)
    assert asked.output == "1 transfers are asked about\n"
    with web_app.app_context(), transaction() as session:
        assert transfer.id in returns.due_to_ask(session, now=clock.now())
    ended = run(web_app, "ask", str(case.refund), *words)
    assert (ended.exit_code, "Nothing of this refund is open" in ended.output) == (2, True)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"phone": "guest"}, "No account of the staff"),
        ({"reason": " "}, "Say why"),
        ({"refund": str(uuid4())}, "no refund with this id"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    web_app: Flask, case: Case, changes: dict[str, str], says: str
) -> None:
    phone = case.guest if changes.get("phone") else case.support
    refund = changes.get("refund", str(case.refund))
    answer = run(web_app, "by-bank", refund, "--as", phone, "--reason", changes.get("reason", "order 17"))
    assert answer.exit_code == 2
    assert says in answer.output
