"""Requests that another site makes a browser send change nothing; opening pages changes nothing either (promise 25)."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask

from app.models import Property
from blueprints.shared.access import Policy, policy_of
from tests import factories
from tests.web.browser import CSRF, Browser
from tests.web.conftest import Stay
from tests.web.snapshot import changed, snapshot
from tests.web.test_access_matrix import path_of, routes

FOREIGN = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another site, old browser": {"Origin": "https://evil.example"},
    "a look-alike": {"Origin": "http://localhost.evil.example"},
    "a sandboxed frame": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Origin": "http://photos.localhost", "Sec-Fetch-Site": "same-site"},
    "a form without an origin": {"Sec-Fetch-Site": "cross-site"},
    "another port": {"Origin": "http://localhost:8081"},
}


def acting(app: Flask, stay: Stay, flat: Property) -> list[str]:
    """The address of every route that takes POST, but for the webhooks (which authenticate themselves)."""
    return [
        path_of(app, rule, stay, flat)
        for rule, method in routes(app)
        if method == "POST" and policy_of(app.view_functions[rule.endpoint]) is not Policy.WEBHOOK
    ]


def fields(flat: Property, stay: Stay) -> dict[str, str]:
    """Every field that any form of ours has, filled in correctly: only the token or the origin is wrong."""
    when = factories.stay_in(40)
    return {
        "phone": factories.new_phone(),
        "code": "123456",
        "name": "Вор",
        "language": "en",
        "property_id": str(flat.id),
        "check_in": when.check_in.isoformat(),
        "check_out": when.check_out.isoformat(),
        "guests": "2",
        "total": "36000",
        "guest_name": "Вор",
        "text": "Привет",
        "seen": "1",
        "reference": stay.reference,
    }


@pytest.fixture
def target(open_stay: Stay, held_stay: Stay) -> Stay:
    """A stay with keys that could be revealed; the guest also has a hold that could be cancelled."""
    return open_stay


@pytest.mark.parametrize("token", [None, "", "wrong", "another session's"])
def test_without_its_own_token_every_form_is_refused(
    web_app: Flask,
    guest: Browser,
    *,
    target: Stay,
    held_stay: Stay,
    flat: Property,
    database_url: str,
    token: str | None,
) -> None:
    """Promise 25: every POST route; 403 in the portal's look, and the database as it was.

    The API has no forms: it refuses whoever comes with cookies alone.
    """
    if token == "another session's":
        other = Browser(web_app)
        other.hold_session({"csrf_token": "d" * 40})
        token = other.form_token()
    paths = [*acting(web_app, target, flat), f"/checkout/{held_stay.reference}/cancel"]
    assert len(paths) >= 9
    before = snapshot(database_url)
    for path in paths:
        sent = fields(flat, target) | ({} if token is None else {"csrf_token": token})
        answer = guest.post(path, sent, token=False)
        is_api = path.startswith("/api/")
        assert answer.status_code == (401 if is_api else 403), path
        assert is_api or "Сюда нельзя" in answer.text
    assert changed(before, snapshot(database_url)) == []


@pytest.mark.parametrize("origin", FOREIGN)
def test_from_elsewhere_every_form_is_refused_even_with_a_valid_token(
    web_app: Flask, guest: Browser, *, target: Stay, held_stay: Stay, flat: Property, database_url: str, origin: str
) -> None:
    """Promise 25: a token that leaked is not enough."""
    paths = [*acting(web_app, target, flat), f"/checkout/{held_stay.reference}/cancel"]
    token = guest.form_token()
    before = snapshot(database_url)
    for path in paths:
        for htmx in (False, True):
            sent = fields(flat, target) | {"csrf_token": token}
            answer = guest.post(path, sent, token=False, htmx=htmx, headers=FOREIGN[origin])
            assert answer.status_code == 403, path
    assert changed(before, snapshot(database_url)) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_our_own_forms_are_accepted(guest: Browser, guest_id: UUID, headers: dict[str, str]) -> None:
    """Promise 25, the control: the same form, from here."""
    answer = guest.post("/profile", {"name": "Айгерим", "language": "ru"}, headers=headers)
    assert (answer.status_code, answer.location) == (302, "/profile")


def test_htmx_sends_the_token_as_a_header(guest: Browser, held_stay: Stay) -> None:
    """Promise 25: the header counts as the field does, and a wrong one is refused."""
    path = f"/checkout/{held_stay.reference}/cancel"
    wrong = guest.post(path, token=False, htmx=True, headers={"X-CSRFToken": "wrong"})
    assert wrong.status_code == 403
    answer = guest.post(path, token=False, htmx=True, headers={"X-CSRFToken": guest.form_token()})
    assert answer.status_code == 200


def test_a_token_in_the_address_is_not_a_token(guest: Browser, held_stay: Stay) -> None:
    """Promise 25: addresses are kept in histories and logs."""
    path = f"/checkout/{held_stay.reference}/cancel?csrf_token={guest.form_token()}"
    assert guest.post(path, token=False).status_code == 403


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_another_content_type_is_no_way_around(guest: Browser, held_stay: Stay, content_type: str) -> None:
    """Promise 25: what a cross-site `fetch` could send without asking first."""
    answer = guest.client.post(
        f"/checkout/{held_stay.reference}/cancel", data='{"csrf_token": "x"}', content_type=content_type
    )
    assert answer.status_code == 403


def test_opening_every_page_changes_nothing(
    web_app: Flask, guest: Browser, *, target: Stay, held_stay: Stay, flat: Property, database_url: str
) -> None:
    """Promise 25: all GET routes, as page and as fragment, signed in and not, with and without dates."""
    paths = [path_of(web_app, rule, target, flat) for rule, method in routes(web_app) if method == "GET"]
    when = factories.stay_in(40)
    query = f"check_in={when.check_in}&check_out={when.check_out}&guests=2"
    paths += [f"/almaty?{query}", f"/p/{flat.id}-{flat.slug}?{query}", f"/checkout?property_id={flat.id}&{query}"]
    paths += [
        f"/checkout/{held_stay.reference}",
        f"/bookings/{held_stay.reference}",
        "/sign-in?next=/bookings",
        "/?lang=kk",
    ]
    before = snapshot(database_url)
    shown = 0
    for browser in (guest, Browser(web_app)):
        for path in paths:
            for htmx in (False, True):
                answer = browser.get(path, htmx=htmx)
                assert answer.status_code < 500, path
                shown += answer.status_code == 200
                assert browser.client.head(path).status_code < 500
                assert browser.client.options(path).status_code < 500
    assert shown > 40
    assert changed(before, snapshot(database_url)) == []


def test_control_a_form_does_change_the_snapshot(guest: Browser, held_stay: Stay, database_url: str) -> None:
    """Promise 25, the control of the comparison."""
    before = snapshot(database_url)
    assert guest.post(f"/checkout/{held_stay.reference}/cancel").status_code == 303
    assert {"bookings", "booking_events", "audit_entries", "occupancies", "property_search", "payments"} <= set(
        changed(before, snapshot(database_url))
    )


def test_a_session_that_another_site_planted_signs_nobody_in(web_app: Flask, guest_id: UUID) -> None:
    """Promise 25: signing in needs the browser's own token, so nobody is signed in as someone else unawares."""
    victim = Browser(web_app)
    victim.hold_session({"challenge": "of the attacker", "csrf_token": CSRF})
    answer = victim.post("/sign-in/code", {"code": "123456"}, token=False, headers=FOREIGN["another site"])
    assert answer.status_code == 403
