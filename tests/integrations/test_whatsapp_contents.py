"""The Content API: templates are kept with WhatsApp's limits, approved or not, and sent by what they are."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integrations.whatsapp import Business, Types, list_picker, quick_reply
from tests.standins import StandIns
from tests.whatsapp_phone import WhatsAppPhone

URL = {"type": "URL", "title": "Оплатить", "url": "https://pay.example/{{1}}"}


def card(*actions: dict[str, str], **changes: object) -> Types:
    return {"twilio/card": {"title": "Студия", "subtitle": "у Кок-Тобе", "actions": list(actions), **changes}}


def call_to_action(*actions: dict[str, str]) -> Types:
    return {"twilio/call-to-action": {"body": "Бронь ждёт оплаты.", "actions": list(actions)}}


def reply(title: str) -> dict[str, str]:
    return {"type": "QUICK_REPLY", "title": title, "id": f"id:{title}"}


def test_a_content_is_made_shown_listed_and_deleted(business: Business) -> None:
    made = business.post_content(list_picker("Алматы"), {"1": "x"}).json()
    url = f"/twilio-content/v1/Content/{made['sid']}"
    assert (made["language"], made["variables"], made["types"]) == ("ru", {"1": "x"}, list_picker("Алматы"))
    assert business.http.get(url).json() == made
    assert made["links"]["approval_fetch"].endswith(f"{url}/ApprovalRequests")
    assert business.http.delete(url).status_code == 204
    for answer in (business.http.get(url), business.http.delete(url), business.ask_for_approval(made["sid"])):
        assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    assert business.refused(ContentSid=made["sid"]) == 21655


def test_contents_are_listed_by_pages_the_newest_first(business: Business) -> None:
    made = [business.content(quick_reply(str(number))) for number in range(3)]
    page = business.http.get("/twilio-content/v1/Content", params={"PageSize": 2}).json()
    assert [content["sid"] for content in page["contents"]] == [made[2], made[1]]
    following = business.http.get(page["meta"]["next_page_url"]).json()
    assert following["contents"][0]["sid"] == made[0]
    assert following["meta"]["page"] == 1


@pytest.mark.parametrize(
    "types",
    [
        {},
        {"twilio/unheard-of": {"body": "x"}},
        {"twilio/text": {"body": ""}},
        {"twilio/text": {"body": "я" * 1601}},
        quick_reply(),
        quick_reply("я" * 26),
        quick_reply("Да", body="я" * 1025),
        quick_reply(*map(str, range(11))),
        quick_reply("Да", "Да"),
        list_picker(),
        list_picker(*map(str, range(11))),
        list_picker("я" * 25),
        list_picker("Алматы", button="я" * 21),
        list_picker("Алматы", items=[{"item": "Алматы", "id": "я" * 201}]),
        list_picker("Алматы", items=[{"item": "Алматы", "id": "1", "description": "я" * 73}]),
        list_picker("Алматы", items=[{"item": "Алматы", "id": "1"}, {"item": "Астана", "id": "1"}]),
        call_to_action({"type": "URL", "title": "Оплатить", "url": "javascript:alert(1)"}),
        call_to_action({"type": "DANCE", "title": "x"}),
        card(subtitle="я" * 61),
        card(media=["https://a.example/1.jpg", "https://a.example/2.jpg"]),
    ],
)
def test_what_whatsapp_cannot_show_is_not_kept(business: Business, types: Types) -> None:
    answer = business.post_content(types)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    "types",
    [
        {"twilio/text": {"body": "я" * 1600}},
        quick_reply(*("я" * 24 + str(number) for number in range(10)), body="я" * 1024),
        list_picker(*("я" * 23 + str(number) for number in range(10)), button="я" * 20, body="я" * 1024),
        card(reply("Да"), URL, subtitle="я" * 60, media=["https://a.example/1.jpg"]),
    ],
)
def test_the_largest_that_whatsapp_shows_is_kept(business: Business, types: Types) -> None:
    business.content(types, {"1": "x"})


def test_approval_comes_a_moment_after_it_was_asked_for(business: Business) -> None:
    sid = business.content({"twilio/text": {"body": "Бронь {{1}} подтверждена."}}, {"1": "ZH-1"})
    assert business.approval(sid)["status"] == "unsubmitted"
    asked = business.ask_for_approval(sid, name="booking_confirmed")
    assert (asked.status_code, asked.json()["status"]) == (201, "received")
    decided = business.wait_for_decision(sid)
    assert (decided["status"], decided["name"], decided["category"]) == ("approved", "booking_confirmed", "UTILITY")


@pytest.mark.parametrize(
    ("body", "variables", "why"),
    [
        ("{{1}} ждёт", {"1": "x"}, "starts or ends"),
        ("Ждёт {{1}}", {"1": "x"}, "starts or ends"),
        ("Ждут {{1}} {{2}} вместе", {"1": "x", "2": "y"}, "next to each other"),
        ("Ждёт {{1}} вас", {}, "sample"),
    ],
)
def test_whatsapp_rejects_a_template_by_its_rules(
    business: Business, body: str, variables: dict[str, str], why: str
) -> None:
    sid = business.content({"twilio/text": {"body": body}}, variables)
    business.ask_for_approval(sid)
    decided = business.wait_for_decision(sid)
    assert decided["status"] == "rejected"
    assert why in decided["rejection_reason"]


@pytest.mark.parametrize("changes", [{"name": "Big Name"}, {"category": "GOSSIP"}, {"name": ""}])
def test_an_approval_is_asked_for_properly(business: Business, changes: dict[str, object]) -> None:
    sid = business.content({"twilio/text": {"body": "Здравствуйте"}})
    assert business.ask_for_approval(sid, **changes).json()["code"] == 20001
    assert business.approval(sid)["status"] == "unsubmitted"


def test_a_list_is_never_approved(business: Business) -> None:
    refused = business.ask_for_approval(business.content(list_picker("Алматы")))
    assert (refused.status_code, refused.json()["code"]) == (400, 20001)


@pytest.mark.parametrize("switch", ["pending", "rejected"])
def test_a_template_that_is_not_approved_does_not_arrive_outside_the_24_hours(
    business: Business, standins: StandIns, switch: str
) -> None:
    standins.set_whatsapp_faults(approval=switch)
    sid = business.content({"twilio/text": {"body": "Здравствуйте"}})
    business.ask_for_approval(sid)
    if switch == "rejected":
        assert business.wait_for_decision(sid)["status"] == "rejected"
    assert business.approval(sid)["status"] == switch
    assert business.fates(business.send(ContentSid=sid), count=1)[0]["ErrorCode"] == "63016"


@pytest.mark.parametrize(
    ("types", "is_free"),
    [
        (quick_reply("1", "2", "3"), True),
        (quick_reply("1", "2", "3", "4"), False),
        (quick_reply("я" * 20), True),
        (quick_reply("я" * 21), False),
        (list_picker(*map(str, range(10))), True),
        (call_to_action(URL), True),
        (call_to_action(URL, {**URL, "title": "Другой"}), False),
        (call_to_action({"type": "PHONE_NUMBER", "title": "Позвонить", "phone": "+77270000001"}), False),
        (card(reply("Да"), reply("Нет")), True),
        (card(reply("Да"), URL), False),
        (card(), False),
    ],
)
def test_inside_the_24_hours_simple_buttons_need_no_approval(
    *, open_chat: Business, phone: WhatsAppPhone, types: Types, is_free: bool
) -> None:
    sid = open_chat.send(ContentSid=open_chat.content(types, {"1": "x"}))
    fate: dict[str, Any] = open_chat.fates(sid, count=1)[0]
    assert fate.get("ErrorCode") == (None if is_free else "63005")
    assert bool(phone.received()) is is_free


def test_what_needs_approval_arrives_once_it_has_it(business: Business, phone: WhatsAppPhone) -> None:
    business.send(ContentSid=business.approved(card(reply("Да"), URL, media=[]), {"1": "x"}))
    message = phone.wait_for("Студия")
    assert (message.kind, message.titles) == ("card", ["Да", "Оплатить"])
    assert message.options[1].target == "https://pay.example/x"


def test_a_variable_that_makes_an_item_too_long_loses_the_message(open_chat: Business, phone: WhatsAppPhone) -> None:
    sid = open_chat.content(list_picker("{{1}}"), {"1": "Алматы"})
    assert open_chat.fates(open_chat.send_content(sid, v1="я" * 25), count=1)[0]["ErrorCode"] == "63021"
    open_chat.send_content(sid, v1="я" * 24)
    assert phone.wait_for("Город").titles == ["я" * 24]


def test_the_richest_type_is_sent_and_what_was_sent_outlives_its_content(
    open_chat: Business, phone: WhatsAppPhone
) -> None:
    sid = open_chat.content({"twilio/text": {"body": "Просто"}, **quick_reply("Да", body="Богато")})
    open_chat.send(ContentSid=sid)
    open_chat.http.delete(f"/twilio-content/v1/Content/{sid}")
    assert phone.wait_for("Богато").kind == "quick-reply"
    phone.press("Да")


def test_the_content_api_has_another_host(standins: StandIns) -> None:
    account, token = standins.env["TWILIO_ACCOUNT_SID"], standins.env["TWILIO_AUTH_TOKEN"]
    answer = httpx.get(f"{standins.content_url}/v1/Content", auth=(account, token), trust_env=False, timeout=60)
    assert answer.json()["meta"]["key"] == "contents"
