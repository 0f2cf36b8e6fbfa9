"""Telegram in tests: the real bot against the stand-in, and a person with a phone."""

from __future__ import annotations

import random
from datetime import timedelta

from app.integrations.telegram.bot import TelegramBot
from app.integrations.telegram.pace import FREE, Pace
from tests.standins import CREDENTIALS, StandIns
from tests.telegram_phone import TelegramPhone


def bot_at(standins: StandIns, *, pace: Pace = FREE, token: str = CREDENTIALS["TELEGRAM_BOT_TOKEN"]) -> TelegramBot:
    """The bot, by default without a pace of its own."""
    return TelegramBot(base_url=standins.telegram_url, token=token, pace=pace)


def someone(standins: StandIns, *, language: str = "ru") -> TelegramPhone:
    """A person whom no other test knows, and who has opened the chat."""
    phone = TelegramPhone(standins.base_url, f"+7705{random.randrange(10**7):07}", language=language)
    phone.start()
    return phone


class Noted:
    """A pace that lets everything through and notes what was asked of it."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, int, bool]] = []
        self.rests: list[tuple[str, timedelta]] = []

    def wait_turn(self, chat: str, *, messages: int = 1, is_new: bool = True) -> None:
        """Note it."""
        self.turns.append((chat, messages, is_new))

    def rest(self, chat: str, pause: timedelta) -> None:
        """Note it."""
        self.rests.append((chat, pause))
