"""A guest stays longer or leaves earlier: offers that can be had, prices that are charged, refunds that are owed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.db import transaction
from app.domain.checkout.settle import settle
from app.domain.payments.lifecycle import ProviderEvent
from app.kit import clock
from app.models import (
    AccessGrant,
    Booking,
    BookingAmendment,
    Occupancy,
    Payment,
    PriceRule,
    Property,
    Refund,
    TransactionKind,
)
from tests import factories
from tests.domain.stays import sent_for
from tests.web.browser import Browser, text_of
from tests.web.conftest import Stay, make_stay, move
from tests.web.test_cancelling import hidden


def path(stay: Stay, page: str) -> str:
    return f"/bookings/{stay.reference}/{page}"


def status_path(stay: Stay) -> str:
    return f"/checkout/{stay.reference}/extension"


def ends_offered(browser: Browser, stay: Stay, page: str) -> list[date]:
    """The days in the page's choice."""
    found = re.findall(r'<option value="([0-9-]{10})"', browser.get(path(stay, page)).text)
    return [date.fromisoformat(day) for day in found]


def booking_of(app: Flask, stay: Stay) -> Booking:
    with app.app_context(), transaction() as session:
        return session.get_one(Booking, stay.id)


def changes_of(app: Flask, stay: Stay) -> list[BookingAmendment]:
    with app.app_context(), transaction() as session:
        statement = select(BookingAmendment).where(BookingAmendment.booking_id == stay.id)
        return list(session.scalars(statement.order_by(BookingAmendment.id)))


def tell(app: Flask, stay: Stay, kind: TransactionKind = TransactionKind.PAID) -> None:
    """The provider's word about the newest payment of the booking."""
    with app.app_context(), transaction() as session:
        payment = factories.payment_of(session, session.get_one(Booking, stay.id))
        event: ProviderEvent = factories.paid_event(payment, kind=kind)
        settle(session, event, now=clock.now())


def ask_to_extend(browser: Browser, stay: Stay, nights: int = 2) -> int:
    """Through the page's own form; the price it showed."""
    day = ends_offered(browser, stay, "extend")[nights - 1]
    page = browser.get(f"{path(stay, 'extend')}?check_out={day}")
    total = hidden(page, "total")
    answer = browser.post(path(stay, "extend"), {"check_out": hidden(page, "check_out"), "total": total})
    assert (answer.status_code, answer.location) == (303, status_path(stay))
    return int(total)


def test_an_extension_is_held_paid_and_done(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """Changing a stay: it holds only the added range, leaves the booking as it is until paid, then the keys follow."""
    before = booking_of(web_app, later_stay)
    assert ask_to_extend(guest, later_stay) == 33_000
    assert booking_of(web_app, later_stay).check_out == before.check_out
    assert "Готовим оплату продления" in text_of(guest.get(status_path(later_stay)))
    words = text_of(guest.get(f"/bookings/{later_stay.reference}"))
    assert "ждёт оплаты" in words

    tell(web_app, later_stay)
    after = booking_of(web_app, later_stay)
    assert after.check_out == before.check_out + timedelta(days=2)
    assert after.quote == before.quote
    with web_app.app_context(), transaction() as session:
        assert session.get_one(AccessGrant, later_stay.id).valid_until == after.check_out_at
        [during] = session.scalars(select(Occupancy.during).where(Occupancy.booking_id == later_stay.id))
        assert during.lower == after.check_in_at
    assert "Готово, проживание продлено" in text_of(guest.get(status_path(later_stay)))
    words = text_of(guest.get(f"/bookings/{later_stay.reference}"))
    assert "Всего оплачено 69 000 ₸" in words
    assert "Продлено до" in words
    assert "69 000 ₸" in text_of(guest.get("/bookings"))


def test_the_offer_ends_where_someone_else_begins(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    booking = booking_of(web_app, later_stay)
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, later_stay.property_id)
        other = factories.make_user(session)
        factories.make_paid_booking(session, prop, other, factories.stay_in(15))
    assert ends_offered(guest, later_stay, "extend") == [booking.check_out + timedelta(days=n) for n in (1, 2, 3)]
    beyond = booking.check_out + timedelta(days=4)
    page = guest.get(f"{path(later_stay, 'extend')}?check_out={beyond}")
    assert "заняли" in text_of(page)
    answer = guest.post(path(later_stay, "extend"), {"check_out": str(beyond), "total": "66000"})
    assert answer.status_code == 409
    assert changes_of(web_app, later_stay) == []


def test_the_next_night_taken_means_no_offer(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, later_stay.property_id)
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(12))
    answer = guest.get(path(later_stay, "extend"))
    assert answer.status_code == 200
    assert "Продлить эту бронь нельзя" in text_of(answer)


def test_a_paused_flat_is_not_extended(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """A landlord who takes no guests takes no further nights either."""
    day = ends_offered(guest, later_stay, "extend")[0]
    with web_app.app_context(), transaction() as session:
        session.get_one(Property, later_stay.property_id).status = "paused"
    assert ends_offered(guest, later_stay, "extend") == []
    answer = guest.post(path(later_stay, "extend"), {"check_out": str(day), "total": "16500"})
    assert answer.status_code == 409
    assert changes_of(web_app, later_stay) == []


@pytest.mark.parametrize("total", ["1", "0", "", "16499", "16500.0", "-16500", "16 500"])
def test_another_price_is_refused(web_app: Flask, guest: Browser, later_stay: Stay, total: str) -> None:
    """Promise 5."""
    day = ends_offered(guest, later_stay, "extend")[0]
    answer = guest.post(path(later_stay, "extend"), {"check_out": str(day), "total": total})
    assert answer.status_code == 409
    assert "Цена изменилась: теперь 16 500 ₸" in text_of(answer)
    assert hidden(answer, "total") == "16500"
    assert changes_of(web_app, later_stay) == []


@pytest.mark.parametrize("value", ["", "x", "2027-02-30", "0001-01-01", "9999-12-31", "\x00", "9" * 300])
@pytest.mark.parametrize("page", ["extend", "shorten"])
def test_odd_days_are_refused_politely(
    web_app: Flask, guest: Browser, later_stay: Stay, *, page: str, value: str
) -> None:
    for answer in (
        guest.get(f"{path(later_stay, page)}?check_out={value}"),
        guest.post(path(later_stay, page), {"check_out": value, "total": "16500", "back": "16500"}),
        guest.post(path(later_stay, page)),
    ):
        assert answer.status_code in {200, 409, 422, 303}, value
    assert changes_of(web_app, later_stay) == []


def test_clicking_twice_makes_one_extension(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    day = ends_offered(guest, later_stay, "extend")[0]
    fields = {"check_out": str(day), "total": "16500"}
    for _ in range(3):
        assert guest.post(path(later_stay, "extend"), fields).location == status_path(later_stay)
    assert len(changes_of(web_app, later_stay)) == 1
    assert guest.get(path(later_stay, "extend")).location == status_path(later_stay)
    other = guest.post(path(later_stay, "extend"), {"check_out": str(day + timedelta(days=1)), "total": "33000"})
    assert other.status_code == 409
    assert "Продление уже ждёт оплаты" in text_of(other)
    tell(web_app, later_stay)
    assert guest.post(path(later_stay, "extend"), fields).location == f"/bookings/{later_stay.reference}"
    assert len(changes_of(web_app, later_stay)) == 1


def test_a_declined_payment_of_an_extension_is_tried_again(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    ask_to_extend(guest, later_stay)
    retry = f"{status_path(later_stay)}/retry"
    guest.post(retry)
    tell(web_app, later_stay, TransactionKind.FAILED)
    assert "Новые ночи пока держатся за вами" in text_of(guest.get(status_path(later_stay)))
    for _ in range(2):
        assert guest.post(retry).location == status_path(later_stay)
    with web_app.app_context(), transaction() as session:
        amounts = select(Payment.status, Payment.amount).where(Payment.booking_id == later_stay.id)
        found = sorted(tuple(row) for row in session.execute(amounts))
        assert found == [("failed", 33_000), ("new", 33_000), ("paid", 36_000)]
    tell(web_app, later_stay)
    assert changes_of(web_app, later_stay)[0].status == "confirmed"
    assert guest.post(retry).status_code == 409


def test_an_extension_that_waits_can_be_given_up(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """Its nights are free at once, the booking stays; money that comes after all goes to the review list."""
    before = booking_of(web_app, later_stay)
    ask_to_extend(guest, later_stay)
    for _ in range(2):
        assert guest.post(f"{status_path(later_stay)}/cancel").location == status_path(later_stay)
    words = text_of(guest.get(status_path(later_stay)))
    assert "Продление отменено" in words
    assert changes_of(web_app, later_stay)[0].status == "cancelled"
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, later_stay.property_id)
        assert factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(12)).id
    tell(web_app, later_stay)
    assert booking_of(web_app, later_stay).check_out == before.check_out
    with web_app.app_context(), transaction() as session:
        payment = factories.payment_of(session, session.get_one(Booking, later_stay.id))
        assert (payment.status, payment.review_reason) == ("paid", "booking_closed")
    assert "Оплата пришла слишком поздно" in text_of(guest.get(status_path(later_stay)))
    assert "Готово, квартира ваша" in text_of(guest.get(f"/checkout/{later_stay.reference}"))


def test_money_for_a_given_up_extension_does_not_extend_though_its_nights_are_free(
    web_app: Flask, guest: Browser, later_stay: Stay
) -> None:
    """As with a hold that the guest cancelled: they said no, so the money goes back."""
    before = booking_of(web_app, later_stay)
    ask_to_extend(guest, later_stay)
    guest.post(f"{status_path(later_stay)}/cancel")
    tell(web_app, later_stay)
    assert booking_of(web_app, later_stay).check_out == before.check_out


def test_without_an_extension_its_checkout_leads_to_the_booking(guest: Browser, later_stay: Stay) -> None:
    assert guest.get(status_path(later_stay)).location == f"/bookings/{later_stay.reference}"
    assert guest.post(f"{status_path(later_stay)}/retry").status_code == 409


def test_nobody_else_extends_shortens_pays_or_gives_up(
    web_app: Flask, guest: Browser, other_guest: Browser, later_stay: Stay
) -> None:
    """Promise 22."""
    ask_to_extend(guest, later_stay)
    for page in ("extend", "shorten"):
        assert other_guest.get(path(later_stay, page)).status_code == 404
        fields = {"check_out": str(booking_of(web_app, later_stay).check_in + timedelta(days=1)), "back": "16500"}
        assert other_guest.post(path(later_stay, page), fields).status_code == 404
    assert other_guest.get(status_path(later_stay)).status_code == 404
    for action in ("retry", "cancel"):
        assert other_guest.post(f"{status_path(later_stay)}/{action}").status_code == 404
    assert [change.status for change in changes_of(web_app, later_stay)] == ["held"]


@pytest.mark.parametrize(
    ("hours_ahead", "back"), [(5 * 24 + 1, 16_500), (5 * 24 - 1, 7_500), (20, 0)], ids=["full", "half", "nothing"]
)
def test_shortening_owes_what_was_shown(
    web_app: Flask, guest: Browser, guest_id: UUID, *, hours_ahead: int, back: int
) -> None:
    """Changing a stay: shortening is a partial cancellation under the policy; refund shown = owed = outbox row."""
    stay = make_stay(web_app, guest_id, days=10)
    with web_app.app_context(), transaction() as session:
        booking = session.get_one(Booking, stay.id)
        booking.confirmed_at, begins = clock.now() - timedelta(days=3), booking.check_in_at
    move(web_app, stay, clock.now() + timedelta(hours=hours_ahead) - begins)
    check_in = booking_of(web_app, stay).check_in
    assert ends_offered(guest, stay, "shorten") == [check_in + timedelta(days=1)]
    page = guest.get(path(stay, "shorten"))
    assert hidden(page, "back") == str(back)
    fields = {"check_out": hidden(page, "check_out"), "back": str(back)}
    for _ in range(2):
        assert guest.post(path(stay, "shorten"), fields).location == f"/bookings/{stay.reference}"
    assert booking_of(web_app, stay).check_out == check_in + timedelta(days=1)
    with web_app.app_context(), transaction() as session:
        refunds = session.scalars(select(Refund).where(Refund.booking_id == stay.id)).all()
        assert [refund.amount for refund in refunds] == ([back] if back else [])
        for refund in refunds:
            assert sent_for(session, refund) == [("send_refund", None)]
    words = text_of(guest.get(f"/bookings/{stay.reference}"))
    assert "Сокращено, выезд" in words
    assert ("Вернём" in words) == (back > 0)


@pytest.mark.parametrize("back", ["1", "99999", "", "16500.0"])
def test_another_refund_of_a_shortening_is_refused(web_app: Flask, guest: Browser, later_stay: Stay, back: str) -> None:
    """Promise 5."""
    day = booking_of(web_app, later_stay).check_in + timedelta(days=1)
    answer = guest.post(path(later_stay, "shorten"), {"check_out": str(day), "back": back})
    assert answer.status_code == 409
    assert "Сумма возврата изменилась: теперь 16 500 ₸" in text_of(answer)
    assert changes_of(web_app, later_stay) == []


def test_a_stay_is_not_shortened_below_the_minimum_of_its_dates(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    """What could not be booked (two nights at New Year) cannot be left of a booking either."""
    stay = make_stay(web_app, guest_id, days=10)
    check_in = booking_of(web_app, stay).check_in
    with web_app.app_context(), transaction() as session:
        nights = Range(check_in, check_in + timedelta(days=1), bounds="[)")
        session.add(
            PriceRule(property_id=stay.property_id, nights=nights, min_nights=2, name="", created_at=clock.now())
        )
    assert "Сократить эту бронь нельзя" in text_of(guest.get(path(stay, "shorten")))
    day = check_in + timedelta(days=1)
    answer = guest.post(path(stay, "shorten"), {"check_out": str(day), "back": "16500"})
    assert answer.status_code == 422
    assert changes_of(web_app, stay) == []


def test_nights_that_have_begun_are_not_given_up(web_app: Flask, guest: Browser, open_stay: Stay) -> None:
    """It began 36 hours ago: whatever the hour is, its last night is all that is left."""
    move(web_app, open_stay, -timedelta(hours=12 + 36))
    assert ends_offered(guest, open_stay, "shorten") == []


def test_with_htmx_only_the_offer_changes(guest: Browser, later_stay: Stay) -> None:
    for page in ("extend", "shorten"):
        day = ends_offered(guest, later_stay, page)[-1]
        answer = guest.get(f"{path(later_stay, page)}?check_out={day}", htmx=True)
        assert answer.text.lstrip().startswith('<section class="panel" id="offer"')
        assert f'value="{day}" selected' in answer.text
    assert guest.get(status_path(later_stay), htmx=True).status_code == 303


def test_the_list_holds_a_stay_by_its_new_dates(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    ask_to_extend(guest, later_stay, 1)
    tell(web_app, later_stay)
    day = booking_of(web_app, later_stay).check_in + timedelta(days=1)
    page = guest.get(f"{path(later_stay, 'shorten')}?check_out={day}")
    back = int(hidden(page, "back"))
    assert back == 33_000
    guest.post(path(later_stay, "shorten"), {"check_out": str(day), "back": str(back)})
    assert "19 500 ₸" in text_of(guest.get("/bookings"))
