"""What people see of Telegram, without JavaScript."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from app.local.demo.accounts import DEMO_ACCOUNTS
from app.local.run.environment import product_environment
from app.local.run.layout import Layout
from app.local.run.page import welcome_page
from app.local.secrets import local_secrets
from app.local.standins.settings import StandInSettings
from app.local.standins.telegram.entities import parse_html
from app.local.standins.telegram.faults import TelegramFaults
from app.local.standins.telegram.rendering import to_html
from tests.integrations.telegram import BotApi, new_number, picture, row
from tests.standins import StandIns
from tests.telegram_phone import TelegramPhone


@pytest.fixture
def browser(standins: StandIns) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=standins.base_url, headers={"Accept": "text/html"}, follow_redirects=True, trust_env=False, timeout=60
    ) as client:
        yield client


def chat_of(phone: TelegramPhone) -> str:
    return f"/telegram/chats/{phone.id}"


def test_the_demo_people_have_telegram(browser: httpx.Client) -> None:
    page = html.unescape(browser.get("/telegram/").text)
    for account in DEMO_ACCOUNTS:
        assert account.name in page


def test_make_run_says_where_the_phones_are_and_gives_the_stand_ins_what_the_product_has(tmp_path: Path) -> None:
    layout, secrets = Layout(tmp_path), local_secrets(tmp_path / "secrets.env")
    where = {"portal_url": "http://127.0.0.1:1", "standins_url": "http://127.0.0.1:2"}
    assert "http://127.0.0.1:2/telegram/" in welcome_page(**where, logs=tmp_path)
    given = product_environment(layout, secrets, **where, database_url="", redis_url="", kaspi_qr={})
    assert given["TELEGRAM_LINK_BASE"] == "http://127.0.0.1:2/telegram/open?start="
    assert given["TELEGRAM_BASE_URL"] == "http://127.0.0.1:2/telegram"
    settings = StandInSettings.model_validate({name.lower(): value for name, value in given.items()})
    assert settings.telegram_webhook_url == "http://127.0.0.1:1/telegram/webhook/"
    assert settings.telegram_webhook_secret == secrets["TELEGRAM_WEBHOOK_SECRET"]
    assert settings.telegram_bot_name == given["TELEGRAM_BOT_NAME"]


def test_the_list_has_every_switch_and_the_webhook(browser: httpx.Client, standins: StandIns) -> None:
    standins.set_telegram_faults(blocked=True)
    page = browser.get("/telegram/").text
    for name in TelegramFaults.model_fields:
        assert page.count(f'name="{name}"') == 1
    assert "неисправности включены" in page
    assert "/telegram/webhook/" in page
    browser.post("/telegram/faults", data={"too_many_seconds": "3", "updates_out_of_order": "true"})
    assert "неисправности включены" in browser.get("/telegram/").text
    assert browser.post("/telegram/faults", data={"too_many_seconds": "-1"}).status_code == 400
    assert "неисправности включены" not in browser.post("/telegram/faults", data={"reset": "1"}).text


def test_someone_new_starts_the_bot(browser: httpx.Client, standins: StandIns) -> None:
    number = new_number()
    form = {"phone": number, "name": "Ержан <Оспанов>", "language": "kk", "start": "zh1"}
    page = browser.post("/telegram/people", data=form)
    assert "Ержан &lt;Оспанов&gt;" in page.text
    assert 'name="start" value="zh1"' in page.text, "nothing is sent before the person presses"
    shown = browser.post(page.url.path, data={"start": "zh1"}).text
    assert "/start zh1" in shown
    assert 'class="tg-big"' not in shown
    assert TelegramPhone(standins.base_url, number).person["language"] == "kk"
    assert browser.post("/telegram/people", data={"phone": "12", "name": "x"}).status_code == 400


def test_a_link_from_outside_asks_whose_phone_it_is(browser: httpx.Client, telegram_phone: TelegramPhone) -> None:
    choice = browser.get("/telegram/open?start=zh1").text
    assert f'href="{chat_of(telegram_phone)}?start=zh1"' in choice
    for who in (telegram_phone.number, str(telegram_phone.id)):
        for path in ("/telegram/open", "/telegram/"):
            page = browser.get(path, params={"start": "zh1", "as": who})
            assert page.url.path == chat_of(telegram_phone)
            assert 'name="start" value="zh1"' in page.text


def test_the_chat_shows_what_the_bot_sent(
    browser: httpx.Client, bot_api: BotApi, telegram_phone: TelegramPhone
) -> None:
    chat = {"chat_id": telegram_phone.id}
    rows = [[{"text": "Да", "callback_data": "yes:1"}, {"text": "Сайт", "url": "https://x.kz/?a=1&b=2"}]]
    bot_api.say(telegram_phone.id, "<b>Ключи</b> &lt;i&gt;", parse_mode="HTML", reply_markup={"inline_keyboard": rows})
    bot_api.call("sendPhoto", {"photo": picture()}, **chat, caption="Вид")
    keys = {"keyboard": [["Найти", {"text": "Мой номер", "request_contact": True}]]}
    sent = bot_api.say(telegram_phone.id, "Ещё", reply_markup=keys)
    page = browser.get(chat_of(telegram_phone)).text
    assert "<b>Ключи</b> &lt;i&gt;" in page
    assert f'name="press" value="{sent["message_id"] - 2}:yes:1">Да</button>' in page
    assert 'href="https://x.kz/?a=1&amp;b=2"' in page
    assert '<button name="text" value="Найти">' in page
    assert '<button name="contact" value="own">Мой номер</button>' in page
    source = page.split('<img src="')[1].split('"')[0]
    assert browser.get(source).headers["Content-Type"] == "image/jpeg"


def test_what_a_person_does_on_the_page(browser: httpx.Client, bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    here = chat_of(telegram_phone)
    sent = bot_api.say(telegram_phone.id, reply_markup=row(("Да", "yes")))
    assert "is-waiting" in browser.post(here, data={"press": f"{sent['message_id']}:yes"}).text
    query = next(
        one["callback_query"]
        for one in browser.get("/telegram/updates").json()
        if one.get("callback_query", {}).get("from", {}).get("id") == telegram_phone.id
    )
    bot_api.call("answerCallbackQuery", callback_query_id=query["id"], text="Занято", show_alert=True)
    page = browser.get(here).text
    assert "Занято" in page
    assert "is-waiting" not in page
    assert "Занято" not in browser.post(here, data={"seen": query["id"]}).text
    browser.post(here, data={"text": "привет"})
    browser.post(here, data={"contact": "other", "phone": "+77010000002"})
    browser.post(here, files={"picture": ("a.jpg", picture(), "image/jpeg")})
    *_, text, contact, photo = (one.document for one in telegram_phone.messages())
    assert (text["text"], contact["contact"]["phone_number"]) == ("привет", "77010000002")
    assert bot_api.call("getFile", file_id=photo["photo"][-1]["file_id"])["file_size"] > 0
    assert "Разблокировать" in browser.post(here, data={"membership": "block"}).text
    for wrong in ({"text": ""}, {"press": "0:x"}, {"press": "x"}, {"text": "x" * 4097}):
        assert browser.post(here, data=wrong).status_code == 400


def test_nothing_is_sent_twice_over_the_wire_when_nothing_changes(
    browser: httpx.Client, bot_api: BotApi, telegram_phone: TelegramPhone
) -> None:
    here = chat_of(telegram_phone)
    tag = browser.get(here).headers["ETag"]
    assert browser.get(here, headers={"If-None-Match": tag}).status_code == 304
    sent = bot_api.say(telegram_phone.id)
    fresh = browser.get(here, headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    bot_api.call("editMessageText", chat_id=telegram_phone.id, message_id=sent["message_id"], text="Иначе")
    edited = browser.get(here, headers={"If-None-Match": fresh.headers["ETag"]})
    assert "изменено" in edited.text


def test_who_wrote_last_is_on_top(browser: httpx.Client, standins: StandIns) -> None:
    for name in ("Бибигуль", "Серик"):
        TelegramPhone(standins.base_url, new_number(), name=name).start()
    page = browser.get("/telegram/").text
    assert page.index("Серик") < page.index("Бибигуль") < page.index(DEMO_ACCOUNTS[0].name)


def test_the_menu_button_opens_a_mini_app(
    browser: httpx.Client, bot_api: BotApi, telegram_phone: TelegramPhone
) -> None:
    button = {"type": "web_app", "text": "Мои брони", "web_app": {"url": "https://x.kz/app"}}
    bot_api.call("setChatMenuButton", chat_id=telegram_phone.id, menu_button=button)
    here = chat_of(telegram_phone)
    assert f'href="{here}/app?url=https://x.kz/app"' in browser.get(here).text
    plain = {**button, "web_app": {"url": "http://x.kz/app"}}
    assert bot_api.refused("setChatMenuButton", menu_button=plain) == (400, "Bad Request: BUTTON_URL_INVALID")


def test_signed_returns(browser: httpx.Client, telegram_phone: TelegramPhone) -> None:
    asked = {"url": "http://127.0.0.1/telegram/login?next=%2F", "age": "90"}
    login = browser.get(f"{chat_of(telegram_phone)}/login", params=asked, follow_redirects=False)
    told = parse_qs(urlsplit(login.headers["Location"]).query)
    assert (told["next"], told["id"]) == (["/"], [str(telegram_phone.id)])
    assert len(told["hash"][0]) == 64
    app = browser.get(f"{chat_of(telegram_phone)}/app", params={"url": "https://x.kz/app"}, follow_redirects=False)
    fragment = dict(parse_qsl(urlsplit(app.headers["Location"]).fragment))
    assert set(dict(parse_qsl(fragment["tgWebAppData"]))) == {"query_id", "user", "auth_date", "hash"}
    odd = browser.get(f"{chat_of(telegram_phone)}/login", params={"url": "javascript:1"}, follow_redirects=False)
    assert odd.status_code == 400


def test_every_page_runs_no_foreign_code(browser: httpx.Client, telegram_phone: TelegramPhone) -> None:
    for path in ("/telegram/", chat_of(telegram_phone), "/telegram/open?start=x"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
    assert browser.get("/telegram/chats/1").status_code == 404


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("🏠<b>а<i>б</i></b>в", "🏠<b>а<i>б</i></b>в"),
        ("<code>https://x.kz</code>", "<code>https://x.kz</code>"),
        ("https://x.kz", '<a href="https://x.kz">https://x.kz</a>'),
        (
            '<a href="https://x.kz">https://y.kz</a>',
            '<a href="https://x.kz" target="_blank" rel="noreferrer">https://y.kz</a>',
        ),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("<u>а</u><s>б</s>", "<u>а</u><s>б</s>"),
    ],
)
def test_a_text_looks_as_it_was_meant(source: str, shown: str) -> None:
    assert to_html(*parse_html(source)) == shown
