"""What people see of the stand-ins, without JavaScript."""

from __future__ import annotations

import html
from collections.abc import Iterator

import httpx
import pytest

from app.integrations.twilio import TwilioSms
from app.local.standins import words
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.twilio.messages import Sms
from tests.integrations.conftest import CreatePayment
from tests.standins import StandIns


@pytest.fixture
def browser(standins: StandIns) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=standins.base_url, headers={"Accept": "text/html"}, timeout=60) as client:
        yield client


def test_the_payer_sees_what_for_and_how_much(browser: httpx.Client, create: CreatePayment) -> None:
    page = html.unescape(browser.get(create().pay_url).text).replace("\u00a0", " ")
    for words_of_the_page in (
        "ЖильеGO",
        "58 300 ₸",
        "Студия у Кок-Тобе",
        "деньги не списываются",
        "Оплатить",
        "Отклонить",
    ):
        assert words_of_the_page in page


@pytest.mark.parametrize(("action", "title"), [("pay", "Оплачено"), ("decline", "Оплата отклонена")])
def test_the_payer_is_led_back_to_the_shop(
    browser: httpx.Client, create: CreatePayment, action: str, title: str
) -> None:
    created = create()
    answer = browser.post(created.pay_url, data={"action": action})
    assert answer.status_code == 303
    result = browser.get(answer.headers["Location"]).text
    assert title in result
    assert '<meta http-equiv="refresh" content="2; url=http://127.0.0.1/bookings/ZH-1">' in result
    assert '<a class="pay-button" href="http://127.0.0.1/bookings/ZH-1">Вернуться в магазин</a>' in result
    assert 'http-equiv="refresh"' not in browser.get(created.pay_url).text, "opened later it takes nobody away"


def test_an_odd_form_changes_nothing(browser: httpx.Client, create: CreatePayment, standins: StandIns) -> None:
    created = create()
    assert browser.post(created.pay_url, data={"action": "steal"}).status_code == 400
    assert browser.post(created.pay_url).status_code == 400
    assert standins.pay(created.pay_url) == "paid"


def test_the_panel_lists_payments_and_deliveries(
    browser: httpx.Client, create: CreatePayment, standins: StandIns, order_id: str
) -> None:
    standins.pay(create(description="<b>Студия</b>").pay_url)
    page = browser.get("/kaspi/").text
    assert order_id in page
    assert "&lt;b&gt;Студия&lt;/b&gt;" in page
    assert "payment.paid" in page
    assert browser.get("/kaspi/payments").headers["Location"] == "/kaspi/"


def test_the_panel_has_every_switch_by_groups(browser: httpx.Client, standins: StandIns) -> None:
    standins.set_faults(paid_twice=True)
    page = browser.get("/kaspi/").text
    for name in KaspiFaults.model_fields:
        assert page.count(f'name="{name}"') == 1
    for group in ("API", "Оплата", "Возвраты", "Только шлюз", "Только Kaspi Pay QR", "Выписка (только шлюз)"):
        assert f"<legend>{group}</legend>" in page
    assert "неисправности включены" in page


def test_a_phone_without_bills(browser: httpx.Client) -> None:
    assert "Счетов на этот номер ещё не выставляли" in browser.get("/kaspi/phones/77010000999").text


def test_the_inbox_shows_codes_and_escapes_texts(browser: httpx.Client, sms: TwilioSms) -> None:
    sms.send("+77010000123", "Код: 004217 <script>alert(1)</script>")
    for path in ("/sms/", "/sms/+77010000123", "/sms/77010000123"):
        page = browser.get(path).text
        assert '<span class="code-digits">004217</span>' in page
        assert "<script>alert" not in page
        assert "+7\u00a0701\u00a0000\u00a001\u00a023" in page


def test_every_page_says_what_it_is_and_runs_no_foreign_code(browser: httpx.Client) -> None:
    for path in ("/", "/kaspi/", "/sms/", "/sms/+77019999999", "/whatsapp/", "/whatsapp/chats/+77019999999"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert browser.get("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Код для входа в ЖильеGO: 048213. Никому его не говорите.", "048213"),
        ("Кіру коды: 123456", "123456"),
        ("ZhileGO code: 5512", "5512"),
        ("Заезд 12 марта 2027 в 14:00, оплачено 580 000 ₸", None),
        ("Ключи: http://127.0.0.1:18080/bookings/123456", None),
    ],
)
def test_a_code_is_told_from_other_numbers(text: str, code: str | None) -> None:
    assert Sms(1, "SM", "+77270000000", "+77010000001", text, "delivered", None, 0.0).code == code


def test_addresses_in_a_message_become_links_and_nothing_else_does() -> None:
    text = 'Ключи: http://a.example/b?c=1&d=2. "<i>'
    assert words.linked(text) == (
        'Ключи: <a href="http://a.example/b?c=1&amp;d=2">http://a.example/b?c=1&amp;d=2</a>. &#34;&lt;i&gt;'
    )
