"""The whole path over HTTP, without JavaScript: from the home page to the keys, and every other way it can end."""

from __future__ import annotations

from app.models import Property
from tests.e2e.visitor import Visitor, iso, soon
from tests.factories import CODES, stay_in
from tests.live import Live
from tests.standins import PATIENCE, wait_until

CONFIRMED = "Готово, квартира ваша"
CREATING = "Готовим оплату"
AWAITING = "Оплатите через Kaspi"
DECLINED = "Оплата не прошла"
EXPIRED = "Время на оплату вышло"
CANCELLED = "Бронь отменена"
LATE = "Оплата пришла слишком поздно"


def test_from_the_home_page_to_the_keys(live: Live, visitor: Visitor, flat_in_almaty: Property) -> None:
    stay = soon()
    home = visitor.open("/")
    assert home.link("/almaty")
    results = visitor.open("/almaty", check_in=iso(stay.check_in), check_out=iso(stay.check_out), guests=2)
    prop = visitor.open(results.link(f"/p/{flat_in_almaty.id}-"))
    assert "45К7788" not in prop.html
    sign_in = visitor.open(prop.link("/checkout?"))
    assert sign_in.path.startswith("/sign-in")
    checkout = visitor.sign_in(sign_in)
    assert checkout.path.startswith("/checkout?")

    status = visitor.submit(checkout.form("/checkout"), guest_name="Айгерим Сатпаева")
    reference = status.path.removeprefix("/checkout/")
    assert CREATING in status.text or AWAITING in status.text
    pay_url = visitor.wait_for_pay_link(reference)
    messages = len(live.standins.sms_to(visitor.phone))
    assert live.standins.pay(pay_url) == "paid"
    confirmed = visitor.wait_for_words(reference, CONFIRMED)

    booking = visitor.open(confirmed.link("/bookings/"))
    assert CODES.key_safe not in booking.html
    assert "улица Сатпаева, 90/43" in booking.text
    keys = visitor.submit(booking.form(f"/bookings/{reference}/keys"))
    assert CODES.intercom in keys.text
    assert CODES.key_safe in keys.text
    assert keys.response.headers["Cache-Control"] == "no-store"
    mine = visitor.open("/bookings")
    assert mine.link(f"/bookings/{reference}")
    assert "Оплачено" in mine.text or "Вы заселились" in mine.text
    assert_messages(live, visitor, messages, reference, CODES.key_safe)
    assert ledger_of(live, reference) == 0


def assert_messages(live: Live, visitor: Visitor, before: int, reference: str, code: str) -> None:
    """The confirmation and the keys arrive, once each."""
    texts = wait_until(
        lambda: found if len(found := live.standins.sms_to(visitor.phone)[before:]) >= 2 else None,
        PATIENCE,
        "two messages",
    )
    assert len(texts) == 2
    assert all(reference in text for text in texts)
    assert sum(code in text for text in texts) == 1


def ledger_of(live: Live, reference: str) -> int:
    """What a booking's ledger entries sum up to; AssertionError when the money was not posted exactly once."""
    count, total = live.sql(
        "SELECT count(*), sum(e.amount) FROM ledger_entries e JOIN bookings b ON b.id = e.booking_id"
        " WHERE b.reference = %s",
        reference,
    )[0]
    assert count == 2
    return int(total)


def test_keys_of_a_later_stay_say_when_they_open(live: Live, guest: Visitor, flat: Property) -> None:
    reference = guest.hold(flat.id, stay_in(5))
    live.standins.pay(guest.wait_for_pay_link(reference))
    guest.wait_for_words(reference, CONFIRMED)
    booking = guest.open(f"/bookings/{reference}")
    assert "Ключи откроются" in booking.text
    assert not booking.has_form(f"/bookings/{reference}/keys")
    guest.open(f"/bookings/{reference}/keys", status=405)
    mine = guest.open("/bookings")
    assert "Ключи откроются" in mine.text


def test_a_declined_payment_is_tried_again(live: Live, guest: Visitor, flat: Property) -> None:
    reference = guest.hold(flat.id, stay_in(5))
    first = guest.wait_for_pay_link(reference)
    assert live.standins.decline(first) == "failed"
    declined = guest.wait_for_words(reference, DECLINED)
    guest.submit(declined.form(f"/checkout/{reference}/retry"))
    second = guest.wait_for_pay_link(reference)
    assert second != first
    live.standins.pay(second)
    guest.wait_for_words(reference, CONFIRMED)
    assert ledger_of(live, reference) == 0


def test_a_cancelled_hold_frees_the_dates(guest: Visitor, flat: Property, live: Live) -> None:
    stay = stay_in(5)
    reference = guest.hold(flat.id, stay)
    cancelled = guest.submit(guest.checkout(reference).form(f"/checkout/{reference}/cancel"))
    assert CANCELLED in cancelled.text
    with Visitor(live) as another:
        assert another.is_signed_in_already().hold(flat.id, stay) != reference


def test_dates_of_someone_else_are_refused_politely(guest: Visitor, flat: Property, live: Live) -> None:
    stay = stay_in(5)
    page = guest.open("/checkout", property_id=flat.id, check_in=stay.check_in, check_out=stay.check_out, guests=2)
    with Visitor(live) as another:
        another.is_signed_in_already().hold(flat.id, stay)
    refused = guest.submit(page.form("/checkout"), status=409, guest_name="Айгерим")
    assert "Эти даты только что заняли" in refused.text
    again = guest.open("/checkout", property_id=flat.id, check_in=stay.check_in, check_out=stay.check_out, guests=2)
    assert again.path.startswith(f"/p/{flat.id}-")


def test_an_abandoned_hold_ends_and_says_so(live: Live, guest: Visitor, flat: Property) -> None:
    stay = stay_in(5)
    reference = guest.hold(flat.id, stay)
    guest.wait_for_pay_link(reference)
    let_hold_run_out(live, reference)
    guest.wait_for_words(reference, EXPIRED)
    with Visitor(live) as another:
        another.is_signed_in_already().hold(flat.id, stay)


def let_hold_run_out(live: Live, reference: str) -> None:
    """Move a hold 16 minutes into the past and let the clock's job see it."""
    live.sql(
        "UPDATE payments p SET created_at = p.created_at - interval '16 min', expires_at = p.expires_at - interval"
        " '16 min' FROM bookings b WHERE b.id = p.booking_id AND b.reference = %s",
        reference,
    )
    live.sql(
        "UPDATE bookings SET created_at = created_at - interval '16 min',"
        " hold_expires_at = hold_expires_at - interval '16 min' WHERE reference = %s",
        reference,
    )
    live.run_job("app.jobs.payments.end_lapsed_holds")


def test_late_money_for_free_dates_confirms_after_all(live: Live, guest: Visitor, flat: Property) -> None:
    reference = guest.hold(flat.id, stay_in(5))
    pay_url = guest.wait_for_pay_link(reference)
    let_hold_run_out(live, reference)
    guest.wait_for_words(reference, EXPIRED)
    live.standins.pay(pay_url)
    guest.wait_for_words(reference, CONFIRMED)
    assert ledger_of(live, reference) == 0


def test_late_money_for_taken_dates_goes_back_by_itself(live: Live, guest: Visitor, flat: Property) -> None:
    stay = stay_in(5)
    reference = guest.hold(flat.id, stay)
    pay_url = guest.wait_for_pay_link(reference)
    let_hold_run_out(live, reference)
    guest.wait_for_words(reference, EXPIRED)
    with Visitor(live) as another:
        theirs = another.is_signed_in_already().hold(flat.id, stay)
        live.standins.pay(pay_url)
        guest.wait_for_words(reference, LATE)
        live.standins.pay(another.wait_for_pay_link(theirs))
        another.wait_for_words(theirs, CONFIRMED)
    refunded = "SELECT r.status = 'done' FROM refunds r JOIN bookings b ON b.id = r.booking_id WHERE b.reference = %s"
    wait_until(lambda: live.sql(refunded, reference) == [(True,)], PATIENCE, "refund")
    accounts = (
        "SELECT e.account, sum(e.amount) FROM ledger_entries e JOIN bookings b ON b.id = e.booking_id"
        " WHERE b.reference = %s GROUP BY e.account HAVING sum(e.amount) <> 0"
    )
    assert live.sql(accounts, reference) == [], "nothing is left of it anywhere"
