"""Twilio's status callbacks over HTTP: authenticated, stored once, and nothing else (promises 12 and 13 for SMS)."""

from __future__ import annotations

import secrets
from collections import Counter
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.db import transaction
from app.integrations.twilio_status import HEADER, PATH, parse_stored, sign
from app.models import InboxItem, InboxProvider, Notification, OutboxItem
from tests.web.conftest import MakeApp

TOKEN = "test-twilio-token"
URL = f"http://localhost{PATH}"
TABLES = (InboxItem, Notification, OutboxItem)


def form_of(status: str = "delivered", **changes: str) -> dict[str, str]:
    """What Twilio tells of a message."""
    told = {
        "AccountSid": "AC" + "0" * 32,
        "From": "+77270000000",
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "MessageStatus": status,
        "SmsStatus": status,
        "To": "+77011234567",
    }
    return told | changes


def signature(form: dict[str, str], *, token: str = TOKEN, url: str = URL) -> str:
    return sign(token, url, form.items())


def send(app: Flask, form: dict[str, str], signed: str | None, *, address: str = "203.0.113.77") -> TestResponse:
    headers = {} if signed is None else {HEADER: signed}
    return app.test_client().post(PATH, data=form, headers=headers, environ_overrides={"REMOTE_ADDR": address})


def counts(app: Flask) -> list[int]:
    with app.app_context(), transaction() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def test_the_signature_is_twilios() -> None:
    """The example of https://www.twilio.com/docs/usage/security#validating-requests."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    found = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form.items())
    assert found == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_a_signed_callback_is_stored_once_and_replays_have_no_effect(web_app: Flask) -> None:
    form = form_of()
    before = counts(web_app)
    answers = [send(web_app, form, signature(form)) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert [new - old for new, old in zip(counts(web_app), before, strict=True)] == [1, 0, 0]


def test_only_what_became_of_a_message_is_kept_and_nothing_personal_with_it(web_app: Flask) -> None:
    sid = f"SM{secrets.token_hex(16)}"
    for status in ("accepted", "queued", "sending", "sent", "undelivered", "delivered", "a_word_of_tomorrow"):
        form = form_of(status, MessageSid=sid, ErrorCode="30003")
        assert send(web_app, form, signature(form)).status_code == 200
    with web_app.app_context(), transaction() as session:
        found = session.scalars(select(InboxItem).where(InboxItem.external_id.startswith(sid))).all()
        assert {item.external_id for item in found} == {f"{sid}:undelivered", f"{sid}:delivered"}
        assert {item.provider for item in found} == {InboxProvider.TWILIO}
        for item in found:
            assert item.body is not None
            assert "7701" not in item.body
            assert b"30003" not in (item.body_sealed or b"")


def test_the_reply_that_the_address_names_is_signed_and_kept_with_it(web_app: Flask) -> None:
    name = f"17.{uuid4()}"
    form = form_of("failed", ErrorCode="63016")
    headers = {HEADER: signature(form, url=f"{URL}?reply={name}")}
    answers = [web_app.test_client().post(f"{PATH}?reply={said}", data=form, headers=headers) for said in ("18", name)]
    assert [answer.status_code for answer in answers] == [403, 200]
    with web_app.app_context(), transaction() as session:
        external_id = f"{form['MessageSid']}:failed"
        item = session.scalars(select(InboxItem).where(InboxItem.external_id == external_id)).one()
        assert parse_stored(item.body or "").reply == name


FORGERIES = {
    "no signature": lambda form: (form, None),
    "empty signature": lambda form: (form, ""),
    "not ascii": lambda form: (form, "подпись"),
    "another token": lambda form: (form, signature(form, token="x" * 32)),
    "another address": lambda form: (form, signature(form, url=f"https://evil.example{PATH}")),
    "another status": lambda form: (form | {"MessageStatus": "failed"}, signature(form)),
    "another message": lambda form: (form | {"MessageSid": f"SM{secrets.token_hex(16)}"}, signature(form)),
    "one field more": lambda form: (form | {"ErrorCode": "30003"}, signature(form)),
    "one field less": lambda form: ({k: v for k, v in form.items() if k != "To"}, signature(form)),
    "lower case": lambda form: (form, signature(form).lower()),
    "cut": lambda form: (form, signature(form)[:-2]),
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_callback_is_403_and_writes_nothing(web_app: Flask, how: str) -> None:
    """Promise 13."""
    before = counts(web_app)
    forged, signed = FORGERIES[how](form_of())  # type: ignore[no-untyped-call]
    answer = send(web_app, forged, signed, address=f"198.51.100.{list(FORGERIES).index(how) + 101}")
    assert answer.status_code == 403
    assert counts(web_app) == before
    assert TOKEN not in answer.text


def test_the_address_is_ours_whatever_host_a_caller_names(web_app: Flask) -> None:
    """Promise 13: behind proxies the signature covers PUBLIC_URL, and a forged Host header changes nothing."""
    form = form_of()
    for host, signed, status in (
        ("evil.example", signature(form), 200),
        ("evil.example", signature(form, url=f"http://evil.example{PATH}"), 403),
    ):
        answer = web_app.test_client().post(PATH, data=form, headers={HEADER: signed, "Host": host})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "form",
    [{}, {"MessageStatus": "sent"}, {"MessageSid": "x", "MessageStatus": "sent"}, form_of("sent now"), form_of("")],
    ids=["empty", "no message", "a strange id", "a strange status", "no status"],
)
def test_signed_nonsense_is_kept_for_a_person_and_answered_200(web_app: Flask, form: dict[str, str]) -> None:
    form = form | {"salt": secrets.token_hex(4)}
    before = counts(web_app)
    assert send(web_app, form, signature(form)).status_code == 200
    assert counts(web_app)[0] == before[0] + 1
    with web_app.app_context(), transaction() as session:
        newest = session.scalars(select(InboxItem).order_by(InboxItem.received_at.desc()).limit(1)).one()
        assert newest.external_id.startswith("malformed:")


def test_failed_calls_are_limited_and_valid_ones_never_are(make_app: MakeApp) -> None:
    app = make_app(limit_webhook_failures="10/minute")
    address = f"192.0.2.{secrets.randbelow(200) + 1}"
    failed = Counter(send(app, form_of(), None, address=address).status_code for _ in range(15))
    assert failed == {403: 10, 429: 5}
    form = form_of()
    assert send(app, form, signature(form), address=address).status_code == 200


def test_only_post_is_answered(web_app: Flask) -> None:
    client = web_app.test_client()
    for method in (client.get, client.put, client.delete):
        assert method(PATH).status_code == 405
