"""Messages about stays in every language, and the regular work on requests and prices."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain import notifications
from app.domain.actor import Actor
from app.domain.bookings import schedule, state_machine
from app.domain.checkout.amendments import shorten
from app.domain.checkout.cancel import cancel, report_no_show
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import accept, ask, decline
from app.domain.search import drift, index
from app.integrations.twilio import TwilioSms
from app.jobs import housekeeping
from app.kit import clock
from app.models import (
    Booking,
    BookingStatus,
    Channel,
    Notification,
    NotificationKind,
    NotificationStatus,
    Property,
    PropertyPrices,
    PropertySearch,
    User,
    UserProfile,
)
from app.notify.delivery import deliver
from tests import factories
from tests.standins import StandIns

URL = "https://zhilego.kz"
LANGUAGES = ("ru", "kk", "en")


def people(language: str = "ru", **changes: Any) -> tuple[Property, UUID]:
    """A flat with its landlord, and a guest, who all read this language."""
    with transaction() as session:
        prop, guest = factories.make_property(session, **changes), factories.make_user(session)
        for user_id in (prop.landlord_id, guest):
            session.get_one(UserProfile, user_id).language = language
    return prop, guest


def requested(prop: Property, guest: UUID, now: datetime) -> Booking:
    with transaction() as session:
        request = HoldRequest(prop.id, factories.stay_in(5, now=now), 2)
        return ask(session, request, guest_id=guest, channel=Channel.WEB, now=now)


def paid(prop: Property, guest: UUID, now: datetime) -> Booking:
    with transaction() as session:
        flat = session.get_one(Property, prop.id)
        return factories.make_paid_booking(session, flat, guest, factories.stay_in(5, now=now), now=now)


def message(booking: Booking, kind: NotificationKind) -> Notification:
    with transaction() as session:
        statement = select(Notification).where(Notification.booking_id == booking.id, Notification.kind == kind)
        return session.scalars(statement).one()


def sent(
    booking: Booking, kind: NotificationKind, user_id: UUID, standins: StandIns, sms: TwilioSms, *, now: datetime
) -> str:
    """Deliver it, twice; the text that arrived once on the person's phone."""
    told = message(booking, kind)
    assert told.user_id == user_id
    with transaction() as session:
        phone = session.get_one(User, user_id).phone
    before = len(standins.sms_to(phone))
    for _ in range(2):
        deliver(told.id, sms=sms, public_url=URL, now=now)
    [text] = standins.sms_to(phone)[before:]
    assert "{" not in text
    return text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_is_told_to_the_landlord_and_its_answer_to_the_guest(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime, language: str
) -> None:
    prop, guest = people(language, instant_booking=False)
    booking = requested(prop, guest, now)
    text = sent(booking, NotificationKind.REQUEST_RECEIVED, prop.landlord_id, standins, sms, now=now)
    assert f"{URL}/cabinet/bookings/{booking.reference}" in text
    assert prop.title[language] in text
    with transaction() as session:
        accept(session, booking.reference, landlord_id=prop.landlord_id, now=now)
    text = sent(booking, NotificationKind.REQUEST_ACCEPTED, guest, standins, sms, now=now)
    assert f"{URL}/checkout/{booking.reference}" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answered", [True, False])
def test_a_refusal_says_whether_the_landlord_answered(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime, *, language: str, answered: bool
) -> None:
    prop, guest = people(language, instant_booking=False)
    booking = requested(prop, guest, now)
    with transaction() as session:
        if answered:
            decline(session, booking.reference, landlord_id=prop.landlord_id, reason="repair", now=now)
        else:
            row = session.get_one(Booking, booking.id, with_for_update=True)
            row.answer_by = now - timedelta(seconds=1)
    if not answered:
        housekeeping.end_unanswered_requests()
    text = sent(booking, NotificationKind.REQUEST_DECLINED, guest, standins, sms, now=now)
    silence = {"ru": "не ответил вовремя", "kk": "жауап бермеді", "en": "did not answer"}[language]
    assert (silence in text) is not answered
    assert booking.reference in text
    assert text.endswith(URL)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("guest", {"ru": "отменена. Вернём", "kk": "бас тартылды. ", "en": "is cancelled. We return"}),
        ("landlord", {"ru": "отменена хозяином", "kk": "үй иесі бас тартты", "en": "by the host"}),
        ("staff", {"ru": "отменена поддержкой", "kk": "қолдау қызметі бас тартты", "en": "by our support"}),
        ("no-show", {"ru": "хозяин отметил неявку", "kk": "келмегеніңізді", "en": "no-show"}),
    ],
)
def test_the_end_of_a_stay_is_told_with_who_and_how_much(
    app: Flask,
    standins: StandIns,
    sms: TwilioSms,
    now: datetime,
    *,
    language: str,
    by: str,
    words: dict[str, str],
) -> None:
    prop, guest = people(language)
    booking = paid(prop, guest, now)
    moment = now
    if by == "no-show":
        moment = booking.check_in_at + timedelta(minutes=1)
        with transaction() as session:
            schedule.advance(session, now=moment)
    with transaction() as session:
        landlord = Actor.landlord(prop.landlord_id)
        if by == "no-show":
            back = report_no_show(session, booking.reference, actor=landlord, now=moment).total
        else:
            staff = Actor.staff(factories.make_user(session))
            actor = {"guest": Actor.guest(guest), "landlord": landlord, "staff": staff}[by]
            price = cancel(session, booking.reference, actor=actor, now=moment, reason="other")
            assert price is not None
            back = price.total
    text = sent(booking, NotificationKind.BOOKING_CANCELLED, guest, standins, sms, now=moment)
    assert words[language] in text
    assert f"{back:,}".replace(",", "\u00a0") in text
    if by in {"guest", "staff"}:
        text = sent(booking, NotificationKind.CANCELLED_TO_LANDLORD, prop.landlord_id, standins, sms, now=moment)
        assert f"{URL}/cabinet/bookings/{booking.reference}" in text


def test_a_cancellation_without_a_refund_says_so(app: Flask, standins: StandIns, sms: TwilioSms, now: datetime) -> None:
    prop, guest = people(cancellation_policy="strict", cleaning_fee=0)
    booking = paid(prop, guest, now)
    with transaction() as session:
        later = booking.check_in_at - timedelta(hours=30)
        cancel(session, booking.reference, actor=Actor.guest(guest), now=later)
    text = sent(booking, NotificationKind.BOOKING_CANCELLED, guest, standins, sms, now=later)
    assert "деньги не возвращаются" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_stay_and_a_stay_that_is_over_are_told(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime, language: str
) -> None:
    prop, guest = people(language)
    booking = paid(prop, guest, now)
    with transaction() as session:
        earlier = booking.check_in + timedelta(days=1)
        shorten(session, booking.reference, earlier, guest_id=guest, back_shown=None, now=now)
    text = sent(booking, NotificationKind.STAY_CHANGED, guest, standins, sms, now=now)
    assert str(earlier.day) in text
    moment = booking.check_out_at + timedelta(days=1)
    for _ in range(2):
        with transaction() as session:
            schedule.advance(session, now=moment)
    ask_for_review(booking, guest, moment)
    text = sent(booking, NotificationKind.REVIEW_REQUEST, guest, standins, sms, now=moment)
    assert text.endswith(f"{URL}/bookings/{booking.reference}/review")


def ask_for_review(booking: Booking, guest: UUID, now: datetime) -> None:
    with transaction() as session:
        key = f"review:{booking.id}"
        kind = NotificationKind.REVIEW_REQUEST
        assert notifications.tell_user(session, kind, guest, dedup_key=key, now=now, booking_id=booking.id)


def test_what_cannot_be_done_any_more_is_not_asked_for(
    app: Flask, standins: StandIns, sms: TwilioSms, now: datetime
) -> None:
    """A request that was taken back is not shown to the landlord as one that waits."""
    prop, guest = people(instant_booking=False)
    booking = requested(prop, guest, now)
    with transaction() as session:
        row = session.get_one(Booking, booking.id, with_for_update=True)
        state_machine.transition(session, row, BookingStatus.CANCELLED_BY_GUEST, actor=Actor.guest(guest), now=now)
    told = message(booking, NotificationKind.REQUEST_RECEIVED)
    deliver(told.id, sms=sms, public_url=URL, now=now)
    with transaction() as session:
        assert session.get_one(Notification, told.id).status == NotificationStatus.FAILED
        assert standins.sms_to(session.get_one(User, prop.landlord_id).phone) == []


def test_requests_end_when_their_time_is_over_and_not_before(app: Flask, now: datetime) -> None:
    prop, guest = people(instant_booking=False)
    booking = requested(prop, guest, now)
    housekeeping.end_unanswered_requests()
    with transaction() as session:
        assert session.get_one(Booking, booking.id).status == BookingStatus.REQUESTED
        session.get_one(Booking, booking.id).answer_by = clock.now()
    housekeeping.end_unanswered_requests()
    with transaction() as session:
        assert session.get_one(Booking, booking.id).status == BookingStatus.EXPIRED


def test_prices_of_nights_that_come_into_reach_are_written(app: Flask) -> None:
    """As after a month without the job: every ring reaches the horizon again, and search says what checkout says."""
    flats = [people()[0] for _ in range(housekeeping.PRICED_AT_ONCE + 1)]
    ids = [flat.id for flat in flats]
    today = clock.local_date(clock.now())
    with transaction() as session:
        for row in session.scalars(select(PropertyPrices).where(PropertyPrices.property_id.in_(ids))):
            row.priced_until = today + timedelta(days=470)
            row.nightly = [1] * len(row.nightly)
    housekeeping.price_coming_nights()
    with transaction() as session:
        rows = session.scalars(select(PropertyPrices).where(PropertyPrices.property_id.in_(ids))).all()
        assert {set(row.nightly) == {15_000} for row in rows} == {True}
        assert min(row.priced_until for row in rows) >= today + index.PRICED_AHEAD
        assert drift.drifted(session, now=clock.now(), of=ids) == []


def test_a_flat_without_an_index_row_does_not_hold_the_job_up(app: Flask) -> None:
    """It has no lock to take; `flask search check` reports it."""
    prop, _ = people()
    with transaction() as session:
        session.get_one(PropertyPrices, prop.id).priced_until = clock.local_date(clock.now())
        session.delete(session.get_one(PropertySearch, prop.id))
    housekeeping.price_coming_nights()
    with transaction() as session:
        assert index.extend_prices(session, now=clock.now()) == 0
        assert drift.drifted(session, now=clock.now(), of=[prop.id]) == [prop.id]
        index.rebuild(session, prop.id, now=clock.now())


def test_drifted_rows_of_search_are_written_anew_and_counted(app: Flask) -> None:
    """The job `sync_property_availability`: a flat that search sells wrongly is mended by night."""
    housekeeping.sync_property_availability()
    prop = people()[0]
    people()
    with transaction() as session:
        session.get_one(PropertySearch, prop.id).max_guests = 39
    assert housekeeping.sync_property_availability() == 1
    with transaction() as session:
        assert session.get_one(PropertySearch, prop.id).max_guests == prop.max_guests
    assert housekeeping.sync_property_availability() == 0
