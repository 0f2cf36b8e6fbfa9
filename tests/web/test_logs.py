"""What a running portal writes: one JSON object a line, with the request's id and without personal data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.logs import without_personal_data
from app.models import Notification, NotificationKind
from tests import factories
from tests.e2e.visitor import CSRF, cookie_for, csrf_token, signed_in_cookie
from tests.live import Live
from tests.services import Services


@pytest.fixture(scope="module")
def live(services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A real web process that logs at INFO; no worker, no stand-ins."""
    url = services.create_database(template=str(make_url(template_url).database))
    directory = tmp_path_factory.mktemp("logs")
    with Live(
        directory, database_url=url, redis_url=services.redis_url, has_workers=False, log_level="INFO"
    ) as running:
        yield running
    services.drop_database(url)


def lines(live: Live) -> list[dict[str, Any]]:
    """Every line of the web process's log; fails on one that is not a JSON object."""
    found = []
    for line in live.web.log.read_text().splitlines():
        entry = json.loads(line)
        assert isinstance(entry, dict), line
        found.append(entry)
    return found


def walk(live: Live) -> dict[str, str]:
    """A visit with every kind of secret in it; what must not be found in the log."""
    with live.transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session, name="Гульнара Необычная")
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(1))
        session.connection().exec_driver_sql("UPDATE access_grants SET valid_from = now() - interval '1 hour'")
    cookie, phone = signed_in_cookie(live, guest), "+77017778899"
    with httpx.Client(base_url=live.base_url, cookies={"session": cookie}, trust_env=False, timeout=60) as http:
        token = csrf_token(live)
        http.get("/bookings", headers={"X-Request-ID": "visit-of-the-test-1"})
        revealed = http.post(f"/bookings/{booking.reference}/keys", data={"csrf_token": token})
        assert factories.CODES.intercom in revealed.text
        http.post("/profile", data={"csrf_token": token, "name": "Гульнара Секретная", "language": "ru"})
        http.post("/sign-in", data={"csrf_token": token, "phone": phone, "next": f"/?phone={phone}"})
        http.post("/sign-in", data={"csrf_token": token, "phone": "87017778899x"})
        http.get(f"/almaty?phone={phone}&q=Секретная")
        http.get(f"/nowhere/{phone}")
        http.get("/bookings/%00")
        http.post("/profile", data={"csrf_token": "wrong"})
        http.post("/kaspi/callback/", content=f'{{"phone": "{phone}"}}')
    return {
        "phone": phone[1:],
        "the phone's last digits": "7778899",
        "intercom": factories.CODES.intercom,
        "smart lock": factories.CODES.smart_lock,
        "Wi-Fi": factories.CODES.wifi_password,
        "name": "Гульнара",
        "new name": "Секретная",
        "cookie": cookie,
        "form token": token,
        "secret in the cookie": CSRF,
        "reference": booking.reference,
    }


def test_logs_are_json_with_request_ids_and_without_personal_data(live: Live) -> None:
    """Promise 24 and 30 in part: phones, names, codes, tokens and references of a real visit are not in the log."""
    secrets = walk(live)
    text = live.web.log.read_text()
    entries = lines(live)
    requests = [entry for entry in entries if entry.get("event") == "request"]
    assert len(requests) >= 10
    for entry in requests:
        assert {"request_id", "method", "route", "status", "ms", "level", "timestamp"} <= set(entry)
    assert len({entry["request_id"] for entry in requests}) == len(requests)
    assert any(entry["request_id"] == "visit-of-the-test-1" and entry["route"] == "/bookings" for entry in requests)
    assert {entry["route"] for entry in requests} >= {"/bookings/<reference:reference>/keys", "/<city>/<district>"}
    for what, secret in secrets.items():
        assert secret not in text, what


def test_every_line_of_one_request_has_its_id(live: Live) -> None:
    """A refusal is logged with the id that the answer carries."""
    answer = httpx.get(
        f"{live.base_url}/almaty", headers={"X-Request-ID": "id-of-one-request"}, trust_env=False, timeout=60
    )
    assert answer.headers["X-Request-ID"] == "id-of-one-request"
    found = [entry for entry in lines(live) if entry.get("request_id") == "id-of-one-request"]
    assert [entry["event"] for entry in found] == ["request"]


def test_the_cookie_helper_signs_what_the_portal_reads(live: Live) -> None:
    """The walk above rests on it."""
    with live.transaction() as session:
        guest = factories.make_user(session)
    for cookie, status in ((signed_in_cookie(live, guest), 200), (cookie_for(live, "made-up"), 302)):
        with httpx.Client(base_url=live.base_url, cookies={"session": cookie}, trust_env=False, timeout=60) as http:
            assert http.get("/bookings").status_code == status


@pytest.mark.parametrize("text", ["+77011234567", "+7 (701) 123-45-67", "8 701 123 45 67", "call +7701 1234567 now"])
def test_a_phone_in_an_errors_text_is_masked(text: str) -> None:
    event = without_personal_data(None, "error", {"event": "crash", "exception": f"ValueError: {text}"})
    assert "123" not in str(event["exception"])
    assert "[digits]" in str(event["exception"])


@pytest.mark.parametrize("key", ["phone", "code", "token", "body", "authorization", "cookie", "password", "name"])
def test_forbidden_keys_are_emptied(key: str) -> None:
    event = without_personal_data(None, "info", {"event": "x", key: "secret"})
    assert event[key] == "[removed]"


def test_ids_and_times_are_left_alone() -> None:
    entry = {"event": "x", "timestamp": "2027-03-04T10:00:00.123456Z", "request_id": "12345678901234567890"}
    assert without_personal_data(None, "info", dict(entry)) == entry


def test_a_code_is_not_in_the_log_of_the_request_that_used_it(live: Live) -> None:
    """Promise 23: the one-time code itself."""
    with httpx.Client(base_url=live.base_url, trust_env=False, timeout=60) as http:
        page = http.get("/sign-in").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        http.post("/sign-in", data={"csrf_token": token, "phone": factories.new_phone()})
        held = http.cookies["session"]
        code = code_of_newest(live)
        assert http.post("/sign-in/code", data={"csrf_token": token, "code": code}).status_code == 302
    messages = [
        str(value) for entry in lines(live) for key, value in entry.items() if key not in {"timestamp", "request_id"}
    ]
    assert not any(code in message for message in messages)
    assert held not in live.web.log.read_text()


def code_of_newest(live: Live) -> str:
    """The newest one-time code of this installation, as its phone's owner would read it."""
    with live.transaction() as session:
        statement = select(Notification).where(Notification.kind == NotificationKind.LOGIN_CODE)
        newest = session.scalars(statement.order_by(Notification.created_at.desc()).limit(1)).one()
        return str(json.loads(newest.params or "{}")["code"])
