"""Forms that move money, sent twice: a double click, a reload, a delayed copy, two tabs. Without JavaScript."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.models import Booking, BookingAmendment, IdempotencyKey, Payment, Property, Refund, TransactionKind
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.changing import tell
from tests.web.conftest import Stay
from tests.web.test_cancelling import hidden
from tests.web.test_tampering import STAY, bookings_of, form


def checkout_path(flat: Property) -> str:
    return f"/checkout?property_id={flat.id}&check_in={STAY.check_in}&check_out={STAY.check_out}&guests=2"


def filled(browser: Browser, flat: Property, **changes: str) -> dict[str, str]:
    """The checkout's form as this page sends it, with its own key."""
    return form(flat, form_key=hidden(browser.get(checkout_path(flat)), "form_key"), **changes)


def fields(browser: Browser, page: str, *names: str) -> dict[str, str]:
    """What the form of a page sends."""
    answer = browser.get(page)
    return {name: hidden(answer, name) for name in ("form_key", *names)}


def payments_of(app: Flask, booking_id: int) -> list[str]:
    with app.app_context(), transaction() as session:
        return list(session.scalars(select(Payment.status).where(Payment.booking_id == booking_id)))


def keys_of(app: Flask, user_id: UUID) -> int:
    with app.app_context(), transaction() as session:
        return len(session.scalars(select(IdempotencyKey.id).where(IdempotencyKey.user_id == user_id)).all())


def test_every_form_that_moves_money_has_a_key_of_its_own(
    guest: Browser, flat: Property, held_stay: Stay, later_stay: Stay, web_app: Flask
) -> None:
    pages = {
        checkout_path(flat): 1,
        f"/bookings/{later_stay.reference}/cancel": 1,
        f"/bookings/{later_stay.reference}/extend": 1,
        f"/bookings/{later_stay.reference}/shorten": 1,
        f"/checkout/{held_stay.reference}": 1,
    }
    tell(web_app, held_stay, TransactionKind.FAILED)
    pages[f"/checkout/{held_stay.reference}"] = 2  # try again, or give it up
    seen: set[str] = set()
    for path, count in pages.items():
        for _rendering in range(2):
            page = guest.get(path).text
            keys = re.findall(r'<input type="hidden" name="form_key" value="([^"]{20,})" autocomplete="off">', page)
            assert len(keys) == count, path
            assert len(re.findall(r'<form[^>]* method="post"', page.split("<main", 1)[1])) == count, path
            assert not seen & set(keys)
            seen |= set(keys)


def test_a_double_click_holds_once_and_both_lead_to_it(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    sent = filled(guest, flat)
    first, second = guest.post("/checkout", sent), guest.post("/checkout", sent)
    [booking] = bookings_of(web_app, guest_id)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location == f"/checkout/{booking.reference}"
    assert keys_of(web_app, guest_id) == 1


def test_a_delayed_copy_leads_to_the_hold_that_was_given_up(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    """What the state alone cannot tell: without its key the copy would hold the nights once more."""
    sent = filled(guest, flat)
    place = guest.post("/checkout", sent).location
    guest.post(f"{place}/cancel")
    assert guest.post("/checkout", sent).location == place
    assert len(bookings_of(web_app, guest_id)) == 1
    again = guest.post("/checkout", filled(guest, flat))
    assert again.location != place, "the page opened anew is another wish"
    assert len(bookings_of(web_app, guest_id)) == 2


def test_control_a_form_without_a_key_is_told_apart_by_state_only(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    """A page from before the keys goes on working: the same hold again is the live one, a given-up one is a new one."""
    place = guest.post("/checkout", form(flat)).location
    assert guest.post("/checkout", form(flat)).location == place
    guest.post(f"{place}/cancel")
    assert guest.post("/checkout", form(flat)).location != place
    assert len(bookings_of(web_app, guest_id)) == 2
    assert keys_of(web_app, guest_id) == 0


def test_two_tabs_are_two_keys_and_one_hold(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    one, two = filled(guest, flat), filled(guest, flat)
    assert one["form_key"] != two["form_key"]
    assert guest.post("/checkout", one).location == guest.post("/checkout", two).location
    assert len(bookings_of(web_app, guest_id)) == 1


def test_a_form_that_was_sent_and_then_changed_asks_once_more(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    """The page comes back with a fresh key and says so."""
    sent = filled(guest, flat)
    assert guest.post("/checkout", sent).status_code == 303
    changed = guest.post("/checkout", sent | {"guest_name": "Дана Оспанова"})
    assert changed.status_code == 422
    assert "Это уже отправлено с другими данными" in text_of(changed)
    fresh = hidden(changed, "form_key")
    assert fresh != sent["form_key"]
    assert guest.post("/checkout", sent | {"guest_name": "Дана Оспанова", "form_key": fresh}).status_code == 303
    assert len(bookings_of(web_app, guest_id)) == 1


def test_a_refused_form_may_be_sent_again(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    """Reloading the page of a refusal sends the same form: it is decided anew, since the refusal left no key."""
    sent = filled(guest, flat, total="1")
    assert [guest.post("/checkout", sent).status_code for _ in range(2)] == [409, 409]
    assert keys_of(web_app, guest_id) == 0
    assert guest.post("/checkout", sent | {"total": form(flat)["total"]}).status_code == 303


def test_keys_are_of_a_person(web_app: Flask, guest: Browser, other_guest: Browser, flat: Property) -> None:
    """Someone else with the same key learns nothing of where it led."""
    sent = filled(guest, flat)
    place = guest.post("/checkout", sent).location
    theirs = other_guest.post("/checkout", sent)
    assert theirs.status_code == 409
    assert place.rpartition("/")[2] not in theirs.text


@pytest.mark.parametrize("key", ["short", "ключ-ключ-ключ", "x" * 129, "two words here"])
def test_a_key_that_is_none_counts_as_missing(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, key: str
) -> None:
    assert guest.post("/checkout", form(flat, form_key=key)).status_code == 303
    assert keys_of(web_app, guest_id) == 0


def test_an_extension_asked_for_twice_is_one(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """The delayed copy of one that was paid meanwhile leads to it, and extends nothing further."""
    page = f"/bookings/{later_stay.reference}/extend"
    sent = fields(guest, page, "check_out", "total")
    here = f"/checkout/{later_stay.reference}/extension"
    assert [guest.post(page, sent).location for _ in range(2)] == [here, here]
    guest.post(f"{here}/cancel", fields(guest, here))
    assert guest.post(page, sent).location == here
    with web_app.app_context(), transaction() as session:
        statement = select(BookingAmendment.status).where(BookingAmendment.booking_id == later_stay.id)
        assert session.scalars(statement).all() == ["cancelled"]


def test_a_shortening_sent_twice_gives_up_once(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    with web_app.app_context(), transaction() as session:
        booking = factories.make_paid_booking(session, session.merge(flat), guest_id, factories.stay_in(20, 5))
    page = f"/bookings/{booking.reference}/shorten"
    end = ends_offered_of(guest, page)[-1]
    sent = fields(guest, f"{page}?check_out={end}", "check_out", "back")
    for _ in range(3):
        answer = guest.post(page, sent)
        assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    with web_app.app_context(), transaction() as session:
        refunds = session.scalars(select(Refund).where(Refund.booking_id == booking.id)).all()
        assert [refund.amount for refund in refunds] == [int(sent["back"])]


def ends_offered_of(browser: Browser, page: str) -> list[str]:
    """The days in the page's choice."""
    return re.findall(r'<option value="([0-9-]{10})"', browser.get(page).text)


def test_a_cancellation_sent_twice_refunds_once(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    page = f"/bookings/{later_stay.reference}/cancel"
    sent = fields(guest, page, "back")
    for attempt in (sent, sent, sent | {"back": "1"}):
        answer = guest.post(page, attempt)
        assert (answer.status_code, answer.location) == (303, f"/bookings/{later_stay.reference}")
    with web_app.app_context(), transaction() as session:
        assert len(session.scalars(select(Refund).where(Refund.booking_id == later_stay.id)).all()) == 1
        assert session.get_one(Booking, later_stay.id).status == "cancelled_by_guest"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_second_attempt_to_pay_is_made_once(web_app: Flask, guest: Browser, held_stay: Stay, htmx: bool) -> None:
    """Even when it was declined meanwhile: the copy is no third attempt."""
    page = f"/checkout/{held_stay.reference}"
    tell(web_app, held_stay, TransactionKind.FAILED)
    sent = fields(guest, page)
    assert guest.post(f"{page}/retry", sent, htmx=htmx).status_code == (200 if htmx else 303)
    assert payments_of(web_app, held_stay.id) == ["failed", "new"]
    tell(web_app, held_stay, TransactionKind.FAILED)
    assert guest.post(f"{page}/retry", sent, htmx=htmx).status_code == (200 if htmx else 303)
    assert payments_of(web_app, held_stay.id) == ["failed", "failed"]
    assert guest.post(f"{page}/retry", fields(guest, page)).status_code == 303
    assert sorted(payments_of(web_app, held_stay.id)) == ["failed", "failed", "new"]


def test_giving_a_hold_up_twice_is_no_error(guest: Browser, held_stay: Stay) -> None:
    """The second click finds it done instead of an error page."""
    page = f"/checkout/{held_stay.reference}"
    sent = fields(guest, page)
    for _ in range(2):
        answer = guest.post(f"{page}/cancel", sent)
        assert (answer.status_code, answer.location) == (303, page)
    assert guest.post(f"{page}/cancel", {}).status_code == 409, "without the key it is"
