"""Rate limits: per session, far higher per address, strict where it costs, and still there when Redis is away."""

from __future__ import annotations

import secrets
import time
from collections import Counter

import pytest
from flask import Flask

from app.config import Settings
from app.db import transaction
from app.models import Property
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp

GONE = "redis://127.0.0.1:9/0"
"""A Redis that nobody answers for."""


def address() -> str:
    """An address that no other test counts for."""
    return ".".join(str(secrets.randbelow(250) + 1) for _ in range(4))


def visits(browser: Browser, number: int, path: str = "/sign-in") -> Counter[int]:
    return Counter(browser.get(path).status_code for _ in range(number))


@pytest.fixture(params=["redis", "without redis"])
def store(request: pytest.FixtureRequest, settings: Settings) -> str:
    """Where is counted: in Redis, or in the process when Redis is away."""
    return settings.redis_url if request.param == "redis" else GONE


def test_a_session_is_limited_and_its_address_is_not(make_app: MakeApp, store: str) -> None:
    """Carriers share addresses: one hasty phone must not lock out its neighbours."""
    app = make_app(redis_url=store, limit_portal_session="5/minute", limit_portal_address="40/minute")
    shared = address()
    first, second = Browser(app, address=shared), Browser(app, address=shared)
    for browser in (first, second):
        browser.form_token()
        browser.hold_session({"csrf_token": secrets.token_hex(20)})
    assert visits(first, 9) == {200: 5, 429: 4}
    assert visits(second, 5) == {200: 5}


def test_an_address_is_limited_in_the_end(make_app: MakeApp, store: str) -> None:
    """Whoever throws cookies away is held by the address."""
    app = make_app(redis_url=store, limit_portal_session="5/minute", limit_portal_address="12/minute")
    crowd = address()
    answers = Counter(Browser(app, address=crowd).get("/sign-in").status_code for _ in range(20))
    assert answers == {200: 12, 429: 8}
    assert Browser(app, address=address()).get("/sign-in").status_code == 200


def test_signing_in_is_strict(make_app: MakeApp, store: str) -> None:
    """Asking, resending and entering codes count together, per session; opening the page does not count."""
    app = make_app(redis_url=store, limit_sign_in="4/minute", limit_sign_in_address="50/minute")
    browser = Browser(app, address=address())
    browser.hold_session({"csrf_token": secrets.token_hex(20)})
    assert visits(browser, 10) == {200: 10}
    first = browser.post("/sign-in", {"phone": factories.new_phone()})
    statuses = [
        browser.post(path, {"phone": "1", "code": "1"}).status_code for path in ("/sign-in/code", "/sign-in/resend")
    ]
    statuses.append(browser.post("/sign-in", {"phone": factories.new_phone()}).status_code)
    over = browser.post("/sign-in", {"phone": factories.new_phone()})
    assert first.status_code == 302
    assert 429 in {over.status_code, *statuses}
    assert over.status_code == 429
    assert over.headers["Retry-After"]
    assert "Слишком часто" in text_of(over)


def test_new_sessions_do_not_get_around_the_sign_in_limit_of_an_address(make_app: MakeApp, store: str) -> None:
    app = make_app(redis_url=store, limit_sign_in="4/minute", limit_sign_in_address="6/minute")
    crowd = address()

    def ask() -> int:
        browser = Browser(app, address=crowd)
        browser.hold_session({"csrf_token": secrets.token_hex(20)})
        return browser.post("/sign-in", {"phone": "wrong"}).status_code

    assert Counter(ask() for _ in range(10)) == {422: 6, 429: 4}


def test_holding_is_strict(make_app: MakeApp, flat: Property, store: str) -> None:
    app = make_app(redis_url=store, limit_hold="3/minute")
    browser = Browser(app, address=address())
    with app.app_context(), transaction() as session:
        guest_id = factories.make_user(session)
    browser.sign_in(guest_id)
    when = factories.stay_in(30)
    form = {"property_id": str(flat.id), "check_in": str(when.check_in), "check_out": str(when.check_out), "total": "1"}
    answers = Counter(browser.post("/checkout", form | {"guest_name": "А"}).status_code for _ in range(6))
    assert answers == {409: 3, 429: 3}
    assert browser.get("/bookings").status_code == 200


def test_probes_and_webhooks_are_never_counted(make_app: MakeApp, store: str) -> None:
    app = make_app(redis_url=store, limit_portal_session="2/minute", limit_portal_address="3/minute")
    browser = Browser(app, address=address())
    assert visits(browser, 12, "/healthz") == {200: 12}
    assert visits(browser, 12, "/readyz") == {200: 12}
    assert visits(browser, 5, "/sign-in") == {200: 3, 429: 2} or visits(browser, 1)[429] == 1


def test_without_redis_pages_answer_and_do_not_wait(make_app: MakeApp, flat: Property) -> None:
    """Promise 34 in part: only the first request notices that Redis is away."""
    app = make_app(redis_url=GONE)
    browser = Browser(app, address=address())
    browser.get("/")
    began = time.monotonic()
    for path in ("/", "/almaty", f"/p/{flat.id}-{flat.slug}", "/sign-in") * 3:
        assert browser.get(path).status_code == 200
    assert time.monotonic() - began < 20


def test_without_redis_a_code_can_be_asked_for(make_app: MakeApp) -> None:
    """The wake-up is lost, the outbox has the row, the sweep finds it."""
    app = make_app(redis_url=GONE)
    browser = Browser(app, address=address())
    assert browser.post("/sign-in", {"phone": factories.new_phone()}).status_code == 302


def test_the_figures_of_the_design(settings: Settings) -> None:
    """Defaults that installations get: per address far above per session."""
    fields = Settings.model_fields
    per_session = int(str(fields["limit_portal_session"].default).partition("/")[0])
    per_address = int(str(fields["limit_portal_address"].default).partition("/")[0])
    assert per_address >= 20 * per_session
    assert fields["limit_api"].default == "100/minute"
    assert fields["limit_webhook_failures"].default == "10/second"
    assert str(fields["limit_sign_in"].default).startswith("10/minute")


def test_limits_of_the_shared_application_are_untouched(web_app: Flask) -> None:
    assert visits(Browser(web_app), 30) == {200: 30}
