"""A booking in the landlord's cabinet: ending it, its keys, the reply to its review."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.reviews.writing import write
from app.kit import clock
from app.kit.money import format_tenge
from app.models import AuditEntry, Booking, BookingStatus, Occupancy, Refund
from tests import factories
from tests.domain.stays import sent_for
from tests.web.browser import Browser, text_of
from tests.web.cabinet import count, follow, read, signed_in
from tests.web.conftest import Stay, make_stay, move


@pytest.fixture
def stay(web_app: Flask, guest_id: UUID) -> Stay:
    """A paid booking in nine days."""
    return make_stay(web_app, guest_id, days=9)


@pytest.fixture
def host(web_app: Flask, stay: Stay) -> Browser:
    """The landlord of the stay's flat."""
    return signed_in(web_app, stay.landlord_id)


# --- ending a stay ---------------------------------------------------------------------------------------------------


def cancel_form(browser: Browser, stay: Stay) -> dict[str, str]:
    """The form as the page has it, with a reason chosen."""
    page = browser.get(f"/cabinet/bookings/{stay.reference}").text
    found = re.search(r'name="back" value="(\d+)"', page)
    assert found
    return {"back": found[1], "reason": "cannot_host"}


def test_cancelling_warns_and_then_refunds_everything(web_app: Flask, host: Browser, stay: Stay) -> None:
    """3-domain: a landlord's cancellation refunds everything, is recorded, and the dates stay blocked."""
    total = read(web_app, Booking, stay.id).total
    warning = text_of(host.get(f"/cabinet/bookings/{stay.reference}"))
    assert f"Гостю вернётся всё: {format_tenge(total)}".replace("\u00a0", " ") in warning
    assert "останутся закрытыми" in warning
    words = follow(host, host.post(f"/cabinet/bookings/{stay.reference}/cancel", cancel_form(host, stay)))
    assert "даты остались закрытыми" in words
    assert "не могу принять гостей" in words
    with web_app.app_context(), transaction() as session:
        refund = session.scalars(select(Refund).where(Refund.booking_id == stay.id)).one()
        assert refund.amount == total
        assert sent_for(session, refund) == [("send_refund", None)]
        block = session.scalars(select(Occupancy).where(Occupancy.property_id == stay.property_id)).one()
        assert (block.kind, block.booking_id) == ("block", None)
    calendar = host.get(f"/cabinet/flats/{stay.property_id}/calendar")
    assert "Закрыты из-за отменённой вами брони" in text_of(calendar)
    refused = host.post(f"/cabinet/flats/{stay.property_id}/blocks/{block.id}/delete")
    assert refused.status_code == 409
    assert "только поддержка" in text_of(refused)


def test_cancelling_needs_a_reason(web_app: Flask, host: Browser, stay: Stay) -> None:
    answer = host.post(f"/cabinet/bookings/{stay.reference}/cancel", cancel_form(host, stay) | {"reason": ""})
    assert answer.status_code == 422
    assert "причину" in text_of(answer)
    assert read(web_app, Booking, stay.id).status == BookingStatus.CONFIRMED


@pytest.mark.parametrize("back", ["1", "", "много"])
def test_an_amount_that_the_page_did_not_show_cancels_nothing(
    web_app: Flask, host: Browser, stay: Stay, back: str
) -> None:
    answer = host.post(f"/cabinet/bookings/{stay.reference}/cancel", cancel_form(host, stay) | {"back": back})
    assert answer.status_code == 409
    assert read(web_app, Booking, stay.id).status == BookingStatus.CONFIRMED


def test_a_double_click_cancels_once(web_app: Flask, host: Browser, stay: Stay) -> None:
    form = cancel_form(host, stay)
    answers = [host.post(f"/cabinet/bookings/{stay.reference}/cancel", form).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert count(web_app, Refund, Refund.booking_id == stay.id) == 1


def begin(web_app: Flask, stay: Stay, ago: timedelta) -> None:
    """Let the stay have begun so long ago."""
    booking = read(web_app, Booking, stay.id)
    move(web_app, stay, clock.now() - ago - booking.check_in_at)
    with web_app.app_context(), transaction() as session:
        session.get_one(Booking, stay.id).status = BookingStatus.CHECKED_IN


def test_a_no_show_is_offered_and_reported(web_app: Flask, host: Browser, stay: Stay) -> None:
    url = f"/cabinet/bookings/{stay.reference}"
    assert "Гость не приехал" not in text_of(host.get(url))
    begin(web_app, stay, timedelta(hours=3))
    assert "Отметить неявку" in text_of(host.get(url))
    assert "Неявка отмечена" in follow(host, host.post(f"{url}/no-show"))
    assert read(web_app, Booking, stay.id).status == BookingStatus.NO_SHOW


def test_a_no_show_that_cannot_be_reported_says_why(web_app: Flask, host: Browser, guest: Browser, stay: Stay) -> None:
    url = f"/cabinet/bookings/{stay.reference}"
    begin(web_app, stay, timedelta(hours=25))
    page = host.get(url)
    assert "Отметить неявку" not in text_of(page)
    assert "24 час" in text_of(page)
    assert host.post(f"{url}/no-show").status_code == 409

    begin(web_app, stay, timedelta(hours=3))
    assert guest.post(f"/bookings/{stay.reference}/keys").status_code == 200
    assert "Гость открыл ключи" in text_of(host.get(url))
    assert host.post(f"{url}/no-show").status_code == 409
    assert read(web_app, Booking, stay.id).status == BookingStatus.CHECKED_IN


# --- keys ------------------------------------------------------------------------------------------------------------


def test_codes_are_shown_by_asking_and_every_look_is_audited(web_app: Flask, host: Browser, stay: Stay) -> None:
    """Promise 24: codes are in the answer to a POST only, and stored nowhere."""
    url = f"/cabinet/bookings/{stay.reference}"
    assert factories.CODES.key_safe not in host.get(url).text
    for htmx in (False, True):
        answer = host.post(f"{url}/keys", htmx=htmx)
        assert factories.CODES.key_safe in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("<html" in answer.text) is not htmx
    looks = AuditEntry.action == "access.revealed", AuditEntry.subject_id == str(stay.id)
    assert count(web_app, AuditEntry, *looks, AuditEntry.actor_id == stay.landlord_id) == 2


def test_own_codes_reach_the_guest(host: Browser, web_app: Flask, guest: Browser, stay: Stay) -> None:
    url = f"/cabinet/bookings/{stay.reference}"
    assert "Новые коды готовы" in follow(host, host.post(f"{url}/codes", {"smart_lock": "515151"}))
    assert "515151" in host.post(f"{url}/keys").text
    begin(web_app, stay, timedelta(hours=1))
    assert "515151" in guest.post(f"/bookings/{stay.reference}/keys").text


def test_a_code_that_is_too_long_is_refused_with_the_page(host: Browser, stay: Stay) -> None:
    answer = host.post(f"/cabinet/bookings/{stay.reference}/codes", {"intercom": "1" * 41})
    assert answer.status_code == 422
    assert "не больше 40 знаков" in text_of(answer)


# --- reviews ----------------------------------------------------------------------------------------------------------


def test_a_review_is_answered_once(web_app: Flask, host: Browser, guest: Browser, stay: Stay) -> None:
    """3-domain, After the stay: the landlord may reply once."""
    url = f"/cabinet/bookings/{stay.reference}"
    assert host.post(f"{url}/reply", {"text": "Спасибо!"}).status_code == 404
    begin(web_app, stay, timedelta(days=3))
    with web_app.app_context(), transaction() as session:
        session.get_one(Booking, stay.id).status = BookingStatus.COMPLETED
        session.flush()
        write(
            session, stay.reference, guest_id=stay.guest_id, rating=4, text="Тихо и чисто.", photos=[], now=clock.now()
        )
    assert "Тихо и чисто." in text_of(host.get(url))
    empty = host.post(f"{url}/reply", {"text": "  "})
    assert empty.status_code == 422
    assert "несколько слов" in text_of(empty)
    assert "Ответ опубликован" in follow(host, host.post(f"{url}/reply", {"text": "Приезжайте ещё!"}))
    assert "Ответить" not in text_of(host.get(url))
    again = host.post(f"{url}/reply", {"text": "И ещё раз!"})
    assert again.status_code == 409
    assert "Приезжайте ещё!" in text_of(again)
