"""Twilio's stand-in speaks WhatsApp: people write and press, the business sends, and the 24 hours hold."""

from __future__ import annotations

import io
import json

import httpx
import pytest
from PIL import Image

from tests.integrations.recorder import Answer, Recorder
from tests.integrations.whatsapp import (
    ACCOUNT,
    PATH,
    STATUS,
    WEBHOOK,
    Business,
    Types,
    form_of,
    is_signed,
    list_picker,
    quick_reply,
)
from tests.standins import StandIns
from tests.whatsapp_phone import NotPossibleError, WhatsAppPhone

TWIML = (("Content-Type", "text/xml"),)


def picture(kind: str = "JPEG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 6), "green").save(content, kind)
    return content.getvalue()


# --- what people do --------------------------------------------------------------------------------


def test_what_a_person_writes_is_posted_and_signed(business: Business, phone: WhatsAppPhone) -> None:
    sid = phone.send_text("Квартира на 12–15 марта")
    [request] = business.inbound()
    assert is_signed(request, f"{business.portal.url}{WEBHOOK}")
    form = form_of(request)
    assert (form["MessageSid"], form["SmsStatus"], form["NumMedia"]) == (sid, "received", "0")
    assert (form["From"], form["To"]) == (f"whatsapp:{phone.phone}", business.sender)
    assert (form["Body"], form["MessageType"]) == ("Квартира на 12–15 марта", "text")
    assert (form["ProfileName"], form["WaId"]) == ("Айгерим", phone.phone[1:])
    assert phone.wait_until_taken(sid).post_state == "delivered"
    assert business.message(sid)["direction"] == "inbound"


def test_a_quick_reply_comes_with_its_payload(open_chat: Business, phone: WhatsAppPhone) -> None:
    asked = open_chat.send_content(open_chat.content(quick_reply("Да", "Нет")))
    phone.press("Нет")
    form = form_of(open_chat.inbound()[0])
    assert (form["Body"], form["ButtonText"], form["ButtonPayload"]) == ("Нет", "Нет", "id:Нет")
    assert (form["MessageType"], form["OriginalRepliedMessageSid"]) == ("interactive", asked)


def test_a_templates_button_is_a_message_of_another_type(open_chat: Business, phone: WhatsAppPhone) -> None:
    open_chat.send_content(open_chat.approved(quick_reply("Да")))
    phone.press("id:Да")
    form = form_of(open_chat.inbound()[0])
    assert (form["MessageType"], form["ButtonPayload"]) == ("button", "id:Да")


def test_an_item_of_a_list_comes_with_its_id(open_chat: Business, phone: WhatsAppPhone) -> None:
    first = open_chat.send_content(open_chat.content(list_picker("Алматы", "Астана")))
    open_chat.send_content(open_chat.content(list_picker("Тараз")))
    phone.press("Астана", under=first)
    form = form_of(open_chat.inbound()[0])
    assert (form["ListId"], form["ListTitle"], form["ListDescription"]) == ("id:Астана", "Астана", "Астана, центр")
    assert (form["Body"], form["MessageType"], form["OriginalRepliedMessageSid"]) == ("Астана", "interactive", first)
    assert "ButtonPayload" not in form


def test_only_what_was_offered_can_be_pressed(open_chat: Business, phone: WhatsAppPhone) -> None:
    offered = open_chat.send_content(open_chat.content(quick_reply("Да")))
    for button, under in (("Нет", None), ("Да", "SM" + "0" * 32)):
        with pytest.raises(NotPossibleError):
            phone.press(button, under=under)
    phone.block()
    with pytest.raises(NotPossibleError):
        phone.press("Да", under=offered)


def test_a_picture_is_fetched_with_our_credentials(business: Business, phone: WhatsAppPhone) -> None:
    sid = phone.send_file(picture(), caption="Вот дверь")
    form = form_of(business.inbound()[0])
    assert (form["MessageSid"], form["NumMedia"], form["MediaContentType0"]) == (sid, "1", "image/jpeg")
    assert (form["Body"], form["MessageType"]) == ("Вот дверь", "image")
    assert httpx.get(form["MediaUrl0"], trust_env=False, timeout=60).status_code == 401
    led_on = business.http.get(form["MediaUrl0"])
    assert led_on.status_code == 307
    assert business.http.get(form["MediaUrl0"], follow_redirects=True).content == picture()
    assert business.http.get(f"{PATH}/{sid}/Media/ME{'0' * 32}").json()["code"] == 20404


def test_what_whatsapp_cannot_send_stays_on_the_phone(phone: WhatsAppPhone) -> None:
    for content, content_type in (
        (picture("WEBP"), "image/webp"),
        (b"", "image/jpeg"),
        (b"x" * 5_300_000, "image/png"),
    ):
        with pytest.raises(NotPossibleError):
            phone.send_file(content, content_type)
    for text in ("", "я" * 1601):
        with pytest.raises(NotPossibleError):
            phone.send_text(text)
    assert phone.messages() == []


def test_a_webhook_that_fails_for_a_moment_is_asked_again_and_nothing_overtakes(
    business: Business, phone: WhatsAppPhone, standins: StandIns
) -> None:
    standins.set_whatsapp_faults(inbound_delay_seconds=0.5)  # so that all are due at once
    business.answer_next(Answer(None), Answer(503))
    first, *others = [phone.send_text(text) for text in ("Раз", "Два", "Три", "Четыре", "Пять")]
    assert {phone.wait_until_taken(sid).post_state for sid in (first, *others)} == {"delivered"}
    assert [form_of(one)["MessageSid"] for one in business.inbound(count=7)] == [first] * 3 + others


def test_a_webhook_that_refuses_is_not_asked_again(business: Business, phone: WhatsAppPhone) -> None:
    business.answer_next(Answer(403))
    taken = phone.wait_until_taken(phone.send_text("Раз"))
    assert (taken.post_state, taken.post_answer) == ("given_up", "HTTP 403")
    phone.wait_until_taken(phone.send_text("Два"))
    assert [form_of(one)["Body"] for one in business.inbound()] == ["Раз", "Два"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(204), "HTTP 204"),
        (Answer(200, "<?xml version='1.0' encoding='UTF-8'?>\n<Response/>", TWIML), "HTTP 200"),
        (Answer(200, "<Response></Response>", TWIML), "HTTP 200"),
        (Answer(200, "<Response/>", (("Content-Type", "text/html"),)), "12300"),
        (Answer(200, "<Response><Message>Hi</Message></Response>", TWIML), "12100"),
        (Answer(200, "ok", TWIML), "12100"),
    ],
)
def test_the_answer_has_to_be_empty_twiml(business: Business, phone: WhatsAppPhone, answer: Answer, said: str) -> None:
    business.answer_next(answer)
    taken = phone.wait_until_taken(phone.send_text("Раз"))
    assert taken.post_answer is not None
    assert taken.post_answer.startswith(said)
    assert (taken.post_state == "delivered") == said.startswith("HTTP")


# --- what the business does ------------------------------------------------------------------------


def test_a_message_is_sent_delivered_and_read(open_chat: Business, phone: WhatsAppPhone) -> None:
    taken = open_chat.post(Body="Выберите *язык*").json()
    assert (taken["status"], taken["to"], taken["from"]) == ("queued", f"whatsapp:{phone.phone}", open_chat.sender)
    requests = open_chat.told_of(taken["sid"], count=3)
    assert [form_of(request)["MessageStatus"] for request in requests] == ["sent", "delivered", "read"]
    for request in requests:
        assert is_signed(request, f"{open_chat.portal.url}{STATUS}")
        assert form_of(request)["To"] == f"whatsapp:{phone.phone}"
    assert phone.wait_for("язык").status == "read"
    assert open_chat.message(taken["sid"])["status"] == "read"


def test_outside_the_24_hours_a_free_message_is_accepted_and_then_fails(
    business: Business, phone: WhatsAppPhone
) -> None:
    never_wrote = business.send(Body="Раз")
    phone.send_text("Здравствуйте")
    in_time = business.send(Body="Два")
    phone.jump_25_hours()
    too_late = business.send_content(business.content(quick_reply("Да")))
    for sid in (never_wrote, too_late):
        [fate] = business.fates(sid, count=1)
        assert (fate["MessageStatus"], fate["ErrorCode"]) == ("failed", "63016")
        assert business.message(sid)["error_code"] == 63016
    assert business.statuses(in_time, count=3)[-1] == "read"
    assert [message.body for message in phone.received()] == ["Два"]
    assert [one.error_code for one in phone.messages(also_lost=True) if not one.from_person] == [63016, None, 63016]


def test_an_approved_template_arrives_at_any_time(business: Business, phone: WhatsAppPhone) -> None:
    types: Types = {"twilio/text": {"body": "Бронь {{1}} подтверждена, {{2}} ждёт вас."}}
    sid = business.approved(types, {"1": "ZH-1", "2": "Алия"})
    business.send_content(sid, v1="ZH-77")
    message = phone.wait_for("ZH-77")
    assert (message.body, message.is_template) == ("Бронь ZH-77 подтверждена, Алия ждёт вас.", True)


def test_a_blocked_business_fails_and_an_opted_out_person_is_refused(open_chat: Business, phone: WhatsAppPhone) -> None:
    phone.block()
    blocked = open_chat.send(Body="Ключи")
    assert open_chat.fates(blocked, count=1)[0]["ErrorCode"] == "63014"
    phone.unblock()
    phone.opt_out()
    assert open_chat.refused(Body="Ключи") == 21610
    phone.opt_in()
    open_chat.send(Body="Снова")
    assert [message.body for message in phone.received()] == ["Снова"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": None}, 21604),
        ({"To": "whatsapp:+7701"}, 21211),
        ({"To": "+77010000001"}, 21910),
        ({"From": None}, 21603),
        ({"From": "+77270000001"}, 21910),
        ({"From": "whatsapp:+77279999999"}, 63007),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"Body": None}, 21619),
        ({"Body": "я" * 1601}, 21617),
        ({"MediaUrl": ["http://127.0.0.1/1.jpg", "http://127.0.0.1/2.jpg"]}, 21623),
        ({"MediaUrl": "1.jpg"}, 21620),
        ({"ContentVariables": "{}"}, 21654),
        ({"ContentSid": "HX1"}, 21655),
        ({"ContentSid": f"HX{'0' * 32}"}, 21655),
    ],
)
def test_a_request_that_is_wrong_is_refused_at_once(
    open_chat: Business, phone: WhatsAppPhone, form: dict[str, object], code: int
) -> None:
    assert open_chat.refused(**{"Body": "x", **form}) == code
    assert phone.received() == []


def test_strangers_are_not_served(open_chat: Business, standins: StandIns) -> None:
    for auth in (None, (ACCOUNT, "wrong")):
        with httpx.Client(base_url=standins.base_url, auth=auth, trust_env=False, timeout=60) as stranger:
            sent = stranger.post(f"{PATH}.json", data={"To": "whatsapp:+77010000001", "From": open_chat.sender})
            listed = stranger.get("/twilio-content/v1/Content")
        assert (sent.json()["code"], listed.json()["code"]) == (20003, 20003)


def test_a_messaging_service_may_stand_for_the_number(open_chat: Business, phone: WhatsAppPhone) -> None:
    sid = open_chat.send(From=None, MessagingServiceSid=f"MG{'0' * 32}", Body="Из службы")
    assert open_chat.message(sid)["from"] == open_chat.sender
    assert phone.wait_for("Из службы").sid == sid


def test_twilio_fetches_the_picture_and_fails_when_it_cannot(
    open_chat: Business, phone: WhatsAppPhone, scripted: Recorder, standins: StandIns
) -> None:
    phone.send_file(picture("PNG"), "image/png")
    shown = f"{standins.base_url}/whatsapp/media/{phone.messages()[-1].media[0]}"
    sid = open_chat.send(Body="Студия", MediaUrl=shown)
    assert sid.startswith("MM")
    [file] = phone.wait_for("Студия").media
    assert phone.picture(file) == picture("PNG")
    scripted.answers.extend([Answer(404), Answer(200, "RIFF", (("Content-Type", "image/webp"),))])
    for code in ("63019", "63021"):
        lost = open_chat.send(MediaUrl=f"{scripted.url}/1")
        assert open_chat.fates(lost, count=1)[0]["ErrorCode"] == code


@pytest.mark.parametrize(
    "variables", ["not json", "[]", '{"1": 5}', '{"1": ""}', '{"1": "a\\nb"}', '{"1": "a     b"}', '{"2": "x"}']
)
def test_variables_that_do_not_fit_are_refused(open_chat: Business, variables: str) -> None:
    sid = open_chat.content({"twilio/text": {"body": "Код {{1}} и всё"}})
    assert open_chat.refused(ContentSid=sid, ContentVariables=variables) == 21656
    assert open_chat.refused(ContentSid=sid, ContentVariables=json.dumps({"1": "я" * 1601})) == 21658


def test_variables_are_put_in_as_they_are(open_chat: Business, phone: WhatsAppPhone) -> None:
    sid = open_chat.content({"twilio/text": {"body": "Имя: {{ name }}."}})
    open_chat.send_content(sid, name='О\'Нил "Б" \\ {{1}}')
    assert phone.wait_for("Имя").body == 'Имя: О\'Нил "Б" \\ {{1}}.'
