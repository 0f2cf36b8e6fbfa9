"""How many statements a page costs. Each is a round trip, and they are what grows unseen."""

from __future__ import annotations

import time

import pytest
from flask import Flask

from app.db import count_queries, transaction
from app.models import Photo, Property
from blueprints.portal import cities
from tests import factories
from tests.web.browser import Browser
from tests.web.conftest import Stay


def statements(browser: Browser, path: str, *, htmx: bool = False) -> list[str]:
    """What one warm request asks the database, while the process knows its cities: it reads them once a minute."""
    while True:
        minute = time.monotonic() // cities.SECONDS
        browser.get(path, htmx=htmx)
        seen: list[str] = []
        with browser.app.app_context():
            stop = count_queries(seen.append)
        try:
            answer = browser.get(path, htmx=htmx)
        finally:
            stop()
        assert answer.status_code == 200
        if time.monotonic() // cities.SECONDS == minute:
            return seen


@pytest.fixture
def busy_city(web_app: Flask) -> str:
    """A city with more than a page of flats, with pictures: what is pinned must not depend on how many there are."""
    with web_app.app_context(), transaction() as session:
        for number in range(25):
            prop = factories.make_property(session, city="aktau", title={"ru": f"Квартира {number}"})
            session.add(Photo(property_id=prop.id, position=0, key="room-1", width=1600, height=1200, blur="data:,"))
    return "aktau"


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("htmx", [False, True])
def test_search_costs_at_most_four(web_app: Flask, guest: Browser, busy_city: str, signed_in: bool, htmx: bool) -> None:
    browser = guest if signed_in else Browser(web_app)
    when = factories.stay_in(10)
    for path in (f"/{busy_city}", f"/{busy_city}?check_in={when.check_in}&check_out={when.check_out}&guests=2"):
        found = statements(browser, path, htmx=htmx)
        assert len(found) <= 4, found


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_flats_page_costs_at_most_six(
    web_app: Flask, guest: Browser, flat: Property, signed_in: bool, htmx: bool
) -> None:
    browser = guest if signed_in else Browser(web_app)
    when = factories.stay_in(10)
    path = f"/p/{flat.id}-{flat.slug}"
    for query in ("", f"?check_in={when.check_in}&check_out={when.check_out}&guests=2", "?month=2027-05"):
        found = statements(browser, path + query, htmx=htmx)
        assert len(found) <= 6, found


def test_other_pages_are_pinned_too(guest: Browser, open_stay: Stay, held_stay: Stay, flat: Property) -> None:
    when = factories.stay_in(60)
    pinned = {
        "/": 4,
        "/bookings": 3,
        f"/bookings/{open_stay.reference}": 6,
        f"/checkout/{held_stay.reference}": 4,
        f"/checkout?property_id={flat.id}&check_in={when.check_in}&check_out={when.check_out}&guests=2": 5,
        "/profile": 6,
    }
    for path, most in pinned.items():
        found = statements(guest, path)
        assert len(found) <= most, (path, found)


def test_a_guests_list_costs_the_same_for_one_booking_and_for_many(
    web_app: Flask, guest: Browser, guest_id: object, open_stay: Stay
) -> None:
    few = len(statements(guest, "/bookings"))
    with web_app.app_context(), transaction() as session:
        for number in range(6):
            prop = factories.make_property(session)
            factories.make_paid_booking(session, prop, guest_id, factories.stay_in(50 + number))  # type: ignore[arg-type]
    assert len(statements(guest, "/bookings")) == few


def test_probes_cost_nothing_or_one(web_app: Flask) -> None:
    assert statements(Browser(web_app), "/healthz") == []
    assert len(statements(Browser(web_app), "/readyz")) == 1


def test_the_counter_counts(guest: Browser) -> None:
    """A counter that always says zero would pass every limit."""
    assert len(statements(guest, "/bookings")) >= 2
