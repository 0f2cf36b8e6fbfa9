"""What landlords type: nights («12–15 декабря», «12.12–15.12», «завтра») and amounts of tenge («25 000», «25к»). Pure.

The last day is the last night, as in the cabinet, and a block may last for months. Guests' dates (understood_dates.py)
end with the day of check-out and are at most a stay long; `nights_in` is where the two readers would be joined.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from babel import Locale

from app.i18n import LANGUAGES
from app.kit.errors import DomainError
from app.kit.period import Stay

LONGEST_TEXT = 60
_SPAN = re.compile(r"\s*-\s*|\s+(?:по|до|to|till|until)\s+")
_LEADING = re.compile(r"^(?:с|со|from)\s+")
_WORD = re.compile(r"(\d{1,2})\s+([^\W\d]+)\.?(?:\s+(\d{4}))?")
_WORD_FIRST = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:,?\s+(\d{4}))?")
_NUMERIC = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?\.?")
_AMOUNT = re.compile(
    r"(\d{1,3}(?:[ \u00a0.,]\d{3})+|\d{1,8})(?:[.,](\d))?\s*(к|k|тыс\.?|тысяч\w*|мың)?\s*(?:₸|тг\.?|тенге|теңге|kzt)?"
)
_AHEAD = {
    **dict.fromkeys(("сегодня", "бүгін", "today", "tonight"), 0),
    **dict.fromkeys(("завтра", "ертең", "tomorrow"), 1),
    **dict.fromkeys(("послезавтра", "бүрсігүні"), 2),
}


class _Written(NamedTuple):
    """A day as it was typed."""

    day: int
    month: int | None = None
    year: int | None = None


def nights_in(text: str, *, today: date) -> Stay | None:
    """The nights from the first to the last day of a text; None when it is not understood.

    A day without a year is the next one to come, one without a month has that of the other day. Raises DomainError
    `nights_reversed` (422) when the last one is before the first: «25–20 ноября» is no year.
    """
    typed = re.sub(r"[–—−]", "-", text[:LONGEST_TEXT].casefold().strip(" .!"))
    parts = _SPAN.split(_LEADING.sub("", typed))
    written = [_written(part, today) for part in parts]
    if len(parts) > 2 or any(each is None for each in written):
        return None
    days = [each for each in written if each is not None]
    if _is_reversed(days):
        raise DomainError("nights_reversed")
    month = next((each.month for each in reversed(days) if each.month is not None), None)
    first = _coming(days[0], month, today)
    last = first if first is None or len(days) == 1 else _coming(days[1], month, first)
    if first is None or last is None:
        return None
    return Stay(first, last + timedelta(days=1))


def amount_in(text: str) -> int | None:
    """Tenge that were typed: «25 000», «25к», «25,5 тыс.», «25000 тг»; None for anything else. Pure."""
    found = _AMOUNT.fullmatch(text.strip().casefold())
    if found is None or (found[2] is not None and found[3] is None):
        return None
    whole = int(re.sub(r"\D", "", found[1]))
    return whole * 1000 + int(found[2] or 0) * 100 if found[3] else whole


def _is_reversed(days: list[_Written]) -> bool:
    """Is the last day before the first: in the one month that was typed, or by years that were typed with both?"""
    if len(days) < 2:
        return False
    first, last = days
    if first.year is not None and last.year is not None:
        return (last.year, last.month or 0, last.day) < (first.year, first.month or 0, first.day)
    months = {each.month for each in days if each.month is not None}
    return len(months) == 1 and last.day < first.day


def _written(part: str, today: date) -> _Written | None:
    if part in _AHEAD:
        day = today + timedelta(days=_AHEAD[part])
        return _Written(day.day, day.month, day.year)
    if part.isascii() and part.isdecimal() and len(part) <= 2:
        return _Written(int(part))
    if found := _NUMERIC.fullmatch(part):
        return _Written(int(found[1]), int(found[2]), _year(found[3]))
    if found := _WORD.fullmatch(part):
        return _named(found[1], found[2], found[3])
    if found := _WORD_FIRST.fullmatch(part):
        return _named(found[2], found[1], found[3])
    return None


def _named(day: str, month: str, year: str | None) -> _Written | None:
    number = _months().get(month)
    return None if number is None else _Written(int(day), number, _year(year))


def _year(text: str | None) -> int | None:
    return None if text is None else int(text) + (2000 if len(text) == 2 else 0)


def _coming(written: _Written, month: int | None, earliest: date) -> date | None:
    """The first such day from `earliest` on; with a year just that day. None when there is none."""
    month = written.month or month
    if month is None:
        return None
    years = [written.year] if written.year is not None else [earliest.year, earliest.year + 1]
    for year in years:
        try:
            day = date(year, month, written.day)
        except ValueError:
            continue
        if day >= earliest and day.year <= earliest.year + 3:
            return day
    return None


@cache
def _months() -> dict[str, int]:
    """Every name of a month in our languages, whole and shortened, as people type it."""
    found: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                found |= {str(name).casefold().rstrip("."): number for number, name in months[context][width].items()}
    return found
