"""The JSON API: who calls is said by a token, refusals are problem documents, nothing is changed without a token."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from app.db import transaction
from app.domain.accounts import people
from app.kit import clock
from app.models import Role
from tests import factories
from tests.web.browser import Browser
from tests.web.conftest import MakeApp, Stay

LISTINGS = "/api/v1/listings?city=almaty"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_reading_needs_no_token_and_a_valid_one_is_accepted(web_app: Flask, guest_id: UUID) -> None:
    assert Browser(web_app).get(LISTINGS).status_code == 200
    token = Browser(web_app).sign_in(guest_id)
    assert Browser(web_app).get(LISTINGS, headers=bearer(token)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer made-up",
        "bearer x",
        "Basic dXNlcjpwYXNz",
        "x" * 5000,
        "Bearer " + "x" * 500,
        "\u00ff",
    ],
)
def test_any_other_token_is_401_with_a_problem_document(web_app: Flask, header: str) -> None:
    """A token that is not good is not the same as none: its owner must learn that it does not work."""
    answer = Browser(web_app).get(LISTINGS, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json is not None
    assert answer.json["status"] == 401
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    assert header not in answer.text


def _block(browser: Browser, user_id: UUID) -> None:
    with browser.app.app_context(), transaction() as session:
        admin = factories.make_user(session, roles=(Role.ADMIN,))
        people.block(session, user_id, staff_id=admin, now=clock.now())


def _sign_out_everywhere(browser: Browser, _user_id: UUID) -> None:
    assert browser.post("/profile/sign-out-everywhere").status_code == 302


@pytest.mark.parametrize("end", [_block, _sign_out_everywhere])
def test_a_token_is_worth_nothing_after(
    web_app: Flask, guest: Browser, guest_id: UUID, end: Callable[[Browser, UUID], None]
) -> None:
    """Promise 19, for the API."""
    token = str(guest.session()["_user_id"])
    assert Browser(web_app).get(LISTINGS, headers=bearer(token)).status_code == 200
    end(guest, guest_id)
    assert Browser(web_app).get(LISTINGS, headers=bearer(token)).status_code == 401


def test_a_token_does_not_open_pages_nor_act(web_app: Flask, guest_id: UUID, held_stay: Stay) -> None:
    """Promise 25: forms are for browsers with their own cookie and token; a bearer token does not replace either."""
    token = Browser(web_app).sign_in(guest_id)
    browser = Browser(web_app)
    assert browser.get("/bookings", headers=bearer(token)).status_code == 302
    answer = browser.post(f"/checkout/{held_stay.reference}/cancel", token=False, headers=bearer(token))
    assert answer.status_code == 403


def test_the_api_shows_nothing_private(web_app: Flask, guest: Browser, open_stay: Stay) -> None:
    """Promise 24: no building, no landlord, no codes."""
    text = guest.get(LISTINGS).text + guest.get("/api/v1/cities").text
    for private in ("90/43", factories.CODES.intercom, factories.CODES.key_safe, str(open_stay.landlord_id)):
        assert private not in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/listings", 404),
        ("/api/v1/listings?city=nowhere", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/listings?city=almaty&check_in=2020-01-01&check_out=2020-01-02", 422),
    ],
)
def test_refusals_are_problem_documents(web_app: Flask, path: str, status: int) -> None:
    answer = Browser(web_app).get(path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert {"title", "status", "detail", "request_id"} <= set(answer.json)


def test_a_made_up_token_earns_no_limit_of_its_own(make_app: MakeApp, guest_id: UUID) -> None:
    """100 a minute per token; whoever invents tokens is counted by address."""
    app = make_app(limit_api="4/minute")
    crowd = f"198.18.{secrets.randbelow(250)}.{secrets.randbelow(250)}"
    statuses = Counter(
        Browser(app, address=crowd).get("/api/v1/cities", headers=bearer(secrets.token_urlsafe(32))).status_code
        for _ in range(8)
    )
    assert statuses == {401: 4, 429: 4}
    token = Browser(app, address=crowd).sign_in(guest_id)
    good = [Browser(app, address=crowd).get("/api/v1/cities", headers=bearer(token)).status_code for _ in range(5)]
    assert good == [200, 200, 200, 200, 429]
