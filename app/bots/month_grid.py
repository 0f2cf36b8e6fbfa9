"""A month as rows of small buttons: for messengers that can show so many."""

from __future__ import annotations

from calendar import monthcalendar
from collections.abc import Callable
from datetime import date, timedelta

from app.bots.turn import button
from app.channels.message import Button
from app.domain.availability.ring import HORIZON_DAYS
from app.i18n import format_month_year, format_weekday, gettext

NOTHING = "nop"
"""The act of a button that only says why it does nothing."""
_MONDAY = date(2024, 1, 1)
_EMPTY = button("\u2800", NOTHING)
"""A place without a day: a sign without ink, since Telegram takes no label of spaces (the whole message is refused)."""
_FRIDAY = 4
LENGTHS = (1, 2, 3, 5, 7)
"""Nights that are offered beside a calendar."""


def shown_month(asked: date | None, *, chosen: date | None, today: date) -> date:
    """The first of the month to show: the one asked for, that of the chosen day, or this one; never beyond the end."""
    first, last = today.replace(day=1), (today + timedelta(days=HORIZON_DAYS)).replace(day=1)
    return min(max((asked or chosen or first).replace(day=1), first), last)


def rows(
    first: date, day_button: Callable[[date], Button], turn_to: Callable[[date], Button], *, today: date
) -> tuple[tuple[Button, ...], ...]:
    """The month that begins on `first`: its name, the weekdays, the weeks that have not passed, a row to turn pages.

    `day_button` makes a day's button; `turn_to` the one that shows another month, given its first day (its label is
    replaced).
    """
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    last = (today + timedelta(days=HORIZON_DAYS)).replace(day=1)
    back = (_labelled("‹", turn_to(before)),) if before >= today.replace(day=1) else ()
    on = (_labelled("›", turn_to(after)),) if after <= last else ()
    weekdays = tuple(button(format_weekday(_MONDAY + timedelta(days=n)), NOTHING) for n in range(7))
    weeks = tuple(
        tuple(day_button(first.replace(day=number)) if number else _EMPTY for number in week)
        for week in monthcalendar(first.year, first.month)
        if first.replace(day=max(week)) >= today
    )
    # The name has a row of its own: a third of a row is too little for «2027 ж. наурыз».
    return ((button(format_month_year(first), NOTHING),), weekdays, *weeks, (*back, *on))


def few_days(today: date) -> dict[date, str]:
    """Days that are named where there is no room for a month: today, tomorrow, the coming Friday."""
    labels = {today: gettext("Сегодня"), today + timedelta(days=1): gettext("Завтра")}
    labels.setdefault(next_friday(today), gettext("Пятница"))
    return labels


def next_friday(today: date) -> date:
    """The coming Friday, today if it is one."""
    return today + timedelta(days=(_FRIDAY - today.weekday()) % 7)


def no_day(reason: str = "p") -> Button:
    """A day that cannot be chosen; pressing it says why."""
    return button("·", NOTHING, reason)


def _labelled(label: str, made: Button) -> Button:
    return made.model_copy(update={"label": label})
