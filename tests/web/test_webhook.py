"""Kaspi's callbacks over HTTP: authenticated, stored once, and nothing else (promise 12)."""

from __future__ import annotations

import json
import secrets
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import transaction
from app.integrations.kaspi.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER
from app.kit import clock
from app.models import Booking, InboxItem, LedgerEntry, Payment, Transaction
from tests.services import KASPI_SECRET
from tests.web.callbacks import PATH, headers, paid_body, send
from tests.web.conftest import MakeApp, Stay

TABLES = (InboxItem, Transaction, LedgerEntry, Payment, Booking)


def counts(app: Flask) -> list[int]:
    with app.app_context(), transaction() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def body_for(app: Flask, stay: Stay) -> bytes:
    with app.app_context(), transaction() as session:
        payment = session.scalars(select(Payment).where(Payment.booking_id == stay.id)).one()
    return paid_body(str(payment.id), payment.amount)


@pytest.fixture
def body(web_app: Flask, held_stay: Stay) -> bytes:
    """A callback that would be worth money if it were believed."""
    return body_for(web_app, held_stay)


def test_a_signed_callback_is_stored_once_and_replays_have_no_effect(web_app: Flask, body: bytes) -> None:
    """Promise 12: exact replay → 200 and no effect."""
    sent = headers(body)
    before = counts(web_app)
    answers = [send(web_app, body, sent) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    after = counts(web_app)
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 0, 0, 0, 0]


def test_a_later_repetition_signed_anew_is_the_same_event(web_app: Flask, body: bytes) -> None:
    """Promise 12: Kaspi repeats an event with a new timestamp; it is still the same event."""
    assert send(web_app, body, headers(body)).status_code == 200
    before = counts(web_app)
    assert send(web_app, body, headers(body, seconds=7)).status_code == 200
    assert counts(web_app) == before


def flipped(text: str) -> str:
    """Hex with one bit changed."""
    return f"{int(text[0], 16) ^ 1:x}{text[1:]}"


FORGERIES = {
    "no headers": lambda body: (body, {}),
    "no signature": lambda body: (body, {TIMESTAMP_HEADER: headers(body)[TIMESTAMP_HEADER]}),
    "no timestamp": lambda body: (body, {SIGNATURE_HEADER: headers(body)[SIGNATURE_HEADER]}),
    "empty signature": lambda body: (body, headers(body) | {SIGNATURE_HEADER: ""}),
    "another secret": lambda body: (body, headers(body, secret="x" * 40)),
    "one bit of the signature": lambda body: (
        body,
        headers(body) | {SIGNATURE_HEADER: flipped(headers(body)[SIGNATURE_HEADER])},
    ),
    "one bit of the body": lambda body: (bytes([body[0] ^ 1]) + body[1:], headers(body)),
    "one byte more": lambda body: (body + b" ", headers(body)),
    "another amount": lambda body: (body.replace(b".00", b"1.00"), headers(body)),
    "the signature of another moment": lambda body: (
        body,
        headers(body) | {TIMESTAMP_HEADER: headers(body, seconds=1)[TIMESTAMP_HEADER]},
    ),
    "301 s ago": lambda body: (body, headers(body, seconds=-301)),
    "302 s ahead": lambda body: (body, headers(body, seconds=302)),
    "upper case": lambda body: (body, headers(body) | {SIGNATURE_HEADER: headers(body)[SIGNATURE_HEADER].upper()}),
    "shortened": lambda body: (body, headers(body) | {SIGNATURE_HEADER: headers(body)[SIGNATURE_HEADER][:32]}),
    "a word for a time": lambda body: (body, headers(body) | {TIMESTAMP_HEADER: "now"}),
    "arabic digits for a time": lambda body: (body, headers(body) | {TIMESTAMP_HEADER: "١٢٣"}),
    "a huge time": lambda body: (body, headers(body) | {TIMESTAMP_HEADER: "9" * 400}),
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_callback_is_401_and_writes_nothing(web_app: Flask, body: bytes, how: str) -> None:
    """Promise 12."""
    before = counts(web_app)
    forged, sent = FORGERIES[how](body)  # type: ignore[no-untyped-call]
    answer = send(web_app, forged, sent, address=f"198.51.100.{list(FORGERIES).index(how) + 1}")
    assert answer.status_code == 401
    assert counts(web_app) == before
    assert KASPI_SECRET not in answer.text


@pytest.mark.parametrize("seconds", [-298, 0, 298])
def test_clocks_may_differ_by_five_minutes(web_app: Flask, body: bytes, seconds: int) -> None:
    """Promise 12: the accepted side of ±300 s (two seconds are left for a slow machine)."""
    assert send(web_app, body, headers(body, seconds=seconds)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"not json", b"\x00\xff\xfe", json.dumps({"event_id": "x" * 5000}).encode(), b'{"a":' * 5000],
    ids=["empty", "no fields", "a list", "words", "bytes", "a huge id", "deep"],
)
def test_signed_nonsense_is_kept_for_a_person_and_answered_200(web_app: Flask, body: bytes) -> None:
    """Promise 12: whoever can sign is Kaspi; what it said must not be lost because we cannot read it."""
    body = body + f" {secrets.token_hex(4)}".encode() if body else body
    before = counts(web_app)
    assert send(web_app, body, headers(body)).status_code == 200
    assert counts(web_app)[0] - before[0] in {0, 1}
    with web_app.app_context(), transaction() as session:
        newest = session.scalars(select(InboxItem).order_by(InboxItem.received_at.desc()).limit(1)).one()
        assert newest.external_id.startswith("malformed:")


def test_bodies_are_sealed_in_the_inbox(web_app: Flask, body: bytes) -> None:
    """Nothing of what the provider said can be read in the table."""
    assert send(web_app, body, headers(body)).status_code == 200
    event_id = json.loads(body)["event_id"]
    with web_app.app_context(), transaction() as session:
        item = session.scalars(select(InboxItem).where(InboxItem.external_id == event_id)).one()
        assert item.body == body.decode()
        assert b"transaction_id" not in (item.body_sealed or b"")


def test_too_large_a_body_is_refused_before_anything_else(web_app: Flask) -> None:
    body = b"x" * (1024 * 1024 + 1)
    before = counts(web_app)
    assert send(web_app, body, headers(body)).status_code == 413
    assert counts(web_app) == before


def test_only_post_is_answered(web_app: Flask) -> None:
    client = web_app.test_client()
    for method in (client.get, client.put, client.delete, client.patch):
        assert method(PATH).status_code == 405


def test_failed_calls_are_limited_and_valid_ones_never_are(make_app: MakeApp, database_url: str, body: bytes) -> None:
    """Promise 12: after 10 failures a second an address gets 429 for failing calls, and still 200 for valid ones."""
    app = make_app(limit_webhook_failures="10/minute")
    address = f"192.0.2.{secrets.randbelow(200) + 1}"
    before = counts(app)
    failed = Counter(send(app, body, {}, address=address).status_code for _ in range(25))
    assert failed == {401: 10, 429: 15}
    assert counts(app) == before
    valid = [send(app, body, headers(body), address=address).status_code for _ in range(15)]
    assert valid == [200] * 15
    assert send(app, body, {}, address=address).status_code == 429
    assert send(app, body, {}, address="192.0.2.250").status_code in {401, 429}


def test_a_forged_callback_is_401_also_while_redis_is_away(make_app: MakeApp, body: bytes) -> None:
    """The counter of failures is in Redis; without it forgeries must not become errors of ours."""
    app = make_app(redis_url="redis://127.0.0.1:9/0", limit_webhook_failures="10/minute")
    before = counts(app)
    failed = Counter(send(app, body, {}, address="192.0.2.99").status_code for _ in range(15))
    assert failed == {401: 10, 429: 5}
    assert send(app, body, headers(body), address="192.0.2.99").status_code == 200
    assert counts(app)[0] - before[0] == 1


def test_callbacks_need_no_cookie_and_get_none(web_app: Flask, body: bytes) -> None:
    answer = send(web_app, body, headers(body))
    assert "Set-Cookie" not in answer.headers
    assert answer.json == {"status": "ok"}
    assert clock.now().tzinfo is not None
