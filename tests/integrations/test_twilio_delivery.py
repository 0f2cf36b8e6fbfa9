"""What Twilio's stand-in tells of a message afterwards: status callbacks, their signature, and their faults."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl

import httpx
import pytest

from app.local.standins.twilio.post import FormPoster
from tests.factories import new_phone
from tests.integrations.recorder import Answer, Recorder, Request
from tests.standins import CREDENTIALS, PATIENCE, StandIns, free_port, wait_until

ACCOUNT = CREDENTIALS["TWILIO_ACCOUNT_SID"]
PATH = f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages"


@pytest.fixture
def portal() -> Iterator[Recorder]:
    """Whoever wants to know."""
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def twilio(standins: StandIns) -> Iterator[httpx.Client]:
    auth = (ACCOUNT, CREDENTIALS["TWILIO_AUTH_TOKEN"])
    with httpx.Client(base_url=standins.base_url, auth=auth, trust_env=False, timeout=60) as client:
        yield client


def send(twilio: httpx.Client, url: str, phone: str | None = None) -> httpx.Response:
    form = {"To": phone or new_phone(), "From": "+77270000000", "Body": "Ключи: 1234", "StatusCallback": url}
    return twilio.post(f"{PATH}.json", data=form)


def form_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode()))


def statuses(portal: Recorder, sid: str) -> list[str]:
    return [form["MessageStatus"] for form in map(form_of, list(portal.requests)) if form["MessageSid"] == sid]


def wait_for(portal: Recorder, sid: str, *, count: int) -> list[str]:
    return wait_until(
        lambda: found if len(found := statuses(portal, sid)) >= count else None,
        PATIENCE,
        f"{count} callbacks about {sid}",
    )


def is_signed(request: Request, url: str) -> bool:
    """As twilio.com/docs/usage/security says, written down a second time."""
    text = url + "".join(name + value for name, value in sorted(form_of(request).items()))
    expected = hmac.new(CREDENTIALS["TWILIO_AUTH_TOKEN"].encode(), text.encode(), hashlib.sha1).digest()
    return request.headers["X-Twilio-Signature"] == base64.b64encode(expected).decode()


def test_a_message_is_sent_and_then_delivered(portal: Recorder, twilio: httpx.Client) -> None:
    url = f"{portal.url}/sms/status?for=1"
    phone = new_phone()
    taken = send(twilio, url, phone).json()
    assert taken["status"] == "queued"
    assert wait_for(portal, taken["sid"], count=2) == ["sent", "delivered"]
    for request in portal.requests:
        assert (request.method, request.path) == ("POST", "/sms/status?for=1")
        assert is_signed(request, url)
        form = form_of(request)
        assert (form["To"], form["AccountSid"], form["SmsStatus"]) == (phone, ACCOUNT, form["MessageStatus"])
        assert "ErrorCode" not in form
    assert twilio.get(f"{PATH}/{taken['sid']}.json").json()["status"] == "delivered"


@pytest.mark.parametrize(
    ("outcome", "told", "code"), [("undelivered", ["sent", "undelivered"], 30003), ("failed", ["failed"], 30008)]
)
def test_a_message_that_does_not_arrive(
    *,
    standins: StandIns,
    portal: Recorder,
    twilio: httpx.Client,
    outcome: str,
    told: list[str],
    code: int,
) -> None:
    standins.set_sms_faults(delivery=outcome)
    phone = new_phone()
    sid = send(twilio, f"{portal.url}/sms", phone).json()["sid"]
    assert wait_for(portal, sid, count=len(told)) == told
    assert form_of(portal.requests[-1])["ErrorCode"] == str(code)
    assert standins.sms_to(phone) == []
    document = twilio.get(f"{PATH}/{sid}.json").json()
    assert (document["status"], document["error_code"]) == (outcome, code)
    page = httpx.get(f"{standins.base_url}/sms/{phone}", timeout=60).text
    assert str(code) in page


def test_callbacks_in_the_wrong_order(standins: StandIns, portal: Recorder, twilio: httpx.Client) -> None:
    standins.set_sms_faults(callback_out_of_order=True)
    sid = send(twilio, f"{portal.url}/sms").json()["sid"]
    assert wait_for(portal, sid, count=2) == ["delivered", "sent"]


def test_callbacks_that_are_repeated(standins: StandIns, portal: Recorder, twilio: httpx.Client) -> None:
    standins.set_sms_faults(callback_copies=3)
    sid = send(twilio, f"{portal.url}/sms").json()["sid"]
    assert wait_for(portal, sid, count=6) == ["sent"] * 3 + ["delivered"] * 3


def test_callbacks_that_are_lost(standins: StandIns, portal: Recorder, twilio: httpx.Client) -> None:
    standins.set_sms_faults(callback_lost=True)
    lost = send(twilio, f"{portal.url}/sms").json()["sid"]
    standins.set_sms_faults()
    wait_for(portal, send(twilio, f"{portal.url}/sms").json()["sid"], count=2)
    assert statuses(portal, lost) == []
    assert twilio.get(f"{PATH}/{lost}.json").json()["status"] == "delivered"


def test_callbacks_that_are_late(standins: StandIns, portal: Recorder, twilio: httpx.Client) -> None:
    standins.set_sms_faults(callback_delay_seconds=1)
    began = time.time()
    sid = send(twilio, f"{portal.url}/sms").json()["sid"]
    wait_for(portal, sid, count=2)
    assert portal.requests[0].at - began >= 1


def test_callbacks_with_a_forged_signature(standins: StandIns, portal: Recorder, twilio: httpx.Client) -> None:
    standins.set_sms_faults(callback_forged=True)
    sid = send(twilio, f"{portal.url}/sms").json()["sid"]
    wait_for(portal, sid, count=2)
    assert not any(is_signed(request, f"{portal.url}/sms") for request in portal.requests)


def test_what_was_answered_with_an_error_is_not_told_again(portal: Recorder, twilio: httpx.Client) -> None:
    portal.answers.append(Answer(500))
    sid = send(twilio, f"{portal.url}/sms").json()["sid"]
    assert wait_for(portal, sid, count=2) == ["sent", "delivered"]
    wait_for(portal, send(twilio, f"{portal.url}/sms").json()["sid"], count=2)
    assert statuses(portal, sid) == ["sent", "delivered"]


def test_a_kept_connection_that_the_other_side_has_closed_is_made_anew() -> None:
    poster = FormPoster()
    with socket.create_server(("127.0.0.1", free_port())) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/sms"
        for word in ("first", "second"):
            answerer = threading.Thread(target=_answer_one_and_hang_up, args=(server, word))
            answerer.start()
            assert poster.post(url, {"word": word}, {}).status == 204
            answerer.join(60)


def _answer_one_and_hang_up(server: socket.socket, last_word: str) -> None:
    """Answer as one that keeps the connection, and close it all the same."""
    connection, _ = server.accept()
    asked = b""
    with connection:
        while not asked.endswith(last_word.encode()):
            asked += connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n")


def test_an_address_that_is_none_is_refused(twilio: httpx.Client) -> None:
    answer = send(twilio, "not an address")
    assert (answer.status_code, answer.json()["code"]) == (400, 21609)


def test_a_message_may_be_on_its_way_although_the_api_failed(
    standins: StandIns, portal: Recorder, twilio: httpx.Client
) -> None:
    for switch, status in (({"answer": "server_error_after"}, 500), ({"hang_seconds": 0.2}, 504)):
        standins.set_sms_faults(**switch)
        phone = new_phone()
        assert send(twilio, f"{portal.url}/sms", phone).status_code == status
        assert standins.sms_to(phone) == ["Ключи: 1234"]


def test_a_message_of_nobody(twilio: httpx.Client) -> None:
    assert twilio.get(f"{PATH}/SM{'0' * 32}.json").json()["code"] == 20404
    assert twilio.get(f"{PATH}/SM{'0' * 32}.json", auth=("x", "y")).status_code == 401
