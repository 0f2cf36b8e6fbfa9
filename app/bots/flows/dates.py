"""When: the days of check-in and check-out, by buttons or typed, in a search or in the calendar of one flat.

Buttons carry everything (the day of check-in, the flat), so that an old calendar still means what it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from app.bots import month_grid, phrases, understanding, values
from app.bots.flow import STAYS, Act, Flow, Hearing
from app.bots.flows import flat, guests, results
from app.bots.flows.booking import flat_in_talk
from app.bots.states import State
from app.bots.turn import Screen, Turn, button, payload
from app.bots.understood_dates import DateProblem, Dates, dates_in
from app.channels.message import Button, Message
from app.domain.availability import calendar
from app.domain.availability.calendar import Choice
from app.domain.availability.ring import HORIZON_DAYS
from app.domain.listings.reading import PropertyInfo
from app.i18n import format_date, format_day_month, format_weekday, gettext
from app.kit.errors import DomainError
from app.kit.period import Stay

LONGEST = 90
"""Nights of a search; a flat has a limit of its own."""
_AFTER_STAY = (State.GUESTS, State.RESULTS, State.QUOTE)


def ask_check_in(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The day of check-in: of a month (its first day, if given), in a flat (if given)."""
    asked = values.day(given, 0) if given and given[0] else None
    prop = _flat(turn, values.optional_number(given, 1))
    number = None if prop is None else prop.card.id
    again = payload("cin", None, number)
    text = gettext("Когда заезжаете? Выберите день или напишите даты, например «12–15 марта».")
    if prop is not None:
        text = gettext("Свободные дни этой квартиры. Когда заезжаете?")
    if not turn.has_grid:
        message = Message(text=text, rows=tuple((each,) for each in _few_check_ins(turn, prop)))
        return Screen(State.CHECK_IN, (message,), again=again)
    first = month_grid.shown_month(asked, chosen=turn.memory.wish.check_in, today=turn.today)
    possible = _check_ins(turn, prop, first)

    def day_button(day: date) -> Button:
        if not possible(day):
            return month_grid.no_day("p" if day < turn.today else "b")
        return button(str(day.day), "in", values.written_day(day), number)

    def turn_to(month: date) -> Button:
        return button("", "cin", values.written_day(month), number)

    rows = month_grid.rows(first, day_button, turn_to, today=turn.today)
    if prop is None:
        rows = (*rows, (button(gettext("Без дат"), "nodates"),))
    return Screen(State.CHECK_IN, (Message(text=text, rows=rows, in_place=True),), again=again)


def choose_check_in(turn: Turn, given: tuple[str, ...]) -> Screen:
    """That day; then the day of check-out, unless it was said how many nights."""
    check_in, number = values.day(given, 0), values.optional_number(given, 1)
    _refuse_far(turn, check_in)
    wish = turn.memory.wish
    if number is None and wish.nights is not None:
        return _chosen(turn, Stay(check_in, check_in + timedelta(days=wish.nights)), None)
    wish.check_in, wish.check_out = check_in, None
    return ask_check_out(turn, (given[0], "", "" if number is None else str(number)))


def ask_check_out(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The day of check-out for a check-in: of a month (if given), in a flat (if given)."""
    check_in = values.day(given, 0)
    _refuse_far(turn, check_in)
    asked = values.day(given, 1) if values.text(given, 1) else None
    prop = _flat(turn, values.optional_number(given, 2))
    number = None if prop is None else prop.card.id
    again = payload("cout", given[0], None, number)
    first = month_grid.shown_month(asked, chosen=check_in + timedelta(days=1), today=turn.today)
    text = gettext("Заезд %(day)s. Когда выезжаете?") % {"day": format_date(check_in, today=turn.today)}
    lengths = _lengths(turn, check_in, prop)
    if not turn.has_grid:
        message = Message(text=text, rows=tuple((each,) for each in lengths))
        return Screen(State.CHECK_OUT, (message,), again=again)
    possible = _check_outs(turn, check_in, prop, first)

    def day_button(day: date) -> Button:
        if day == check_in:
            return button(f"[{day.day}]", month_grid.NOTHING, "i")
        if not possible(day):
            return month_grid.no_day("p" if day < check_in else "o")
        return button(str(day.day), "out", given[0], values.written_day(day), number)

    def turn_to(month: date) -> Button:
        return button("", "cout", given[0], values.written_day(month), number)

    rows = month_grid.rows(first, day_button, turn_to, today=turn.today)
    return Screen(State.CHECK_OUT, (Message(text=text, rows=(*rows, lengths[:4]), in_place=True),), again=again)


def choose_check_out(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Both days: on to how many come, or to what was found or to the flat's price when that is known."""
    return _chosen(turn, values.stay(given, 0), values.optional_number(given, 2))


def without_dates(turn: Turn, _given: tuple[str, ...]) -> Screen:
    """Search by the price of an ordinary night."""
    turn.memory.wish.check_in = turn.memory.wish.check_out = turn.memory.wish.nights = None
    return results.show(turn, ("0",))


def say_why_not(turn: Turn, given: tuple[str, ...]) -> Screen:
    """A word beside a button that does nothing."""
    toasts = {
        "p": gettext("Этот день уже прошёл."),
        "b": gettext("Этот день занят."),
        "o": gettext("Выехать в этот день нельзя: ночи заняты или срок не подходит."),
        "i": gettext("День заезда."),
        "f": gettext("Так далеко вперёд нельзя."),
        "t": gettext("Эта ночь забронирована."),
        "c": gettext("Эта ночь уже закрыта."),
        "l": gettext("Последняя ночь не может быть раньше первой."),
        "m": gettext("Между этими ночами есть занятая."),
        "r": gettext("Листайте кнопками ‹ и ›."),
    }
    toast = toasts.get(values.text(given, 0), gettext("Выберите день."))
    return Screen(turn.memory.state, (), toast=toast, is_bare=True)


def hear_days(turn: Turn, text: str) -> Screen | None:
    """Typed days where days are asked for, or while one flat is talked about; whole wishes are the search's matter."""
    number = flat_in_talk(turn)
    said = understanding.understand(text, today=turn.today)
    if said.cities or said.districts or said.price_to or said.rooms or said.property_class:
        return None
    wish, is_asked = turn.memory.wish, turn.memory.state in {State.CHECK_IN, State.CHECK_OUT}
    days = said.dates
    if is_asked and not said.is_anything:
        earliest = turn.today
        if turn.memory.state is State.CHECK_OUT and wish.check_in is not None:
            earliest = max(earliest, after(wish.check_in, 1))
        days = dates_in(text, today=earliest, bare=True)
    if number is None and not is_asked:
        return None
    guests.take(wish, said.guests)
    if days.problem is not None:
        screen: Screen | None = misread(turn, days)
    elif days.check_in is not None:
        screen = _days(turn, days, number)
    elif said.nights is None and (said.guests is None or number is None or wish.stay is None):
        screen = None
    else:
        screen = _by_length(turn, said.nights, number)
    return None if screen is None else guests.with_limit(screen, said.guests)


def misread(turn: Turn, days: Dates) -> Screen:
    """The days could not be read: what was wrong, and the calendar. Raises DomainError for a day that cannot be."""
    if days.problem is DateProblem.PASSED:
        raise DomainError("check_in_passed")
    if days.problem is DateProblem.TOO_FAR:
        raise DomainError("too_far_ahead", days=HORIZON_DAYS)
    number = flat_in_talk(turn)
    screen = ask_check_in(turn, ("", "" if number is None else str(number)))
    text = gettext("Не понял даты. Напишите, например, «12–15 марта» или «завтра на 3 ночи».")
    if days.problem is DateProblem.REVERSED:
        text = gettext("Выезд должен быть позже заезда.")
    said = Message(text=text)
    shown = screen.messages[0].model_copy(update={"in_place": False})
    return Screen(screen.state, (said, shown), again=screen.again)


def _days(turn: Turn, days: Dates, number: int | None) -> Screen:
    check_in, wish = days.check_in or turn.today, turn.memory.wish
    if days.check_out is not None:
        return _chosen(turn, Stay(check_in, days.check_out), number)
    if turn.memory.state is State.CHECK_OUT and wish.check_in is not None and check_in > wish.check_in:
        return _chosen(turn, Stay(wish.check_in, check_in), number)
    wish.check_in = check_in
    given = (values.written_day(check_in), "" if number is None else str(number))
    return choose_check_in(turn, given)


def after(check_in: date, nights: int) -> date:
    """The day of check-out so many nights later."""
    return check_in + timedelta(days=nights)


def _by_length(turn: Turn, nights: int | None, number: int | None) -> Screen | None:
    """«На 3 ночи», or only how many come, to days that were chosen before."""
    wish = turn.memory.wish
    if nights is None:
        return None if wish.stay is None else _chosen(turn, wish.stay, number)
    if wish.check_in is None:
        wish.nights = nights
        return ask_check_in(turn, ("", "" if number is None else str(number)))
    return _chosen(turn, Stay(wish.check_in, wish.check_in + timedelta(days=nights)), number)


def _chosen(turn: Turn, stay: Stay, number: int | None) -> Screen:
    """Raises DomainError for days that cannot be."""
    _refuse_far(turn, stay.check_in)
    wish = turn.memory.wish
    wish.check_in, wish.check_out, wish.nights = stay.check_in, stay.check_out, None
    days = (values.written_day(stay.check_in), values.written_day(stay.check_out))
    rest = () if number is None else (str(number), *days)
    if wish.guests is None or number is not None:
        return guests.ask(turn, ("" if wish.guests is None else str(wish.guests), *rest))
    return results.show(turn, ("0",))


def _refuse_far(turn: Turn, check_in: date) -> None:
    if check_in < turn.today:
        raise DomainError("check_in_passed")
    if check_in >= turn.today + timedelta(days=HORIZON_DAYS):
        raise DomainError("too_far_ahead", days=HORIZON_DAYS)


def _flat(turn: Turn, number: int | None) -> PropertyInfo | None:
    """The flat whose calendar it is; without one no flat is talked about any more."""
    if number is not None:
        return flat.read(turn, number)
    turn.memory.notes.pop("flat", None)
    return None


def _check_ins(turn: Turn, prop: PropertyInfo | None, first: date) -> Callable[[date], bool]:
    """Which days of a month a stay may begin on."""
    if prop is None:
        return lambda day: turn.today <= day < turn.today + timedelta(days=HORIZON_DAYS)
    days = calendar.days_of_month(first, prop.ring, prop.rules, Choice(), now=turn.now)
    return {each.date for each in days if each.next_choice is not None}.__contains__


def _check_outs(turn: Turn, check_in: date, prop: PropertyInfo | None, first: date) -> Callable[[date], bool]:
    """Which days of a month a stay from `check_in` on may end on."""
    if prop is None:
        last = min(check_in + timedelta(days=LONGEST), turn.today + timedelta(days=HORIZON_DAYS))
        return lambda day: check_in < day <= last
    days = calendar.days_of_month(first, prop.ring, prop.rules, Choice(check_in), now=turn.now)
    ends = {each.date for each in days if each.next_choice is not None and each.next_choice.check_out is not None}
    return ends.__contains__


def _few_check_ins(turn: Turn, prop: PropertyInfo | None) -> list[Button]:
    """Some days to choose from where there is no room for a month."""
    labels = month_grid.few_days(turn.today)
    number = None if prop is None else prop.card.id
    if prop is not None:
        nearest = calendar.nearest_stay(prop.ring, prop.rules, now=turn.now)
        labels = {day: label for day, label in labels.items() if _check_ins(turn, prop, day.replace(day=1))(day)}
        if nearest is not None:
            labels.setdefault(nearest.check_in, "")
    found = [_few(day, label, number) for day, label in labels.items()]
    return found if prop is not None else [*found, button(gettext("Без дат"), "nodates")]


def _few(day: date, label: str, number: int | None) -> Button:
    """A day to begin on; one without a word of its own is the nearest that is free."""
    shown, taken = f"{format_weekday(day)} {format_day_month(day)}", values.written_day(day)
    if label:
        return button(f"{label}, {shown}", "in", taken, number)
    return button(shown, "in", taken, number, note=gettext("Ближайший день"))


def _lengths(turn: Turn, check_in: date, prop: PropertyInfo | None) -> tuple[Button, ...]:
    """Ends of stays of usual lengths that are possible."""
    number = None if prop is None else prop.card.id
    found = []
    for nights in sorted(
        {*month_grid.LENGTHS, prop.rules.min_nights_from(check_in)} if prop is not None else month_grid.LENGTHS
    ):
        end = check_in + timedelta(days=nights)
        if _check_outs(turn, check_in, prop, end.replace(day=1))(end):
            days = (values.written_day(check_in), values.written_day(end))
            found.append(button(phrases.nights_text(nights), "out", *days, number, note=format_date(end)))
    return tuple(found)


_TO = (State.CHECK_IN, State.CHECK_OUT, *_AFTER_STAY)

FLOW = Flow(
    "dates",
    acts=(
        Act("cin", ask_check_in, (State.CHECK_IN,)),
        Act("in", choose_check_in, (State.CHECK_OUT, *_AFTER_STAY)),
        Act("cout", ask_check_out, (State.CHECK_OUT,)),
        Act("out", choose_check_out, _AFTER_STAY),
        Act("nodates", without_dates, (State.RESULTS,)),
        Act(month_grid.NOTHING, say_why_not, STAYS),
    ),
    hearings=(
        Hearing(State.CHECK_IN, hear_days, _TO, takes_numbers=True),
        Hearing(State.CHECK_OUT, hear_days, _TO, takes_numbers=True),
        Hearing(State.FLAT, hear_days, _TO),
        Hearing(State.QUOTE, hear_days, _TO),
    ),
)
