"""Door codes over HTTP: shown to one person, for a while, on request, and found nowhere else (promise 24)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.bookings import state_machine
from app.kit import clock
from app.models import AuditEntry, Booking, BookingStatus
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.conftest import Stay, move

SECRETS = (
    factories.CODES.intercom,
    factories.CODES.key_safe,
    factories.CODES.smart_lock,
    factories.CODES.wifi_password,
    factories.CODES.directions,
)


def keys_path(stay: Stay) -> str:
    return f"/bookings/{stay.reference}/keys"


def shows_codes(html: str) -> bool:
    return any(secret in html for secret in SECRETS)


def reveals(app: Flask, stay: Stay) -> list[AuditEntry]:
    with app.app_context(), transaction() as session:
        statement = select(AuditEntry).where(AuditEntry.action == "access.revealed")
        return list(session.scalars(statement.where(AuditEntry.subject_id == str(stay.id))))


@pytest.mark.parametrize("htmx", [True, False])
def test_the_guest_sees_the_codes_by_asking_and_each_time_is_audited(
    web_app: Flask, guest: Browser, open_stay: Stay, guest_id: UUID, htmx: bool
) -> None:
    """Promise 24: with htmx and without JavaScript."""
    for count in (1, 2):
        answer = guest.post(keys_path(open_stay), htmx=htmx)
        assert answer.status_code == 200
        assert all(secret in answer.text for secret in SECRETS)
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("<html" in answer.text) == (not htmx)
        found = reveals(web_app, open_stay)
        assert len(found) == count
        assert {entry.actor_id for entry in found} == {guest_id}


def test_codes_are_on_no_page_before_they_are_asked_for(guest: Browser, open_stay: Stay, web_app: Flask) -> None:
    """Promise 24: not on the booking page, not in lists, not in the checkout, as page or as fragment."""
    for path in (
        f"/bookings/{open_stay.reference}",
        "/bookings",
        f"/checkout/{open_stay.reference}",
        f"/p/{open_stay.property_id}-kvartira-u-parka",
        "/almaty",
        "/",
        "/profile",
    ):
        for htmx in (False, True):
            answer = guest.get(path, htmx=htmx)
            assert answer.status_code == 200, path
            assert not shows_codes(answer.text), path
            assert answer.headers["Cache-Control"] == "no-store", path
    assert reveals(web_app, open_stay) == []
    assert "Показать ключи" in text_of(guest.get(f"/bookings/{open_stay.reference}"))


def test_after_a_reveal_the_page_is_as_closed_as_before(guest: Browser, open_stay: Stay) -> None:
    """Promise 24: what was shown once is not on the next page."""
    guest.post(keys_path(open_stay))
    assert not shows_codes(guest.get(f"/bookings/{open_stay.reference}").text)
    assert not shows_codes(guest.get("/bookings").text)


def test_keys_cannot_be_opened_by_a_link(guest: Browser, open_stay: Stay, web_app: Flask) -> None:
    """Promise 24: no GET reveals, so nothing prefetches or keeps them."""
    assert guest.get(keys_path(open_stay)).status_code == 405
    assert guest.client.head(keys_path(open_stay)).status_code == 405
    assert reveals(web_app, open_stay) == []


@pytest.mark.parametrize("who", ["anonymous", "other guest", "landlord", "support", "admin"])
def test_nobody_else_sees_the_codes(
    web_app: Flask, other_guest: Browser, people: dict[str, UUID], open_stay: Stay, who: str
) -> None:
    """Promise 24: 404 for everyone signed in, the sign-in page for the others."""
    browser = other_guest if who == "other guest" else Browser(web_app)
    if who in {"landlord", "support", "admin"}:
        browser.sign_in({**people, "landlord": open_stay.landlord_id}[who])
    for htmx in (False, True):
        answer = browser.post(keys_path(open_stay), htmx=htmx)
        assert answer.status_code == ((204 if htmx else 302) if who == "anonymous" else 404)
        assert not shows_codes(answer.text)
    assert reveals(web_app, open_stay) == []


def test_too_early_is_403_and_says_when(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """Promise 24."""
    answer = guest.post(keys_path(later_stay))
    assert answer.status_code == 403
    assert "Ключи откроются" in text_of(answer)
    assert not shows_codes(answer.text)
    assert reveals(web_app, later_stay) == []
    page = guest.get(f"/bookings/{later_stay.reference}")
    assert "Ключи откроются" in text_of(page)
    assert "Показать ключи" not in text_of(page)


@pytest.mark.parametrize(
    ("hours", "status"), [(24 - 12 + 1, 403), (24 - 12 - 1, 200), (-12 - 45, 200), (-12 - 47, 403), (-24 * 60, 403)]
)
def test_the_window_over_http(web_app: Flask, guest: Browser, open_stay: Stay, hours: int, status: int) -> None:
    """Promise 24: `open_stay` begins in 12 hours and lasts 46: from 24 h before check-in to check-out."""
    move(web_app, open_stay, timedelta(hours=hours))
    answer = guest.post(keys_path(open_stay))
    assert answer.status_code == status
    assert shows_codes(answer.text) == (status == 200)
    assert len(reveals(web_app, open_stay)) == int(status == 200)


def test_after_check_out_codes_and_button_are_gone(web_app: Flask, guest: Browser, open_stay: Stay) -> None:
    """Promise 24."""
    move(web_app, open_stay, -timedelta(days=4))
    page = guest.get(f"/bookings/{open_stay.reference}")
    assert page.status_code == 200
    assert "Показать ключи" not in text_of(page)
    assert not shows_codes(page.text)


def test_a_cancelled_booking_shows_neither_codes_nor_address(
    web_app: Flask, guest: Browser, guest_id: UUID, open_stay: Stay
) -> None:
    """Promise 24."""
    before = guest.get(f"/bookings/{open_stay.reference}").text
    assert "90/43" in before
    with web_app.app_context(), transaction() as session:
        booking = session.get_one(Booking, open_stay.id, with_for_update=True)
        actor = Actor.guest(guest_id)
        state_machine.transition(session, booking, BookingStatus.CANCELLED_BY_GUEST, actor=actor, now=clock.now())
    answer = guest.post(keys_path(open_stay))
    assert answer.status_code == 403
    assert not shows_codes(answer.text)
    page = guest.get(f"/bookings/{open_stay.reference}")
    assert "90/43" not in page.text
    assert "Показать ключи" not in text_of(page)
    assert reveals(web_app, open_stay) == []


def test_an_unpaid_hold_shows_neither_codes_nor_address(web_app: Flask, guest: Browser, held_stay: Stay) -> None:
    """Promise 24."""
    answer = guest.post(keys_path(held_stay))
    assert answer.status_code == 403
    for path in (f"/bookings/{held_stay.reference}", f"/checkout/{held_stay.reference}", "/bookings"):
        page = guest.get(path)
        assert page.status_code == 200
        assert "90/43" not in page.text
        assert not shows_codes(page.text)


def test_the_building_is_not_public(web_app: Flask, flat: object, open_stay: Stay) -> None:
    """The street is shown to everyone, the building only to a guest who has paid."""
    page = Browser(web_app).get(f"/p/{open_stay.property_id}-kvartira-u-parka")
    assert "улица Сатпаева" in page.text
    assert "90/43" not in page.text


def test_codes_of_two_flats_swapped_in_the_table_are_not_shown(
    web_app: Flask, guest: Browser, open_stay: Stay, flat: object
) -> None:
    """Promise 24: a 500 that says nothing, rather than the neighbour's codes."""
    with web_app.app_context(), transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE access_instructions a SET details_sealed = b.details_sealed FROM access_instructions b"
            " WHERE a.property_id = %(one)s AND b.property_id = %(other)s",
            {"one": open_stay.property_id, "other": flat.id},  # type: ignore[attr-defined]
        )
    answer = guest.post(keys_path(open_stay))
    assert answer.status_code == 500
    assert not shows_codes(answer.text)
    assert reveals(web_app, open_stay) == []


def test_reveals_are_the_only_audit_entries_with_that_name(web_app: Flask, guest: Browser, open_stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        statement = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "access.revealed")
        before = session.scalar(statement) or 0
    guest.get(f"/bookings/{open_stay.reference}")
    guest.post(keys_path(open_stay))
    with web_app.app_context(), transaction() as session:
        assert session.scalar(statement) == before + 1
