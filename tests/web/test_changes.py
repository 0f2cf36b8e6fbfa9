"""A guest leaves earlier: what is shown is owed; and of every change, whose it is and where it is seen."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.db import transaction
from app.kit import clock
from app.models import Booking, PriceRule, Refund
from tests.domain.stays import sent_for
from tests.web.browser import Browser, text_of
from tests.web.changing import ask_to_extend, booking_of, changes_of, ends_offered, path, status_path, tell
from tests.web.conftest import Stay, make_stay, move
from tests.web.test_cancelling import hidden


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


NO_SUCH_END = {
    "extend": "Новый выезд должен быть позже нынешнего",
    "shorten": "Новый выезд должен быть раньше нынешнего",
}
FAR_ENDS = {
    ("extend", "0001-01-01"): NO_SUCH_END["extend"],
    ("extend", "9999-12-31"): "сдаётся не дольше чем на столько ночей: 90",
    ("shorten", "0001-01-01"): "сдаётся минимум на столько ночей: 1",
    ("shorten", "9999-12-31"): NO_SUCH_END["shorten"],
}


@pytest.mark.parametrize(
    ("page", "value"), [*product(NO_SUCH_END, ["", "x", "2027-02-30", "\x00", "9" * 300]), *FAR_ENDS]
)
def test_odd_days_are_refused_politely(
    web_app: Flask, guest: Browser, later_stay: Stay, *, page: str, value: str
) -> None:
    """What is no day asks to choose one when it stands in an address, and is refused when it is sent."""
    words = FAR_ENDS.get((page, value))
    asked = guest.get(f"{path(later_stay, page)}?check_out={value}")
    assert asked.status_code == 200
    assert {said for said in {*FAR_ENDS.values()} if said in asked.text} == ({words} if words else set())
    sent = guest.post(path(later_stay, page), {"check_out": value, "total": "16500", "back": "16500"})
    assert (sent.status_code, (words or NO_SUCH_END[page]) in sent.text) == (422, True)
    empty = guest.post(path(later_stay, page))
    assert (empty.status_code, NO_SUCH_END[page] in empty.text) == (422, True)
    assert changes_of(web_app, later_stay) == []


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
