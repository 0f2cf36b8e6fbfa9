"""WhatsApp's webhook over HTTP: authenticated, stored once, answered at once (promises 12 and 13)."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.channels.whatsapp_inbound import read
from app.db import transaction
from app.domain.chats import identities
from app.integrations.twilio_inbound import PATH
from app.integrations.twilio_status import HEADER, sign
from app.models import ChannelIdentity, InboxItem, InboxProvider, Messenger, OutboxItem
from tests import factories
from tests.web.conftest import MakeApp

TOKEN = "test-twilio-token"
URL = f"http://localhost{PATH}"
Form = dict[str, str]


def form_of(body: str = "Здравствуйте", **changes: str) -> Form:
    """What Twilio tells of a message."""
    phone, sid = factories.new_phone(), f"SM{secrets.token_hex(16)}"
    told = {
        "AccountSid": "AC" + "0" * 32,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": f"whatsapp:{phone}",
        "MessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Айгерим Серікқызы",
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "To": "whatsapp:+77270000001",
        "WaId": phone.removeprefix("+"),
    }
    return told | changes


def signature(form: Form, *, token: str = TOKEN, url: str = URL) -> str:
    return sign(token, url, form.items())


def send(
    app: Flask, form: Form, signed: str | None, *, address: str = "203.0.113.78", host: str = "localhost"
) -> TestResponse:
    headers = {"Host": host} | ({} if signed is None else {HEADER: signed})
    return app.test_client().post(PATH, data=form, headers=headers, environ_overrides={"REMOTE_ADDR": address})


def stored(app: Flask, form: Form) -> list[InboxItem]:
    """What the inbox has of the message."""
    with app.app_context(), transaction() as session:
        return list(session.scalars(select(InboxItem).where(InboxItem.external_id == form["MessageSid"])))


def counts(app: Flask) -> list[int]:
    with app.app_context(), transaction() as session:
        tables = (InboxItem, OutboxItem, ChannelIdentity)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_a_message_is_answered_with_nothing_to_say_and_waits_in_its_chats_stream(web_app: Flask) -> None:
    form = form_of("Алматы 12–15 марта")
    answer = send(web_app, form, signature(form))
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text == "<?xml version='1.0' encoding='UTF-8'?><Response/>"
    [item] = stored(web_app, form)
    assert item.provider == InboxProvider.WHATSAPP
    phone = form["From"].removeprefix("whatsapp:")
    with web_app.app_context():
        assert item.stream == identities.address_token(Messenger.WHATSAPP, phone)
        inbound = read(item.body or "")
    assert (inbound.address, inbound.text) == (phone, "Алматы 12–15 марта")


def test_only_what_the_conversation_needs_is_kept_and_that_is_sealed(web_app: Flask) -> None:
    form = form_of("Секретный вопрос")
    send(web_app, form, signature(form))
    [item] = stored(web_app, form)
    assert item.body is not None
    assert "Айгерим" not in item.body
    assert "Секретный вопрос".encode() not in (item.body_sealed or b"")


def test_the_same_message_fifty_times_at_once_is_one_row(web_app: Flask) -> None:
    """Promise 12."""
    form = form_of()
    signed = signature(form)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(web_app, form, signed).status_code, range(50)))
    assert answers == [200] * 50
    assert len(stored(web_app, form)) == 1


FORGERIES: dict[str, Callable[[Form], tuple[Form, str | None]]] = {
    "no signature": lambda form: (form, None),
    "empty signature": lambda form: (form, ""),
    "not ascii": lambda form: (form, "подпись"),
    "another token": lambda form: (form, signature(form, token="x" * 32)),
    "another address": lambda form: (form, signature(form, url=f"https://evil.example{PATH}")),
    "another page of ours": lambda form: (form, signature(form, url="http://localhost/twilio/status/")),
    "another text": lambda form: (form | {"Body": "STOP"}, signature(form)),
    "another person": lambda form: (form | {"From": "whatsapp:+77010000000"}, signature(form)),
    "one field more": lambda form: (form | {"ButtonPayload": "menu"}, signature(form)),
    "one field less": lambda form: ({k: v for k, v in form.items() if k != "To"}, signature(form)),
    "cut": lambda form: (form, signature(form)[:-2]),
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_message_is_403_and_writes_nothing(web_app: Flask, how: str) -> None:
    """Promise 13."""
    before = counts(web_app)
    forged, signed = FORGERIES[how](form_of())
    answer = send(web_app, forged, signed, address=f"198.51.100.{list(FORGERIES).index(how) + 151}")
    assert answer.status_code == 403
    assert counts(web_app) == before
    assert TOKEN not in answer.text


def test_the_address_is_ours_whatever_host_a_caller_names(web_app: Flask) -> None:
    """Promise 13: behind proxies the signature covers PUBLIC_URL, and a forged Host header changes nothing."""
    form = form_of()
    forged = signature(form, url=f"http://evil.example{PATH}")
    assert send(web_app, form, forged, host="evil.example").status_code == 403
    assert send(web_app, form, signature(form), host="evil.example").status_code == 200


def test_signed_nonsense_is_kept_for_a_person_in_nobodys_way(web_app: Flask) -> None:
    """It has a stream of its own, so the conversation's worker takes it, gives it up, and it is on the list."""
    form = form_of(From="whatsapp:somebody")
    assert send(web_app, form, signature(form)).status_code == 200
    assert send(web_app, form, signature(form)).status_code == 200
    with web_app.app_context(), transaction() as session:
        newest = session.scalars(select(InboxItem).order_by(InboxItem.received_at.desc()).limit(1)).one()
        assert newest.external_id.startswith("malformed:")
        assert newest.stream is not None
        same = select(func.count()).select_from(InboxItem).where(InboxItem.external_id == newest.external_id)
        assert session.scalar(same) == 1


def test_without_whatsapp_there_is_no_such_address(make_app: MakeApp) -> None:
    app = make_app(twilio_whatsapp_from="")
    form = form_of()
    assert send(app, form, signature(form)).status_code == 404
    assert send(app, form, None).status_code == 403


def test_failed_calls_are_limited_and_valid_ones_never_are(make_app: MakeApp) -> None:
    app = make_app(limit_webhook_failures="5/minute")
    address = f"192.0.2.{secrets.randbelow(200) + 1}"
    assert [send(app, form_of(), None, address=address).status_code for _ in range(7)] == [403] * 5 + [429] * 2
    form = form_of()
    assert send(app, form, signature(form), address=address).status_code == 200


def test_the_validator_brings_no_http_client_with_it() -> None:
    """A web process gets Twilio's library for the signature alone."""
    code = (
        "import sys, app.integrations.twilio_inbound as _;"
        "heavy = {'aiohttp', 'requests', 'twilio.rest'};"
        "print([name for name in sys.modules if name in heavy])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
