"""What WhatsApp at Twilio does wrong when it is told to, each switch by itself."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from tests.factories import new_phone
from tests.integrations.recorder import Answer, Recorder
from tests.integrations.whatsapp import STATUS, WEBHOOK, Business, form_of, is_signed, quick_reply
from tests.standins import StandIns, every_whatsapp_fault
from tests.whatsapp_phone import WhatsAppPhone


def test_the_switches_are_of_whatsapp_alone(open_chat: Business, standins: StandIns, phone: WhatsAppPhone) -> None:
    standins.set_whatsapp_faults(answer="server_error")
    sms = open_chat.post(To=phone.phone, From="ZhileGO", Body="SMS")
    assert (sms.status_code, open_chat.refused(Body="x")) == (201, 20500)
    standins.set_whatsapp_faults()
    standins.set_sms_faults(answer="server_error")
    open_chat.send(Body="WhatsApp")


@pytest.mark.parametrize(
    ("switch", "status", "is_sent"),
    [
        ({"answer": "too_many"}, 429, False),
        ({"answer": "server_error"}, 500, False),
        ({"answer": "opted_out"}, 400, False),
        ({"answer": "server_error_after"}, 500, True),
        ({"hang_seconds": 0.2}, 504, True),
        ({"slow_seconds": 0.2}, 201, True),
    ],
)
def test_an_api_that_fails_may_have_sent_the_message(
    *,
    open_chat: Business,
    standins: StandIns,
    phone: WhatsAppPhone,
    switch: dict[str, object],
    status: int,
    is_sent: bool,
) -> None:
    standins.set_whatsapp_faults(**switch)
    began = time.monotonic()
    answer = open_chat.post(Body="Ключи")
    assert answer.status_code == status
    assert (answer.headers.get("Retry-After") == "1") is (status == 429)
    assert time.monotonic() - began >= (0.2 if "answer" not in switch else 0)
    assert [message.body for message in phone.received()] == ["Ключи"] * is_sent


@pytest.mark.parametrize(
    ("switch", "status", "is_made"),
    [
        ({"answer": "too_many"}, 429, False),
        ({"answer": "server_error"}, 500, False),
        ({"answer": "server_error_after"}, 500, True),
        ({"hang_seconds": 0.2}, 504, True),
        ({"slow_seconds": 0.2}, 201, True),
    ],
)
def test_the_content_api_fails_in_the_same_ways(
    *, business: Business, standins: StandIns, switch: dict[str, object], status: int, is_made: bool
) -> None:
    standins.set_whatsapp_faults(**switch)
    title = f"t{time.time_ns()}"[:20]
    assert business.post_content(quick_reply(title)).status_code == status
    standins.set_whatsapp_faults()
    newest = business.http.get("/twilio-content/v1/Content").json()["contents"]
    assert any(content["types"] == quick_reply(title) for content in newest) is is_made


@pytest.mark.parametrize(
    ("delivery", "told", "code"),
    [
        ("delivered", ["sent", "delivered"], None),
        ("undelivered", ["sent", "undelivered"], "63049"),
        ("failed", ["failed"], "63024"),
    ],
)
def test_messages_end_otherwise(
    *,
    open_chat: Business,
    standins: StandIns,
    phone: WhatsAppPhone,
    delivery: str,
    told: list[str],
    code: str | None,
) -> None:
    standins.set_whatsapp_faults(delivery=delivery)
    sid = open_chat.send(Body="Ключи")
    assert open_chat.statuses(sid, count=len(told)) == told
    assert open_chat.fates(sid, count=len(told))[-1].get("ErrorCode") == code
    assert bool(phone.received()) is (code is None)


def test_fates_come_in_the_wrong_order_or_again_or_late(open_chat: Business, standins: StandIns) -> None:
    standins.set_whatsapp_faults(callback_out_of_order=True)
    assert open_chat.statuses(open_chat.send(Body="1"), count=3) == ["read", "delivered", "sent"]
    standins.set_whatsapp_faults(callback_copies=2)
    assert open_chat.statuses(open_chat.send(Body="2"), count=6) == ["sent"] * 2 + ["delivered"] * 2 + ["read"] * 2
    standins.set_whatsapp_faults(callback_delay_seconds=1)
    began = time.monotonic()
    open_chat.fates(open_chat.send(Body="3"), count=1)
    assert time.monotonic() - began >= 1


def test_fates_are_lost(open_chat: Business, standins: StandIns) -> None:
    standins.set_whatsapp_faults(callback_lost=True)
    lost = open_chat.send(Body="1")
    standins.set_whatsapp_faults()
    open_chat.fates(open_chat.send(Body="2"), count=3)
    assert lost not in {form_of(one)["MessageSid"] for one in list(open_chat.portal.requests)}
    assert open_chat.message(lost)["status"] == "read"


def test_signatures_are_forged(open_chat: Business, standins: StandIns, phone: WhatsAppPhone) -> None:
    standins.set_whatsapp_faults(callback_forged=True, inbound_forged=True)
    phone.send_text("Раз")
    for request in open_chat.told_of(open_chat.send(Body="1"), count=1) + open_chat.inbound():
        assert not is_signed(request, f"{open_chat.portal.url}{request.path}")
    standins.set_whatsapp_faults(callback_forged=True)
    phone.send_text("Два")
    assert is_signed(open_chat.inbound(count=2)[1], f"{open_chat.portal.url}{WEBHOOK}")


def test_what_people_write_comes_again_with_the_same_sid(
    open_chat: Business, standins: StandIns, phone: WhatsAppPhone
) -> None:
    standins.set_whatsapp_faults(inbound_copies=3)
    sid = phone.send_text("Раз")
    assert [form_of(one)["MessageSid"] for one in open_chat.inbound(count=3)] == [sid] * 3


def test_what_people_write_is_late(open_chat: Business, standins: StandIns, phone: WhatsAppPhone) -> None:
    standins.set_whatsapp_faults(inbound_delay_seconds=1)
    began = time.monotonic()
    phone.send_text("Раз")
    open_chat.inbound()
    assert time.monotonic() - began >= 1


def test_what_people_write_is_overtaken(open_chat: Business, standins: StandIns, phone: WhatsAppPhone) -> None:
    standins.set_whatsapp_faults(inbound_out_of_order=True)
    for overtaken, first in (("1", "2"), ("3", "4")):
        phone.send_text(overtaken)
        phone.wait_until_taken(phone.send_text(first))
    assert [form_of(one)["Body"] for one in open_chat.inbound(count=4)] in (["2", "1", "4", "3"], ["2", "4", "1", "3"])


def test_a_message_that_nobody_overtakes_comes_after_all(
    open_chat: Business, standins: StandIns, phone: WhatsAppPhone
) -> None:
    standins.set_whatsapp_faults(inbound_out_of_order=True)
    phone.send_text("Один")
    assert form_of(open_chat.inbound()[0])["Body"] == "Один"


def test_what_was_not_told_is_told_after_a_crash(tmp_path: Path) -> None:
    portal = Recorder()
    portal.usual = Answer(503)
    with StandIns(tmp_path, portal_url=portal.url) as standins:
        phone = WhatsAppPhone(standins.base_url, new_phone())
        business = Business(standins, portal, phone.phone)
        standins.set_whatsapp_faults(callback_delay_seconds=1)
        written = phone.send_text("Раз")
        sent = business.send(Body="Два")
        business.inbound()
        standins.kill()
        portal.forget()
        standins.start()
        assert phone.wait_until_taken(written).post_state == "delivered"
        assert business.statuses(sent, count=3) == ["sent", "delivered", "read"]
    portal.close()


def test_every_two_switches_can_be_on_together(open_chat: Business, standins: StandIns, phone: WhatsAppPhone) -> None:
    quick = {"hang_seconds": 0.01, "slow_seconds": 0.01, "callback_delay_seconds": 0.01, "inbound_delay_seconds": 0.01}
    known = {200, 201, 400, 429, 500, 504}
    for pair in itertools.combinations(every_whatsapp_fault(), 2):
        if pair[0][0] == pair[1][0]:
            continue
        standins.set_whatsapp_faults(**{name: quick.get(name, value) for name, value in pair})
        phone.send_text("Раз")
        answers = [open_chat.post(Body="Два"), open_chat.post_content(quick_reply("Да"))]
        assert {answer.status_code for answer in answers} <= known, pair
    assert all(request.path in {WEBHOOK, STATUS} for request in list(open_chat.portal.requests))
