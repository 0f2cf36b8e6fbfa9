"""Typed words that mean the same as a button, in every language at any time."""

from __future__ import annotations

import re
from functools import cache

from app.bots.turn import BACK, MENU
from app.i18n import LANGUAGES, N_, catalog

COMMANDS: dict[str, str] = {
    "/menu": MENU,
    "/help": "help",
    "/language": "lang",
    "/search": "city",
    "/bookings": "bks",
    "/favourites": "favs",
    "/messages": "thrs",
    "/host": "host",
}
"""Telegram's commands; they work everywhere."""

DESCRIPTIONS: dict[str, str] = {
    "/menu": N_("Главное меню"),
    "/search": N_("Найти квартиру"),
    "/bookings": N_("Мои брони"),
    "/favourites": N_("Избранное"),
    "/messages": N_("Сообщения"),
    "/help": N_("Помощь"),
    "/language": N_("Язык"),
}
"""Those that Telegram's menu shows to everybody, in its order."""

_WORD = re.compile(r"\w+")

MEANINGS: dict[str, str] = {
    N_("меню"): MENU,
    N_("главное меню"): MENU,
    N_("назад"): BACK,
    N_("помощь"): "help",
    N_("человек"): "human",
    N_("оператор"): "human",
    N_("язык"): "lang",
    N_("войти"): "link",
    N_("🏠 Мои квартиры"): "host",
}


def meaning_of(text: str) -> str | None:
    """The payload that a typed word stands for."""
    typed = text.strip().casefold()
    return COMMANDS.get(typed.split("@")[0]) or _in_all_languages().get(bare(typed))


def bare(text: str) -> str:
    """The words of a text or a label, without the signs and pictures that nobody types."""
    return " ".join(_WORD.findall(text.casefold()))


@cache
def _in_all_languages() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        named = {word: COMMANDS[command] for command, word in DESCRIPTIONS.items()}
        for word, meaning in (MEANINGS | named).items():
            found[bare(catalog(language).gettext(word))] = meaning
    return found
