"""Contacts in a message are replaced by «•••» until the two have a paid booking. Pure.

Before payment an address, a phone or a handle would lead around the platform: no protected money, no keys on time.
Hidden are phone numbers as people write them (also with brackets, dots or words between, in words or half so), e-mail
addresses, links, @handles and names after the name of a messenger. Dates, times, prices and addresses stay. Who means
to can always describe a number in a riddle: this keeps honest people on the path and makes the rest laborious.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from app.domain.messages.phones import phones_in

HIDDEN = "•••"


class Masked(NamedTuple):
    """A text without contacts, and whether anything was taken out."""

    text: str
    is_masked: bool


def mask(text: str) -> Masked:
    """`text` with every contact replaced. A text without contacts comes back as it was; doing it twice changes nothing.

    Letters that are drawn otherwise (fullwidth, keycaps) and invisible signs between letters are made plain where
    that uncovers a contact.
    """
    found = _hide(text)
    plain = _plain(found)
    uncovered = _hide(plain)
    found = found if uncovered == plain else uncovered
    return Masked(found, is_masked=found != text)


def _hide(text: str) -> str:
    """Again and again: what stands around a contact may be one when the contact is gone."""
    while True:
        found = text
        for pattern in _WRITTEN:
            found = pattern.sub(HIDDEN, found)
        found = _without_spans(found, phones_in(found))
        if found == text:
            return found
        text = found


def _plain(text: str) -> str:
    """Compatibility forms resolved, and nothing invisible left: what a reader's eye makes of it."""
    resolved = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in resolved if unicodedata.category(sign) not in {"Cf", "Mn", "Me"})


# --- links, addresses, handles ---------------------------------------------------------------------

_DOT = r"(?:\s*(?:\.|\[\.\]|\(\.\)|\(dot\)|\[dot\])\s*|\s+(?:точка|нүкте|dot)\s+)"
_CLOSE_DOT = _DOT.replace(r"\.", r"(?<=\S)\.(?=\S)", 1)
_AT = r"\s*(?:@|\(at\)|\[at\]|\(собака\))\s*"
_AT_IN_WORDS = r"\s+(?:собака|at)\s+"
"""Ordinary words as well: «у нас собака. Она маленькая». What follows has to end as addresses end."""
_ZONES = (
    "kz|ru|com|net|org|info|biz|me|io|co|app|site|online|shop|store|link|ly|gl|cc|su|ua|by|uz|kg|tj|page|dev|xyz|club"
    "|live|pro|tv|uk|de|top|space|website|chat|рф|қаз"
)
_MESSENGERS = (
    r"телеграмм?[а-я]{0,3}|телегу?[а-я]{0,2}|telegram|тг|tg|инстаграмм?[а-я]{0,3}|инст[ауеы]|instagram|insta"
    r"|ватс[аa]пп?[а-я]{0,2}|вотс[аa]пп?[а-я]{0,2}|вацап[а-я]{0,2}|whats\s?app|вайбер[а-я]{0,2}|viber|скайп[а-я]{0,2}"
    r"|skype|вконтакте|вк|vk|facebook|фейсбук[а-я]{0,2}|tiktok|тикток[а-я]{0,2}|wechat|signal"
)
_WRITTEN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\w.+-])[\w.+-]+{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_DOT}[a-zа-яқ]{{2,}}",
        rf"(?<![\w.+-])[\w.+-]+{_AT_IN_WORDS}[\w-]{{1,63}}(?:{_CLOSE_DOT}[\w-]{{1,63}}){{0,3}}{_CLOSE_DOT}(?:{_ZONES})\b",
        r"\b(?:https?|tg|ftp)\s?:\s?//\s?\S+",
        r"\bwww\.\S+",
        rf"\b(?:t|wa|tg|telegram|vk|instagram|ig|fb|facebook|tiktok|viber){_DOT}(?:me|com|ru|org|cc)\b(?:\s?/\s?\S+)?",
        rf"(?<![\w@])(?:[\w-]{{1,63}}\.){{1,4}}(?:{_ZONES})\b(?![\w-])(?:[/:?#]\S*)?",
        r"(?<!\w)@\s?[a-z0-9_][\w.]{2,}",
        rf"\b(?:{_MESSENGERS})\s*(?:ник|логин|id|nick|name)?\s*[:—–=-]\s*@?[a-z0-9_][\w.]{{2,}}",
        rf"\b(?:{_MESSENGERS})\s+(?:ник\s+|логин\s+|id\s+|nick\s+)?(?=[a-z_.]*[0-9_])[a-z0-9_][\w.]{{3,}}",
    )
)


def _without_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with each span replaced; spans that meet become one."""
    written, place = [], 0
    for begin, end in sorted(spans):
        if begin >= place:
            written += [text[place:begin], HIDDEN]
        place = max(place, end)
    return "".join((*written, text[place:]))
