"""Months of a flat's calendar as finished markup: sixty days cost a third of a page when each is a macro call.

The markup is in components/calendar.html. A month's table and each day are rendered once per language and kept in the
process with places for what differs between flats: the address and the price. Kept days know no flat and no person.
"""

from __future__ import annotations

import re
import secrets
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup, escape

from app import i18n
from app.domain.availability.calendar import CalendarDay, DayState
from app.domain.pricing.tariff import Tariff
from app.kit.money import format_tenge

_MARK = f"@@{secrets.token_hex(8)}@@"
"""Where something is put in: nothing that a page could contain by itself."""


def month_html(first: date, days: list[CalendarDay], address: str, tariff: Tariff, *, today: date) -> Markup:
    """The month that begins on `first`; `days` are all its days.

    Choosing a day leads to `address`, which has a query, with the new dates. Free nights show their price in tenge.
    """
    language, year, escaped = i18n.current_language(), today.year, str(escape(address))
    table = _table(first, language)
    written = [table[0]]
    for day, after in zip(days, table[1:], strict=True):
        chosen = day.next_choice
        if chosen is None:
            written.append(_closed_day(day.date.day, day.state, language))
        else:
            url = f"{escaped}&amp;check_in={chosen.check_in}"
            if chosen.check_out is not None:
                url += f"&amp;check_out={chosen.check_out}"
            parts = _open_day(day.date, day.state, language, year)
            if day.state is DayState.FREE:
                price = format_tenge(tariff.price_of(day.date))
                start, again, number, words, end = parts
                written.append(f"{start}{url}{again}{url}{number}{price[:-2]}{words}{price}{end}")
            else:
                start, again, end = parts
                written.append(f"{start}{url}{again}{url}{end}")
        written.append(after)
    return Markup("".join(written))  # noqa: S704  # templates' parts and an escaped address


@lru_cache(maxsize=128)
def _table(first: date, _language: str) -> list[str]:
    """The month's table, cut where its days go."""
    days = [False] * first.weekday() + [True] * monthrange(first.year, first.month)[1]
    return _cut(_macros().month_table(first, _MARK, days + [False] * (-len(days) % 7)))


@lru_cache(maxsize=4096)
def _open_day(day: date, state: DayState, _language: str, year: int) -> list[str]:
    """A day that can be chosen, cut at its address (twice) and, when free, at its price (number, words)."""
    price = _MARK if state is DayState.FREE else None
    day_text = i18n.format_date(day, today=day.replace(year=year, day=1))
    return _cut(_macros().open_day(day, day_text, state.value, _MARK, price, price))


@lru_cache(maxsize=1024)
def _closed_day(number: int, state: DayState, _language: str) -> str:
    """A day that cannot be chosen."""
    return str(_macros().closed_day(number, state.value))


def _macros() -> Any:
    return current_app.jinja_env.get_template("components/calendar.html").module


def _cut(markup: Markup) -> list[str]:
    return re.split(_MARK, str(markup))
