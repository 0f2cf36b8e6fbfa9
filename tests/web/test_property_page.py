"""The page of a flat: its calendar's markup, and what is kept of the page between requests."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from flask import Flask

from app.db import transaction
from app.domain.availability.calendar import CalendarDay, Choice, DayState
from app.domain.pricing.tariff import Tariff
from app.i18n import LANGUAGES, use_language
from app.models import Photo, Property
from blueprints.portal.calendar_html import month_html
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.conftest import Stay

FIRST, TODAY = date(2027, 3, 1), date(2027, 2, 20)
TARIFF = Tariff(base_price=12500, weekend_price=15000, cleaning_fee=0)
HOSTILE = '/p/1-a?guests=2&x="><script>alert(1)</script>'


class Month(HTMLParser):
    """What a browser sees of a month: cells by row, links by day, and every element's name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[int] = []
        self.links: dict[str, dict[str, str | None]] = {}
        self.names: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag == "tr":
            self.rows.append(0)
        if tag == "td":
            self.rows[-1] += 1
        if tag == "a":
            found = dict(attrs)
            self.links[str(found["data-date"])] = found


def march(states: dict[int, tuple[DayState, Choice | None]]) -> list[CalendarDay]:
    """All of March 2027, taken but for these days."""
    busy: tuple[DayState, Choice | None] = (DayState.BUSY, None)
    return [CalendarDay(FIRST.replace(day=n), *states.get(n, busy)) for n in range(1, 32)]


def written(app: Flask, states: dict[int, tuple[DayState, Choice | None]], address: str = "/p/1-a?guests=2") -> str:
    with app.test_request_context("/"):
        return str(month_html(FIRST, march(states), address, TARIFF, today=TODAY))


def test_a_month_is_weeks_of_seven_days(web_app: Flask) -> None:
    month = Month(written(web_app, {}))
    assert month.rows == [0, 7, 7, 7, 7, 7]  # the head has no cells; 1 March 2027 is a Monday
    assert month.links == {}


def test_a_day_leads_to_its_dates_and_shows_its_price(web_app: Flask) -> None:
    friday, monday = FIRST.replace(day=5), FIRST.replace(day=8)
    html = written(web_app, {5: (DayState.FREE, Choice(friday)), 8: (DayState.FREE, Choice(friday, monday))})
    month = Month(html)
    assert month.links["2027-03-05"]["href"] == "/p/1-a?guests=2&check_in=2027-03-05"
    assert month.links["2027-03-08"]["href"] == "/p/1-a?guests=2&check_in=2027-03-05&check_out=2027-03-08"
    assert all(link["href"] == link["hx-get"] for link in month.links.values())
    assert re.search(r'id="day-2027-03-05".*?day__price" aria-hidden="true">15\xa0000<', html)
    assert re.search(r'id="day-2027-03-08".*?day__price" aria-hidden="true">12\xa0500<', html)


def test_chosen_and_taken_days_show_no_price(web_app: Flask) -> None:
    inside = FIRST.replace(day=6)
    html = written(
        web_app,
        {6: (DayState.INSIDE, Choice(inside)), 9: (DayState.CHECKOUT_ONLY, Choice(inside, FIRST.replace(day=9)))},
    )
    assert "₸" not in html
    assert Month(html).links["2027-03-06"]["aria-current"] == "date"
    assert "aria-current" not in Month(html).links["2027-03-09"]


def test_an_address_cannot_break_out_of_its_attribute(web_app: Flask) -> None:
    month = Month(written(web_app, {5: (DayState.FREE, Choice(FIRST.replace(day=5)))}, HOSTILE))
    assert month.links["2027-03-05"]["href"] == f"{HOSTILE}&check_in=2027-03-05"
    assert "script" not in month.names


def test_kept_days_speak_the_language_and_know_the_year(web_app: Flask) -> None:
    """A kept day must not answer for another language, nor for another year's «today»."""
    days = march({5: (DayState.FREE, Choice(FIRST.replace(day=5)))})
    said = set()
    with web_app.test_request_context("/"):
        for language in LANGUAGES:
            use_language(language)
            said.add(str(month_html(FIRST, days, "/p/1-a?", TARIFF, today=TODAY)))
            last_year = month_html(FIRST, days, "/p/1-a?", TARIFF, today=date(2026, 12, 31))
            assert re.search(r'sr-only">[^<]*2027', last_year)
            assert not re.search(r'sr-only">[^<]*2027', month_html(FIRST, days, "/p/1-a?", TARIFF, today=TODAY))
    assert len(said) == len(LANGUAGES)


def change(app: Flask, statement: str, **values: object) -> None:
    with app.app_context(), transaction() as session:
        session.connection().exec_driver_sql(statement, values)


AFRESH = "?afresh=1"
"""Unknown to the page, hence never answered from Redis: these tests change rows behind the domain's back."""
CHANGES = {
    "title": ('UPDATE properties SET title = \'{"ru": "Другое имя"}\' WHERE id = %(id)s', "Другое имя"),
    "description": ('UPDATE properties SET description = \'{"ru": "Всё новое"}\' WHERE id = %(id)s', "Всё новое"),
    "price": ("UPDATE properties SET base_price = 77700, weekend_price = NULL WHERE id = %(id)s", "77 700 ₸"),
    "guests": ("UPDATE properties SET max_guests = 9 WHERE id = %(id)s", "До 9 гостей"),
    "rating": ("UPDATE properties SET rating_sum = 9, rating_count = 2 WHERE id = %(id)s", "4,5 · 2 отзыва"),
    "policy": ("UPDATE properties SET cancellation_policy = 'strict' WHERE id = %(id)s", "Строгие условия отмены"),
    "times": ("UPDATE properties SET check_in_time = '16:30' WHERE id = %(id)s", "Заезд с 16:30"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_at_once(web_app: Flask, browser: Browser, flat: Property, what: str) -> None:
    statement, text = CHANGES[what]
    path = f"/p/{flat.id}-{flat.slug}{AFRESH}"
    assert text not in text_of(browser.get(path))
    change(web_app, statement, id=flat.id)
    assert text in text_of(browser.get(path))


def test_new_and_removed_photos_are_seen_at_once(web_app: Flask, browser: Browser, flat: Property) -> None:
    path = f"/p/{flat.id}-{flat.slug}{AFRESH}"
    before = browser.get(path).text
    with web_app.app_context(), transaction() as session:
        for place in range(2):
            key = f"new-{place}"
            session.add(Photo(property_id=flat.id, position=place, key=key, width=4, height=3, blur="data:,"))
    shown = re.findall(r"new-\d-800\.webp", browser.get(path).text)
    assert shown.index("new-0-800.webp") < shown.index("new-1-800.webp")
    change(web_app, "DELETE FROM photos WHERE property_id = %(id)s", id=flat.id)
    assert "new-0" not in browser.get(path).text
    assert "new-0" not in before


def test_an_erased_name_is_not_shown_once_more(web_app: Flask, browser: Browser, flat: Property) -> None:
    """First names are kept in the process, found by their ciphertext."""
    path = f"/p/{flat.id}-{flat.slug}{AFRESH}"
    shown = re.search(r'host__name">([^<]+)<', browser.get(path).text)
    assert shown is not None
    assert shown[1] != "Хозяин"
    change(web_app, "UPDATE user_profiles SET name_sealed = NULL WHERE user_id = %(id)s", id=flat.landlord_id)
    assert 'host__name">Хозяин<' in browser.get(path).text


def test_a_night_that_was_taken_is_closed_at_once(web_app: Flask, browser: Browser, flat: Property) -> None:
    """The nights are read anew each time, whatever else is kept."""
    when = factories.stay_in(10)
    path = f"/p/{flat.id}-{flat.slug}?guests=1&month={when.check_in:%Y-%m}"
    assert f'id="day-{when.check_in}"' in browser.get(path).text
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, flat.id)
        factories.make_hold(session, prop, factories.make_user(session), when)
    assert f'id="day-{when.check_in}"' not in browser.get(path).text


def test_nothing_of_one_reader_is_kept_for_the_next(web_app: Flask, guest: Browser, flat: Property) -> None:
    path = f"/p/{flat.id}-{flat.slug}"
    mine = guest.get(path).text
    other, again = Browser(web_app).get(path), Browser(web_app).get(path)
    assert 'name="csrf_token"' in mine
    assert 'name="csrf_token"' not in other.text
    nonces = [re.search(r'ld\+json" nonce="([^"]+)"', text) for text in (mine, other.text, again.text)]
    assert len({found[1] for found in nonces if found}) == 3
    assert nonces[1] is not None
    assert nonces[1][1] in other.headers["Content-Security-Policy"]


def test_reviews_come_newest_first_with_first_names_only(web_app: Flask, browser: Browser, open_stay: Stay) -> None:
    change(
        web_app,
        "INSERT INTO reviews (booking_id, property_id, author_id, rating, text, created_at)"
        " VALUES (%(booking)s, %(flat)s, %(author)s, 5, 'Тихо <b>и</b> чисто', '2026-01-02')",
        booking=open_stay.id,
        flat=open_stay.property_id,
        author=open_stay.guest_id,
    )
    page = browser.get(f"/p/{open_stay.property_id}").headers["Location"]
    html = browser.get(page).text
    assert "Тихо &lt;b&gt;и&lt;/b&gt; чисто" in html
    author = re.search(r'review__head">.*?<strong>([^<]+)</strong>', html, re.DOTALL)
    assert author is not None
    assert " " not in author[1]
