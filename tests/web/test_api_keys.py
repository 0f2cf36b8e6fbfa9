"""Keys of the API's acts (promise 6): needed, one effect each, the same answer again, and nothing left of a failure."""

from __future__ import annotations

import secrets
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import transaction
from app.models import Booking, BookingAmendment, IdempotencyKey, Payment, Property, Refund
from tests import factories
from tests.web.api_caller import ApiCaller, problem_of
from tests.web.conftest import MakeApp, Stay, make_stay
from tests.web.test_api_bookings import BOOKINGS, TOTAL, wish

ACTS: dict[str, dict[str, object]] = {
    "": {},
    "/cancel": {"back_shown": 36_000},
    "/payments": {},
    "/extensions": {"total_shown": 33_000},
    "/shortenings": {"back_shown": 16_500},
}
"""Every act by the end of its path; with dates and flats filled in by `prepared`."""


@pytest.fixture
def caller(web_app: Flask, guest_id: UUID) -> ApiCaller:
    """The guest's program."""
    return ApiCaller.of(web_app, guest_id)


@pytest.fixture(params=ACTS, ids=lambda act: act or "hold")
def prepared(
    request: pytest.FixtureRequest, web_app: Flask, guest_id: UUID, flat: Property
) -> tuple[str, dict[str, object]]:
    """An act that succeeds: its path and body."""
    act: str = request.param
    if act == "":
        return BOOKINGS, wish(flat)
    stay = make_stay(web_app, guest_id, days=10, paid=act != "/payments")
    body = dict(ACTS[act])
    if act in {"/extensions", "/shortenings"}:
        days = 14 if act == "/extensions" else 11
        body["check_out"] = str(factories.stay_in(days).check_in)
    return f"{BOOKINGS}/{stay.reference}{act}", body


def effects(app: Flask, guest_id: UUID) -> tuple[int, ...]:
    """Rows that the acts write for this guest: bookings, payments, refunds, changes."""
    with app.app_context(), transaction() as session:
        mine = select(Booking.id).where(Booking.guest_id == guest_id)
        counts = [select(func.count()).select_from(mine.subquery())]
        for model in (Payment, Refund, BookingAmendment):
            counts.append(select(func.count()).select_from(model).where(model.booking_id.in_(mine)))
        return tuple(session.scalars(count).one() for count in counts)


def keys_of(app: Flask, user_id: UUID) -> int:
    with app.app_context(), transaction() as session:
        statement = select(func.count()).select_from(IdempotencyKey).where(IdempotencyKey.user_id == user_id)
        return session.scalars(statement).one()


def test_an_act_without_a_key_is_400(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, prepared: tuple[str, dict[str, object]]
) -> None:
    """Promise 6, for every act of the API."""
    before = effects(web_app, guest_id)
    assert problem_of(caller.post(*prepared, key=None)) == (400, "key_missing")
    for wrong in ("short", "with space in it", "x" * 129, ""):
        assert problem_of(caller.post(*prepared, key=wrong)) == (400, "key_wrong")
    assert effects(web_app, guest_id) == before


def test_the_same_key_again_is_the_same_answer(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, prepared: tuple[str, dict[str, object]]
) -> None:
    """Promise 6, for every act of the API: byte for byte, and said to be a replay."""
    key = str(uuid4())
    first = caller.post(*prepared, key=key)
    assert first.status_code in {200, 201, 202}, first.text
    assert "Idempotency-Replayed" not in first.headers
    after = effects(web_app, guest_id)
    for _ in range(3):
        again = caller.post(*prepared, key=key)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (again.status_code, again.data) == (first.status_code, first.data)
        assert again.headers.get("Location") == first.headers.get("Location")
        assert again.headers["Cache-Control"] == "no-store"
    assert effects(web_app, guest_id) == after


def test_another_body_or_another_booking_under_the_key_is_422(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property
) -> None:
    """Promise 6. How the JSON is written does not matter, what it says does."""
    key = secrets.token_urlsafe(20)
    assert caller.post(BOOKINGS, wish(flat), key=key).status_code == 201
    turned = dict(reversed(list(wish(flat).items())))
    assert caller.post(BOOKINGS, turned, key=key).headers["Idempotency-Replayed"] == "true"
    for change in ({"guests": 1}, {"total_shown": TOTAL + 1}, {"property_id": flat.id + 1}, {"guest_name": "Дана"}):
        assert problem_of(caller.post(BOOKINGS, wish(flat) | change, key=key)) == (422, "key_reused")
    one, two = (make_stay(web_app, guest_id, days=days) for days in (40, 50))
    body = {"back_shown": 36_000}
    assert caller.post(f"{BOOKINGS}/{one.reference}/cancel", body, key=key).status_code == 200, "another act"
    assert problem_of(caller.post(f"{BOOKINGS}/{two.reference}/cancel", body, key=key)) == (422, "key_reused")


def test_another_persons_key_never_replays(web_app: Flask, caller: ApiCaller, flat: Property) -> None:
    """Promise 6: keys are of a person; the stranger learns nothing, not even that the key is taken."""
    key = secrets.token_urlsafe(20)
    mine = caller.post(BOOKINGS, wish(flat), key=key)
    with web_app.app_context(), transaction() as session:
        stranger = factories.make_user(session)
    theirs = ApiCaller.of(web_app, stranger).post(BOOKINGS, wish(flat), key=key)
    assert problem_of(theirs) == (409, "dates_taken")
    assert mine.json is not None
    assert mine.json["reference"] not in theirs.text


def test_a_refusal_is_decided_anew(web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property) -> None:
    """A rule that said no left no key: the same call is asked again, and a corrected one may use it."""
    key = secrets.token_urlsafe(20)
    assert problem_of(caller.post(BOOKINGS, wish(flat, total_shown=1), key=key)) == (409, "price_changed")
    assert keys_of(web_app, guest_id) == 0
    made = caller.post(BOOKINGS, wish(flat), key=key)
    assert made.status_code == 201
    assert "Idempotency-Replayed" not in made.headers


def test_a_late_copy_of_a_hold_that_was_given_up_holds_nothing(
    web_app: Flask, caller: ApiCaller, guest_id: UUID, flat: Property
) -> None:
    """What the state cannot tell: without the key a copy that was delayed would hold the nights once more."""
    key = secrets.token_urlsafe(20)
    first = caller.post(BOOKINGS, wish(flat), key=key)
    assert first.json is not None
    given_up = caller.post(f"{BOOKINGS}/{first.json['reference']}/cancel", {"back_shown": 0})
    assert given_up.status_code == 200
    assert caller.post(BOOKINGS, wish(flat), key=key).data == first.data
    assert effects(web_app, guest_id)[0] == 1


@pytest.fixture
def broken_url(fresh_database_url: str) -> str:
    """A database in which no payment can be written."""
    with psycopg.connect(fresh_database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION 'the disk is on fire' USING ERRCODE = 'internal_error'; END $$"
        )
        connection.execute("CREATE TRIGGER fail BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION fail()")
    return fresh_database_url


def test_a_crash_leaves_no_key(make_app: MakeApp, broken_url: str) -> None:
    """Promise 6: after a 5xx the same key acts, it does not repeat the failure."""
    app = make_app(url=broken_url)
    with app.app_context(), transaction() as session:
        flat, guest_id = factories.make_property(session), factories.make_user(session)
    caller, key = ApiCaller.of(app, guest_id), secrets.token_urlsafe(20)
    failed = caller.post(BOOKINGS, wish(flat), key=key)
    assert (failed.status_code, failed.mimetype) == (500, "application/problem+json")
    assert keys_of(app, guest_id) == 0
    with psycopg.connect(broken_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP TRIGGER fail ON payments")
    made = caller.post(BOOKINGS, wish(flat), key=key)
    assert made.status_code == 201
    assert "Idempotency-Replayed" not in made.headers


@pytest.mark.usefixtures("waits_as_in_production")
def test_a_key_in_use_is_waited_for_but_not_for_long(
    database_url: str, caller: ApiCaller, guest_id: UUID, flat: Property
) -> None:
    """503 with Retry-After after lock_timeout; when the other transaction is gone, the key is free."""
    key = secrets.token_urlsafe(20)
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        connection.execute(
            "INSERT INTO idempotency_keys (id, user_id, scope, key, digest, status, created_at)"
            " VALUES (gen_random_uuid(), %s, 'api.new_booking', %s, sha256('x'), 201, now())",
            (guest_id, key),
        )
        busy = caller.post(BOOKINGS, wish(flat), key=key)
        assert problem_of(busy) == (503, "busy")
        assert int(busy.headers["Retry-After"]) > 0
        connection.rollback()
    assert caller.post(BOOKINGS, wish(flat), key=key).status_code == 201


def test_a_replay_needs_the_person_as_they_are_now(web_app: Flask, guest_id: UUID, held_stay: Stay) -> None:
    """Promise 19: a token that was revoked opens no kept answer either."""
    caller, key = ApiCaller.of(web_app, guest_id), secrets.token_urlsafe(20)
    path = f"{BOOKINGS}/{held_stay.reference}/payments"
    assert caller.post(path, key=key).status_code == 202
    with web_app.app_context(), transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE user_sessions SET revoked_at = now() WHERE user_id = %(id)s", {"id": guest_id}
        )
    assert problem_of(caller.post(path, key=key)) == (401, "token_invalid")
