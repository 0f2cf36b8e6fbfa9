"""What Telegram's stand-in tells the bot, how often, in what order, and what it does wrong when told to."""

from __future__ import annotations

import hashlib
import hmac
import io
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl

import httpx
import pytest
import telebot
from telebot import apihelper

from tests.integrations.recorder import Answer, Recorder
from tests.integrations.telegram import WEBHOOK, BotApi, new_number, picture, row, told, wait_for_told
from tests.standins import PATIENCE, Fault, StandIns, every_telegram_fault, pairs_of, wait_until
from tests.telegram_phone import TelegramPhone

SECRET = "test-telegram-webhook-secret"


@pytest.fixture
def _polled(bot_api: BotApi, receiver: Recorder) -> Iterator[None]:
    """No webhook for the length of a test."""
    bot_api.call("deleteWebhook", drop_pending_updates=True)
    yield
    bot_api.call("setWebhook", url=receiver.url + WEBHOOK, secret_token=SECRET, drop_pending_updates=True)


def test_the_portal_is_told_of_everything_with_the_secret(
    bot_api: BotApi, telegram_phone: TelegramPhone, receiver: Recorder
) -> None:
    telegram_phone.send_text("Алматы")
    sent = bot_api.say(telegram_phone.id, reply_markup=row(("Да", "yes")))
    pressed = telegram_phone.press("Да")
    telegram_phone.send_contact()
    photo_id = telegram_phone.send_photo(picture())
    telegram_phone.block()
    telegram_phone.unblock()
    wait_for_told(receiver, telegram_phone.id, 2, "my_chat_member")
    start, text, contact, photo = wait_for_told(receiver, telegram_phone.id, 4)
    assert photo.json["message"]["message_id"] == photo_id
    assert len(bot_api.call("getFile", file_id=photo.json["message"]["photo"][0]["file_id"])["file_path"]) > 10
    assert {one.headers["X-Telegram-Bot-Api-Secret-Token"] for one in (start, text, contact)} == {SECRET}
    assert start.json["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert text.json["message"]["text"] == "Алматы"
    assert contact.json["message"]["contact"]["user_id"] == telegram_phone.id
    assert contact.json["message"]["contact"]["phone_number"] == telegram_phone.number.removeprefix("+")
    (query,) = (one.json["callback_query"] for one in told(receiver, telegram_phone.id, "callback_query"))
    assert (query["id"], query["data"], query["message"]) == (pressed.query_id, "yes", sent)
    blocked, unblocked = (one.json["my_chat_member"] for one in told(receiver, telegram_phone.id, "my_chat_member"))
    assert [blocked[side]["status"] for side in ("old_chat_member", "new_chat_member")] == ["member", "kicked"]
    assert unblocked["new_chat_member"]["status"] == "member"


def test_somebody_elses_contact_has_somebody_elses_id(
    standins: StandIns, telegram_phone: TelegramPhone, receiver: Recorder
) -> None:
    other = TelegramPhone(standins.base_url, new_number(), name="Данияр")
    telegram_phone.send_contact(other.number)
    telegram_phone.send_contact("+77019998877", "Никто")
    _, known, unknown = (one.json["message"] for one in wait_for_told(receiver, telegram_phone.id, 3))
    assert known["contact"] == {
        "phone_number": other.number.removeprefix("+"),
        "first_name": "Данияр",
        "user_id": other.id,
    }
    assert "user_id" not in unknown["contact"]


def test_a_link_says_what_it_was_for(telegram_phone: TelegramPhone, receiver: Recorder) -> None:
    telegram_phone.start("property_ZH-1")
    telegram_phone.start("не по правилам")
    found = [one.json["message"]["text"] for one in wait_for_told(receiver, telegram_phone.id, 3)]
    assert found[1:] == ["/start property_ZH-1", "/start"]


def test_a_press_is_answered_once_it_is_known(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    bot_api.say(telegram_phone.id, reply_markup=row(("Да", "yes")))
    pressed = telegram_phone.press("Да")
    assert pressed.answer()["is_answered"] is False
    unknown = bot_api.refused("answerCallbackQuery", callback_query_id="1")
    assert unknown[1] == "Bad Request: query is too old and response timeout expired or query ID is invalid"
    long = bot_api.refused("answerCallbackQuery", callback_query_id=pressed.query_id, text="x" * 201)
    assert long == (400, "Bad Request: MESSAGE_TOO_LONG")
    bot_api.call("answerCallbackQuery", callback_query_id=pressed.query_id, text="Готово", show_alert=True)
    assert pressed.wait_answered() == {"is_answered": True, "text": "Готово", "is_alert": True, "url": ""}


def test_what_the_webhook_does_not_take_comes_again_and_holds_up_its_own_chat_only(
    bot_api: BotApi, standins: StandIns, receiver: Recorder
) -> None:
    first, second = (TelegramPhone(standins.base_url, new_number()) for _ in range(2))
    receiver.answer_about(str(first.id), Answer(500), Answer(None), Answer(503))
    first.start()
    second.start()
    wait_for_told(receiver, first.id, 3)
    first.send_text("потом")
    wait_for_told(receiver, first.id, 5)
    texts = [one.json["message"]["text"] for one in told(receiver, first.id)]
    assert texts == ["/start"] * 4 + ["потом"]
    assert len({one.json["update_id"] for one in told(receiver, first.id)}) == 2
    assert told(receiver, second.id)[0].at < told(receiver, first.id)[3].at
    info = bot_api.call("getWebhookInfo")
    assert info["last_error_message"].startswith("Wrong response from the webhook")
    wait_until(lambda: bot_api.call("getWebhookInfo")["pending_update_count"] == 0, PATIENCE, "end of what waits")


def test_a_webhook_has_rules(bot_api: BotApi, receiver: Recorder) -> None:
    plain = bot_api.refused("setWebhook", url="http://example.kz/telegram/")
    assert plain == (400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    odd = bot_api.refused("setWebhook", url=receiver.url, secret_token="секрет")
    assert odd == (400, "Bad Request: secret token contains unallowed characters")
    assert bot_api.call("getWebhookInfo")["url"] == receiver.url + WEBHOOK


@pytest.mark.usefixtures("_polled")
def test_without_a_webhook_updates_wait_to_be_asked_for(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    telegram_phone.send_text("раз")
    telegram_phone.send_text("два")
    first, second, third = bot_api.call("getUpdates")
    assert [one["message"]["text"] for one in (first, second, third)] == ["/start", "раз", "два"]
    assert bot_api.call("getUpdates", offset=second["update_id"], limit=1) == [second]
    assert bot_api.call("getUpdates", offset=-1) == [third]
    assert bot_api.call("getUpdates") == [third], "what is before a negative offset is forgotten"
    assert bot_api.call("getUpdates", offset=third["update_id"] + 1) == []
    assert bot_api.call("getWebhookInfo")["pending_update_count"] == 0


@pytest.mark.usefixtures("_polled")
def test_only_wanted_kinds_are_kept(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    bot_api.call("getUpdates", allowed_updates=["callback_query"])
    telegram_phone.send_text("никому")
    bot_api.say(telegram_phone.id, reply_markup=row(("Да", "yes")))
    telegram_phone.press("Да")
    kinds = [set(one) - {"update_id"} for one in bot_api.call("getUpdates", allowed_updates=[])]
    assert kinds == [{"message"}, {"callback_query"}], "the first message came before"


@pytest.mark.usefixtures("_polled")
def test_a_long_poll_answers_as_soon_as_there_is_something(
    standins: StandIns, bot_api: BotApi, telegram_phone: TelegramPhone
) -> None:
    (start,) = bot_api.call("getUpdates")
    with httpx.Client(base_url=standins.telegram_url, timeout=60, trust_env=False) as other:
        began = time.monotonic()
        assert (
            other.get(f"/bot{bot_api.token}/getUpdates?offset={start['update_id'] + 1}&timeout=1").json()["result"]
            == []
        )
        assert time.monotonic() - began >= 1


def test_a_webhook_and_getupdates_exclude_each_other(bot_api: BotApi) -> None:
    code, description = bot_api.refused("getUpdates")
    assert code == 409
    assert description.startswith("Conflict: can't use getUpdates method while webhook is active")


# --- switches ------------------------------------------------------------------------------------


def test_too_many_says_when_to_come_again(standins: StandIns, bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    standins.set_telegram_faults(too_many_seconds=7)
    answer = bot_api.ask("sendMessage", chat_id=telegram_phone.id, text="x")
    assert answer.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    assert telegram_phone.from_bot() == []


@pytest.mark.parametrize(
    ("fault", "refusal", "arrived"),
    [
        (("blocked", True), (403, "Forbidden: bot was blocked by the user"), 0),
        (("chat_not_found", True), (400, "Bad Request: chat not found"), 0),
        (("server_error", "before"), (500, "Internal Server Error"), 0),
        (("server_error", "after"), (500, "Internal Server Error"), 1),
        (("hang_seconds", 0.2), (504, "Gateway Timeout"), 1),
    ],
)
def test_refusals_on_demand(
    bot_api: BotApi, telegram_phone: TelegramPhone, fault: Fault, refusal: tuple[int, str], arrived: int
) -> None:
    bot_api.http.put("/faults", json=dict([fault])).raise_for_status()
    assert bot_api.refused("sendMessage", chat_id=telegram_phone.id, text="x") == refusal
    assert len(telegram_phone.from_bot()) == arrived


def test_the_limits_of_sending_are_kept_when_asked(standins: StandIns, bot_api: BotApi) -> None:
    standins.set_telegram_faults(enforces_limits=True)
    phone = TelegramPhone(standins.base_url, new_number())
    phone.start()
    codes = [bot_api.ask("sendMessage", chat_id=phone.id, text=str(n)).status_code for n in range(30)]
    assert codes[:20] == [200] * 20
    assert 429 in codes[20:]
    assert len(phone.from_bot()) == codes.count(200)


def test_updates_come_twice_and_under_another_number(
    standins: StandIns, telegram_phone: TelegramPhone, receiver: Recorder
) -> None:
    wait_for_told(receiver, telegram_phone.id)
    standins.set_telegram_faults(update_copies=2, update_copies_renumbered=1)
    telegram_phone.send_text("раз")
    found = [one.json for one in wait_for_told(receiver, telegram_phone.id, 4)][1:]
    assert len({one["update_id"] for one in found}) == 2
    assert {one["message"]["message_id"] for one in found} == {found[0]["message"]["message_id"]}


def test_updates_come_the_wrong_way_round(
    standins: StandIns, telegram_phone: TelegramPhone, receiver: Recorder
) -> None:
    wait_for_told(receiver, telegram_phone.id)
    standins.set_telegram_faults(updates_out_of_order=True)
    for text in ("раз", "два", "три"):
        telegram_phone.send_text(text)
    found = [one.json["message"]["text"] for one in wait_for_told(receiver, telegram_phone.id, 4)]
    assert found[1:] == ["три", "два", "раз"]


def test_a_wrong_secret_and_a_delay(standins: StandIns, telegram_phone: TelegramPhone, receiver: Recorder) -> None:
    wait_for_told(receiver, telegram_phone.id)
    standins.set_telegram_faults(secret_is_wrong=True, update_delay_seconds=1)
    began = time.time()
    telegram_phone.send_text("раз")
    late = wait_for_told(receiver, telegram_phone.id, 2)[1]
    assert late.at - began >= 1
    assert late.headers["X-Telegram-Bot-Api-Secret-Token"] not in {SECRET, None}


def test_every_two_switches_can_be_on_together(standins: StandIns) -> None:
    pairs = pairs_of(every_telegram_fault())
    assert len(pairs) > 50
    for pair in pairs:
        standins.set_telegram_faults(**pair)


# --- signatures, the real client, a crash --------------------------------------------------------


def test_signed_data_are_what_telegram_documents(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    signed = telegram_phone.signed(age=3_600, start_param="zh1")
    app = dict(parse_qsl(signed["init_data"]))
    app_key = hmac.digest(b"WebAppData", bot_api.token.encode(), "sha256")
    login_key = hashlib.sha256(bot_api.token.encode()).digest()
    for data, key in ((app, app_key), (dict(signed["login"]), login_key)):
        given = data.pop("hash")
        text = "\n".join(f"{name}={value}" for name, value in sorted(data.items()))
        assert given == hmac.digest(key, text.encode(), "sha256").hex()
        assert abs(time.time() - 3_600 - int(data["auth_date"])) < 60
    assert (signed["login"]["id"], app["start_param"]) == (str(telegram_phone.id), "zh1")


def test_the_library_of_the_product_is_understood(
    standins: StandIns, bot_api: BotApi, telegram_phone: TelegramPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apihelper, "API_URL", standins.telegram_url + "/bot{0}/{1}")
    monkeypatch.setattr(apihelper, "FILE_URL", standins.telegram_url + "/file/bot{0}/{1}")
    monkeypatch.setattr(apihelper, "CUSTOM_REQUEST_SENDER", None)  # the product's, where it was imported before
    bot, types = telebot.TeleBot(bot_api.token), telebot.types
    keyboard = types.InlineKeyboardMarkup([[types.InlineKeyboardButton("Да", callback_data="yes")]])
    long = "<b>" + "я" * 4_000 + "</b>"
    sent = bot.send_message(telegram_phone.id, long, parse_mode="HTML", reply_markup=keyboard)
    assert telegram_phone.last().text == sent.text == "я" * 4_000
    shown = bot.send_photo(telegram_phone.id, picture(), caption="Вид", reply_markup=keyboard)
    assert shown.photo is not None
    file_id = shown.photo[-1].file_id
    bot.edit_message_media(types.InputMediaPhoto(file_id, "Ещё"), telegram_phone.id, shown.message_id)
    upload = types.InputFile(io.BytesIO(picture()))
    album = bot.send_media_group(telegram_phone.id, [types.InputMediaPhoto(upload), types.InputMediaPhoto(file_id)])
    assert len({one.media_group_id for one in album}) == 1
    assert bot.download_file(str(bot.get_file(file_id).file_path))[:2] == b"\xff\xd8"
    standins.set_telegram_faults(too_many_seconds=3)
    with pytest.raises(apihelper.ApiTelegramException) as refused:
        bot.send_message(telegram_phone.id, "x")
    assert refused.value.result_json["parameters"] == {"retry_after": 3}


def test_what_was_not_told_is_told_after_a_crash(tmp_path_factory: pytest.TempPathFactory) -> None:
    portal = Recorder()
    portal.usual = Answer(503)
    with StandIns(tmp_path_factory.mktemp("crash"), portal.url) as running:
        phone = TelegramPhone(running.base_url, new_number())
        phone.start()
        wait_for_told(portal, phone.id)
        running.kill()
        portal.forget()
        running.start()
        assert wait_for_told(portal, phone.id)[0].json["message"]["text"] == "/start"
    portal.close()
