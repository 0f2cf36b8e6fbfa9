"""Pages kept in Redis for everyone (issue 3, point 8): never of one person, never old, never without need."""

from __future__ import annotations

import pytest
from flask import Flask

from app.db import transaction
from app.domain.pricing import rates
from app.kit import clock
from app.models import Property
from tests.web.browser import Browser
from tests.web.test_queries import statements


@pytest.fixture
def path(flat: Property) -> str:
    return f"/p/{flat.id}-{flat.slug}"


def test_the_second_reader_costs_no_query(web_app: Flask, path: str) -> None:
    Browser(web_app).get(path)
    assert statements(Browser(web_app), path) == []


def test_people_who_are_signed_in_get_their_own_page(web_app: Flask, guest: Browser, path: str) -> None:
    """A page with somebody's menu and token is neither kept nor answered from what was kept."""
    anonymous = Browser(web_app).get(path).text
    mine = guest.get(path).text
    assert "csrf_token" in mine
    assert "csrf_token" not in anonymous
    assert Browser(web_app).get(path).text.count("csrf_token") == 0
    assert len(statements(guest, path)) >= 1


@pytest.mark.parametrize("language", ["kk", "en"])
def test_languages_and_parts_of_pages_are_kept_apart(web_app: Flask, path: str, language: str) -> None:
    russian, other = Browser(web_app), Browser(web_app)
    other.get(f"{path}?lang={language}")
    assert f'<html lang="{language}">' in other.get(path).text
    assert '<html lang="ru">' in russian.get(path).text
    part = russian.get(path, headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
    assert "<html" not in part
    assert "<html" in russian.get(path).text


def test_every_answer_has_its_own_nonce(web_app: Flask, path: str) -> None:
    first, second = Browser(web_app).get(path), Browser(web_app).get(path)
    nonces = [answer.text.split('nonce="')[1].split('"')[0] for answer in (first, second)]
    assert nonces[0] != nonces[1]
    for answer, nonce in zip((first, second), nonces, strict=True):
        assert nonce in answer.headers["Content-Security-Policy"]


def test_a_new_price_is_shown_from_the_commit_on(web_app: Flask, flat: Property, path: str) -> None:
    assert "77\u00a0700" not in Browser(web_app).get(path).text
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, flat.id)
        prop.base_price, prop.weekend_price = 77_700, None
        session.flush()
        rates.write_ring(session, prop, now=clock.now())
    assert "77\u00a0700" in Browser(web_app).get(path).text


def test_a_rollback_forgets_nothing(web_app: Flask, flat: Property, path: str) -> None:
    Browser(web_app).get(path)

    def change_and_fail() -> None:
        with transaction() as session:
            rates.write_ring(session, session.get_one(Property, flat.id), now=clock.now())
            raise RuntimeError

    with web_app.app_context(), pytest.raises(RuntimeError):
        change_and_fail()
    assert statements(Browser(web_app), path) == []


def test_an_invented_query_is_never_kept(web_app: Flask, path: str) -> None:
    for _ in range(2):
        assert statements(Browser(web_app), f"{path}?utm=1") != []


def test_a_flat_that_is_gone_stays_gone(web_app: Flask, flat: Property, path: str) -> None:
    """404 and redirects are no pages: nothing is kept of them."""
    for _ in range(2):
        assert Browser(web_app).get(f"/p/{flat.id}-other").status_code == 301
        assert Browser(web_app).get("/p/999999999-gone").status_code == 404
