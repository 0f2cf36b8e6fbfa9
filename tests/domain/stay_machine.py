"""A machine that lives through stays by the product's own rules, in any order, and checks what must hold after each.

Two flats (one booked at once, one asked for first), three guests, one clock. A rule of the product may refuse an act;
then nothing may have changed. See test_stay_machine.py for how long it runs, and for the controls.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.access import grants
from app.domain.actor import Actor
from app.domain.availability import blocks
from app.domain.bookings import refunds, schedule
from app.domain.checkout import amendments, cancel, expire, pay, request
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.settle import settle
from app.domain.payments import lifecycle
from app.domain.payments.lifecycle import ProviderEvent
from app.domain.search import index
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import (
    ActorKind,
    Booking,
    Channel,
    OccupancyKind,
    Payment,
    PromoCode,
    Property,
    RefundCause,
    StayDiscount,
    TransactionKind,
)
from tests import factories
from tests.domain.money_invariants import check_money
from tests.domain.money_rules import Impossible, MoneyRules
from tests.domain.stay_invariants import Facts

START = clock.at_local(clock.local_date(clock.now()) + timedelta(days=1), time(10, 0))
STEPS = [timedelta(minutes=n) for n in (1, 14, 15, 16, 31)] + [timedelta(hours=n) for n in (2, 11, 24, 26, 72)]
any_one = st.integers(min_value=0, max_value=20)
guests = st.integers(min_value=0, max_value=2)
offsets = st.integers(min_value=0, max_value=9)
lengths = st.integers(min_value=1, max_value=8)


class Product:
    """The acts that a control replaces by broken ones."""

    expire = staticmethod(expire.expire)
    block = staticmethod(blocks.block)
    settle = staticmethod(settle)


class Stays(MoneyRules):
    """See the module. `url` and `product` are set by the test that runs it."""

    url: ClassVar[str]
    product: ClassVar[type[Product]] = Product
    done: ClassVar[dict[str, int]] = {}
    """How often each act was carried out rather than refused."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.connection = psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)
        self.references: list[str] = []
        self.payments: list[UUID] = []
        self.events: list[ProviderEvent] = []
        self.blocks: list[tuple[int, int]] = []

    def teardown(self) -> None:
        self.connection.close()

    @initialize(policy=st.sampled_from(["flexible", "moderate", "strict"]))
    def two_flats_and_three_guests(self, policy: str) -> None:
        terms: dict[str, Any] = {"max_nights": 12, "cancellation_policy": policy}
        with transaction() as session:
            self.landlord = factories.make_user(session)
            instant = factories.make_property(session, landlord_id=self.landlord, deposit=9_000, **terms)
            asked = factories.make_property(session, landlord_id=self.landlord, instant_booking=False, **terms)
            self.guests = [factories.make_user(session) for _ in range(3)]
            session.add(StayDiscount(property_id=instant.id, min_nights=7, percent=20))
            self.code = f"STAY-{instant.id}"
            session.add(
                PromoCode(
                    code=self.code,
                    percent=15,
                    valid_from=START,
                    valid_until=START + timedelta(days=90),
                    min_nights=2,
                    uses_limit=3,
                    first_booking_only=False,
                    created_at=START,
                )
            )
        self.flats = [instant.id, asked.id]

    # --- booking ---------------------------------------------------------------------------------

    @rule(guest=guests, offset=offsets, nights=lengths, with_code=st.booleans())
    def hold(self, guest: int, offset: int, nights: int, with_code: bool) -> None:
        with self.act("hold") as session:
            wanted = self.wanted(self.flats[0], offset, nights, with_code=with_code)
            booking = hold(session, wanted, guest_id=self.guests[guest], channel=Channel.WEB, now=self.now)
            self.references.append(booking.reference)

    @rule(guest=guests, offset=offsets, nights=lengths)
    def book(self, guest: int, offset: int, nights: int) -> None:
        with self.act("book") as session:
            wanted = self.wanted(self.flats[0], offset, nights)
            booking = hold(session, wanted, guest_id=self.guests[guest], channel=Channel.WEB, now=self.now)
            self.references.append(booking.reference)
            event = factories.paid_event(factories.payment_of(session, booking), at=self.now)
            self.events.append(event)
            self.product.settle(session, event, now=self.now)

    @rule(guest=guests, offset=offsets, nights=lengths)
    def ask(self, guest: int, offset: int, nights: int) -> None:
        with self.act("ask") as session:
            wanted = self.wanted(self.flats[1], offset, nights)
            booking = request.ask(session, wanted, guest_id=self.guests[guest], channel=Channel.WEB, now=self.now)
            self.references.append(booking.reference)

    @precondition(lambda self: self.references)
    @rule(which=any_one, yes=st.booleans())
    def answer(self, which: int, yes: bool) -> None:
        with self.act("accept" if yes else "decline") as session:
            reference = self.of(session, which, "requested")
            if yes:
                request.accept(session, reference, landlord_id=self.landlord, now=self.now)
            else:
                request.decline(session, reference, landlord_id=self.landlord, reason="", now=self.now)

    # --- money -----------------------------------------------------------------------------------

    @precondition(lambda self: self.references)
    @rule(which=any_one, amount_off=st.sampled_from([0, 0, 0, 0, 1]))
    def pay(self, which: int, amount_off: int) -> None:
        """Any payment there ever was: in time, late, of a hold, of an extension, of something cancelled."""
        with self.act("pay") as session:
            payment = self.payment(session, which)
            event = factories.paid_event(payment, at=self.now, amount=payment.amount - amount_off)
            self.events.append(event)
            self.product.settle(session, event, now=self.now)

    @precondition(lambda self: self.events)
    @rule(which=any_one)
    def callback_again(self, which: int) -> None:
        with self.act("callback_again") as session:
            self.product.settle(session, self.events[which % len(self.events)], now=self.now)

    @precondition(lambda self: self.references)
    @rule(which=any_one, kind=st.sampled_from([TransactionKind.FAILED, TransactionKind.EXPIRED]))
    def payment_fails(self, which: int, kind: TransactionKind) -> None:
        with self.act("payment_fails") as session:
            event = factories.paid_event(self.payment(session, which), at=self.now, kind=kind, transaction_id=None)
            self.product.settle(session, event, now=self.now)

    @precondition(lambda self: self.references)
    @rule(which=any_one)
    def link_arrives(self, which: int) -> None:
        with self.act("link_arrives") as session:
            payment = self.payment(session, which)
            lifecycle.record_created(
                session, payment.id, provider_id=f"K{payment.id}", pay_url="u", qr_text="q", now=self.now
            )

    @precondition(lambda self: self.references)
    @rule(which=any_one, of_extension=st.booleans())
    def try_again(self, which: int, of_extension: bool) -> None:
        with self.act("try_again") as session:
            booking = self.booking(session, which)
            retry = pay.retry_extension if of_extension else pay.retry
            retry(session, booking.reference, guest_id=booking.guest_id, now=self.now)

    # --- changes and ends ------------------------------------------------------------------------

    @precondition(lambda self: self.references)
    @rule(which=any_one, nights=st.integers(min_value=1, max_value=5), at_once=st.booleans())
    def extend(self, which: int, nights: int, at_once: bool) -> None:
        with self.act("extend") as session:
            booking = self.booking(session, which, "confirmed", "checked_in")
            until = booking.check_out + timedelta(days=nights)
            added = amendments.extend(
                session, booking.reference, until, guest_id=booking.guest_id, total_shown=None, now=self.now
            )
            payable = select(Payment).where(Payment.amendment_id == added.id, Payment.status.in_(["new", "created"]))
            payment = session.scalars(payable).one_or_none()
            if at_once and payment is not None:
                event = factories.paid_event(payment, at=self.now)
                self.events.append(event)
                self.product.settle(session, event, now=self.now)

    @precondition(lambda self: self.references)
    @rule(which=any_one, nights=st.integers(min_value=1, max_value=5))
    def shorten(self, which: int, nights: int) -> None:
        with self.act("shorten") as session:
            booking = self.booking(session, which, "confirmed", "checked_in")
            until = booking.check_out - timedelta(days=nights)
            prop = session.get_one(Property, booking.property_id)
            shown = amendments.quote_shortening(session, prop, booking, until, now=self.now)
            back = amendments.shorten(
                session, booking.reference, until, guest_id=booking.guest_id, back_shown=shown.total, now=self.now
            )
            assert back == shown
            left = refunds.paid_stay(session.connection(), booking.id)
            assert len(left.night_prices) == (until - booking.check_in).days
            assert min(left.paid.nights, left.paid.service_fee, left.paid.cleaning, left.paid.deposit) >= 0

    @precondition(lambda self: self.references)
    @rule(which=any_one)
    def give_up_extension(self, which: int) -> None:
        with self.act("give_up_extension") as session:
            booking = self.booking(session, which)
            pay.cancel_extension(session, booking.reference, guest_id=booking.guest_id, now=self.now)

    @precondition(lambda self: self.references)
    @rule(which=any_one, by=st.sampled_from([ActorKind.GUEST, ActorKind.LANDLORD, ActorKind.STAFF]))
    def cancel(self, which: int, by: ActorKind) -> None:
        with self.act(f"cancel_by_{by}") as session:
            booking = self.booking(session, which, "requested", "held", "confirmed", "checked_in")
            actor = {
                ActorKind.GUEST: Actor.guest(booking.guest_id),
                ActorKind.LANDLORD: Actor.landlord(self.landlord),
                ActorKind.STAFF: Actor.staff(self.landlord),
            }[by]
            shown = None
            if booking.confirmed_at is not None:
                stay = refunds.paid_stay(session.connection(), booking.id)
                shown = stay.ending(RefundCause(f"cancelled_by_{by}"), now=self.now)
            back = cancel.cancel(session, booking.reference, actor=actor, now=self.now, reason="because")
            assert back == shown
            self.owes(session, booking.id, 0 if back is None else back.total)

    @precondition(lambda self: self.references)
    @rule(which=any_one)
    def nobody_came(self, which: int) -> None:
        with self.act("clock") as session:
            booking = self.booking(session, which, "confirmed", "checked_in")
            self.wait_until(booking.check_in_at, session)
            schedule.advance(session, now=self.now)
        with self.act("no_show") as session:
            booking = self.booking(session, which, "checked_in")
            actor = Actor.landlord(self.landlord)
            back = cancel.report_no_show(session, booking.reference, actor=actor, now=self.now)
            self.owes(session, booking.id, back.total)

    @precondition(lambda self: self.references)
    @rule(which=any_one)
    def look_at_keys(self, which: int) -> None:
        with self.act("reveal") as session:
            booking = self.booking(session, which, "confirmed", "checked_in")
            grants.reveal(session, booking.reference, guest_id=booking.guest_id, now=self.now)

    # --- the landlord's calendar, and time -------------------------------------------------------

    @rule(flat=st.integers(0, 1), offset=offsets, nights=lengths, repairs=st.booleans())
    def block(self, flat: int, offset: int, nights: int, repairs: bool) -> None:
        kind = OccupancyKind.MAINTENANCE if repairs else OccupancyKind.BLOCK
        with self.act("block") as session:
            actor, stay = Actor.landlord(self.landlord), self.stay(offset, nights)
            block_id = self.product.block(session, self.flats[flat], stay, kind=kind, actor=actor, now=self.now)
            self.blocks.append((self.flats[flat], block_id))

    @precondition(lambda self: self.blocks)
    @rule(which=any_one)
    def unblock(self, which: int) -> None:
        with self.act("unblock") as session:
            flat, block_id = self.blocks.pop(which % len(self.blocks))
            blocks.unblock(session, flat, block_id, actor=Actor.landlord(self.landlord), now=self.now)

    @rule(step=st.sampled_from(STEPS))
    def time_passes(self, step: timedelta) -> None:
        with self.act("clock") as session:
            self.wait_until(self.now + step, session)

    @rule(asked=st.booleans())
    def sweeps_run(self, asked: bool) -> None:
        with self.act("sweep") as session:
            lapsed = expire.lapsed(session, now=self.now)  # of earlier lives too
        for row in lapsed:
            with self.act("lapse") as session:
                self.product.expire(
                    session, row.booking_id, now=self.now, provider_asked=asked, amendment_id=row.amendment_id
                )
        with self.act("clock") as session:
            request.expire_unanswered(session, now=self.now)
            schedule.advance(session, now=self.now)
            grants.send_due(session, now=self.now)
            index.clear_passed(session, after=min(self.flats) - 1, now=self.now)

    @invariant()
    def everything_is_right(self) -> None:
        if hasattr(self, "flats"):
            Facts(self.connection, self.flats).check(now=self.now)
            check_money(self.connection, self.flats)

    # --- helpers ---------------------------------------------------------------------------------

    def wait_until(self, moment: datetime, session: Session) -> None:
        """Let time pass; each night a job makes room in the rings, which have it for twelve days."""
        while self.now < moment:
            self.now = min(self.now + timedelta(days=1), moment)
            index.clear_passed(session, after=min(self.flats) - 1, now=self.now)

    @contextlib.contextmanager
    def act(self, name: str) -> Iterator[Session]:
        """One transaction; a rule that says no is an answer, anything else is a defect."""
        remembered = len(self.references), len(self.events)
        try:
            with transaction() as session:
                yield session
        except (DomainError, Impossible):
            del self.references[remembered[0] :], self.events[remembered[1] :]
        else:
            self.done[name] = self.done.get(name, 0) + 1

    def stay(self, offset: int, nights: int) -> Stay:
        first: date = clock.local_date(self.now) + timedelta(days=offset)
        return Stay(first, first + timedelta(days=nights))

    def wanted(self, flat: int, offset: int, nights: int, *, with_code: bool = False) -> HoldRequest:
        return HoldRequest(flat, self.stay(offset, nights), 2, None, self.code if with_code else None)

    def booking(self, session: Session, which: int, *states: str) -> Booking:
        """One of the bookings, of those in these states; Impossible when there is none."""
        found = session.scalars(
            select(Booking).where(Booking.reference.in_(self.references)).order_by(Booking.id)
        ).all()
        fitting = [booking for booking in found if not states or booking.status in states]
        if not fitting:
            raise Impossible
        return fitting[which % len(fitting)]

    def of(self, session: Session, which: int, state: str) -> str:
        return self.booking(session, which, state).reference

    def payment(self, session: Session, which: int) -> Payment:
        """One of the payments, the newest first."""
        statement = select(Payment).join(Booking, Booking.id == Payment.booking_id)
        ours = statement.where(Booking.property_id.in_(self.flats))
        found = session.scalars(
            ours.order_by(Payment.created_at.desc(), Payment.booking_id.desc(), Payment.amendment_id, Payment.status)
        ).all()
        if not found:
            raise Impossible
        return found[which % len(found)]
