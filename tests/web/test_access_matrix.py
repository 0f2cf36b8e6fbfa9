"""Every route × every kind of actor (promise 22): the answer's class follows from the declared policy, nothing else.

The matrix is made from the application's own list of routes: a new route is in it from its first day.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.messages.writing import Words, write_to_landlord
from app.kit import clock
from app.kit.pictures import Sized
from app.models import Booking, Channel, Property
from blueprints.shared.access import Policy, policy_of
from tests import factories
from tests.web.api_caller import ApiCaller
from tests.web.browser import Browser
from tests.web.conftest import Stay

ACTORS = ("anonymous", "guest", "other guest", "landlord", "other landlord", "support", "admin")

NOT_HERE = frozenset({404})
TO_SIGN_IN = frozenset({302})
REFUSED_FORM = frozenset({302, 303, 400, 403, 404, 409, 422})
"""What a form that lacks its fields may be answered with, when the actor may use it."""

NO_TOKEN = frozenset({401})

QUERIES = {"api.listings": "?city=almaty"}
"""What a route needs in its query to have an answer."""

BODIES: dict[str, dict[str, object]] = {
    "api.new_booking": {
        "check_in": str(factories.stay_in(3).check_in),
        "check_out": str(factories.stay_in(3).check_out),
    }
    | {"guests": 1, "total_shown": 1},
    "api.new_payment": {},
    "api.cancel_booking": {"back_shown": 1},
    "api.extend_booking": {"check_out": str(factories.stay_in(20).check_out), "total_shown": 1},
    "api.new_thread": {"text": " "},
    "api.new_message": {"text": " "},
    "api.seen_messages": {"up_to": 0},
    "api.shorten_booking": {"check_out": str(factories.stay_in(0).check_in), "back_shown": 1},
}
"""What the API needs to come to its decision: amounts that nobody was shown, hence a refusal for whoever may act."""
NEEDS_A_REVEAL = {"account.entry_photo", "cabinet.entry_photo"}
"""Pictures of the way in are there for minutes after keys were shown (test_entry_photos.py), so here for nobody."""
NEEDS_A_FILE = {"portal.chat_photo", "portal.message_photo"}
"""Whose files this installation has none of (test_chat_photos.py), or whose word nobody has, so there for nobody."""

EXPECTED: dict[Policy, Callable[[str, str], frozenset[int]]] = {
    Policy.PUBLIC: lambda _actor, method: frozenset({200, 301, 302}) if method == "GET" else REFUSED_FORM,
    Policy.SIGNED_IN: lambda actor, method: (
        TO_SIGN_IN if actor == "anonymous" else frozenset({200, 404}) if method == "GET" else REFUSED_FORM
    ),
    Policy.OWN_BOOKING: lambda actor, method: (
        TO_SIGN_IN
        if actor == "anonymous"
        else NOT_HERE
        if actor != "guest"
        else frozenset({200, 303})
        if method == "GET"
        else frozenset({200, 303, 409, 422})
    ),
    Policy.LANDLORD: lambda actor, method: (
        TO_SIGN_IN
        if actor == "anonymous"
        else NOT_HERE
        if "landlord" not in actor
        else frozenset({200})
        if method == "GET"
        else REFUSED_FORM
    ),
    Policy.OWN_FLAT: lambda actor, method: (
        TO_SIGN_IN
        if actor == "anonymous"
        else NOT_HERE
        if actor != "landlord"
        else frozenset({200})
        if method == "GET"
        else REFUSED_FORM | {200}
    ),
    Policy.OWN_THREAD: lambda actor, method: (
        TO_SIGN_IN
        if actor == "anonymous"
        else NOT_HERE
        if actor not in {"guest", "landlord"}
        else frozenset({200})
        if method == "GET"
        else frozenset({303, 422})
    ),
    Policy.WEBHOOK: lambda _actor, _method: frozenset({401, 403}),
    Policy.TOKEN: lambda actor, method: (
        NO_TOKEN if actor == "anonymous" else frozenset({409, 422}) if method == "POST" else frozenset({200})
    ),
    Policy.TOKEN_OWN_BOOKING: lambda actor, method: (
        NO_TOKEN
        if actor == "anonymous"
        else NOT_HERE
        if actor != "guest"
        else frozenset({200})
        if method == "GET"
        else frozenset({409, 422})
    ),
    Policy.TOKEN_OWN_THREAD: lambda actor, method: (
        NO_TOKEN
        if actor == "anonymous"
        else NOT_HERE
        if actor not in {"guest", "landlord"}
        else frozenset({200})
        if method == "GET"
        else frozenset({200, 422})
    ),
}
BY_TOKEN = frozenset({Policy.TOKEN, Policy.TOKEN_OWN_BOOKING, Policy.TOKEN_OWN_THREAD})


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Every route with each of its methods."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def thread_of(app: Flask, stay: Stay) -> UUID:
    """What the guest and the landlord of a stay say to each other; one message, however often it is asked for."""
    words = Words("Добрый день!", Channel.WEB, f"matrix-{stay.id}", photo=Sized(b"webp", 4, 3))
    with app.app_context(), transaction() as session:
        flat, guest_id = stay.property_id, stay.guest_id
        return write_to_landlord(session, flat, guest_id=guest_id, words=words, now=clock.now()).thread_id


def path_of(app: Flask, rule: Rule, stay: Stay, flat: Property) -> str:
    """The route with parameters of things that exist."""
    values: dict[str, object] = {
        "reference": stay.reference,
        "property_id": flat.id,
        "slug": flat.slug,
        "flat_id": stay.property_id,
        "block_id": 1,
        "rule_id": 1,
        "photo_id": UUID(int=1),
        "thread_id": thread_of(app, stay) if "thread_id" in rule.arguments else None,
        "key": "claim-0",
        "photo_key": "no-such-photo",
        "number": 1,
        "word": "nobodys-word",
        "width": 400,
        "city": "almaty",
        "district": "medeu",
    }
    unknown = rule.arguments - set(values)
    assert not unknown, f"the matrix does not know how to fill {unknown} of {rule.rule}"
    path = app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments})
    return path + QUERIES.get(rule.endpoint, "")


@pytest.fixture
def actors(
    web_app: Flask, guest: Browser, other_guest: Browser, open_stay: Stay, people: dict[str, UUID]
) -> dict[str, Browser]:
    """One browser for each kind of actor; `open_stay` is the guest's and its flat the landlord's."""
    found = {"anonymous": Browser(web_app), "guest": guest, "other guest": other_guest}
    for name, user_id in {**people, "landlord": open_stay.landlord_id}.items():
        found[name] = Browser(web_app)
        found[name].sign_in(user_id)
    assert set(found) == set(ACTORS)
    return found


def call(browser: Browser, method: str, path: str) -> TestResponse:
    if method in {"PUT", "DELETE"}:
        return browser.client.open(path, method=method)
    return browser.get(path) if method == "GET" else browser.post(path)


def call_api(browser: Browser, rule: Rule, method: str, path: str, flat: Property) -> TestResponse:
    """With the token behind this browser's cookie, and without the cookie."""
    caller = ApiCaller(browser.app, str(browser.session().get("_user_id", "")))
    if method != "POST":
        return {"GET": caller.get, "PUT": caller.put, "DELETE": caller.delete}[method](path)
    body = BODIES[rule.endpoint]
    about_flat = rule.endpoint in {"api.new_booking", "api.new_thread"}
    return caller.post(path, body | {"property_id": flat.id} if about_flat else body)


@pytest.mark.parametrize("actor", ACTORS)
def test_every_route_answers_each_actor_as_its_policy_says(
    web_app: Flask, actors: dict[str, Browser], open_stay: Stay, flat: Property, actor: str
) -> None:
    """Promise 22: 0 unexpected 2xx. Signing out is called last, since it ends the actor's session."""
    unexpected, asked = [], 0
    ending = {"account.sign_out", "account.sign_out_everywhere"}
    for rule, method in sorted(routes(web_app), key=lambda item: item[0].endpoint in ending):
        policy = policy_of(web_app.view_functions[rule.endpoint])
        assert policy is not None
        path = path_of(web_app, rule, open_stay, flat)
        if policy in BY_TOKEN:
            assert call(actors[actor], method, path).status_code == 401, f"{method} {path}: a cookie is no token"
            answer = call_api(actors[actor], rule, method, path, flat)
        else:
            answer = call(actors[actor], method, path)
        asked += 1
        hidden = rule.endpoint in NEEDS_A_FILE or (rule.endpoint in NEEDS_A_REVEAL and actor != "anonymous")
        if answer.status_code not in (NOT_HERE if hidden else EXPECTED[policy](actor, method)):
            unexpected.append(f"{method} {rule.rule} as {actor}: {answer.status_code} ({policy})")
        if actor == "anonymous" and policy not in {Policy.PUBLIC, Policy.WEBHOOK, *BY_TOKEN}:
            assert answer.location.startswith("/sign-in"), f"{method} {rule.rule}"
    assert unexpected == []
    assert asked >= 20


def test_nobody_changed_the_guests_booking(
    web_app: Flask, actors: dict[str, Browser], held_stay: Stay, guest_id: UUID
) -> None:
    """Promise 22: every POST on someone's held booking, by everyone else, with a valid token of their own."""
    for actor, browser in actors.items():
        if actor == "guest":
            continue
        for path in (
            *(f"/checkout/{held_stay.reference}/{action}" for action in ("cancel", "retry")),
            *(f"/checkout/{held_stay.reference}/extension/{action}" for action in ("cancel", "retry")),
            *(f"/bookings/{held_stay.reference}/{page}" for page in ("cancel", "extend", "shorten")),
        ):
            answer = browser.post(path)
            assert answer.status_code == (302 if actor == "anonymous" else 404), actor
    with web_app.app_context(), transaction() as session:
        booking = session.scalars(select(Booking).where(Booking.id == held_stay.id)).one()
        assert (booking.status, booking.guest_id) == ("held", guest_id)
    assert actors["guest"].post(f"/checkout/{held_stay.reference}/cancel").status_code == 303


def test_a_booking_that_is_not_yours_looks_like_one_that_does_not_exist(other_guest: Browser, open_stay: Stay) -> None:
    """Promise 22: the same page for both, so that references cannot be tried out."""
    pages = ("", "/cancel", "/extend", "/shorten")
    for pattern in (*(f"/bookings/{{}}{page}" for page in pages), "/checkout/{}", "/checkout/{}/extension"):
        theirs = other_guest.get(pattern.format(open_stay.reference))
        nobodys = other_guest.get(pattern.format("22222222"))
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert theirs.text.replace(open_stay.reference, "22222222") == nobodys.text


def test_htmx_is_led_to_sign_in_as_a_whole_page(web_app: Flask, open_stay: Stay) -> None:
    """A fragment of a sign-in page in the middle of another page would help nobody."""
    answer = Browser(web_app).get(f"/checkout/{open_stay.reference}", htmx=True)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/sign-in?next=")
    assert answer.data == b""


def test_methods_that_no_route_has_are_refused(guest: Browser, open_stay: Stay) -> None:
    for method in ("put", "delete", "patch"):
        answer = getattr(guest.client, method)(f"/bookings/{open_stay.reference}")
        assert answer.status_code in {400, 403, 405}


def test_the_matrix_can_fail(web_app: Flask, actors: dict[str, Browser], open_stay: Stay) -> None:
    """If another guest saw the booking, the expectation of the matrix would not hold."""
    answer = actors["guest"].get(f"/bookings/{open_stay.reference}")
    assert answer.status_code == 200
    assert answer.status_code not in EXPECTED[Policy.OWN_BOOKING]("other guest", "GET")
    assert answer.status_code not in EXPECTED[Policy.OWN_BOOKING]("anonymous", "GET")
