"""Telegram's stand-in answers as the Bot API does: messages, edits, pictures, limits and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integrations.recorder import Answer, Recorder
from tests.integrations.telegram import BotApi, new_number, picture, row
from tests.standins import StandIns
from tests.telegram_phone import TelegramPhone

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)


def test_the_bot_is_known_by_its_token_only(standins: StandIns, bot_api: BotApi) -> None:
    me = bot_api.call("getMe")
    assert (me["id"], me["is_bot"], me["username"]) == (7000000001, True, "zhilego_test_bot")
    stranger = BotApi(standins, token="7000000001:another-token-another-token-another")
    assert stranger.refused("getMe") == (401, "Unauthorized")
    assert bot_api.refused("getEverything") == (404, "Not Found")
    assert bot_api.call("GETME") == me, "names of methods are read in any case"


def test_a_text_arrives_with_its_entities(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    sent = bot_api.say(
        telegram_phone.id,
        " 🏠 <b>Цена <i>за ночь</i></b> &lt;<a href='https://x.kz/?a=1&amp;b'>да</a>&gt; ",
        parse_mode="HTML",
    )
    assert sent["text"] == "🏠 Цена за ночь <да>"
    assert sent["entities"] == [
        {"type": "bold", "offset": 3, "length": 12},
        {"type": "italic", "offset": 8, "length": 7},
        {"type": "text_link", "offset": 17, "length": 2, "url": "https://x.kz/?a=1&b"},
    ]
    assert sent["chat"] == {"id": telegram_phone.id, "first_name": "Алия", "type": "private"}
    assert telegram_phone.last().document == sent


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("<b>жирный", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>да</i>", 'Unmatched end tag at byte offset 7, expected "</b>", found "</i>"'),
        ("да</b>", "Unexpected end tag at byte offset 4"),
        ("a <div>б</div>", 'Unsupported start tag "div" at byte offset 2'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<a href=", "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_html_that_cannot_be_read_is_refused(
    bot_api: BotApi, telegram_phone: TelegramPhone, html: str, complaint: str
) -> None:
    found = bot_api.refused("sendMessage", chat_id=telegram_phone.id, text=html, parse_mode="HTML")
    assert found == (400, f"Bad Request: can't parse entities: {complaint}")
    assert telegram_phone.from_bot() == []


def test_texts_and_captions_have_limits(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    chat = {"chat_id": telegram_phone.id}
    assert len(bot_api.say(telegram_phone.id, f"<b>{'я' * 4096}</b>", parse_mode="HTML")["text"]) == 4096
    assert bot_api.refused("sendMessage", **chat, text="я" * 4097) == (400, "Bad Request: message is too long")
    assert bot_api.refused("sendMessage", **chat, text="🏠" * 2049)[1] == "Bad Request: message is too long"
    assert bot_api.refused("sendMessage", **chat, text=" \n")[1] == "Bad Request: message text is empty"
    photo = {"photo": picture()}
    assert len(bot_api.call("sendPhoto", photo, **chat, caption="я" * 1024)["caption"]) == 1024
    too_long = bot_api.refused("sendPhoto", photo, **chat, caption="я" * 1025)
    assert too_long == (400, "Bad Request: message caption is too long")


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        (row(("Да", "x" * 65)), "BUTTON_DATA_INVALID"),
        (row(("Да", "ж" * 33)), "BUTTON_DATA_INVALID"),
        (row(("Да", "")), "BUTTON_DATA_INVALID"),
        (row(*[(str(n), "x") for n in range(9)]), "reply markup is too long"),
        ({"inline_keyboard": [[{"text": "Да", "callback_data": "x"}]] * 101}, "reply markup is too long"),
        ({"keyboard": [["Да"]] * 301}, "reply markup is too long"),
        ({"keyboard": [["Да"] * 13]}, "reply markup is too long"),
        (
            {"inline_keyboard": [[{"text": "Да"}]]},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"inline_keyboard": [[{"text": "Да", "url": "javascript:1"}]]},
            "inline keyboard button URL 'javascript:1' is invalid: Wrong HTTP URL",
        ),
        ({"inline_keyboard": [[{"text": "Да", "web_app": {"url": "http://x.kz"}}]]}, "BUTTON_URL_INVALID"),
        ({"buttons": []}, "object expected as reply markup"),
        ("{", "can't parse reply_markup JSON object"),
    ],
)
def test_keyboards_have_limits(bot_api: BotApi, telegram_phone: TelegramPhone, markup: object, complaint: str) -> None:
    found = bot_api.refused("sendMessage", chat_id=telegram_phone.id, text="Да?", reply_markup=markup)
    assert found == (400, f"Bad Request: {complaint}")
    assert telegram_phone.from_bot() == []


def test_the_largest_keyboard_that_is_allowed(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    rows = [[{"text": "Да", "callback_data": "ж" * 32}] * 8] * 12 + [[{"text": "Да", "callback_data": "x"}] * 4]
    sent = bot_api.say(telegram_phone.id, reply_markup={"inline_keyboard": rows})
    assert sum(map(len, sent["reply_markup"]["inline_keyboard"])) == 100


def test_only_who_has_spoken_first_can_be_written_to(bot_api: BotApi, standins: StandIns) -> None:
    assert bot_api.refused("sendMessage", chat_id=1, text="x") == (400, "Bad Request: chat not found")
    assert bot_api.refused("sendMessage", chat_id="@name", text="x") == (400, "Bad Request: chat not found")
    assert bot_api.refused("sendMessage", text="x") == (400, "Bad Request: chat_id is empty")
    shy = TelegramPhone(standins.base_url, new_number())
    silent = bot_api.refused("sendMessage", chat_id=shy.id, text="x")
    assert silent == (403, "Forbidden: bot can't initiate conversation with a user")
    shy.start()
    shy.block()
    assert bot_api.refused("sendMessage", chat_id=shy.id, text="x") == (403, "Forbidden: bot was blocked by the user")
    shy.unblock()
    bot_api.say(shy.id)


def test_a_text_is_edited_in_place(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    sent = bot_api.say(telegram_phone.id, "Раз", reply_markup=row(("Да", "y")))
    here = {"chat_id": telegram_phone.id, "message_id": sent["message_id"]}
    edited = bot_api.call("editMessageText", **here, text="Два", reply_markup=row(("Нет", "n")))
    assert (edited["text"], edited["reply_markup"]) == ("Два", row(("Нет", "n")))
    assert [one.labels for one in telegram_phone.from_bot()] == [["Нет"]]
    same = bot_api.refused("editMessageText", **here, text="Два", reply_markup=row(("Нет", "n")))
    assert same == (400, NOT_MODIFIED)
    assert "reply_markup" not in bot_api.call("editMessageReplyMarkup", **here)
    assert bot_api.refused("editMessageReplyMarkup", **here) == (400, NOT_MODIFIED)
    assert "reply_markup" not in bot_api.call("editMessageText", **here, text="Три")


def test_what_cannot_be_edited(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    own = telegram_phone.send_text("моё")
    chat, sent = {"chat_id": telegram_phone.id}, bot_api.say(telegram_phone.id)
    shown = bot_api.call("sendPhoto", {"photo": picture()}, **chat, caption="x")

    def complaint(method: str, message_id: int, **params: object) -> str:
        return bot_api.refused(method, **chat, message_id=message_id, **params)[1].removeprefix("Bad Request: ")

    assert complaint("editMessageText", 999_999_999, text="x") == "message to edit not found"
    assert complaint("editMessageText", own, text="x") == "message can't be edited"
    assert complaint("editMessageText", 0, text="x") == "message identifier is not specified"
    assert complaint("editMessageText", shown["message_id"], text="x") == "there is no text in the message to edit"
    no_caption = complaint("editMessageCaption", sent["message_id"], caption="x")
    assert no_caption == "there is no caption in the message to edit"
    assert complaint("editMessageText", sent["message_id"], text="x", reply_markup={"keyboard": [["x"]]}) == (
        "inline keyboard expected"
    )
    assert complaint("deleteMessage", 999_999_999) == "message to delete not found"
    assert bot_api.call("deleteMessage", **chat, message_id=sent["message_id"]) is True
    assert complaint("editMessageText", sent["message_id"], text="x") == "message to edit not found"
    assert sent["message_id"] not in [one.message_id for one in telegram_phone.messages()]


def test_a_picture_is_sent_again_by_its_id(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    chat = {"chat_id": telegram_phone.id}
    sizes = bot_api.call("sendPhoto", {"photo": picture(2000, 1000)}, **chat)["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(320, 160), (1280, 640)]
    again = bot_api.call("sendPhoto", **chat, photo=sizes[-1]["file_id"])["photo"]
    assert again == sizes
    file = bot_api.call("getFile", file_id=sizes[0]["file_id"])
    content = bot_api.http.get(f"/file/bot{bot_api.token}/{file['file_path']}").content
    assert len(content) == file["file_size"] == sizes[0]["file_size"]
    assert bot_api.http.get(f"/file/bot1:x/{file['file_path']}").status_code == 401
    assert bot_api.refused("getFile", file_id="x")[1] == "Bad Request: invalid file_id"


def test_a_picture_is_fetched_from_an_address(
    bot_api: BotApi, telegram_phone: TelegramPhone, scripted: Recorder
) -> None:
    chat = {"chat_id": telegram_phone.id, "photo": f"{scripted.url}/a.jpg"}
    scripted.usual = Answer(404)
    assert bot_api.refused("sendPhoto", **chat)[1] == "Bad Request: failed to get HTTP URL content"
    scripted.usual = Answer(200, "<html>", (("Content-Type", "text/html"),))
    assert bot_api.refused("sendPhoto", **chat)[1] == "Bad Request: wrong type of the web page content"
    scripted.usual = Answer(200, "not a picture", (("Content-Type", "image/jpeg"),))
    assert bot_api.refused("sendPhoto", **chat)[1] == "Bad Request: IMAGE_PROCESS_FAILED"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"not a picture", "IMAGE_PROCESS_FAILED"),
        (picture(1000, 40), "PHOTO_INVALID_DIMENSIONS"),
        (b"\0" * (10 * 1024 * 1024 + 1), "file is too big"),
        (b"", "file must be non-empty"),
    ],
)
def test_a_picture_that_is_none(bot_api: BotApi, telegram_phone: TelegramPhone, content: bytes, complaint: str) -> None:
    found = bot_api.refused("sendPhoto", {"photo": content}, chat_id=telegram_phone.id)
    assert found == (400, f"Bad Request: {complaint}")


def test_an_album_has_two_to_ten_pictures(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    files = {"a": picture(), "b": picture(300, 300)}
    media = [{"type": "photo", "media": "attach://a", "caption": "<b>Вид</b>", "parse_mode": "HTML"}]
    media += [{"type": "photo", "media": "attach://b"}]
    sent = bot_api.call("sendMediaGroup", files, chat_id=telegram_phone.id, media=media)
    assert len({one["media_group_id"] for one in sent}) == 1
    assert [one.get("caption") for one in sent] == ["Вид", None]
    assert [one.album for one in telegram_phone.from_bot()] == [sent[0]["media_group_id"]] * 2
    for count in (1, 11):
        many = [{"type": "photo", "media": sent[0]["photo"][-1]["file_id"]}] * count
        refused = bot_api.refused("sendMediaGroup", chat_id=telegram_phone.id, media=many)
        assert refused == (400, "Bad Request: media group must include 2-10 items")
    lost = bot_api.refused("sendMediaGroup", chat_id=telegram_phone.id, media=[{**media[0]}, {**media[0]}])
    assert lost[1] == "Bad Request: can't parse InputMedia: Media not found: attach://a"
    assert len(telegram_phone.from_bot()) == 2


def test_a_card_is_turned_over_in_place(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    chat = {"chat_id": telegram_phone.id}
    first = bot_api.call("sendPhoto", {"photo": picture()}, **chat, caption="1 из 2", reply_markup=row(("›", "next")))
    here = {**chat, "message_id": first["message_id"], "reply_markup": row(("‹", "back"))}
    media: dict[str, Any] = {"type": "photo", "media": "attach://new", "caption": "2 из 2"}
    second = bot_api.call("editMessageMedia", {"new": picture(colour="red")}, **here, media=media)
    assert second["caption"] == "2 из 2"
    assert second["photo"] != first["photo"]
    again = {**media, "media": second["photo"][-1]["file_id"]}
    assert bot_api.refused("editMessageMedia", **here, media=again) == (400, NOT_MODIFIED)
    captioned = bot_api.call("editMessageCaption", **here, caption="<i>2</i>", parse_mode="HTML")
    assert (captioned["caption"], captioned["photo"]) == ("2", second["photo"])
    shown = telegram_phone.from_bot()
    assert [(one.text, one.labels, one.is_edited) for one in shown] == [("2", ["‹"], True)]


def test_a_reply_quotes(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    own = telegram_phone.send_text("Когда заезд?")
    sent = bot_api.say(telegram_phone.id, "В 14:00", reply_parameters={"message_id": own})
    assert sent["reply_to_message"]["text"] == "Когда заезд?"
    lost = bot_api.refused("sendMessage", chat_id=telegram_phone.id, text="x", reply_parameters={"message_id": 10**9})
    assert lost[1] == "Bad Request: message to be replied not found"


def test_the_menu_is_what_the_owner_sets(bot_api: BotApi, standins: StandIns) -> None:
    kazakh = TelegramPhone(standins.base_url, new_number(), language="kk")
    russian = TelegramPhone(standins.base_url, new_number())
    commands = [{"command": "search", "description": "Найти"}]
    for language in ("", "ru", "kk", "en"):  # what others have set in this process
        bot_api.call("deleteMyCommands", language_code=language)
    bot_api.call("setMyCommands", commands=commands)
    bot_api.call("setMyCommands", commands=[{"command": "search", "description": "Іздеу"}], language_code="kk")
    assert bot_api.call("getMyCommands") == commands == russian.state()["commands"]
    assert [one["description"] for one in kazakh.state()["commands"]] == ["Іздеу"]
    for wrong, complaint in (
        ([{"command": "Search!", "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "x" * 33, "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "x", "description": ""}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "x", "description": "y"}] * 101, "BOT_COMMANDS_TOO_MUCH"),
    ):
        assert bot_api.refused("setMyCommands", commands=wrong) == (400, f"Bad Request: {complaint}")
    assert bot_api.call("setChatMenuButton", menu_button={"type": "commands"}) is True
    assert bot_api.call("getChatMenuButton") == {"type": "commands"}


def test_a_reply_keyboard_stands_under_the_chat_until_it_is_removed(
    bot_api: BotApi, telegram_phone: TelegramPhone
) -> None:
    keyboard = {"keyboard": [["Найти"], [{"text": "Мой номер", "request_contact": True}]]}
    sent = bot_api.say(telegram_phone.id, reply_markup=keyboard)
    assert "reply_markup" not in sent
    assert [[key["text"] for key in keys] for keys in telegram_phone.keyboard()] == [["Найти"], ["Мой номер"]]
    bot_api.say(telegram_phone.id)
    assert telegram_phone.keyboard() != []
    bot_api.say(telegram_phone.id, reply_markup={"remove_keyboard": True})
    assert telegram_phone.keyboard() == []


def test_typing_is_seen_until_the_message(bot_api: BotApi, telegram_phone: TelegramPhone) -> None:
    assert bot_api.call("sendChatAction", chat_id=telegram_phone.id, action="typing") is True
    assert telegram_phone.state()["is_typing"] is True
    bot_api.say(telegram_phone.id)
    assert telegram_phone.state()["is_typing"] is False
    wrong = bot_api.refused("sendChatAction", chat_id=telegram_phone.id, action="dancing")
    assert wrong == (400, "Bad Request: wrong parameter action in request")
