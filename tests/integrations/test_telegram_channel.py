"""The channel as a person sees it: the real channel, the stand-in, a phone."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from app.channels.inbound import Inbound, InboundKind, Media
from app.channels.message import Button, Message, Notice
from app.channels.telegram.channel import TelegramChannel
from app.channels.telegram.photos import PhotoShelf
from app.integrations.errors import AddressGone, ProviderRefused, ProviderUnavailable
from app.integrations.telegram.bot import Picture
from app.integrations.telegram.pace import SharedPace, TooSoon
from app.integrations.telegram.updates import PATH
from tests import pictures
from tests.integrations.recorder import Recorder
from tests.integrations.telegram_bot import bot_at, someone
from tests.services import Services
from tests.standins import PATIENCE, StandIns, wait_until
from tests.telegram_phone import TelegramPhone

ROWS = ((Button(label="Дальше", payload="next:1"),), (Button(label="Сайт", url="https://zhilego.kz/"),))
PICTURES = {"own": pictures.picture(), "no picture": b"not a picture"}
"""What people sent with messages, by ids."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with three listing photos."""
    for key in ("room-1", "room-2", "room-3"):
        Image.new("RGB", (800, 500), (random.randrange(256), 90, 90)).save(tmp_path / f"{key}-800.webp")
    return tmp_path


@pytest.fixture
def channel(standins: StandIns, photos: Path, services: Services) -> Iterator[TelegramChannel]:
    """The channel of a bot that has sent no photo yet."""
    standins.set_telegram_faults()
    shelf = PhotoShelf(photos, secrets.token_hex(4), services.redis_url)
    yield TelegramChannel(bot_at(standins), shelf, PICTURES.get)
    standins.set_telegram_faults()


@pytest.fixture
def person(channel: TelegramChannel, standins: StandIns) -> TelegramPhone:
    """Somebody who has opened the chat."""
    return someone(standins)


def test_a_card_is_one_message_and_its_photo_is_uploaded_once(
    channel: TelegramChannel, person: TelegramPhone, photos: Path
) -> None:
    card = Message(text="**Студия** у парка <3", photos=("room-1",), rows=ROWS)
    channel.send(str(person.id), card)
    [shown] = person.from_bot()
    assert (shown.is_photo, shown.text, shown.labels) == (True, "Студия у парка <3", ["Дальше", "Сайт"])
    (photos / "room-1-800.webp").unlink()
    channel.send(str(person.id), card)
    assert person.last().is_photo, "the second time Telegram was given its own id"


def test_a_photo_that_telegram_has_forgotten_is_uploaded_again(
    standins: StandIns, person: TelegramPhone, photos: Path, services: Services
) -> None:
    shelf = PhotoShelf(photos, secrets.token_hex(4), services.redis_url)
    channel = TelegramChannel(bot_at(standins), shelf, PICTURES.get)
    for stale in ("room-1", "room-2"):
        shelf.remember(stale, "AgACAgIAAxkBgone")
    channel.send(str(person.id), Message(text="Карточка", photos=("room-1",)))
    assert person.last().is_photo
    assert shelf.known("room-1") not in {None, Picture("AgACAgIAAxkBgone")}
    channel.send(str(person.id), Message(text="Все фото", photos=("room-1", "room-2")))
    assert [(message.is_photo, message.text) for message in person.from_bot()[-2:]] == [(True, "Все фото"), (True, "")]


@pytest.mark.parametrize("keys", [("thin",), ("thin", "room-1")])
def test_a_photo_that_is_refused_costs_neither_the_words_nor_the_buttons(
    channel: TelegramChannel, person: TelegramPhone, photos: Path, keys: tuple[str, ...]
) -> None:
    Image.new("RGB", (800, 20)).save(photos / "thin-800.webp")  # Telegram shows nothing that is 20 times as wide
    channel.send(str(person.id), Message(text="Карточка", photos=keys, rows=ROWS))
    [shown] = person.from_bot()
    assert (shown.is_photo, shown.text, shown.labels) == (False, "Карточка", ["Дальше", "Сайт"])
    with pytest.raises(ProviderRefused, match="photo_invalid"):
        channel.send(str(person.id), Message(text="", photos=keys))


@pytest.mark.parametrize(("picture", "is_shown"), [("own", True), ("gone", False), ("no picture", False)])
def test_what_a_person_sent_is_shown_above_the_words_and_without_it_the_words_are_said(
    channel: TelegramChannel, person: TelegramPhone, picture: str, is_shown: bool
) -> None:
    channel.send(str(person.id), Message(text="Вам пишет **Алия**", picture=picture, rows=ROWS))
    [said] = person.from_bot()
    assert (said.is_photo, said.text, said.labels) == (is_shown, "Вам пишет Алия", ["Дальше", "Сайт"])


def test_without_its_file_a_card_still_says_what_it_says(channel: TelegramChannel, person: TelegramPhone) -> None:
    for key in ("nowhere", "../../etc/passwd"):
        channel.send(str(person.id), Message(text="Без фото", photos=(key,), rows=ROWS))
        assert (person.last().text, person.last().is_photo, len(person.last().labels)) == ("Без фото", False, 2)


def test_a_long_text_follows_its_photo(channel: TelegramChannel, person: TelegramPhone) -> None:
    channel.send(str(person.id), Message(text="я" * 1025, photos=("room-1",), rows=ROWS))
    photo, text = person.from_bot()
    assert (photo.is_photo, photo.text, photo.labels) == (True, "", [])
    assert (len(text.text), text.labels) == (1025, ["Дальше", "Сайт"])


@pytest.mark.parametrize(
    "said",
    [
        Message(text="я" * 1025, photos=("room-1",), rows=ROWS),
        Message(text="Фото", photos=("room-1", "room-2"), rows=ROWS),
    ],
)
def test_words_that_fail_below_their_photos_come_again_alone(
    standins: StandIns, person: TelegramPhone, photos: Path, services: Services, said: Message
) -> None:
    class Breaking(PhotoShelf):
        """Telegram is in trouble once it has the photos."""

        def remember(self, key: str, file_id: str | None) -> None:
            super().remember(key, file_id)
            standins.set_telegram_faults(server_error="before")

    channel = TelegramChannel(
        bot_at(standins), Breaking(photos, secrets.token_hex(4), services.redis_url), PICTURES.get
    )
    with pytest.raises(ProviderUnavailable) as trouble:
        channel.send(str(person.id), said)
    standins.set_telegram_faults()
    shown = len(person.from_bot())
    assert (shown, trouble.value.parts_said) == (len(said.photos), 1)
    channel.send(str(person.id), said, parts_said=1)
    assert [(each.text, len(each.labels)) for each in person.from_bot()[shown:]] == [(said.text, 2)]


def test_several_photos_are_an_album_and_the_buttons_follow(channel: TelegramChannel, person: TelegramPhone) -> None:
    keys = ("room-1", "room-2", "gone", "room-3")
    sent = channel.send(str(person.id), Message(text="Фото", photos=keys, rows=ROWS))
    *album, text = person.from_bot()
    assert len(album) == 3
    assert len({each.album for each in album}) == 1
    assert (str(text.message_id), text.labels) == (sent, ["Дальше", "Сайт"])
    channel.send(str(person.id), Message(text="Одно", photos=("room-1", "gone"), rows=ROWS))
    assert (person.last().is_photo, person.last().text, len(person.last().labels)) == (True, "Одно", 2)


def test_our_own_pace_never_comes_between_pictures_and_their_words(
    standins: StandIns, person: TelegramPhone, photos: Path, services: Services
) -> None:
    """Refused between the two, the whole message came again: the same album every few seconds, and never the words."""
    bot = secrets.token_hex(4)
    pace = SharedPace(bot, services.redis_url, per=60, pause=lambda _: None)
    shelf = PhotoShelf(photos, bot, services.redis_url)
    channel = TelegramChannel(bot_at(standins, pace=pace), shelf, PICTURES.get)
    said = Message(text="Фото", photos=("room-1", "room-2", "room-3"))
    channel.send(str(person.id), said)
    assert [(each.is_photo, each.text) for each in person.from_bot()] == [(True, "Фото"), (True, ""), (True, "")]
    for message in (said.model_copy(update={"rows": ROWS}), Message(text="я" * 1025, photos=("room-1",))):
        with pytest.raises(TooSoon):  # the chat's turns are spent
            channel.send(str(person.id), message)
        assert len(person.from_bot()) == 3
    other = someone(standins)
    channel.send(str(other.id), said.model_copy(update={"rows": ROWS}))
    assert [each.is_photo for each in other.from_bot()] == [True, True, True, False]


def test_a_qr_code_stands_above_the_text(channel: TelegramChannel, person: TelegramPhone) -> None:
    channel.send(str(person.id), Message(text="Оплатите", qr="https://pay.kaspi.kz/1", rows=ROWS))
    assert (person.last().is_photo, person.last().text) == (True, "Оплатите")


def test_a_step_takes_the_place_of_the_one_before(channel: TelegramChannel, person: TelegramPhone) -> None:
    chat = str(person.id)
    first = channel.send(chat, Message(text="Раз", rows=ROWS))
    assert channel.send(chat, Message(text="Два", rows=ROWS, in_place=True), replaces=first) == first
    assert channel.send(chat, Message(text="Два", rows=ROWS, in_place=True), replaces=first) == first
    assert channel.send(chat, Message(text="Карточка", photos=("room-1",), rows=ROWS), replaces=first) == first
    assert channel.send(chat, Message(text="Вторая", photos=("room-2",), rows=ROWS), replaces=first) == first
    assert [message.text for message in person.from_bot()] == ["Вторая"]


@pytest.mark.parametrize(
    "message",
    [
        Message(text="Текст вместо фото", rows=ROWS),
        Message(text="Контакт", contact_label="📱 Отправить"),
        Message(text="Альбом", photos=("room-1", "room-2"), rows=ROWS),
    ],
)
def test_what_cannot_replace_is_said_anew(channel: TelegramChannel, person: TelegramPhone, message: Message) -> None:
    chat = str(person.id)
    card = channel.send(chat, Message(text="Карточка", photos=("room-3",), rows=ROWS))
    said = channel.send(chat, message, replaces=card)
    assert said != card
    assert (str(person.last().message_id), person.last().text) == (said, message.text)
    assert channel.send(chat, Message(text="Нет такого"), replaces="987654") != "987654"


def test_the_contact_is_asked_for_below_the_chat_and_put_away(channel: TelegramChannel, person: TelegramPhone) -> None:
    chat = str(person.id)
    rows = ((Button(label="‹ Назад", payload="back"),),)
    channel.send(chat, Message(text="Ваш номер?", contact_label="📱 Отправить", rows=rows))
    (contact,), (back,) = person.keyboard()
    assert (contact["request_contact"], back["text"]) == (True, "‹ Назад")
    channel.send(chat, Message(text="Готово"))
    assert person.keyboard() == []


def test_what_a_person_does_comes_back_as_an_event(
    channel: TelegramChannel, person: TelegramPhone, receiver: Recorder
) -> None:
    """The stand-in's own updates are read: text, press, contact, block."""
    channel.send(str(person.id), Message(text="Что дальше?", rows=ROWS))
    person.send_text("Алматы")
    press = person.press("Дальше")
    person.send_contact()
    person.send_contact("+77010000000", "Чужой")
    person.block()

    def events() -> list[Inbound]:
        read = [channel.parse(request.body.decode()) for request in list(receiver.requests) if request.path == PATH]
        return [each for each in read if each is not None and each.address == str(person.id)]

    wait_until(lambda: len(events()) >= 6, PATIENCE, "six events")
    found = events()
    assert [each.kind for each in found] == [
        InboundKind.START,
        InboundKind.TEXT,
        InboundKind.PRESS,
        InboundKind.CONTACT,
        InboundKind.FOREIGN_CONTACT,
        InboundKind.BLOCKED,
    ]
    pressed, contact = found[2], found[3]
    assert (pressed.payload, pressed.message_id) == ("next:1", str(person.from_bot()[0].message_id))
    assert contact.phone == person.number
    channel.acknowledge(pressed.press_id or "", "я" * 300)
    assert press.answer()["is_answered"]
    assert len(press.answer()["text"]) == 200
    notice = Notice(kind="keys", language="ru", message=Message(text="Ключи"))
    with pytest.raises(AddressGone):
        channel.send_notice(str(person.id), notice, is_open=False)


def test_a_file_is_fetched_by_its_id(channel: TelegramChannel, person: TelegramPhone) -> None:
    channel.send(str(person.id), Message(text="", photos=("room-1",)))
    sizes = json.loads(json.dumps(person.last().document["photo"]))
    content = channel.fetch(Media(sizes[-1]["file_id"], "image/jpeg"))
    assert content.startswith(b"\xff\xd8")
    with pytest.raises(ProviderRefused):
        channel.fetch(Media("nothing", "image/jpeg"))
