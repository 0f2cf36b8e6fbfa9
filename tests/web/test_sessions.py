"""Who is signed in: cookies that were kept are worth nothing after the end (19), and sign-in starts afresh (20)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.accounts import people
from app.kit import clock
from app.kit.crypto import random_token
from app.models import Role, User, UserSession
from tests import factories
from tests.domain.login_codes import code_of
from tests.web.browser import CSRF, Browser, text_of
from tests.web.conftest import MakeApp


def is_signed_in(browser: Browser) -> bool:
    """Does the portal show this browser somebody's bookings?"""
    answer = browser.get("/bookings")
    assert answer.status_code in {200, 302}
    return answer.status_code == 200


def sign_in_by_code(browser: Browser, phone: str, *, next_path: str = "/bookings") -> Browser:
    """The whole way: phone, code from the message, in."""
    assert browser.post("/sign-in", {"phone": phone, "next": next_path}).location == "/sign-in/code"
    with browser.app.app_context():
        code = code_of(str(browser.session()["challenge"]))
    answer = browser.post("/sign-in/code", {"code": code})
    assert (answer.status_code, answer.location) == (302, next_path)
    return browser


def _sign_out(browser: Browser, _user_id: UUID) -> None:
    assert browser.post("/sign-out").status_code == 302


def _sign_out_everywhere(browser: Browser, _user_id: UUID) -> None:
    assert browser.post("/profile/sign-out-everywhere").status_code == 302


def _sign_out_elsewhere(browser: Browser, user_id: UUID) -> None:
    other = Browser(browser.app)
    other.sign_in(user_id)
    assert other.post("/profile/sign-out-everywhere").status_code == 302
    assert not is_signed_in(other)


def _block(browser: Browser, user_id: UUID) -> None:
    with browser.app.app_context(), transaction() as session:
        admin = factories.make_user(session, roles=(Role.ADMIN,))
        people.block(session, user_id, staff_id=admin, now=clock.now())


@pytest.mark.parametrize("end", [_sign_out, _sign_out_everywhere, _sign_out_elsewhere, _block])
def test_a_replayed_cookie_is_refused_after(
    web_app: Flask, guest: Browser, guest_id: UUID, end: Callable[[Browser, UUID], None]
) -> None:
    """Promise 19: the cookie of before, put back into any browser, opens nothing: no page, no form."""
    assert is_signed_in(guest)
    kept = guest.cookie()
    end(guest, guest_id)
    thief = Browser(web_app)
    thief.take_cookie(kept)
    assert not is_signed_in(thief)
    assert thief.get("/profile").status_code == 302
    with web_app.app_context(), transaction() as session:
        name_before = people.profile_of(session, guest_id).name
    assert thief.post("/profile", {"name": "Вор", "language": "ru"}).status_code == 302
    with web_app.app_context(), transaction() as session:
        assert people.profile_of(session, guest_id).name == name_before
    assert "Выйти" not in text_of(thief.get("/almaty"))


def test_signing_out_here_leaves_other_browsers_signed_in(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    """Promise 19, the other side."""
    phone = Browser(web_app)
    phone.sign_in(guest_id)
    guest.post("/sign-out")
    assert not is_signed_in(guest)
    assert is_signed_in(phone)


def test_a_session_that_ran_out_is_refused(web_app: Flask, guest_id: UUID) -> None:
    """Promise 19: thirty days, whatever the cookie says."""
    browser = Browser(web_app)
    browser.sign_in(guest_id, now=clock.now() - timedelta(days=30, seconds=1))
    assert not is_signed_in(browser)


def test_a_cookie_of_a_deleted_session_row_is_refused(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    """Promise 19: the row is the truth."""
    with web_app.app_context(), transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM user_sessions WHERE user_id = %(id)s", {"id": guest_id})
    assert not is_signed_in(guest)


@pytest.mark.parametrize("planted", ["the account's id", "the row's id", "a guess", "empty"])
def test_a_planted_session_id_is_refused(web_app: Flask, guest: Browser, guest_id: UUID, planted: str) -> None:
    """Promise 20: even inside a correctly signed cookie (a leaked SECRET_KEY is not enough to be anyone)."""
    values: dict[str, object] = {
        "the account's id": str(guest_id),
        "the row's id": "0" * 64,
        "a guess": random_token(),
        "empty": "",
    }
    browser = Browser(web_app)
    browser.hold_session({"_user_id": values[planted], "_fresh": True, "csrf_token": CSRF})
    answer = browser.get("/bookings")
    assert answer.status_code == 302
    assert browser.get("/almaty").status_code == 200


@pytest.mark.parametrize("how", ["another key", "unsigned", "flipped", "garbage"])
def test_a_cookie_we_did_not_sign_is_refused(web_app: Flask, guest: Browser, make_app: MakeApp, how: str) -> None:
    """Promise 20."""
    good = guest.cookie()
    if how == "another key":
        elsewhere = Browser(make_app(secret_key="another-secret-another-secret-another"))
        elsewhere.hold_session(guest.session())
        forged = elsewhere.cookie()
    else:
        swapped = "A" if good[-3] != "A" else "B"
        forged = {"unsigned": good.rpartition(".")[0], "flipped": good[:-3] + swapped + good[-2:], "garbage": "…"}[how]
    thief = Browser(web_app)
    thief.take_cookie(forged)
    assert not is_signed_in(thief)


def test_signing_in_gives_a_new_session_and_drops_what_was_in_the_old(web_app: Flask) -> None:
    """Promise 20: token before ≠ after; nothing planted before the sign-in survives it."""
    browser = Browser(web_app)
    planted = random_token()
    browser.hold_session({"_user_id": planted, "csrf_token": CSRF, "planted": "by an attacker", "_fresh": True})
    before = browser.cookie()
    sign_in_by_code(browser, factories.new_phone())
    after = browser.session()
    assert browser.cookie() != before
    assert after["_user_id"] != planted
    assert "planted" not in after
    assert "challenge" not in after, "a used challenge is not kept"
    assert after.get("csrf_token") != CSRF, "form tokens of before the sign-in are worth nothing after it"
    assert is_signed_in(browser)


def test_every_sign_in_is_a_session_of_its_own(web_app: Flask) -> None:
    """Promise 20."""
    phone = factories.new_phone()
    first = sign_in_by_code(Browser(web_app), phone)
    with web_app.app_context(), transaction() as session:
        user = people.find_by_phone(session, phone)
        assert user is not None
        session.connection().exec_driver_sql("UPDATE login_codes SET created_at = created_at - interval '2 minutes'")
    second = sign_in_by_code(Browser(web_app), phone)
    assert first.session()["_user_id"] != second.session()["_user_id"]
    assert is_signed_in(first)
    assert is_signed_in(second)


def test_a_form_token_of_before_the_sign_in_does_not_work_after_it(web_app: Flask) -> None:
    """Promise 20, for forms."""
    browser = Browser(web_app)
    old = browser.form_token()
    sign_in_by_code(browser, factories.new_phone())
    answer = browser.post("/profile", {"name": "Тимур", "language": "ru", "csrf_token": old}, token=False)
    assert answer.status_code == 403


def test_cookies_are_for_this_host_and_this_site_only(make_app: MakeApp) -> None:
    """Promise 20: __Host- prefix, Secure, HttpOnly, SameSite=Lax, no Domain; no second cookie that signs in."""
    app = make_app(app_env="production", cookie_secure=True, public_url="https://zhilego.kz")
    browser = Browser(app, base_url="https://zhilego.kz")
    answer = browser.get("/sign-in?lang=kk")
    cookies = {value.partition("=")[0]: value for value in answer.headers.getlist("Set-Cookie")}
    assert set(cookies) == {"__Host-session", "lang"}
    attributes = {part.strip().lower() for part in cookies["__Host-session"].split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)
    assert {"secure", "samesite=lax"} <= {part.strip().lower() for part in cookies["lang"].split(";")[1:]}


def test_a_signed_in_cookie_lasts_thirty_days_and_no_remember_cookie_exists(web_app: Flask) -> None:
    """Promise 20: one cookie, and the server can end it."""
    browser = sign_in_by_code(Browser(web_app), factories.new_phone())
    found = browser.client.get_cookie("session")
    assert found is not None
    assert found.http_only
    assert found.same_site == "Lax"
    assert found.origin_only
    assert browser.client.get_cookie("remember_token") is None


def test_the_cookie_holds_no_personal_data(web_app: Flask, guest_id: UUID) -> None:
    """The cookie is signed, not encrypted: whoever reads it must learn nothing about its owner."""
    phone = factories.new_phone()
    browser = sign_in_by_code(Browser(web_app), phone)
    held = str(browser.session())
    with web_app.app_context(), transaction() as session:
        user = people.find_by_phone(session, phone)
        assert user is not None
        assert str(user.id) not in held
        assert session.get_one(User, user.id).phone == phone
    assert phone[3:] not in held


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "http:evil.example",
        "",
        "x" * 3000,
    ],
)
def test_signing_in_leads_nowhere_else(web_app: Flask, target: str) -> None:
    """A link to our sign-in page must not be a link to someone else's page."""
    browser = Browser(web_app)
    browser.post("/sign-in", {"phone": factories.new_phone(), "next": target})
    with web_app.app_context():
        code = code_of(str(browser.session()["challenge"]))
    answer = browser.post("/sign-in/code", {"code": code})
    assert answer.status_code == 302
    assert answer.location == "/bookings"


def test_pages_note_once_an_hour_that_their_person_was_here(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    def last_seen(*, moved_back: timedelta | None = None) -> datetime:
        with web_app.app_context(), transaction() as session:
            row = session.scalars(select(UserSession).where(UserSession.user_id == guest_id)).one()
            if moved_back is not None:
                row.last_seen_at -= moved_back
            return row.last_seen_at

    recent = last_seen(moved_back=timedelta(minutes=50))
    assert is_signed_in(guest)
    assert last_seen() == recent
    old = last_seen(moved_back=timedelta(minutes=20))
    assert is_signed_in(guest)
    assert last_seen() > old + timedelta(hours=1)
