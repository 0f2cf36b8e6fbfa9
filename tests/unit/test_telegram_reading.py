"""What Telegram's updates mean: https://core.telegram.org/bots/api#update."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.channels.inbound import Inbound, InboundKind
from app.channels.telegram.reading import inbound_of
from app.integrations.errors import ProviderProtocolError
from app.models import Messenger

PERSON = {"id": 77, "is_bot": False, "first_name": "Алия", "language_code": "kk-KZ"}
CHAT = {"id": 77, "type": "private", "first_name": "Алия"}


def message(**what: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": {"message_id": 5, "date": 1, "from": PERSON, "chat": CHAT, **what}}


def read(update: dict[str, Any]) -> Inbound | None:
    return inbound_of(json.dumps(update))


def test_text() -> None:
    found = read(message(text="Алматы, двое"))
    assert found == Inbound(Messenger.TELEGRAM, "77", InboundKind.TEXT, text="Алматы, двое", language="kk")


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start", ""),
        ("/start p42", "p42"),
        ("/start@zhilego_bot tAB_c-9", "tAB_c-9"),
        ("/START   b2345ABCD ", "b2345ABCD"),
    ],
)
def test_start_carries_what_the_link_did(text: str, payload: str) -> None:
    found = read(message(text=text))
    assert found is not None
    assert (found.kind, found.payload) == (InboundKind.START, payload)


@pytest.mark.parametrize("text", ["/start a b", "/start p42:1", "/start " + "a" * 65, "/starting", "не /start"])
def test_what_no_deep_link_can_carry_is_text(text: str) -> None:
    found = read(message(text=text))
    assert found is not None
    assert found.kind is InboundKind.TEXT


def test_only_ones_own_contact_is_a_proof() -> None:
    """5-channels: contact.user_id == from.id."""
    own = read(message(contact={"phone_number": "77015550101", "first_name": "Алия", "user_id": 77}))
    assert own is not None
    assert (own.kind, own.phone) == (InboundKind.CONTACT, "+77015550101")
    for contact in ({"user_id": 78}, {}, {"user_id": None}):
        other = read(message(contact={"phone_number": "+77015550101", "first_name": "Х", **contact}))
        assert other is not None
        assert (other.kind, other.phone) == (InboundKind.FOREIGN_CONTACT, None)


def test_a_number_that_takes_no_message_is_passed_on_to_be_refused() -> None:
    found = read(message(contact={"phone_number": "4912", "first_name": "А", "user_id": 77}))
    assert found is not None
    assert (found.kind, found.phone, found.text) == (InboundKind.CONTACT, None, "4912")


def test_pictures_come_in_their_largest_size_with_their_words() -> None:
    sizes = [{"file_id": name, "file_unique_id": name, "width": 1, "height": 1} for name in ("small", "large")]
    found = read(message(photo=sizes, caption="Вот"))
    assert found is not None
    assert (found.kind, found.text, found.media[0].reference) == (InboundKind.MEDIA, "Вот", "large")
    scan = read(message(document={"file_id": "d", "file_unique_id": "d", "mime_type": "image/png"}))
    assert scan is not None
    assert (scan.kind, scan.media[0].content_type) == (InboundKind.MEDIA, "image/png")


@pytest.mark.parametrize("what", [{"sticker": {"file_id": "s"}}, {"voice": {}}, {"document": {"file_id": "d"}}, {}])
def test_what_we_cannot_read_is_said_to_be_so(what: dict[str, Any]) -> None:
    found = read(message(**what))
    assert found is not None
    assert found.kind is InboundKind.OTHER


def test_a_press_says_where_and_what() -> None:
    press = {"id": "900", "from": PERSON, "message": {"message_id": 5, "date": 0, "chat": CHAT}, "data": "city:1"}
    found = read({"update_id": 2, "callback_query": press})
    assert found is not None
    assert (found.kind, found.payload, found.message_id, found.press_id) == (InboundKind.PRESS, "city:1", "5", "900")


def test_blocking_closes_the_chat_and_unblocking_says_nothing() -> None:
    change = {"chat": CHAT, "from": PERSON, "date": 1}
    blocked = read({"update_id": 3, "my_chat_member": {**change, "new_chat_member": {"status": "kicked"}}})
    assert blocked is not None
    assert blocked.kind is InboundKind.BLOCKED
    assert read({"update_id": 4, "my_chat_member": {**change, "new_chat_member": {"status": "member"}}}) is None


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 1, "edited_message": {"message_id": 5, "date": 1, "from": PERSON, "chat": CHAT, "text": "x"}},
        {"update_id": 1, "channel_post": {"message_id": 5, "date": 1, "chat": {"id": -1, "type": "channel"}}},
        message(chat={"id": -100, "type": "supergroup"}, text="/start"),
        message(chat={"id": -100, "type": "group"}, text="привет"),
        {"update_id": 1, "message": {"message_id": 5, "date": 1, "chat": CHAT, "text": "без отправителя"}},
        message(**{"from": {"id": 5, "is_bot": True}, "text": "я бот"}),
        {"update_id": 1, "callback_query": {"id": "9", "from": PERSON, "inline_message_id": "x", "data": "menu"}},
        message(connected_website="zhilego.kz"),
        message(write_access_allowed={}),
        message(pinned_message={"message_id": 4, "date": 1, "chat": CHAT, "text": "Ключи"}),
        message(message_auto_delete_timer_changed={"message_auto_delete_time": 86400}),
        {"update_id": 1, "inline_query": {"id": "9", "from": PERSON, "query": "x"}},
    ],
)
def test_what_is_not_for_us_is_left_alone(update: dict[str, Any]) -> None:
    assert read(update) is None


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"update_id": "x"}', '{"update_id": 1, "message": 5}', "\x00"])
def test_nonsense_is_an_error_that_repeats_nothing_of_it(body: str) -> None:
    with pytest.raises(ProviderProtocolError):
        inbound_of(body)
    with pytest.raises(ProviderProtocolError) as error:
        read({"update_id": 1, "message": {"text": "ключ 4812", "chat": "4812"}})
    assert "4812" not in str(error.value)
