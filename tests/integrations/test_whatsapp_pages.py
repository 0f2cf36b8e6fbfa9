"""The phones in a browser: what a person sees and sends by forms, also without JavaScript."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from app.local.demo.accounts import DEMO_GUEST
from app.local.standins.twilio.whatsapp.chat_view import formatted
from app.local.standins.twilio.whatsapp.faults import WhatsAppFaults
from app.local.standins.twilio.whatsapp.people import number
from tests.factories import new_phone
from tests.integrations.whatsapp import Business, form_of, list_picker, quick_reply
from tests.standins import StandIns
from tests.whatsapp_phone import WhatsAppPhone


@pytest.fixture
def browser(standins: StandIns) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=standins.base_url, follow_redirects=True, trust_env=False, timeout=60) as client:
        yield client


def chat_url(phone: WhatsAppPhone) -> str:
    return f"/whatsapp/chats/{phone.phone}"


def test_one_may_take_the_phone_of_a_demo_person_or_any_other(browser: httpx.Client) -> None:
    page = browser.get("/whatsapp/").text
    assert DEMO_GUEST.name in page
    assert f"/whatsapp/chats/{DEMO_GUEST.phone}" in page
    phone = new_phone()
    taken = browser.post("/whatsapp/chats", data={"phone": phone.replace("+7", "8 ", 1), "name": "Новый"})
    assert taken.url.path == f"/whatsapp/chats/{phone}"
    assert "Новый" in taken.text
    assert "Это не похоже на номер" in browser.post("/whatsapp/chats", data={"phone": "123"}).text
    assert browser.get("/whatsapp/chats/123").status_code == 404


def test_a_link_with_a_text_puts_it_into_the_composer_of_whoever_is_chosen(
    browser: httpx.Client, standins: StandIns
) -> None:
    page = browser.get(f"{standins.whatsapp_link_base}Код 4821 <b>").text
    assert "Код 4821 &lt;b&gt;" in page
    [link] = re.findall(rf'href="(/whatsapp/chats/\{DEMO_GUEST.phone}[^"]*)"', page)
    chosen = browser.get(link.replace("&amp;", "&")).text
    assert re.search(r"<textarea[^>]*>Код 4821 &lt;b&gt;</textarea>", chosen)
    another = browser.post("/whatsapp/chats", data={"phone": new_phone(), "text": "Код 4821"})
    assert ">Код 4821</textarea>" in another.text


def test_a_person_writes_and_presses(browser: httpx.Client, open_chat: Business, phone: WhatsAppPhone) -> None:
    assert "Квартира" in browser.post(f"{chat_url(phone)}/say", data={"text": "Квартира"}).text
    asked = open_chat.send_content(open_chat.content(list_picker("Алматы", "Астана")))
    page = browser.get(chat_url(phone)).text
    assert page.count('class="wa-item"') == 2
    assert "Астана, центр" in page
    browser.post(f"{chat_url(phone)}/press", data={"button": "id:Астана", "under": asked})
    bodies = [form_of(one)["Body"] for one in open_chat.inbound(count=2)]
    assert bodies == ["Квартира", "Астана"]
    assert "Такой кнопки в чате нет." in browser.post(f"{chat_url(phone)}/press", data={"button": "id:Тараз"}).text


def test_a_person_sends_a_picture(browser: httpx.Client, business: Business, phone: WhatsAppPhone) -> None:
    content = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(content, "PNG")
    files = {"file": ("door.png", content.getvalue(), "image/png")}
    page = browser.post(f"{chat_url(phone)}/say", data={"text": "Дверь"}, files=files).text
    [shown] = set(re.findall(r'<img src="([^"]+)"', page))
    picture = browser.get(shown)
    assert (picture.headers["Content-Type"], picture.content) == ("image/png", content.getvalue())
    assert form_of(business.inbound()[0])["Body"] == "Дверь"
    refused = browser.post(
        f"{chat_url(phone)}/say", data={"text": "Что"}, files={"file": ("a.gif", b"GIF", "image/gif")}
    )
    assert "WhatsApp отправляет" in refused.text
    assert browser.get(f"/whatsapp/media/ME{'0' * 32}").status_code == 404


def test_the_menu_lets_25_hours_pass_and_blocks(
    browser: httpx.Client, open_chat: Business, phone: WhatsAppPhone
) -> None:
    assert "окно 24 часа: ещё 23 ч 59 мин" in browser.get(chat_url(phone)).text
    assert "окно закрыто" in browser.post(f"{chat_url(phone)}/change", data={"what": "jump"}).text
    lost = open_chat.send(Body="Ключи 1234")
    open_chat.fates(lost, count=1)
    page = browser.get(chat_url(phone)).text
    assert "63016" in page
    assert "is-lost" in page
    assert "Ключи 1234" not in browser.get("/whatsapp/").text, "it is not on the phone"
    assert "заблокирована вами" in browser.post(f"{chat_url(phone)}/change", data={"what": "block"}).text
    assert "сначала разблокируйте" in browser.post(f"{chat_url(phone)}/say", data={"text": "Раз"}).text
    assert "заблокирована вами" not in browser.post(f"{chat_url(phone)}/change", data={"what": "unblock"}).text
    assert "Такого телефон не умеет" in browser.post(f"{chat_url(phone)}/change", data={"what": "dance"}).text


def test_texts_are_shown_and_never_run(browser: httpx.Client, open_chat: Business, phone: WhatsAppPhone) -> None:
    open_chat.send_content(open_chat.content(quick_reply("<i>Да", body="<script>alert(1)</script> *да*")))
    answer = browser.get(chat_url(phone))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <b>да</b>" in answer.text
    assert "&lt;i&gt;Да" in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert re.findall(r"<script(?! src=)|\sstyle=|\son\w+=", answer.text) == []


def test_the_page_has_every_switch(browser: httpx.Client, standins: StandIns) -> None:
    page = browser.get("/whatsapp/").text
    for name in WhatsAppFaults.model_fields:
        assert page.count(f'name="{name}"') == 1
    browser.post("/whatsapp/faults", data={"inbound_copies": "3", "answer": "too_many"})
    assert browser.get("/whatsapp/faults").json()["inbound_copies"] == 3
    browser.post("/whatsapp/faults", data={"reset": "1"})
    assert browser.get("/whatsapp/faults").json() == WhatsAppFaults().model_dump()
    assert browser.put("/whatsapp/faults", json={"inbound_copies": 0}).status_code == 400
    assert browser.post("/whatsapp/faults", data={"answer": "dance"}).status_code == 400


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("*жирно* и _косо_", "<b>жирно</b> и <i>косо</i>"),
        ("~было~ ```код *x*```", "<s>было</s> <code>код *x*</code>"),
        ("2*3*4 и snake_case_name", "2*3*4 и snake_case_name"),
        ("* не жирно *", "* не жирно *"),
        ("Ключи: https://a.example/b_c_d?x=1&y=2.", 'Ключи: <a href="https://a.example/b_c_d?x=1&amp;y=2">'),
        ("<b>*x*", "&lt;b&gt;<b>x</b>"),
    ],
)
def test_marks_of_whatsapp_are_formatting(text: str, markup: str) -> None:
    assert markup in formatted(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("+7 701 123-45-67", "+77011234567"),
        ("8 (701) 123 45 67", "+77011234567"),
        ("whatsapp:+77011234567", "+77011234567"),
        ("123", None),
        ("", None),
        ("+0123456789", None),
    ],
)
def test_a_number_is_understood_as_people_write_it(text: str, meant: str | None) -> None:
    assert number(text) == meant
