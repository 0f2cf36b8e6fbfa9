"""Hearts on pages: whose they are, what they cost, and that they work with and without JavaScript, signed in or not."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

import pytest
from flask import Flask

from app.db import transaction
from app.domain.favourites.saving import MOST_SAVED
from app.kit import clock
from app.models import Favourite, Property, PropertyStatus
from tests import factories
from tests.domain.login_codes import code_of
from tests.web.browser import Browser, text_of
from tests.web.hearts import CITY, LIST, heart, press, save_for, saved
from tests.web.test_queries import statements


@pytest.fixture
def flat(web_app: Flask) -> Property:
    with web_app.app_context(), transaction() as session:
        return factories.make_property(session, city=CITY, rating_sum=50, rating_count=10)


@pytest.fixture
def pages(flat: Property) -> tuple[str, str]:
    """Where this flat has a heart, beside the home page."""
    return f"/{CITY}", f"/p/{flat.id}-{flat.slug}"


# --- signed in --------------------------------------------------------------------------------------


def test_a_heart_says_what_is_saved_and_asks_for_the_other(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, pages: tuple[str, str]
) -> None:
    for path in pages:
        found = heart(guest, path, flat)
        assert (found["aria-pressed"], found["value"]) == ("false", "yes")
        assert (found["formaction"], found["form"]) == (f"{LIST}/{flat.id}", "hearts")
    save_for(web_app, guest_id, flat)
    for path in pages:
        assert (heart(guest, path, flat)["aria-pressed"], heart(guest, path, flat)["value"]) == ("true", "no")


def test_its_name_is_constant_and_says_which_flat(guest: Browser, flat: Property, pages: tuple[str, str]) -> None:
    """A toggle whose name changed with its state would say the opposite twice."""
    for path in pages:
        found, page = heart(guest, path, flat), guest.get(path).text
        assert found["aria-label"] == "В избранное"
        assert found["aria-labelledby"].split() == [f"heart-{flat.id}", f"title-{flat.id}"]
        assert page.count(f'id="title-{flat.id}"') == 1


def test_without_javascript_a_press_leads_back(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, pages: tuple[str, str]
) -> None:
    page = guest.get(f"/{CITY}?guests=2").text
    [form] = re.findall(r'<form id="hearts".*?</form>', page, re.DOTALL)
    assert 'name="csrf_token"' in form
    assert f'name="next" value="/{CITY}?guests=2"' in form
    answer = press(guest, flat, back=f"/{CITY}?guests=2")
    assert (answer.status_code, answer.location) == (303, f"/{CITY}?guests=2")
    assert saved(web_app, guest_id) == [flat.id]
    assert press(guest, flat, "no").location == LIST
    assert saved(web_app, guest_id) == []


def test_nobody_is_led_elsewhere(guest: Browser, flat: Property) -> None:
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert press(guest, flat, back=target).location == LIST


def test_for_htmx_the_answer_is_the_heart_alone(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    for wanted, pressed, number in (("yes", "true", 1), ("yes", "true", 1), ("no", "false", 0), ("no", "false", 0)):
        answer = press(guest, flat, wanted, htmx=True)
        assert answer.status_code == 200
        assert answer.text.startswith(f'<button class="heart" id="heart-{flat.id}"')
        assert f'aria-pressed="{pressed}"' in answer.text
        assert len(saved(web_app, guest_id)) == number


@pytest.mark.parametrize("wanted", ["", "maybe", "YES", "1"])
def test_a_press_that_says_nothing_known_is_refused(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, wanted: str
) -> None:
    assert press(guest, flat, wanted).status_code == 400
    assert saved(web_app, guest_id) == []


def test_refusals_are_said(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    unknown = guest.post(f"{LIST}/{'9' * 30}", {"saved": "yes"})
    assert unknown.status_code == 404
    assert "Этой квартиры больше нет среди объявлений" in text_of(unknown)
    with web_app.app_context(), transaction() as session:
        landlord = factories.make_user(session)
        others = [factories.make_property(session, landlord_id=landlord).id for _ in range(MOST_SAVED)]
        now = clock.now()
        session.add_all(Favourite(user_id=guest_id, property_id=each, created_at=now) for each in others)
    for htmx in (False, True):
        full = press(guest, flat, htmx=htmx)
        assert full.status_code == 409
        assert f"не больше {MOST_SAVED} квартир" in text_of(full)


def test_other_peoples_hearts_are_their_own(
    web_app: Flask, guest_id: UUID, other_guest: Browser, flat: Property, pages: tuple[str, str]
) -> None:
    save_for(web_app, guest_id, flat)
    for path in pages:
        assert heart(other_guest, path, flat)["aria-pressed"] == "false"
    assert f"card-{flat.id}" not in other_guest.get(LIST).text


# --- not signed in ----------------------------------------------------------------------------------


def sign_in(web_app: Flask, browser: Browser, at: str) -> tuple[str, int]:
    """Follow a heart's link, type the phone and the code; where that leads, and with which status."""
    page = browser.get(at).text
    hidden = dict(re.findall(r'<input type="hidden" name="(next|save)" value="([^"]*)"', page))
    browser.post("/sign-in", {"phone": factories.new_phone()} | {name: unescape(hidden[name]) for name in hidden})
    with web_app.app_context():
        code = code_of(str(browser.session()["challenge"]))
    answer = browser.post("/sign-in/code", {"code": code})
    return answer.location or text_of(answer), answer.status_code


def person_of(browser: Browser) -> str:
    return str(browser.session().get("_user_id", ""))


def test_anonymous_hearts_are_links_that_save_after_the_sign_in(
    web_app: Flask, flat: Property, pages: tuple[str, str]
) -> None:
    for path in (f"{pages[0]}?guests=2", pages[1]):
        browser = Browser(web_app)
        found = heart(browser, path, flat)
        assert "aria-pressed" not in found
        back = f"{path}#card-{flat.id}" if path.startswith(f"/{CITY}") else path
        assert "сохраним в избранное" in browser.get(found["href"]).text
        assert sign_in(web_app, browser, found["href"]) == (back, 302)
        assert heart(browser, path, flat)["aria-pressed"] == "true"
        assert f"card-{flat.id}" in browser.get(LIST).text


def test_what_was_wished_before_does_not_stick(web_app: Flask, flat: Property) -> None:
    """Whoever leaves the sign-in that a heart led to, and signs in otherwise, saves nothing."""
    browser = Browser(web_app)
    browser.post("/sign-in", {"phone": factories.new_phone(), "save": str(flat.id)})
    assert sign_in(web_app, browser, "/sign-in")[1] == 302
    assert "Здесь появятся квартиры" in browser.get(LIST).text


def test_another_phone_keeps_the_wish(web_app: Flask, flat: Property) -> None:
    browser = Browser(web_app)
    browser.post("/sign-in", {"phone": factories.new_phone(), "save": str(flat.id), "next": "/"})
    [link] = re.findall(r'<a class="text-link" href="([^"]*)">Изменить номер', browser.get("/sign-in/code").text)
    assert sign_in(web_app, browser, unescape(link)) == ("/", 302)
    assert f"card-{flat.id}" in browser.get(LIST).text


def test_a_flat_that_is_gone_meanwhile_keeps_nobody_out(web_app: Flask, flat: Property) -> None:
    browser = Browser(web_app)
    link = heart(browser, f"/p/{flat.id}-{flat.slug}", flat)["href"]
    with web_app.app_context(), transaction() as session:
        session.get_one(Property, flat.id).status = PropertyStatus.PAUSED
    words, status = sign_in(web_app, browser, link)
    assert (status, "Этой квартиры больше нет среди объявлений" in words) == (404, True)
    assert person_of(browser), "signed in all the same"


@pytest.mark.parametrize("value", ["", "0", "x", "-1", "٣", "1e3", "9" * 19, "9" * 400, "\x00"])
def test_odd_wishes_do_no_harm(web_app: Flask, value: str) -> None:
    """Only a number may be a flat's: a flat that is not there is told, anything else is no wish at all."""
    browser = Browser(web_app)
    assert browser.get(f"/sign-in?save={value}").status_code == 200
    browser.post("/sign-in", {"phone": factories.new_phone(), "save": value})
    with web_app.app_context():
        code = code_of(str(browser.session()["challenge"]))
    answer = browser.post("/sign-in/code", {"code": code})
    if value == "0":
        assert (answer.status_code, "Этой квартиры больше нет среди объявлений" in answer.text) == (404, True)
    else:
        assert (answer.status_code, answer.location) == (302, "/bookings")
    assert person_of(browser)
    assert "Здесь появятся квартиры" in browser.get(LIST).text


def test_without_a_session_nothing_is_saved(web_app: Flask, flat: Property) -> None:
    answer = press(Browser(web_app), flat)
    assert (answer.status_code, answer.location) == (302, "/sign-in")


# --- what they cost ---------------------------------------------------------------------------------


def test_hearts_cost_one_query_and_anonymous_ones_none(
    web_app: Flask, guest: Browser, flat: Property, pages: tuple[str, str]
) -> None:
    for path in ("/", *pages):
        asked = [each for each in statements(guest, path) if "favourites" in each]
        assert len(asked) == 1, path
        Browser(web_app).get(path)
        assert statements(Browser(web_app), path) == [], "kept for everyone"
        assert not [each for each in statements(Browser(web_app), f"{path}?utm=1") if "favourites" in each]


def test_the_panel_of_a_flat_has_no_heart_and_asks_for_none(guest: Browser, pages: tuple[str, str]) -> None:
    assert not [each for each in statements(guest, pages[1], htmx=True) if "favourites" in each]


def test_what_is_kept_for_everyone_has_no_heart_of_one_person(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, pages: tuple[str, str]
) -> None:
    """Whoever comes first, and whoever follows: markup is kept in the process and in Redis, hearts are not."""
    save_for(web_app, guest_id, flat)
    for path in pages:
        for browser in (guest, Browser(web_app), guest):
            assert ("aria-pressed" in heart(browser, path, flat)) == (browser is guest)
        assert "aria-pressed" not in Browser(web_app).get(path).text


def test_hearts_of_search_come_in_with_every_page_of_results(guest: Browser, flat: Property) -> None:
    part = guest.get(f"/{CITY}?guests=1", htmx=True).text
    assert f'id="heart-{flat.id}"' in part
    assert 'id="hearts"' not in part, "the form stays in the page around it"
