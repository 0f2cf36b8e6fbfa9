"""Contacts in a message are replaced by «•••» until the two have a paid booking. Pure.

Before payment an address, a phone or a handle would lead around the platform: no protected money, no keys on time.
Hidden are phone numbers as people write them (also with brackets, dots or words between, or spelled out), e-mail
addresses, links, @handles and names after the name of a messenger. Dates, times, prices and addresses stay. Who means
to can always describe a number in a riddle: this keeps honest people on the path and makes the rest laborious.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

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
        found = _without_spans(found, [*_numbers(found), *_spelled(found)])
        if found == text:
            return found
        text = found


def _plain(text: str) -> str:
    """Compatibility forms resolved, and nothing invisible left: what a reader's eye makes of it."""
    resolved = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in resolved if unicodedata.category(sign) not in {"Cf", "Mn", "Me"})


# --- links, addresses, handles ---------------------------------------------------------------------

_DOT = r"(?:\s*(?:\.|\[\.\]|\(\.\)|\(dot\)|\[dot\])\s*|\s+(?:точка|нүкте|dot)\s+)"
_AT = r"(?:\s*(?:@|\(at\)|\[at\]|\(собака\))\s*|\s+(?:собака|at)\s+)"
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
        r"\b(?:https?|tg|ftp)\s?:\s?//\s?\S+",
        r"\bwww\.\S+",
        rf"\b(?:t|wa|tg|telegram|vk|instagram|ig|fb|facebook|tiktok|viber){_DOT}(?:me|com|ru|org|cc)\b(?:\s?/\s?\S+)?",
        rf"(?<![\w@])(?:[\w-]{{1,63}}\.){{1,4}}(?:{_ZONES})\b(?![\w-])(?:[/:?#]\S*)?",
        r"(?<!\w)@\s?[a-z0-9_][\w.]{2,}",
        rf"\b(?:{_MESSENGERS})\s*(?:ник|логин|id|nick|name)?\s*[:—–=-]\s*@?[a-z0-9_][\w.]{{2,}}",
        rf"\b(?:{_MESSENGERS})\s+(?:ник\s+|логин\s+|id\s+|nick\s+)?(?=[a-z_.]*[0-9_])[a-z0-9_][\w.]{{3,}}",
    )
)

# --- numbers ---------------------------------------------------------------------------------------

_GROUP = re.compile(r"\d+")
_JOIN = r"\s\-‐‑–—−.,()\[\]/\\*_~+|•:;'\"`"
_PLAIN_GAP = re.compile(rf"[{_JOIN}]{{1,6}}")
_FILLER = r"и|а|ну|там|потом|затем|далее|дальше|код|тире|дефис|пробел|скобка|and|then|dash|space|содан|соң|кейін|одан"
_FILLED_GAP = re.compile(rf"[{_JOIN}]*(?:(?:{_FILLER})[{_JOIN}]+){{1,3}}", re.IGNORECASE)
_WORDY_GAP = re.compile(rf"[{_JOIN}]*(?:[^\W\d_]+[{_JOIN}]+){{1,2}}")
_OURS = re.compile(r"[78]?7(?:0[0-8]|47|5[01]|6[0-4]|7[15-8]|85)\d{7}")
"""A mobile of Kazakhstan as it is dialled (3-domain, Kazakhstan facts); without 7 or 8 in front it has ten digits."""
_TRUNK = re.compile(r"[78][2-79]\d{9}")
"""Any number of Kazakhstan or Russia with its 7 or 8."""
_THOUSANDS = re.compile(r"\d{1,3}(?:[\s.,]?000)+(?:\D+\d{1,3}(?:[\s.,]?000)+)*\D*")
_LOCAL = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{2}(?![\d-])")
_LONGEST_RUN = 9
"""More digits without a gap than this are no price: a phone, an account, a card."""
_MOST_DIGITS = 15
"""Of an international number (E.164)."""


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where phone numbers stand."""
    yield from (found.span() for found in _LOCAL.finditer(text))
    groups = list(_GROUP.finditer(text))
    first = 0
    while first < len(groups):
        last = _last_group(text, groups, first)
        if last is None:
            first += 1
            continue
        begin = groups[first].start()
        plus = re.search(r"\+[\s(]*\Z", text[max(0, begin - 4) : begin])
        yield (begin - (0 if plus is None else len(plus[0])), groups[last].end())
        first = last + 1


def _last_group(text: str, groups: list[re.Match[str]], first: int) -> int | None:
    """The group of digits that ends the phone which begins with this one; None when none does."""
    begin = groups[first].start()
    has_plus = re.search(r"\+[\s(]*\Z", text[max(0, begin - 4) : begin]) is not None
    digits, is_wordy, found = "", False, None
    for place in range(first, len(groups)):
        if place > first:
            gap = text[groups[place - 1].end() : groups[place].start()]
            if not (_PLAIN_GAP.fullmatch(gap) or _FILLED_GAP.fullmatch(gap)):
                if not _WORDY_GAP.fullmatch(gap):
                    break
                is_wordy = True
        digits += _ascii(groups[place][0])
        if len(digits) > _MOST_DIGITS and place > first:
            break
        written = text[begin : groups[place].end()]
        if _is_phone(digits, written, has_plus=has_plus, is_wordy=is_wordy, is_one=place == first):
            found = place
            if not has_plus:
                break
    return found


def _is_phone(digits: str, written: str, *, has_plus: bool, is_wordy: bool, is_one: bool) -> bool:
    """Do these digits, written like that, make a phone?"""
    if is_one and len(digits) > _LONGEST_RUN:
        return True
    if _OURS.fullmatch(digits) and (len(digits) == 11 or not is_wordy):
        return has_plus or _THOUSANDS.fullmatch(written) is None
    if is_wordy:
        return False
    if has_plus:
        return len(digits) >= 9
    return _TRUNK.fullmatch(digits) is not None and _THOUSANDS.fullmatch(written) is None and not _is_dates(written)


_DATE = r"\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?"


def _is_dates(written: str) -> bool:
    """«8.12.26 - 10.12.26» has the digits of a phone and is none."""
    return re.fullmatch(rf"{_DATE}(?:\D+{_DATE})*(?:\D+\d{{1,4}}){{0,2}}", written) is not None


def _ascii(digits: str) -> str:
    return "".join(str(unicodedata.digit(digit)) for digit in digits)


# --- numbers in words ------------------------------------------------------------------------------

_RU = (
    "ноль|нуль|один|два|три|четыре|пять|шесть|семь|восемь|девять|десять|\\w+надцать|двадцать|тридцать|сорок|пятьдесят"
    "|шестьдесят|семьдесят|восемьдесят|девяносто|сто|двести|триста|четыреста|пятьсот|шестьсот|семьсот|восемьсот|девятьсот"
)
_KK = "нөл|бір|екі|үш|төрт|бес|алты|жеті|сегіз|тоғыз|он|жиырма|отыз|қырық|елу|алпыс|жетпіс|сексен|тоқсан|жүз"
_EN = "zero|oh|one|two|three|four|five|six|seven|eight|nine|double"
_WORD = rf"(?:\b(?:{_RU}|{_KK}|{_EN})\b|\d{{1,3}})"
_SPELLED = re.compile(rf"{_WORD}(?:[{_JOIN}]+(?:(?:{_FILLER})[{_JOIN}]+)?{_WORD}){{5,}}", re.IGNORECASE)
_NUMBER_WORD = re.compile(rf"\b(?:{_RU}|{_KK}|{_EN})\b", re.IGNORECASE)
_FEWEST_WORDS = 4
"""Of a number that is dictated, the rest may be digits."""


def _spelled(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers are dictated: six or more words and short digits on end, most of them words."""
    for found in _SPELLED.finditer(text):
        if len(_NUMBER_WORD.findall(found[0])) >= _FEWEST_WORDS:
            yield found.span()


def _without_spans(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with each span replaced; spans that meet become one."""
    written, place = [], 0
    for begin, end in sorted(spans):
        if begin >= place:
            written += [text[place:begin], HIDDEN]
        place = max(place, end)
    return "".join((*written, text[place:]))
