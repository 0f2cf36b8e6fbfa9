"""What the clock and the workers do about requests and extensions, and what people hear of it on their phones."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from app.domain.actor import Actor
from app.domain.checkout.amendments import extend
from app.domain.checkout.cancel import cancel
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import accept, ask
from app.jobs.queues import QueueName
from app.kit import clock
from app.kit.period import Stay
from app.models import Channel, Property, User
from tests import factories
from tests.live import Live
from tests.standins import PATIENCE, wait_until


class Extended(NamedTuple):
    """A paid booking whose extension by two nights has a payment link."""

    reference: str
    amendment_id: int
    property_id: int
    added: Stay
    pay_url: str


def extended(live: Live) -> Extended:
    """Book and pay by the product's rules, extend, and let the worker create the link."""
    with live.transaction() as session:
        prop, guest = factories.make_property(session, city="shymkent"), factories.make_user(session)
        stay = factories.stay_in(5)
        booking = factories.make_paid_booking(session, prop, guest, stay)
        added = Stay(stay.check_out, stay.check_out + timedelta(days=2))
        amendment = extend(
            session, booking.reference, added.check_out, guest_id=guest, total_shown=None, now=clock.now()
        )
    link = "SELECT pay_url FROM payments WHERE amendment_id = %s AND pay_url IS NOT NULL"
    ((pay_url,),) = wait_until(lambda: live.sql(link, amendment.id), PATIENCE, "link for the extension")
    return Extended(booking.reference, amendment.id, prop.id, added, pay_url)


def let_it_run_out(live: Live, extension: Extended) -> None:
    """Move the extension's hold 16 minutes into the past and let the clock's job see it."""
    live.sql(
        "UPDATE payments SET created_at = created_at - interval '16 min', expires_at = expires_at - interval '16 min'"
        " WHERE amendment_id = %s",
        extension.amendment_id,
    )
    live.sql(
        "UPDATE booking_amendments SET created_at = created_at - interval '16 min',"
        " hold_expires_at = hold_expires_at - interval '16 min' WHERE id = %s",
        extension.amendment_id,
    )
    live.run_job("app.jobs.payments.end_lapsed_holds", QueueName.DEFAULT)
    wait_for_status(live, extension, "expired")


def wait_for_status(live: Live, extension: Extended, status: str) -> None:
    """Wait until the extension has come so far."""
    statement = "SELECT 1 FROM booking_amendments WHERE id = %s AND status = %s"
    wait_until(lambda: live.sql(statement, extension.amendment_id, status), PATIENCE, f"extension that is {status}")


def check_out_of(live: Live, reference: str) -> object:
    return live.one("SELECT check_out FROM bookings WHERE reference = %s", reference)


def test_an_extension_that_is_not_paid_lapses_and_its_nights_are_free(live: Live) -> None:
    """3-domain, Changing a stay: the booking stays as it is until the extension is paid."""
    extension = extended(live)
    let_it_run_out(live, extension)
    assert check_out_of(live, extension.reference) == extension.added.check_in
    with live.transaction() as session:
        prop = session.get_one(Property, extension.property_id)
        other = factories.make_paid_booking(session, prop, factories.make_user(session), extension.added)
    assert check_out_of(live, other.reference) == extension.added.check_out


def test_late_money_for_an_extension_extends_after_all_while_its_nights_are_free(live: Live) -> None:
    extension = extended(live)
    let_it_run_out(live, extension)
    assert live.standins.pay(extension.pay_url) == "paid"
    wait_for_status(live, extension, "confirmed")
    assert check_out_of(live, extension.reference) == extension.added.check_out
    spans = live.sql(
        "SELECT o.amendment_id FROM occupancies o JOIN bookings b ON b.id = o.booking_id WHERE b.reference = %s",
        extension.reference,
    )
    assert spans == [(None,)], "one occupancy, joined"


def test_late_money_for_nights_that_are_someone_elses_is_kept_for_a_refund(live: Live) -> None:
    extension = extended(live)
    let_it_run_out(live, extension)
    with live.transaction() as session:
        prop = session.get_one(Property, extension.property_id)
        factories.make_paid_booking(session, prop, factories.make_user(session), extension.added)
    live.standins.pay(extension.pay_url)
    flagged = "SELECT 1 FROM payments WHERE amendment_id = %s AND status = 'paid' AND review_reason IS NOT NULL"
    wait_until(lambda: live.sql(flagged, extension.amendment_id), PATIENCE, "payment on the review list")
    assert check_out_of(live, extension.reference) == extension.added.check_in


class Asked(NamedTuple):
    """A request, and the phones of those it is about."""

    reference: str
    landlord_id: UUID
    landlord_phone: str
    guest_phone: str


def asked(live: Live) -> Asked:
    """A guest asks for a flat that is not booked at once."""
    with live.transaction() as session:
        prop = factories.make_property(session, city="shymkent", instant_booking=False)
        guest = factories.make_user(session)
        request = HoldRequest(prop.id, factories.stay_in(5), 2)
        booking = ask(session, request, guest_id=guest, channel=Channel.WEB, now=clock.now())
        phones = [session.get_one(User, user_id).phone for user_id in (prop.landlord_id, guest)]
    return Asked(booking.reference, prop.landlord_id, *phones)


def test_a_request_that_is_accepted_is_told_on_both_phones(live: Live) -> None:
    request = asked(live)
    text = live.standins.wait_for_sms(request.landlord_phone, PATIENCE)
    assert f"/cabinet/bookings/{request.reference}" in text
    with live.transaction() as session:
        accept(session, request.reference, landlord_id=request.landlord_id, now=clock.now())
    text = live.standins.wait_for_sms(request.guest_phone, PATIENCE)
    assert f"/checkout/{request.reference}" in text
    assert "Оплатите до" in text


def test_a_request_that_nobody_answers_ends_and_the_guest_hears_of_it(live: Live) -> None:
    """3-domain: the landlord answers within 24 h."""
    request = asked(live)
    live.standins.wait_for_sms(request.landlord_phone, PATIENCE)
    live.sql("UPDATE bookings SET answer_by = now() - interval '1 s' WHERE reference = %s", request.reference)
    live.run_job("app.jobs.housekeeping.end_unanswered_requests", QueueName.DEFAULT)
    text = live.standins.wait_for_sms(request.guest_phone, PATIENCE)
    assert "хозяин не ответил вовремя" in text
    assert live.one("SELECT status FROM bookings WHERE reference = %s", request.reference) == "expired"


def test_a_landlords_cancellation_reaches_the_guest_with_the_amount(live: Live) -> None:
    with live.transaction() as session:
        prop, guest = factories.make_property(session, city="shymkent"), factories.make_user(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(7))
        phone = session.get_one(User, guest).phone
    live.standins.wait_for_sms(phone, PATIENCE)
    with live.transaction() as session:
        actor = Actor.landlord(prop.landlord_id)
        cancel(session, booking.reference, actor=actor, now=clock.now(), reason="repair")
    text = live.standins.wait_for_sms(phone, PATIENCE, after=1)
    assert "отменена хозяином" in text
    assert "Вернём 36\u00a0000\u00a0₸" in text
