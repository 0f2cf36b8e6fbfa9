"""Which nights: in the landlord's calendar of a flat or typed, to close them or to give them a price.

It is the guests' calendar (month_grid.py) with the landlord's nights in it: whose they are, and the last day that is
chosen is the last night. Buttons carry everything, so that an old calendar still means what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.bots import month_grid, phrases, values
from app.bots.flow import Act, Flow, Hearing, Who
from app.bots.flows import host_block, host_prices
from app.bots.flows.host_showing import NIGHTS, flat_title, night_values, own_flat, typed_nights
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.channels.message import Button, Message
from app.domain.availability.ring import HORIZON_DAYS
from app.domain.hosting.calendar import Night, Taken, month_of
from app.domain.hosting.flats import OwnFlat
from app.i18n import N_, format_date, format_day_month, format_weekday, gettext
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import OccupancyKind
from app.wording.hosting import nights_text

BOOKED, CLOSED, RULED = "●", "✕", "₸"
"""Signs behind a night's number; they are explained above the calendar."""
_ONE = timedelta(days=1)
_AROUND = timedelta(days=8)
"""So far ahead of a first night the lengths that are offered reach."""
_BESIDE = 4
"""So many lengths stand below a month."""


@dataclass(frozen=True, slots=True)
class _Purpose:
    """What nights are chosen for."""

    ask: str
    """The act that shows the calendar."""
    take: str
    """The act that goes on with the nights; buttons carry the flat and the nights to it."""
    go_on: Callable[[Turn, OwnFlat, Stay], Screen]
    title: str
    signs: str
    needs_free: bool
    """Nights that are taken cannot be chosen."""


_CLOSING = _Purpose(
    ask="hblk",
    take="hblq",
    go_on=host_block.confirm_nights,
    title=N_("Закрыть даты: %(title)s"),
    signs=N_("● бронь · ✕ закрыто"),
    needs_free=True,
)
_PRICING = _Purpose(
    ask="hprd",
    take="hpra",
    go_on=host_prices.ask_price,
    title=N_("Цена на даты: %(title)s"),
    signs=N_("● бронь · ✕ закрыто · ₸ есть правило"),
    needs_free=False,
)
_PURPOSES = {each.ask: each for each in (_CLOSING, _PRICING)}


def ask_to_close(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The nights to close: the flat, the first night and the month to show (its first day), if given."""
    return _ask(turn, given, _CLOSING)


def ask_to_price(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The nights that get a price of their own; the values as for `ask_to_close`."""
    return _ask(turn, given, _PRICING)


def hear_nights(turn: Turn, text: str) -> Screen | None:
    """Nights that were typed, for the flat and the purpose that were shown; one day ends what a button began."""
    code, *rest = turn.memory.notes.get(NIGHTS, "").split(":")
    given, state = tuple(rest), turn.memory.state
    purpose = {State.HOST_BLOCK: _CLOSING, State.HOST_PRICE: _PRICING}.get(state, _PURPOSES.get(code))
    if purpose is None or not given:
        return None
    first = values.optional_day(given, 1) if state is State.HOST_NIGHTS else None
    nights = _bare_night(text, first or turn.today) if state is State.HOST_NIGHTS else None
    nights = nights or typed_nights(turn, text)
    if nights is None:
        return None
    if first is not None and nights.nights == 1 and nights.check_in > first:
        nights = Stay(first, nights.check_out)
    return purpose.go_on(turn, own_flat(turn, given), nights)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Nights of a flat that are being chosen: what for, the first one if it was, and what takes nights around."""

    turn: Turn
    flat: OwnFlat
    purpose: _Purpose
    first: date | None
    taken: Sequence[Taken]

    def is_open(self, night: date) -> bool:
        """Can this night be one of them?"""
        return not self.purpose.needs_free or not any(
            each.nights.check_in <= night < each.nights.check_out for each in self.taken
        )

    def latest(self, first: date) -> date:
        """The last night that can be chosen with this first one."""
        ahead = [each.nights.check_in for each in self.taken if each.nights.check_in > first]
        return min([_end(self.turn), *(ahead if self.purpose.needs_free else [])]) - _ONE

    def asking(self, *days: date) -> Button:
        """A button that shows the calendar; its days follow the flat."""
        return button("", self.purpose.ask, self.flat.card.id, *map(values.written_day, days))

    def taking(self, label: str, nights: Stay) -> Button:
        """A button that goes on with these nights."""
        note = nights_text(nights, today=self.turn.today)
        return button(label, self.purpose.take, *night_values(self.flat, nights), note=note)


def _ask(turn: Turn, given: tuple[str, ...], purpose: _Purpose) -> Screen:
    flat, first, asked = own_flat(turn, given), values.optional_day(given, 1), values.optional_day(given, 2)
    if first is not None and not turn.today <= first < _end(turn):
        raise DomainError("check_in_passed") if first < turn.today else DomainError("too_far_ahead", days=HORIZON_DAYS)
    month = month_grid.shown_month(asked, chosen=first, today=turn.today)
    begin = min(first or turn.today, month)
    until = max((month + timedelta(days=32)).replace(day=1), (first or turn.today) + _AROUND)
    choice = _Choice(turn, flat, purpose, first, host_block.taken_nights(turn, flat, begin, until))
    if first is not None and not choice.is_open(first):
        return purpose.go_on(turn, flat, Stay(first, first + _ONE))
    again = payload(purpose.ask, flat.card.id, *([] if first is None else [values.written_day(first)]))
    turn.memory.notes = turn.memory.notes | {NIGHTS: again}
    lengths = () if first is None else _lengths(choice, first)
    if turn.has_grid:
        rows = (*_month(choice, month), lengths[:_BESIDE] or _quick(choice))
    else:
        rows = tuple((each,) for each in lengths or _few_nights(choice))
    return Screen(State.HOST_NIGHTS, (Message(text=_text(choice), rows=rows, in_place=turn.has_grid),), again=again)


def _text(choice: _Choice) -> str:
    today, title = choice.turn.today, flat_title(choice.flat.card.title)
    said = gettext("Выберите первую ночь или напишите даты: «12–15 декабря» (последняя ночь тоже входит).")
    if choice.first is not None:
        said = gettext("Первая ночь — %(day)s. Какая последняя?") % {"day": format_date(choice.first, today=today)}
    signs = [gettext(choice.purpose.signs)] if choice.turn.has_grid else []
    return "\n".join([f"**{gettext(choice.purpose.title) % {'title': title}}**", said, *signs])


def _month(choice: _Choice, month: date) -> tuple[tuple[Button, ...], ...]:
    """The calendar's page of the month that begins on this day."""
    today = choice.turn.today
    nights = {each.date: each for each in month_of(month, choice.taken, choice.flat.tariff, today=today)}
    begun = [] if choice.first is None else [choice.first]

    def turn_to(shown: date) -> Button:
        if begun:
            return choice.asking(*begun, shown)
        return button("", choice.purpose.ask, choice.flat.card.id, None, values.written_day(shown))

    return month_grid.rows(month, lambda day: _day(choice, nights[day]), turn_to, today=today)


def _day(choice: _Choice, night: Night) -> Button:
    """A night of the month: it begins or ends what is chosen, or says why it cannot."""
    day, first, label = night.date, choice.first, f"{night.date.day}{_sign(choice.purpose, night)}"
    if night.is_past or day >= _end(choice.turn):
        return month_grid.no_day("p" if night.is_past else "f")
    if not choice.is_open(day):
        is_booked = night.taken is not None and night.taken.kind is OccupancyKind.BOOKING
        return button(label, month_grid.NOTHING, "t" if is_booked else "c")
    if first is None:
        return choice.asking(day).model_copy(update={"label": label})
    if not first <= day <= choice.latest(first):
        return month_grid.no_day("l" if day < first else "m")
    return choice.taking(f"[{label}]" if day == first else label, Stay(first, day + _ONE))


def _sign(purpose: _Purpose, night: Night) -> str:
    if night.has_rule and not purpose.needs_free:
        return RULED
    if night.taken is None:
        return ""
    return BOOKED if night.taken.kind is OccupancyKind.BOOKING else CLOSED


def _lengths(choice: _Choice, first: date) -> tuple[Button, ...]:
    """So many nights from the first one on, as far as they can be chosen."""
    stays = [Stay(first, first + timedelta(days=number)) for number in month_grid.LENGTHS]
    latest = choice.latest(first)
    return tuple(
        choice.taking(phrases.nights_text(nights.nights), nights)
        for nights in stays
        if nights.check_out - _ONE <= latest
    )


def _few_nights(choice: _Choice) -> tuple[Button, ...]:
    """Some first nights to choose from where there is no room for a month."""
    return tuple(
        choice.asking(day).model_copy(update={"label": f"{label}, {format_weekday(day)} {format_day_month(day)}"})
        for day, label in month_grid.few_days(choice.turn.today).items()
        if choice.is_open(day)
    )


def _quick(choice: _Choice) -> tuple[Button, ...]:
    """Tonight, tomorrow's night, and the nights of the coming Friday and Saturday."""
    today = choice.turn.today
    tomorrow, friday = today + _ONE, month_grid.next_friday(today)
    offered = {
        gettext("Сегодня"): Stay(today, today + _ONE),
        gettext("Завтра"): Stay(tomorrow, tomorrow + _ONE),
        gettext("Пт и сб"): Stay(friday, friday + 2 * _ONE),
    }
    return tuple(choice.taking(label, nights) for label, nights in offered.items())


def _end(turn: Turn) -> date:
    """The first night that is too far ahead."""
    return turn.today + timedelta(days=HORIZON_DAYS)


def _bare_night(text: str, earliest: date) -> Stay | None:
    """The first such day from `earliest` on, of a number alone."""
    typed = text.strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 2):
        return None
    days = (earliest + timedelta(days=ahead) for ahead in range(62))
    found = next((day for day in days if day.day == int(typed)), None)
    return None if found is None else Stay(found, found + _ONE)


_AFTER = (State.HOST_BLOCK, State.HOST_AMOUNT, State.HOST_PRICE)

FLOW = Flow(
    "host_nights",
    acts=(
        Act("hblk", ask_to_close, (State.HOST_NIGHTS, State.HOST_BLOCK), Who.LANDLORD),
        Act("hprd", ask_to_price, (State.HOST_NIGHTS,), Who.LANDLORD),
    ),
    hearings=(
        Hearing(State.HOST_NIGHTS, hear_nights, _AFTER, Who.LANDLORD, takes_numbers=True),
        Hearing(State.HOST_BLOCK, hear_nights, _AFTER, Who.LANDLORD),
        Hearing(State.HOST_PRICE, hear_nights, _AFTER, Who.LANDLORD),
    ),
)
