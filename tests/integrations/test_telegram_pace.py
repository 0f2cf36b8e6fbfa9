"""How fast we speak in Telegram, shared by all processes (5-channels: 30 a second in all, about one in a chat)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.integrations.telegram.pace import CHAT_BURST, MESSAGES_A_SECOND, PATIENCE, SharedPace, TooSoon
from tests.services import Services

LONG = 60
"""Seconds of a window that no test outlasts."""


@pytest.fixture
def pace_of(services: Services) -> Callable[..., SharedPace]:
    """Another process of one bot that no other test knows; nobody really waits."""
    bot = secrets.token_hex(8)

    def make(redis_url: str = services.redis_url, waited: list[float] | None = None) -> SharedPace:
        seconds: list[float] = [] if waited is None else waited
        return SharedPace(bot, redis_url, per=LONG, pause=seconds.append)

    return make


def test_a_chat_gets_a_short_burst_and_then_waits(pace_of: Callable[..., SharedPace]) -> None:
    waited: list[float] = []
    one, other = pace_of(waited=waited), pace_of()
    for _ in range(CHAT_BURST):
        one.wait_turn("1")
    assert waited == []
    with pytest.raises(TooSoon) as too_soon:
        one.wait_turn("1")
    assert sum(waited) == pytest.approx(PATIENCE)
    assert (too_soon.value.retry_after, too_soon.value.is_outage) == (timedelta(seconds=1), False)
    with pytest.raises(TooSoon):  # another process counts the same
        other.wait_turn("1")
    other.wait_turn("2")


def test_all_chats_together_are_limited_and_edits_count_only_there(pace_of: Callable[..., SharedPace]) -> None:
    pace = pace_of()
    for _ in range(MESSAGES_A_SECOND):
        pace.wait_turn("1", is_new=False)
    with pytest.raises(TooSoon):
        pace.wait_turn("2")


def test_an_album_takes_as_many_turns_as_it_has_pictures(pace_of: Callable[..., SharedPace]) -> None:
    pace = pace_of()
    for chat in range(2):
        pace.wait_turn(str(chat), messages=10)
    pace.wait_turn("3", messages=MESSAGES_A_SECOND - 20)
    with pytest.raises(TooSoon):
        pace.wait_turn("9")


def test_the_buttons_below_an_album_follow_it_at_once(pace_of: Callable[..., SharedPace]) -> None:
    waited: list[float] = []
    pace = pace_of(waited=waited)
    pace.wait_turn("1", messages=10)
    pace.wait_turn("1")
    assert waited == []
    with pytest.raises(TooSoon):
        pace.wait_turn("1")


def test_a_chat_that_rests_is_not_called_and_others_are(pace_of: Callable[..., SharedPace]) -> None:
    one, other = pace_of(), pace_of()
    one.rest("1", timedelta(seconds=30))
    with pytest.raises(TooSoon) as too_soon:
        other.wait_turn("1", is_new=False)
    assert too_soon.value.retry_after is not None
    assert timedelta(seconds=25) < too_soon.value.retry_after <= timedelta(seconds=30)
    other.wait_turn("2")


def test_without_redis_each_process_counts_alone(pace_of: Callable[..., SharedPace]) -> None:
    one, other = pace_of("redis://127.0.0.1:9/0"), pace_of("redis://127.0.0.1:9/0")
    one.rest("1", timedelta(seconds=30))
    for _ in range(CHAT_BURST):
        one.wait_turn("1")
        other.wait_turn("1")
    with pytest.raises(TooSoon):
        one.wait_turn("1")
