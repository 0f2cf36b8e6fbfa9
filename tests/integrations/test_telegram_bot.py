"""The bot against the stand-in, and against a Telegram that misbehaves (promise 18)."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image

from app.integrations.errors import AddressGone, ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.telegram.bot import Picture, TelegramBot
from app.integrations.telegram.pace import TooSoon
from tests.integrations.recorder import Answer, Recorder
from tests.integrations.telegram_bot import Noted, bot_at, someone
from tests.standins import CREDENTIALS, StandIns, free_port
from tests.telegram_phone import TelegramPhone


@pytest.fixture
def bot(standins: StandIns) -> Iterator[TelegramBot]:
    """The bot, all switches off."""
    standins.set_telegram_faults()
    yield bot_at(standins)
    standins.set_telegram_faults()


@pytest.fixture
def person(bot: TelegramBot, standins: StandIns) -> TelegramPhone:
    """Somebody who has opened the chat."""
    return someone(standins)


@pytest.fixture
def liar() -> Iterator[Recorder]:
    """A Telegram that says what the test wants."""
    recorder = Recorder()
    yield recorder
    recorder.close()


def jpeg(colour: str = "teal") -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (600, 400), colour).save(output, "JPEG")
    return output.getvalue()


def test_a_text_arrives_with_its_marks_and_long_texts_arrive_whole(bot: TelegramBot, person: TelegramPhone) -> None:
    said = bot.send_text(str(person.id), "<b>Цена</b> 5 &lt; 6 &amp; 7")
    assert person.last().text == "Цена 5 < 6 & 7"
    assert str(person.last().message_id) == said.id
    bot.send_text(str(person.id), "ә" * 4096)
    assert len(person.last().text) == 4096


def test_a_picture_is_sent_once_and_after_that_by_its_id(bot: TelegramBot, person: TelegramPhone) -> None:
    first = bot.send_photo(str(person.id), Picture(jpeg()), "Квартира")
    assert first.file_id is not None
    again = bot.send_photo(str(person.id), Picture(first.file_id), "Она же")
    assert person.last().is_photo
    assert person.last().text == "Она же"
    assert again.file_id == first.file_id


def test_an_album_has_all_its_pictures(bot: TelegramBot, person: TelegramPhone) -> None:
    shown = bot.send_album(str(person.id), [Picture(jpeg("red")), Picture(jpeg("blue")), Picture(jpeg("green"))])
    assert len({each.file_id for each in shown}) == 3
    assert len({message.album for message in person.from_bot()[-3:]}) == 1


def test_editing_replaces_and_no_change_is_fine(bot: TelegramBot, person: TelegramPhone) -> None:
    said = bot.send_text(str(person.id), "Раз")
    assert bot.edit_text(str(person.id), said.id, "Два").id == said.id
    assert bot.edit_text(str(person.id), said.id, "Два").id == said.id
    assert [message.text for message in person.from_bot()] == ["Два"]
    photo = bot.edit_photo(str(person.id), said.id, Picture(jpeg()), "Фото")
    assert photo.file_id is not None
    with pytest.raises(ProviderRefused) as refused:
        bot.edit_text(str(person.id), said.id, "Три")
    assert refused.value.code == "there_is_no_text_in_the_message_to_edit"


def test_who_blocked_the_bot_or_never_was_is_gone(bot: TelegramBot, person: TelegramPhone) -> None:
    """5-channels: 403 and «chat not found» are permanent for the address."""
    person.block()
    with pytest.raises(AddressGone) as gone:
        bot.send_text(str(person.id), "Здравствуйте")
    assert gone.value.code == "bot_was_blocked_by_the_user"
    with pytest.raises(AddressGone, match="chat_not_found"):
        bot.send_text("999999999", "Здравствуйте")


def test_an_old_press_and_a_bad_call_are_refused_and_nobody_is_gone(bot: TelegramBot, person: TelegramPhone) -> None:
    for call in (
        lambda: bot.answer_press("1", "Готово"),
        lambda: bot.send_text(str(person.id), "<b>не закрыто"),
        lambda: bot.send_text(str(person.id), "я" * 5000),
    ):
        with pytest.raises(ProviderRefused) as refused:
            call()
        assert not isinstance(refused.value, AddressGone)


def test_too_many_is_about_the_chat_and_the_chat_rests(standins: StandIns, person: TelegramPhone) -> None:
    standins.set_telegram_faults(too_many_seconds=7)
    pace = Noted()
    with pytest.raises(TooSoon) as too_soon:
        bot_at(standins, pace=pace).send_text(str(person.id), "Раз")
    assert (too_soon.value.retry_after, too_soon.value.is_outage) == (timedelta(seconds=7), False)
    assert not too_soon.value.outcome_unknown
    assert pace.rests == [(str(person.id), timedelta(seconds=7))]
    with pytest.raises(ProviderUnavailable) as unavailable:  # no chat's: Telegram has had enough of us
        bot_at(standins).answer_press("1", "")
    assert unavailable.value.is_outage


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_error_may_have_said_it(
    standins: StandIns, bot: TelegramBot, person: TelegramPhone, when: str
) -> None:
    standins.set_telegram_faults(server_error=when)
    with pytest.raises(ProviderUnavailable) as unavailable:
        bot.send_text(str(person.id), "Раз")
    assert unavailable.value.outcome_unknown
    assert unavailable.value.is_outage


def test_a_wrong_token_is_our_fault_and_stays_secret(standins: StandIns, person: TelegramPhone) -> None:
    with pytest.raises(ProviderUnavailable) as unavailable:
        bot_at(standins, token="7000000001:wrong-wrong-wrong").send_text(str(person.id), "Раз")
    assert "wrong-wrong" not in str(unavailable.value)


def test_nobody_answering_was_not_carried_out_and_names_no_address() -> None:
    token = CREDENTIALS["TELEGRAM_BOT_TOKEN"]
    with pytest.raises(ProviderUnavailable) as unavailable:
        TelegramBot(base_url=f"http://127.0.0.1:{free_port()}", token=token).send_text("1", "Раз")
    assert not unavailable.value.outcome_unknown
    assert token not in f"{unavailable.value!r} {unavailable.value.__cause__!r}"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, "<html>"), ProviderProtocolError),
        (Answer(200, '{"ok": true, "result": {"text": "x"}}'), ProviderProtocolError),
        (Answer(200, '{"result": 1}'), ProviderProtocolError),
        (Answer(502, "<html>Bad Gateway"), ProviderUnavailable),
        (Answer(413, "<html>"), ProviderRefused),
        (Answer(409, '{"ok": false, "error_code": 409, "description": "Conflict: terminated"}'), ProviderRefused),
        (Answer(429, '{"ok": false, "error_code": 429, "description": "Too Many Requests"}'), TooSoon),
    ],
)
def test_answers_that_are_none(liar: Recorder, answer: Answer, expected: type[Exception]) -> None:
    liar.usual = answer
    with pytest.raises(expected):
        TelegramBot(base_url=liar.url, token=CREDENTIALS["TELEGRAM_BOT_TOKEN"]).send_text("1", "Раз")


def test_nothing_of_a_message_is_part_of_an_address(liar: Recorder) -> None:
    """Addresses get into the logs of proxies."""
    liar.usual = Answer(200, '{"ok": true, "result": {"message_id": 1}}')
    TelegramBot(base_url=liar.url, token=CREDENTIALS["TELEGRAM_BOT_TOKEN"]).send_text("42", "Ключ 4812")
    [request] = liar.requests
    assert "?" not in request.path
    assert b"4812" in request.body


def test_edits_do_not_count_in_their_chat_and_albums_count_as_many(
    standins: StandIns, bot: TelegramBot, person: TelegramPhone
) -> None:
    pace, chat = Noted(), str(person.id)
    paced = bot_at(standins, pace=pace)
    said = paced.send_text(chat, "Раз")
    paced.edit_text(chat, said.id, "Два")
    paced.send_album(chat, [Picture(jpeg("red")), Picture(jpeg("blue"))])
    assert pace.turns == [(chat, 1, True), (chat, 1, False), (chat, 2, True)]


def test_the_webhook_the_commands_and_waiting_updates(standins: StandIns, bot: TelegramBot) -> None:
    assert bot.me()["username"] == CREDENTIALS["TELEGRAM_BOT_NAME"]
    before = bot.webhook_info()["url"]
    bot.set_commands({"menu": "Главное меню"}, "ru")
    bot.show_commands_button()
    try:
        bot.delete_webhook()
        person = someone(standins)
        person.send_text("Алматы")
        found = bot.updates(0, seconds=1)
        assert [each["message"]["text"] for each in found][-2:] == ["/start", "Алматы"]
        assert bot.updates(found[-1]["update_id"] + 1, seconds=1) == []
    finally:
        bot.set_webhook(before, CREDENTIALS["TELEGRAM_WEBHOOK_SECRET"])
    assert bot.webhook_info()["url"] == before
    with pytest.raises(ProviderRefused):
        bot.updates(0, seconds=1)


def test_web_processes_do_not_load_the_library() -> None:
    code = "import sys, app.factory; sys.exit('telebot' in sys.modules or 'requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
