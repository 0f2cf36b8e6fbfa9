"""What a landlord does with bookings and nights, and what they see of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import reading, transaction
from app.domain.access import grants
from app.domain.actor import Actor
from app.domain.availability import blocks
from app.domain.bookings import schedule
from app.domain.checkout.cancel import cancel, report_no_show
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ask
from app.domain.hosting import keys
from app.domain.hosting.bookings import agenda_of, booking_of, history_of, requests_of
from app.domain.hosting.calendar import Taken, month_of, taken_between, times_of
from app.domain.hosting.flats import flat_of, flats_of
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import AccessGrant, Booking, BookingStatus, Channel, Notification, NotificationKind, OccupancyKind
from tests import factories


class Hosted(NamedTuple):
    """A paid booking that begins in five days, its flat and its people."""

    id: int
    reference: str
    property_id: int
    landlord_id: UUID
    guest_id: UUID
    check_in_at: datetime
    nights: Stay


@pytest.fixture
def hosted(app: Flask, now: datetime) -> Hosted:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session, name="Мадина Ержан")
        nights = factories.stay_in(5, now=now)
        booking = factories.make_paid_booking(session, prop, guest, nights, now=now)
        return Hosted(booking.id, booking.reference, prop.id, prop.landlord_id, guest, booking.check_in_at, nights)


@pytest.fixture
def stranger(app: Flask) -> UUID:
    """A landlord of another flat."""
    with transaction() as session:
        return factories.make_property(session).landlord_id


def reissue(hosted: Hosted, now: datetime, *, by: UUID | None = None, **codes: str) -> None:
    with transaction() as session:
        keys.reissue(session, hosted.reference, landlord_id=by or hosted.landlord_id, now=now, **codes)


def code_of_refusal(caught: pytest.ExceptionInfo[DomainError]) -> str:
    return caught.value.code


def check_in(hosted: Hosted) -> datetime:
    """Let check-in time come; the moment after."""
    moment = hosted.check_in_at + timedelta(minutes=5)
    with transaction() as session:
        schedule.advance(session, now=moment)
    return moment


def test_a_reissue_without_codes_makes_one_for_the_lock(hosted: Hosted, now: datetime) -> None:
    """3-domain, Access codes: a landlord can reissue."""
    reissue(hosted, now)
    with transaction() as session:
        details = grants.reveal(session, hosted.reference, guest_id=hosted.guest_id, now=hosted.check_in_at)
    assert details.smart_lock != factories.CODES.smart_lock
    assert len(details.smart_lock) == 6
    assert details.intercom == factories.CODES.intercom


def test_own_codes_replace_those_of_the_flat_for_this_guest_alone(hosted: Hosted, now: datetime) -> None:
    reissue(hosted, now, intercom=" 77К1 ", key_safe="9090")
    with transaction() as session:
        details = grants.reveal(session, hosted.reference, guest_id=hosted.guest_id, now=hosted.check_in_at)
    assert (details.intercom, details.key_safe, details.smart_lock) == ("77К1", "9090", factories.CODES.smart_lock)


def test_reissued_codes_are_sent_anew_once_each(hosted: Hosted, now: datetime) -> None:
    moment = hosted.check_in_at - timedelta(hours=2)
    with transaction() as session:
        grants.send_due(session, now=moment)
    for _ in range(2):
        reissue(hosted, moment)
    with transaction() as session:
        statement = select(Notification.dedup_key).where(
            Notification.booking_id == hosted.id, Notification.kind == NotificationKind.KEYS
        )
        told = set(session.scalars(statement))
    assert told == {f"keys:{hosted.id}", f"keys:{hosted.id}:2", f"keys:{hosted.id}:3"}


def test_codes_are_not_reissued_by_others_nor_for_what_is_over(hosted: Hosted, stranger: UUID, now: datetime) -> None:
    with pytest.raises(DomainError) as caught:
        reissue(hosted, now, by=stranger)
    assert code_of_refusal(caught) == "booking_unknown"
    with pytest.raises(DomainError) as caught:
        reissue(hosted, now, intercom="x" * 41)
    assert code_of_refusal(caught) == "code_too_long"
    with transaction() as session:
        cancel(session, hosted.reference, actor=Actor.guest(hosted.guest_id), now=now)
    with pytest.raises(DomainError) as caught:
        reissue(hosted, now)
    assert code_of_refusal(caught) == "wrong_state"


def test_a_reissue_does_not_make_seen_codes_unseen(hosted: Hosted) -> None:
    """Otherwise a landlord could report a no-show of a guest who sits in the flat."""
    moment = check_in(hosted)
    with transaction() as session:
        grants.reveal(session, hosted.reference, guest_id=hosted.guest_id, now=moment)
    reissue(hosted, moment)
    with transaction() as session:
        assert session.get_one(AccessGrant, hosted.id).revealed_at == moment
    with pytest.raises(DomainError) as caught, transaction() as session:
        report_no_show(session, hosted.reference, actor=Actor.landlord(hosted.landlord_id), now=moment)
    assert code_of_refusal(caught) == "keys_were_seen"


def test_the_dates_of_a_landlords_cancellation_stay_closed(hosted: Hosted, now: datetime) -> None:
    """3-domain, Cancellation: the dates stay blocked; the landlord cannot open them, staff can."""
    landlord = Actor.landlord(hosted.landlord_id)
    with transaction() as session:
        cancel(session, hosted.reference, actor=landlord, now=now, reason="repair")
    [taken] = taken_of(hosted)
    assert (taken.kind, taken.nights, taken.stays) == (OccupancyKind.BLOCK, hosted.nights, True)
    with pytest.raises(DomainError) as caught, transaction() as session:
        blocks.unblock(session, hosted.property_id, taken.id, actor=landlord, now=now)
    assert code_of_refusal(caught) == "block_stays"
    with transaction() as session:
        staff = Actor.staff(factories.make_user(session))
        blocks.unblock(session, hosted.property_id, taken.id, actor=staff, now=now)
    assert taken_of(hosted) == []


def test_a_block_by_hand_can_be_lifted_also_beside_such_dates(hosted: Hosted, now: datetime) -> None:
    landlord = Actor.landlord(hosted.landlord_id)
    after = Stay(hosted.nights.check_out, hosted.nights.check_out + timedelta(days=2))
    with transaction() as session:
        cancel(session, hosted.reference, actor=landlord, now=now, reason="repair")
        block = blocks.block(
            session, hosted.property_id, after, kind=OccupancyKind.MAINTENANCE, actor=landlord, now=now
        )
    assert [taken.stays for taken in taken_of(hosted)] == [True, False]
    with transaction() as session:
        blocks.unblock(session, hosted.property_id, block, actor=landlord, now=now)


def taken_of(hosted: Hosted) -> list[Taken]:
    with reading() as connection:
        flat = flat_of(connection, hosted.landlord_id, hosted.property_id, language="ru", now=clock.now())
        assert flat is not None
        return taken_between(
            connection,
            hosted.property_id,
            times_of(flat.check_in_time, flat.check_out_time, flat.cleaning_minutes),
            first=hosted.nights.check_in - timedelta(days=3),
            until=hosted.nights.check_out + timedelta(days=3),
        )


def test_the_calendar_shows_whose_a_night_is(hosted: Hosted, now: datetime) -> None:
    [taken] = taken_of(hosted)
    assert (taken.reference, taken.nights, taken.is_held) == (hosted.reference, hosted.nights, False)
    with reading() as connection:
        flat = flat_of(connection, hosted.landlord_id, hosted.property_id, language="ru", now=now)
    assert flat is not None
    first = hosted.nights.check_in.replace(day=1)
    nights = month_of(first, [taken], flat.tariff, today=clock.local_date(now))
    mine = [night for night in nights if night.taken is not None]
    assert [night.date for night in mine] == [night for night in hosted.nights.dates() if night.month == first.month]
    assert {night.price for night in nights} == {15_000}


def test_a_landlord_sees_their_own_flats_and_bookings_only(hosted: Hosted, stranger: UUID, now: datetime) -> None:
    """Promise 22 below the web."""
    with reading() as connection:
        own = booking_of(connection, hosted.landlord_id, hosted.reference, language="ru")
        assert own is not None
        assert (own.guest_name, own.status) == ("Мадина Ержан", BookingStatus.CONFIRMED)
        assert booking_of(connection, stranger, hosted.reference, language="ru") is None
        assert flat_of(connection, stranger, hosted.property_id, language="ru", now=now) is None
        assert agenda_of(connection, stranger, hosted.property_id, language="ru", now=now).is_empty
        flats = flats_of(connection, hosted.landlord_id, language="kk", now=now)
    assert [(flat.card.id, flat.upcoming) for flat in flats] == [(hosted.property_id, 1)]


def test_the_agenda_says_what_each_booking_means_today(hosted: Hosted) -> None:
    def groups(moment: datetime) -> set[str]:
        with reading() as connection:
            agenda = agenda_of(connection, hosted.landlord_id, hosted.property_id, language="ru", now=moment)
        return {name for name in agenda.__slots__ if getattr(agenda, name)}

    assert groups(hosted.check_in_at - timedelta(days=2)) == {"upcoming"}
    moment = check_in(hosted)
    assert groups(moment) == {"arriving"}
    assert groups(moment + timedelta(days=1)) == {"staying"}
    assert groups(moment + timedelta(days=2)) == {"leaving"}
    with transaction() as session:
        schedule.advance(session, now=moment + timedelta(days=2))
    assert groups(moment + timedelta(days=2)) == {"leaving"}
    assert groups(moment + timedelta(days=3)) == {"past"}


def test_requests_wait_until_their_time_is_over(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session, instant_booking=False)
        guest = factories.make_user(session)
        request = HoldRequest(prop.id, factories.stay_in(9, now=now), 2)
        booking = ask(session, request, guest_id=guest, channel=Channel.WEB, now=now)
    with reading() as connection:
        for moment, expected in ((now, [booking.reference]), (now + timedelta(hours=24), [])):
            found = requests_of(connection, prop.landlord_id, language="ru", now=moment)
            assert [each.reference for each in found] == expected


def test_the_history_names_who_and_why(hosted: Hosted, now: datetime) -> None:
    with transaction() as session:
        cancel(session, hosted.reference, actor=Actor.landlord(hosted.landlord_id), now=now, reason="repair")
    with reading() as connection:
        steps = history_of(connection, hosted.id)
    assert [step.status for step in steps] == [
        BookingStatus.HELD,
        BookingStatus.CONFIRMED,
        BookingStatus.CANCELLED_BY_LANDLORD,
    ]
    assert (steps[-1].by, steps[-1].reason) == ("landlord", "repair")
    with transaction() as session:
        assert session.get_one(Booking, hosted.id).status == BookingStatus.CANCELLED_BY_LANDLORD
