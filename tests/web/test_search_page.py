"""The search page: every filter by its address, its chips, its numbers, and what it says when it cannot."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask

from app.db import transaction
from app.domain.listings.amenities import mask_of
from app.models import Coordinates, Property
from tests import factories
from tests.web.browser import Browser, text_of

CITY = "turkistan"
"""A city that no other test uses."""
CENTRE = (43.30, 68.27)


@pytest.fixture(scope="module")
def flats(web_app: Flask) -> dict[str, int]:
    """A cheap flat in the middle, a good one by the metro, and a far one that waits for an answer."""
    latitude, longitude = CENTRE
    made: dict[str, dict[str, Any]] = {
        "cheap": {"base_price": 9_000, "property_class": "economy", "rooms": 1},
        "good": {
            "base_price": 30_000,
            "title": {"ru": "Студия у метро Кок-Тобе"},
            "rooms": 3,
            "amenities": mask_of(["wifi", "parking"]),
            "rating_sum": 49,
            "rating_count": 10,
            "location": Coordinates(longitude, latitude + 0.009),
        },
        "far": {"base_price": 50_000, "instant_booking": False, "location": Coordinates(longitude, latitude + 0.2)},
    }
    found = {}
    with web_app.app_context(), transaction() as session:
        for name, changes in made.items():
            values: dict[str, Any] = {"location": Coordinates(longitude, latitude), "cleaning_fee": 0} | changes
            found[name] = factories.make_property(session, city=CITY, **values).id
    return found


def shown(browser: Browser, query: str, *, htmx: bool = False) -> list[int]:
    page = browser.get(f"/{CITY}?{query}", htmx=htmx)
    assert page.status_code == 200
    return [int(flat) for flat in re.findall(r'id="card-(\d+)"', page.text)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("price_to=10000", ["cheap"]),
        ("price_from=10000&price_to=40+000", ["good"]),
        ("rooms=2", ["far", "good"]),
        ("property_class=economy", ["cheap"]),
        ("property_class=economy&property_class=comfort", ["cheap", "far", "good"]),
        ("amenity=wifi&amenity=parking", ["good"]),
        ("amenity=wifi,parking", ["good"]),
        ("instant=1", ["cheap", "good"]),
        ("rating=4.5", ["good"]),
        ("q=у+метро", ["good"]),
        ("q=kok-tobe", ["good"]),
        ("q=кок+тобэ", ["good"]),
        ("q=метор", ["good"]),
        ("q=zzzzqqqq", []),
        ("radius=3", ["cheap", "good"]),
        (f"near={CENTRE[0] + 0.2},{CENTRE[1]}&radius=1", ["far"]),
        (f"box={CENTRE[0] - 0.005},{CENTRE[1] - 0.01},{CENTRE[0] + 0.005},{CENTRE[1] + 0.01}", ["cheap"]),
    ],
)
def test_each_filter_by_its_address(browser: Browser, flats: dict[str, int], query: str, names: list[str]) -> None:
    assert sorted(shown(browser, query)) == sorted(flats[name] for name in names)
    assert sorted(shown(browser, query, htmx=True)) == sorted(flats[name] for name in names)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort=price", ["cheap", "good", "far"]),
        ("sort=distance", ["cheap", "good", "far"]),
        (f"sort=distance&near={CENTRE[0] + 0.2},{CENTRE[1]}", ["far", "good", "cheap"]),
        ("sort=rating", ["good", "cheap", "far"]),
    ],
)
def test_orders(browser: Browser, flats: dict[str, int], query: str, names: list[str]) -> None:
    assert shown(browser, query) == [flats[name] for name in names]


def test_each_chip_leads_to_the_search_without_it(browser: Browser, flats: dict[str, int]) -> None:
    asked = "q=метро&price_from=100&rooms=1&amenity=wifi&amenity=parking&rating=4.5&instant=1&property_class=comfort"
    page = browser.get(f"/{CITY}?{asked}&sort=price").text
    links = [unescape(url) for url in re.findall(r'class="chip chip--set" href="([^"]+)"', page)]
    everything = set(parse_qsl(asked)) | {("guests", "1"), ("sort", "price")}
    removed = [everything - set(parse_qsl(urlsplit(url).query)) for url in links]
    assert all(len(gone) == 1 for gone in removed)
    assert set().union(*removed) == set(parse_qsl(asked))
    for url in links:
        assert flats["good"] in shown(browser, urlsplit(url).query)


def test_flexible_cards_say_when_and_lead_there(web_app: Flask, browser: Browser, flats: dict[str, int]) -> None:
    wanted = factories.stay_in(20, 2)
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, flats["cheap"])
        factories.make_hold(session, prop, factories.make_user(session), wanted)
    dates = f"check_in={wanted.check_in}&check_out={wanted.check_out}"
    assert flats["cheap"] not in shown(browser, dates)
    page = browser.get(f"/{CITY}?{dates}&flexible=1").text
    card = page[page.index(f'id="card-{flats["cheap"]}"') :].split("</li>")[0]
    earlier = factories.stay_in(18, 2)
    assert f"check_in={earlier.check_in}&amp;check_out={earlier.check_out}" in card
    assert "за 2 ночи, " in text_of_markup(card)


def text_of_markup(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("price_from=dear", "целое число тенге"),
        ("price_from=500&price_to=100", "поменяйте их местами"),
        ("box=1,2,3", "Участок карты"),
        ("box=44,68,43,69", "Участок карты"),
        ("box=nan,68,43,69", "Участок карты"),
        ("near=91,0&radius=2", "Участок карты"),
        ("radius=5000", "Радиус"),
        ("radius=x", "Радиус"),
    ],
)
def test_what_makes_no_sense_is_said_and_not_applied(
    browser: Browser, flats: dict[str, int], query: str, says: str
) -> None:
    page = browser.get(f"/{CITY}?{query}")
    assert says in text_of(page)
    assert len(shown(browser, query)) == len(flats)
    answer = browser.get(f"/api/v1/listings?city={CITY}&{query}")
    assert answer.status_code == 422
    assert says in answer.get_json()["detail"]


def test_what_was_typed_stays_in_the_form(browser: Browser, flats: dict[str, int]) -> None:
    page = browser.get(f'/{CITY}?price_from=500&price_to=100&q=<b>"x').text
    assert 'name="price_from"' in page
    assert 'value="500"' in page
    assert 'value="100"' in page
    assert "<b>" not in page.replace("<span>Жилье<b>GO</b></span>", "")


def test_an_empty_answer_helps_on(browser: Browser, flats: dict[str, int]) -> None:
    stay = factories.stay_in(40, 2)
    page = browser.get(f"/{CITY}?check_in={stay.check_in}&check_out={stay.check_out}&amenity=crib").text
    assert "flexible=1" in page
    assert "Убрать фильтры" in page


def test_numbers_beside_the_filters_come_when_asked_for(browser: Browser, flats: dict[str, int]) -> None:
    fragment = browser.get(f"/{CITY}?part=filters&amenity=wifi", htmx=True).text
    counts = dict(re.findall(r'for="([a-z_]+-[a-z0-9_.]+)">[^<]*<span class="chip__count num">(\d+)</span>', fragment))
    assert counts["amenity-parking"] == "1"
    assert counts["property_class-comfort"] == "2", "the kitchen and the Wi-Fi of the far flat are factories' own"
    assert "<html" not in fragment
    assert "<html" in browser.get(f"/{CITY}?part=filters").text, "an address that is shared is a page"


def test_the_api_takes_the_same_parameters(browser: Browser, flats: dict[str, int]) -> None:
    stay = factories.stay_in(60, 2)
    path = f"/api/v1/listings?city={CITY}&q=metro&check_in={stay.check_in}&check_out={stay.check_out}&flexible=1"
    [item] = browser.get(f"{path}&sort=price&rating=4").get_json()["items"]
    assert (item["id"], item["price_total"]) == (flats["good"], 66_000)
    assert item["check_in"] == str(stay.check_in)
