"""What a hold decides on is what is true under its locks, not what it saw before it waited for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.db import count_queries, transaction
from app.domain.accounts import people
from app.domain.availability import occupancy
from app.domain.checkout import pay
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.domain.payments import lifecycle
from app.kit.errors import DomainError
from app.models import (
    AuditEntry,
    Booking,
    BookingEvent,
    BookingStatus,
    Channel,
    Occupancy,
    OccupancyKind,
    OutboxItem,
    Payment,
    Property,
    PropertySearch,
    User,
)
from tests import factories
from tests.patience import wait_for_waiting
from tests.standins import PATIENCE

STAY = factories.stay_in(30, 2)
PRICE = 2 * 15_000 + 3_000 + 3_000
WRITTEN = (Booking, Occupancy, BookingEvent, AuditEntry, Payment, OutboxItem)


@dataclass
class Attempt:
    """A guest's try to hold a stay, in a thread of its own."""

    app: Flask
    request: HoldRequest
    guest_id: UUID
    now: datetime
    outcome: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with self.app.app_context():
            try:
                with transaction() as session:
                    arguments = {"guest_id": self.guest_id, "channel": Channel.WEB, "now": self.now}
                    self.outcome.append(hold(session, self.request, **arguments).id)  # type: ignore[arg-type]
            except DomainError as error:
                self.outcome.append(error.code)

    def result(self) -> object:
        """The booking's id or the error's code."""
        self.thread.join(PATIENCE)
        assert self.outcome, "it still waits"
        return self.outcome[0]


def lower_price(session: Session, flat_id: int) -> None:
    session.execute(update(Property).where(Property.id == flat_id).values(base_price=10_000))


def pause(session: Session, flat_id: int) -> None:
    session.execute(update(Property).where(Property.id == flat_id).values(status="paused"))


def block_nights(session: Session, flat_id: int) -> None:
    prop = session.get_one(Property, flat_id)
    assert occupancy.occupy(session, prop, STAY, kind=OccupancyKind.BLOCK, now=prop.created_at)


def change_nothing(session: Session, flat_id: int) -> None:
    assert session.get(Property, flat_id)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lower_price, "price_changed"),
        (pause, "property_unknown"),
        (block_nights, "dates_taken"),
        (change_nothing, None),
    ],
)
def test_what_changes_while_a_hold_waits_for_the_flat_counts(
    *,
    waiting_app: Flask,
    fresh_database_url: str,
    now: datetime,
    change: Callable[[Session, int], None],
    expected: str | None,
) -> None:
    """Promise 5: the price that is compared and charged is the one after the wait."""
    with transaction() as session:
        flat, guest = factories.make_property(session), factories.make_user(session)
    with transaction() as session:
        assert occupancy.lock_property(session, flat.id) is not None
        attempt = Attempt(waiting_app, HoldRequest(flat.id, STAY, 2, PRICE), guest, now)
        wait_for_waiting(fresh_database_url)
        change(session, flat.id)
    result = attempt.result()
    if expected is not None:
        assert result == expected
    with transaction() as session:
        held = session.scalars(select(Booking.id).where(Booking.property_id == flat.id)).all()
        assert held == ([result] if expected is None else [])


def test_without_a_price_shown_the_hold_is_made_at_the_price_after_the_wait(
    waiting_app: Flask, fresh_database_url: str, now: datetime
) -> None:
    with transaction() as session:
        flat, guest = factories.make_property(session), factories.make_user(session)
    with transaction() as session:
        occupancy.lock_property(session, flat.id)
        attempt = Attempt(waiting_app, HoldRequest(flat.id, STAY, 2), guest, now)
        wait_for_waiting(fresh_database_url)
        lower_price(session, flat.id)
    with transaction() as session:
        assert session.get_one(Booking, attempt.result()).total == 2 * 10_000 + 3_000 + 2_000


def test_an_account_blocked_while_its_hold_waits_holds_nothing(
    waiting_app: Flask, fresh_database_url: str, now: datetime
) -> None:
    with transaction() as session:
        flat, guest = factories.make_property(session), factories.make_user(session)
    with transaction() as session:
        session.get_one(User, guest, with_for_update={"key_share": True})
        attempt = Attempt(waiting_app, HoldRequest(flat.id, STAY, 2), guest, now)
        wait_for_waiting(fresh_database_url)
        people.block(session, guest, staff_id=guest, now=now)
    assert attempt.result() == "account_blocked"


def test_one_guest_cannot_outrun_the_limit_in_parallel(
    waiting_app: Flask, fresh_database_url: str, now: datetime
) -> None:
    """Three flats at once, each held up at the guest's lock: two holds, one refusal."""
    with transaction() as session:
        flats, guest = [factories.make_property(session).id for _ in range(3)], factories.make_user(session)
    with transaction() as session:
        session.get_one(User, guest, with_for_update={"key_share": True})
        attempts = [Attempt(waiting_app, HoldRequest(flat, STAY, 2), guest, now) for flat in flats]
        wait_for_waiting(fresh_database_url, 3)
    results = [attempt.result() for attempt in attempts]
    assert results.count("too_many_holds") == 1
    assert sum(isinstance(result, int) for result in results) == 2


def test_the_same_click_twice_at_the_same_moment_is_one_hold(
    waiting_app: Flask, fresh_database_url: str, now: datetime
) -> None:
    """The second click finds the nights busy by the first one's hold, and gets that."""
    with transaction() as session:
        flat, guest = factories.make_property(session), factories.make_user(session)
    with transaction() as session:
        occupancy.lock_property(session, flat.id)
        attempts = [Attempt(waiting_app, HoldRequest(flat.id, STAY, 2), guest, now) for _ in range(4)]
        wait_for_waiting(fresh_database_url, 4)
    assert len({attempt.result() for attempt in attempts}) == 1
    assert isinstance(attempts[0].result(), int)


def test_guests_who_waited_together_for_different_nights_all_get_them(
    waiting_app: Flask, fresh_database_url: str, now: datetime
) -> None:
    with transaction() as session:
        flat, guests = factories.make_property(session), [factories.make_user(session) for _ in range(5)]
    with transaction() as session:
        occupancy.lock_property(session, flat.id)
        attempts = [
            Attempt(waiting_app, HoldRequest(flat.id, factories.stay_in(10 + 3 * number), 2), guest, now)
            for number, guest in enumerate(guests)
        ]
        wait_for_waiting(fresh_database_url, 5)
    assert all(isinstance(attempt.result(), int) for attempt in attempts)


def test_taken_nights_are_refused_without_waiting_for_the_flat(waiting_app: Flask, now: datetime) -> None:
    with transaction() as session:
        flat, guest = factories.make_property(session), factories.make_user(session)
        factories.make_hold(session, flat, factories.make_user(session), STAY, now=now)
    with transaction() as session:
        occupancy.lock_property(session, flat.id)
        assert Attempt(waiting_app, HoldRequest(flat.id, STAY, 2), guest, now).result() == "dates_taken"


def test_nights_that_the_constraint_refuses_write_no_row_at_all(waiting_app: Flask, now: datetime) -> None:
    """Even for a caller who goes on after the refusal and commits."""

    def counts(session: Session) -> list[int]:
        return [session.scalar(select(func.count()).select_from(model)) or 0 for model in WRITTEN]

    with transaction() as session:
        flat, guest = factories.make_property(session), factories.make_user(session)
        factories.make_hold(session, flat, factories.make_user(session), STAY, now=now)
        session.execute(update(PropertySearch).values(busy=text("B'0'::bit(512)")))
        before = counts(session)
    with transaction() as session, pytest.raises(DomainError, match="dates_taken"):
        factories.make_hold(session, flat, guest, STAY, now=now)
    with transaction() as session:
        assert counts(session) == before


def test_a_lapsed_hold_in_its_grace_still_keeps_the_nights(waiting_app: Flask, now: datetime) -> None:
    """Its open payment may have been paid in the last second."""
    with transaction() as session:
        flat, guest = factories.make_property(session), factories.make_user(session)
        first = factories.make_hold(session, flat, factories.make_user(session), STAY, now=now)
        payment = factories.payment_of(session, first)
        lifecycle.record_created(session, payment.id, provider_id="K1", pay_url="u", qr_text="q", now=now)
    for seconds, expected in [(1, "dates_taken"), (31, None)]:
        moment = now + timedelta(minutes=15, seconds=seconds)
        attempt = Attempt(waiting_app, HoldRequest(flat.id, STAY, 2), guest, moment)
        assert attempt.result() == expected or (expected is None and isinstance(attempt.result(), int))


def test_a_hold_is_four_statements_and_a_refusal_one(waiting_app: Flask, now: datetime) -> None:
    with transaction() as session:
        flat = factories.make_property(session)
        guests = [factories.make_user(session) for _ in range(2)]
    statements: list[str] = []
    stop = count_queries(statements.append)
    with transaction() as session:
        factories.make_hold(session, flat, guests[0], STAY, now=now)
    assert len(statements) == 4
    with pytest.raises(DomainError, match="dates_taken"), transaction() as session:
        factories.make_hold(session, flat, guests[1], STAY, now=now)
    assert len(statements) == 5
    stop()


def test_everything_of_a_hold_is_written_and_the_booking_is_the_sessions(waiting_app: Flask, now: datetime) -> None:
    """The one statement writes what the modules of each table say, and the booking can be worked with at once."""
    with transaction() as session:
        flat, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, flat, guest, STAY, now=now)
        again = session.scalars(select(Booking).where(Booking.reference == booking.reference)).one()
        assert again is booking
    with transaction() as session:
        stored = session.get_one(Booking, booking.id)
        columns = [column.key for column in Booking.__table__.columns]
        assert [getattr(stored, key) for key in columns] == [getattr(booking, key) for key in columns]
        [event] = session.scalars(select(BookingEvent).where(BookingEvent.booking_id == booking.id))
        assert (event.from_status, event.to_status, event.actor_id, event.at) == (None, "held", guest, now)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == str(booking.id))).one()
        assert (entry.action, entry.subject_kind, entry.actor_kind, entry.details) == (
            "booking.held",
            "booking",
            "guest",
            {"reason": ""},
        )
        [payment] = session.scalars(select(Payment).where(Payment.booking_id == booking.id))
        assert (payment.amount, payment.status, payment.expires_at) == (PRICE, "new", now + timedelta(minutes=15))
        item = session.scalars(select(OutboxItem).where(OutboxItem.subject_id == str(payment.id))).one()
        assert (item.kind, item.available_at, item.attempts) == ("create_payment", now, 0)
        pay.cancel_hold(session, booking.reference, guest_id=guest, now=now)
        assert stored.status == BookingStatus.CANCELLED_BY_GUEST
