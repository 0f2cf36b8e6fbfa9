"""The sign-in pages: nothing to learn about numbers, nothing to guess (promise 23 over HTTP)."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.db import count_queries, transaction
from app.kit import clock
from app.models import AuditEntry, LoginCode, Notification, OutboxItem, User, UserSession
from tests import factories
from tests.domain.login_codes import code_of, wrong
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp

VARYING = re.compile(r'name="csrf_token" value="[^"]*"|data-resend-at="[^"]*"|через \d+ с|\+7\W+701\W+••• •• \d\d')


def page_of(html: str) -> str:
    """A page without what differs by nature: form tokens, times, and the masked number itself."""
    return VARYING.sub("…", html.replace("\u00a0", " "))


def counts(app: Flask) -> list[int]:
    with app.app_context(), transaction() as session:
        tables = (LoginCode, Notification, OutboxItem, AuditEntry, User, UserSession)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def ask(app: Flask, phone: str) -> Browser:
    browser = Browser(app)
    answer = browser.post("/sign-in", {"phone": phone})
    assert (answer.status_code, answer.location) == (302, "/sign-in/code")
    return browser


def known_phone(app: Flask) -> str:
    with app.app_context(), transaction() as session:
        return session.get_one(User, factories.make_user(session)).phone


def test_known_and_unknown_numbers_get_the_same_answers(web_app: Flask) -> None:
    """Promise 23: status, headers, cookies, page, rows; at the first step, at a wrong code, and at a resend."""
    told = []
    for phone in (known_phone(web_app), factories.new_phone()):
        before = counts(web_app)
        browser = Browser(web_app)
        first = browser.post("/sign-in", {"phone": phone})
        page = browser.get("/sign-in/code")
        with web_app.app_context():
            code = code_of(str(browser.session()["challenge"]))
        refused = browser.post("/sign-in/code", {"code": wrong(code)})
        resend = browser.post("/sign-in/resend")
        rows = [new - old for new, old in zip(counts(web_app), before, strict=True)]
        told.append(
            [
                [(each.status_code, page_of(each.text)) for each in (first, page, refused, resend)],
                sorted(first.headers.keys()),
                sorted(browser.session()),
                rows,
            ]
        )
    assert told[0] == told[1]
    assert told[0][3] == [1, 1, 1, 1, 0, 0]


def test_known_and_unknown_numbers_cost_the_same_statements(web_app: Flask) -> None:
    """Promise 23: the same work, hence the same time."""
    seen: list[list[str]] = []
    for phone in (known_phone(web_app), factories.new_phone()):
        browser = Browser(web_app)
        token_known = browser.form_token()
        statements: list[str] = []
        with web_app.app_context():
            stop = count_queries(statements.append)
        try:
            browser.post("/sign-in", {"phone": phone, "csrf_token": token_known}, token=False)
        finally:
            stop()
        seen.append(statements)
    assert seen[0] == seen[1]
    assert 4 <= len(seen[0]) <= 12


@pytest.mark.parametrize("phone", ["", "123", "привет", "+7 727 250 00 00", "+7701\x00234567", "🤷" * 10, "9" * 500])
def test_what_is_no_number_is_said_and_costs_nothing(web_app: Flask, phone: str) -> None:
    before = counts(web_app)
    answer = Browser(web_app).post("/sign-in", {"phone": phone})
    assert answer.status_code == 422
    assert "Проверьте номер" in text_of(answer)
    assert counts(web_app) == before


def test_five_tries_from_many_browsers_at_once(web_app: Flask) -> None:
    """Promise 23: a stolen challenge, guessed from many addresses in parallel: five tries in all, then it is dead."""
    owner = ask(web_app, factories.new_phone())
    cookie = owner.cookie()
    with web_app.app_context():
        code = code_of(str(owner.session()["challenge"]))

    def guess(number: int) -> bool:
        browser = Browser(web_app, address=f"10.0.0.{number + 1}")
        browser.take_cookie(cookie)
        answer = browser.post("/sign-in/code", {"code": wrong(code)})
        assert answer.status_code == 422
        return "не подошёл" in text_of(answer)

    with ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = Counter(pool.map(guess, range(16)))
    assert outcomes == {True: 4, False: 12}
    answer = owner.post("/sign-in/code", {"code": code})
    assert answer.status_code == 422
    assert "больше не действует" in text_of(answer)


def test_a_used_code_is_dead(web_app: Flask) -> None:
    """Promise 23: the same browser state twice (the back button, or a copy of the cookie)."""
    browser = ask(web_app, factories.new_phone())
    kept = browser.cookie()
    with web_app.app_context():
        code = code_of(str(browser.session()["challenge"]))
    assert browser.post("/sign-in/code", {"code": code}).status_code == 302
    again = Browser(web_app)
    again.take_cookie(kept)
    answer = again.post("/sign-in/code", {"code": code})
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/bookings")
    assert again.get("/bookings").status_code == 302


def test_a_code_of_eleven_minutes_ago_is_dead(web_app: Flask) -> None:
    """Promise 23: expiry over HTTP; the row is moved into the past instead of waiting."""
    browser = ask(web_app, factories.new_phone())
    challenge = str(browser.session()["challenge"])
    with web_app.app_context():
        code = code_of(challenge)
        moment = clock.now()
        with transaction() as session:
            session.execute(
                update(LoginCode)
                .where(LoginCode.tries == 0, LoginCode.used_at.is_(None), LoginCode.expires_at > moment)
                .values(created_at=moment - timedelta(minutes=11), expires_at=moment - timedelta(minutes=1))
            )
    answer = browser.post("/sign-in/code", {"code": code})
    assert answer.status_code == 422
    assert "больше не действует" in text_of(answer)


def test_a_newer_code_replaces_the_older_and_is_announced_with_its_pause(web_app: Flask) -> None:
    """Promise 23: superseded codes and the pause of a minute."""
    phone = factories.new_phone()
    first = ask(web_app, phone)
    with web_app.app_context():
        old_code = code_of(str(first.session()["challenge"]))
    too_soon = Browser(web_app).post("/sign-in", {"phone": phone})
    assert too_soon.status_code == 429
    assert re.search(r"через (60|5\d) с", text_of(too_soon))
    with web_app.app_context(), transaction() as session:
        session.connection().exec_driver_sql("UPDATE login_codes SET created_at = created_at - interval '61 seconds'")
    assert first.post("/sign-in/resend").status_code == 302
    with web_app.app_context():
        new_code = code_of(str(first.session()["challenge"]))
    if old_code != new_code:
        refused = first.post("/sign-in/code", {"code": old_code})
        assert (refused.status_code, "не подошёл" in text_of(refused)) == (422, True)
    assert first.post("/sign-in/code", {"code": new_code}).status_code == 302


def test_hourly_and_daily_caps_are_said(web_app: Flask, make_app: MakeApp) -> None:
    """Promise 23: five an hour a phone; the day's cap answers 503 and sends nothing."""
    phone = factories.new_phone()
    for _ in range(5):
        ask(web_app, phone)
        with web_app.app_context(), transaction() as session:
            session.connection().exec_driver_sql(
                "UPDATE login_codes SET created_at = created_at - interval '2 minutes'"
            )
    answer = Browser(web_app).post("/sign-in", {"phone": phone})
    assert answer.status_code == 429
    assert "слишком много кодов" in text_of(answer)

    capped = make_app(sms_daily_cap=1)
    Browser(capped).post("/sign-in", {"phone": factories.new_phone()})  # at midnight nothing was sent today yet
    ask_before = counts(web_app)
    answer = Browser(capped).post("/sign-in", {"phone": factories.new_phone()})
    assert answer.status_code == 503
    assert "приостановлена" in text_of(answer)
    assert counts(web_app) == ask_before


def test_the_page_shows_the_number_masked(web_app: Flask) -> None:
    phone = "+77017654321"
    browser = ask(web_app, factories.new_phone())
    page = browser.get("/sign-in/code").text
    assert "•••" in page
    assert phone not in page
    assert not re.search(r"\d{7,}", re.sub(r"<[^>]+>", "", page.partition("<main")[2].partition("</main")[0]))


def test_the_code_pages_are_not_kept_by_the_browser(web_app: Flask) -> None:
    browser = ask(web_app, factories.new_phone())
    assert browser.get("/sign-in/code").headers["Cache-Control"] == "no-store"


def test_without_a_challenge_there_is_nothing_to_enter(web_app: Flask) -> None:
    browser = Browser(web_app)
    for answer in (
        browser.get("/sign-in/code"),
        browser.post("/sign-in/code", {"code": "123456"}),
        browser.post("/sign-in/resend"),
    ):
        assert (answer.status_code, answer.location) == (302, "/sign-in")
