"""Three languages: chosen in the address, remembered in a cookie, Russian when nothing is known."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.i18n import LANGUAGES
from app.models import Property
from tests.web.browser import Browser, text_of


def language_of(html: str) -> str:
    found = re.search(r'<html lang="(\w+)"', html)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("code", LANGUAGES)
def test_choosing_a_language_is_remembered(web_app: Flask, code: str) -> None:
    browser = Browser(web_app)
    answer = browser.get(f"/almaty?lang={code}")
    assert language_of(answer.text) == code
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("lang="))
    assert cookie.startswith(f"lang={code};")
    assert "Max-Age=31536000" in cookie
    assert language_of(browser.get("/almaty").text) == code
    assert language_of(browser.get("/nowhere").text) == code


@pytest.mark.parametrize("unknown", ["de", "", "RU", "kk-KZ", "../en", "\x00", "e" * 500])
def test_an_unknown_language_is_russian_and_not_remembered(web_app: Flask, unknown: str) -> None:
    browser = Browser(web_app)
    answer = browser.client.get("/almaty", query_string={"lang": unknown})
    assert language_of(answer.text) == "ru"
    assert not any(value.startswith("lang=") for value in answer.headers.getlist("Set-Cookie"))
    browser.client.set_cookie("lang", "de")
    assert language_of(browser.get("/almaty").text) == "ru"


def test_one_readers_language_is_not_the_next_ones(web_app: Flask) -> None:
    """Requests follow each other in one thread."""
    assert language_of(Browser(web_app).get("/almaty?lang=kk").text) == "kk"
    assert language_of(Browser(web_app).get("/almaty").text) == "ru"


def test_every_page_links_to_itself_in_the_other_languages(browser: Browser, flat: Property) -> None:
    """`hreflang` on the links of the language menu, keeping what the address says."""
    page = browser.get(f"/p/{flat.id}-{flat.slug}?guests=3&lang=en").text
    for code in LANGUAGES:
        assert f'hreflang="{code}"' in page
    assert re.search(rf'href="/p/{flat.id}-{flat.slug}\?guests=3&amp;lang=kk"', page)
    assert "lang=en&amp;lang=kk" not in page


def test_the_three_pages_differ(web_app: Flask) -> None:
    """The catalogs are in place: a page in Kazakh is not the Russian one with another attribute."""
    said = {code: text_of(Browser(web_app).get(f"/sign-in?lang={code}")) for code in LANGUAGES}
    assert "Войдите по номеру телефона" in said["ru"]
    assert "Войдите" not in said["kk"]
    assert "Войдите" not in said["en"]
    assert len(set(said.values())) == 3


def test_cities_and_titles_are_in_the_language_of_the_page(browser: Browser, flat: Property) -> None:
    assert "Flat by the park" in browser.get(f"/p/{flat.id}-{flat.slug}?lang=en").text
    assert "Almaty" in text_of(browser.get("/almaty?lang=en"))
    assert "Саябақ жанындағы пәтер" in browser.get(f"/p/{flat.id}-{flat.slug}?lang=kk").text
    assert "Квартира у парка" in browser.get(f"/p/{flat.id}-{flat.slug}?lang=ru").text


def test_the_profiles_language_is_spoken_after_it_is_saved(guest: Browser) -> None:
    guest.post("/profile", {"name": "Айгерим", "language": "kk"})
    assert language_of(guest.get("/bookings").text) == "kk"
