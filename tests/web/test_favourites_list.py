"""The list of saved flats: what became of them, its pages, its cost."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask

from app.db import transaction
from app.kit import clock
from app.models import Favourite, Property, PropertyStatus
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.hearts import CITY, LIST, heart, press, save_for, saved
from tests.web.test_queries import statements


@pytest.fixture
def flat(web_app: Flask) -> Property:
    with web_app.app_context(), transaction() as session:
        return factories.make_property(session, city=CITY, rating_sum=50, rating_count=10)


def test_the_list_shows_what_was_saved_and_what_became_of_it(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    assert "Здесь появятся квартиры" in text_of(guest.get(LIST))
    with web_app.app_context(), transaction() as session:
        paused = factories.make_property(session, city=CITY)
    save_for(web_app, guest_id, flat, paused)
    with web_app.app_context(), transaction() as session:
        session.get_one(Property, paused.id).status = PropertyStatus.PAUSED
    page = guest.get(LIST)
    assert re.findall(r'id="card-(\d+)"', page.text) == [str(paused.id), str(flat.id)]
    assert "Сейчас не сдаётся" in text_of(page)
    assert f"/p/{flat.id}-" in page.text
    assert f"/p/{paused.id}-" not in page.text, "no link to a page that is not there"
    assert "2 квартиры" in text_of(page)
    for each in (flat, paused):
        assert heart(guest, LIST, each)["aria-pressed"] == "true"
        assert press(guest, each, "no").status_code == 303
    assert saved(web_app, guest_id) == []


def test_a_long_list_has_pages(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    with web_app.app_context(), transaction() as session:
        landlord, now = factories.make_user(session), clock.now()
        flats = [factories.make_property(session, city=CITY, landlord_id=landlord).id for _ in range(50)]
        session.add_all(Favourite(user_id=guest_id, property_id=each, created_at=now) for each in flats)
    found: list[str] = []
    for page, others in (("", {"2"}), ("?page=2", {"", "3"}), ("?page=3", {""})):
        answer = guest.get(f"{LIST}{page}")
        found += re.findall(r'id="card-(\d+)"', answer.text)
        assert (
            set(re.findall(r'class="button button--quiet" href="/favourites(?:\?page=)?(\d*)"', answer.text)) == others
        )
    assert sorted(map(int, found)) == sorted(flats)
    assert guest.get(f"{LIST}?page=9").location == LIST
    for odd in ("0", "-1", "x", "٣", "9" * 40, ""):
        assert guest.get(f"{LIST}?page={odd}").status_code in {200, 302}


def test_the_list_costs_the_same_for_one_flat_and_for_many(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    costs = []
    for _ in range(2):
        with web_app.app_context(), transaction() as session:
            flats = [factories.make_property(session, city=CITY) for _ in range(3)]
        save_for(web_app, guest_id, *flats)
        costs.append(len(statements(guest, LIST)))
    assert costs[0] == costs[1] == 2


def test_the_menu_leads_there(guest: Browser, browser: Browser) -> None:
    assert f'href="{LIST}"' in guest.get("/").text
    assert f'href="{LIST}"' not in browser.get("/").text
