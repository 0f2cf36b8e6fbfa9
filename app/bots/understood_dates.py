"""Dates in what people type: «12–15 марта», «с 28 декабря по 3 января», «завтра», «на выходные», “March 12-15”. Pure.

A text is read as days in their order. A day without a month has that of a neighbour, a day without a year is the next
one to come. What could mean two things is a problem to be asked about, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.availability.ring import HORIZON_DAYS

MOST_NIGHTS = 90
"""Longer than any flat is let for: whoever typed that meant something else."""
_YEARS_AHEAD = 2

FOLDED = str.maketrans("әғқңөұүһіё", "агкноуухие")
"""Kazakh letters that many type as their Russian neighbours, and ё."""


class DateProblem(StrEnum):
    """Why dates were not understood."""

    UNCLEAR = "unclear"
    """More days than two, a day that no month has, a very long stay."""
    REVERSED = "reversed"
    """The last day is not after the first: «12–5 декабря». Nobody means the whole year between them."""
    PASSED = "passed"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class Dates:
    """What was understood. With a problem there are no days."""

    check_in: date | None = None
    check_out: date | None = None
    problem: DateProblem | None = None


NO_DATES = Dates()
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_UNCLEAR = Dates(problem=DateProblem.UNCLEAR)
_REVERSED = Dates(problem=DateProblem.REVERSED)
_MONTH_STEMS = (
    ("январ", "кантар", "january"),
    ("феврал", "акпан", "february"),
    ("март", "наурыз", "march"),
    ("апрел", "сауир", "april"),
    ("мамыр",),
    ("июн", "маусым", "june"),
    ("июл", "шилде", "july"),
    ("август", "тамыз", "august"),
    ("сентябр", "кыркуйек", "september"),
    ("октябр", "казан", "october"),
    ("ноябр", "караша", "november"),
    ("декабр", "желтоксан", "december"),
)
_MONTH_WORDS = (
    *(("янв", "jan"), ("фев", "feb"), ("мар", "mar"), ("апр", "apr"), ("май", "мая", "мае", "may"), ("jun",)),
    *(("jul",), ("авг", "aug"), ("сен", "сент", "sep", "sept"), ("окт", "oct"), ("ноя", "nov"), ("дек", "dec")),
)
_WEEKDAY_STEMS = (
    ("понедельник", "дуйсенби", "monday"),
    ("вторник", "сейсенби", "tuesday"),
    ("среду", "среды", "сарсенби", "wednesday"),
    ("четверг", "бейсенби", "thursday"),
    ("пятниц", "жума", "friday"),
    ("суббот", "сенби", "saturday"),
    ("воскресень", "жексенби", "sunday"),
)
_DAYS_AHEAD = {
    **dict.fromkeys(("сегодня", "today", "tonight", "бугин", "бугиннен"), 0),
    **dict.fromkeys(("завтра", "tomorrow", "ертен", "ертеннен", "ертенге"), 1),
    **dict.fromkeys(("послезавтра", "бурсигуни", "бирсигуни"), 2),
}
_WEEKEND_STEMS = ("выходн", "weekend", "демалыс")
_TOKEN = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}(?:[./](?:\d{4}|\d{2}))?(?!\d)|\d+|[a-zа-я]+")
_BARE_RANGE = re.compile(
    r"(?<![\d.,:/+-])\d{1,2}\s*[-–—−]\s*\d{1,2}(?![\d.,:/-])|\b(?:с|from)\s+\d{1,2}\s+(?:по|до|to|till)\s+\d{1,2}\b"
)


@dataclass(slots=True)
class _Day:
    """A day as it was written."""

    day: int
    month: int | None = None
    year: int | None = None


def dates_in(text: str, *, today: date, bare: bool = False) -> Dates:
    """The check-in and check-out in a text; neither when it has no dates. Never raises.

    Days without a month count when they are written as a range, or with `bare`: after we have asked for a day.
    """
    folded = text.casefold().translate(FOLDED)
    words = _TOKEN.findall(folded)
    weekend = _weekend(words, today)
    if weekend is not None:
        return weekend
    found = _written(words, today)
    days = [each for each in found if isinstance(each, _Day)]
    if days and all(each.month is None for each in days) and not bare and not _BARE_RANGE.search(folded):
        found = [each for each in found if not isinstance(each, _Day)]
    if not found:
        return NO_DATES
    if len(found) > 2:
        return _UNCLEAR
    return _REVERSED if _is_reversed(found) else _resolved(found, today)


def _weekend(words: list[str], today: date) -> Dates | None:
    """From Friday to Sunday; when the weekend has begun, from today."""
    if not any(word.startswith(_WEEKEND_STEMS) for word in words):
        return None
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    check_in = today if today.weekday() == 5 else friday
    if any(word.startswith(("следующ", "next", "келеси")) for word in words):
        check_in = friday + timedelta(days=0 if today.weekday() in {5, 6} else 7)
    return Dates(check_in, check_in + timedelta(days=6 - check_in.weekday()))


def _written(words: list[str], today: date) -> list[_Day | date]:
    """Every day of a text, in order; days get the months that stand beside them."""
    found: list[_Day | date] = []
    ahead: int | None = None  # a month that stands before its days: “March 12-15”
    for word in words:
        last = found[-1] if found else None
        month = _month(word)
        if month is not None:
            if isinstance(last, _Day) and last.month is None:
                _give_month(found, month)
                ahead = None
            else:
                ahead = month
        elif word.isdecimal() and len(word) == 4 and isinstance(last, _Day) and last.month is not None:
            last.year = int(word)
        elif word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= 31:
            found.append(_Day(int(word), ahead))
        elif word.isdecimal():
            continue
        else:
            found.extend(_whole(word, today))
    months = [each.month for each in found if isinstance(each, _Day) and each.month is not None]
    for each in found:
        if isinstance(each, _Day) and each.month is None and months:
            each.month = months[-1]
    return found


def _give_month(found: list[_Day | date], month: int) -> None:
    for each in reversed(found):
        if not isinstance(each, _Day) or each.month is not None:
            return
        each.month = month


def _whole(word: str, today: date) -> Iterator[_Day | date]:
    """A day that one word says wholly; nothing for any other word."""
    if word[0].isdecimal():
        parts = [int(part) for part in re.split(r"[./-]", word)]
        if "-" in word:
            parts.reverse()
        day, month = parts[0], parts[1]
        if 1 <= month <= 12 and 1 <= day <= 31:
            year = parts[2] if len(parts) == 3 else None
            yield _Day(day, month, year + 2000 if year is not None and year < 100 else year)
    elif word in _DAYS_AHEAD:
        yield today + timedelta(days=_DAYS_AHEAD[word])
    else:
        weekday = next((n for n, stems in enumerate(_WEEKDAY_STEMS) if word.startswith(stems)), None)
        if weekday is not None:
            yield today + timedelta(days=(weekday - today.weekday()) % 7)


def _month(word: str) -> int | None:
    for number, (stems, words) in enumerate(zip(_MONTH_STEMS, _MONTH_WORDS, strict=True), start=1):
        if word in words or word.startswith(stems):
            return number
    return None


def _is_reversed(found: list[_Day | date]) -> bool:
    """Does the last day come before the first in the one month that was typed, whatever the year?"""
    days = [each for each in found if isinstance(each, _Day)]
    if len(days) < 2 or days[0].month is None or days[0].month != days[1].month:
        return False
    return days[1].day <= days[0].day and any(each.year is None for each in days)


def _resolved(found: list[_Day | date], today: date) -> Dates:
    first = _coming(found[0], today)
    if first is None:
        return _UNCLEAR
    if first < today:
        return Dates(problem=DateProblem.PASSED)
    if first > today + timedelta(days=HORIZON_DAYS):
        return Dates(problem=DateProblem.TOO_FAR)
    if len(found) == 1:
        return Dates(first)
    second = found[1]
    last = second if isinstance(second, date) else _coming(second, first + timedelta(days=1))
    if isinstance(second, date) and last is not None and last <= first:
        last = second + timedelta(days=7)  # «с субботы по вторник»
    if last is None or (last - first).days > MOST_NIGHTS:
        return _UNCLEAR
    return Dates(first, last) if last > first else _REVERSED


def _coming(written: _Day | date, earliest: date) -> date | None:
    """The first day from `earliest` on that was written so; with a year just that day. None when there is none."""
    if isinstance(written, date):
        return written
    if written.month is None:
        months = ((earliest.year + (earliest.month - 1 + n) // 12, (earliest.month - 1 + n) % 12 + 1) for n in range(3))
        options = [_date(year, month, written.day) for year, month in months]
    elif written.year is not None:
        return _date(written.year, written.month, written.day)
    else:
        years = range(earliest.year, earliest.year + _YEARS_AHEAD)
        options = [_date(year, written.month, written.day) for year in years]
    return next((option for option in options if option is not None and option >= earliest), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None
