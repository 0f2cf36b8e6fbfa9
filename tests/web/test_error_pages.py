"""Refusals and crashes: one designed page, in the reader's language, with the request's id and without our insides."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from flask import Flask, abort
from sqlalchemy import text

from app.db import reading, transaction
from app.kit.errors import DomainError, ErrorKind
from blueprints.shared.access import public
from blueprints.shared.errors import PAGES
from tests import factories
from tests.services import Services
from tests.web.browser import CSRF, Browser, text_of
from tests.web.conftest import MakeApp, Stay

SECRET = "postgresql-password-4711"


def _crash() -> str:
    raise RuntimeError(f"secret of the code: {SECRET}")


def _database_error() -> str:
    with reading() as connection:
        return str(connection.execute(text("SELECT * FROM no_such_table"), {"secret": SECRET}).scalar())


def _busy() -> str:
    raise DomainError("busy", ErrorKind.BUSY)


@pytest.fixture
def broken(make_app: MakeApp) -> Flask:
    """An application with routes that fail in every way."""
    app = make_app()
    app.add_url_rule("/t/crash", "t.crash", public(_crash))
    app.add_url_rule("/t/database", "t.database", public(_database_error))
    app.add_url_rule("/t/busy", "t.busy", public(_busy))
    for status in (400, 403, 404, 409, 413, 422, 429, 500, 503):
        app.add_url_rule(f"/t/{status}", f"t.{status}", public(lambda status=status: abort(status)))
    return app


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 429, 500, 503])
def test_every_refusal_has_a_page_in_the_portals_look(broken: Flask, status: int) -> None:
    answer = Browser(broken).get(f"/t/{status}")
    title, words = PAGES[status]
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    for part in ("<!doctype html>", "Жилье<b>GO</b>", "На главную", title, str(status)):
        assert part in answer.text
    assert words in text_of(answer)
    assert answer.headers["X-Request-ID"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    if status >= 500:
        assert answer.headers["X-Request-ID"] in answer.text, "the number that support asks for"


@pytest.mark.parametrize("status", [403, 404, 409, 429, 500, 503])
def test_htmx_gets_a_notice_instead_of_a_page(broken: Flask, status: int) -> None:
    answer = Browser(broken).get(f"/t/{status}", htmx=True)
    assert answer.status_code == status
    assert "<html" not in answer.text
    assert PAGES[status][0] in answer.text
    assert f'data-code="{status}"' in answer.text
    assert 'hx-target="#notices"' in answer.text
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/t/crash", "/t/database"])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_crash_shows_nothing_of_the_code(broken: Flask, path: str, htmx: bool) -> None:
    answer = Browser(broken).get(path, htmx=htmx)
    assert answer.status_code == 500
    for inside in (SECRET, "Traceback", "RuntimeError", "sqlalchemy", "psycopg", "no_such_table", ".py", "SELECT"):
        assert inside not in answer.text
    assert "У нас ошибка" in answer.text


def test_busy_says_try_again(broken: Flask) -> None:
    answer = Browser(broken).get("/t/busy")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Попробуйте ещё раз через несколько секунд" in text_of(answer)


@pytest.mark.parametrize(("language", "words"), [("kk", "kk"), ("en", "en"), ("ru", "ru")])
def test_error_pages_speak_the_readers_language(broken: Flask, language: str, words: str) -> None:
    answer = Browser(broken).get(f"/t/404?lang={language}")
    assert f'<html lang="{words}"' in answer.text


def test_real_refusals_of_the_portal(guest: Browser, other_guest: Browser, held_stay: Stay) -> None:
    """404, 403 and 409 as people meet them."""
    assert "Такой страницы нет" in text_of(guest.get("/nowhere"))
    assert guest.get("/p/999999999").status_code == 404
    assert other_guest.get(f"/bookings/{held_stay.reference}").status_code == 404
    assert guest.post("/profile", {}, token=False).status_code == 403
    guest.post(f"/checkout/{held_stay.reference}/cancel")
    again = guest.post(f"/checkout/{held_stay.reference}/cancel")
    assert again.status_code == 409
    assert "уже в другом состоянии" in text_of(again)
    over = guest.post(f"/checkout/{held_stay.reference}/retry")
    assert (over.status_code, "Время на оплату вышло" in text_of(over)) == (409, True)


@pytest.mark.usefixtures("waits_as_in_production")
def test_a_flat_locked_by_someone_else_is_503_with_retry_after(
    web_app: Flask, guest: Browser, flat: object, database_url: str
) -> None:
    """The lock timeout of 3 s turns into a polite page, and nothing is held."""
    when = factories.stay_in(30)
    total = str(2 * 15_000 + 3_000 + 3_000)
    form = {"property_id": str(flat.id), "check_in": str(when.check_in), "check_out": str(when.check_out)}  # type: ignore[attr-defined]
    with psycopg.connect(database_url.replace("+psycopg", "")) as holder:
        holder.execute("SELECT FROM property_search WHERE property_id = %s FOR UPDATE", (flat.id,))  # type: ignore[attr-defined]
        answer = guest.post("/checkout", form | {"guests": "2", "total": total, "guest_name": "Айгерим"})
    assert answer.status_code == 503
    assert "слишком много запросов" in text_of(answer)


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("path", ["/", "/almaty", "/p/1-x", "/bookings", "/readyz"])
def test_without_the_database_every_page_is_503_not_a_crash(
    make_app: MakeApp, services: Services, signed_in: bool, path: str
) -> None:
    """Also for those who are signed in, whose session cannot be looked up then."""
    app = make_app(url="postgresql://nobody@127.0.0.1:9/nothing")
    browser = Browser(app)
    if signed_in:
        browser.hold_session({"_user_id": "a-token", "_fresh": True, "csrf_token": CSRF})
    if path == "/bookings" and not signed_in:
        assert browser.get(path).status_code == 302
        return
    answer = browser.get(path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    if path != "/readyz":
        assert "Сервис на минуту занят" in text_of(answer)


def test_liveness_does_not_ask_the_database(make_app: MakeApp) -> None:
    app = make_app(url="postgresql://nobody@127.0.0.1:9/nothing")
    assert Browser(app).get("/healthz").status_code == 200


def test_the_reason_of_a_refused_reveal_is_a_moment_in_almaty(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        begins = (
            session.connection()
            .exec_driver_sql("SELECT check_in_at FROM bookings WHERE id = %(id)s", {"id": later_stay.id})
            .scalar_one()
        )
    opens = begins - timedelta(hours=24) + timedelta(hours=5)
    words = text_of(guest.post(f"/bookings/{later_stay.reference}/keys"))
    assert f"{opens:%H:%M}" in words
    assert "%(" not in words
