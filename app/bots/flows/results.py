"""What was found, a flat at a time; and what to try when nothing was."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.bots import phrases, values
from app.bots.flow import Act, Flow
from app.bots.memory import Wish
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.channels.message import Button, Message
from app.domain.listings.cards import CardInfo
from app.domain.search.criteria import FLEXIBLE_DAYS, After, Criteria
from app.domain.search.results import Results, find
from app.domain.search.statement import PAGE_SIZE
from app.i18n import current_language, gettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import format_tenge
from app.kit.period import Stay

FOUND, AT = "found", "at"
"""Notes: where the pages of this search begin, and which of the flats is shown."""
_ANY_PRICE = "p0"
MOST_SUGGESTIONS = 3
"""Ways out of an empty search that are counted: a query each."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One flat of a search: the stay it is for and that stay's full price (tenge), None without dates."""

    card: CardInfo
    stay: Stay | None
    total: int | None


def show(turn: Turn, given: tuple[str, ...]) -> Screen:
    """The flat at a position (from 0) of what was found; without a number the one that was shown last."""
    wish, notes = turn.memory.wish, turn.memory.notes
    if wish.city_id is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    asked = values.optional_number(given, 0)
    position = int(notes.get(AT, "0")) if asked is None else asked
    notes.pop("flat", None)
    results, position = _page(turn, wish, position)
    notes[AT] = str(position)
    if not results.rows:
        return _nothing(turn, wish)
    within = position % PAGE_SIZE
    found = _found(results, within, wish)
    is_last = within + 1 == len(results.rows) and results.next_after is None
    rows = _rows(turn, found, position, results, is_last=is_last)
    photos = () if found.card.photo is None else (found.card.photo.key,)
    text = "\n".join(_lines(turn, found, wish))
    return Screen(State.RESULTS, (Message(text=text, photos=photos, rows=rows, in_place=True),), again="res")


def criteria_of(wish: Wish, *, after: After | None = None) -> Criteria:
    """What search is asked for. Raises DomainError `button_old` (404) without a city."""
    if wish.city_id is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    nights = 1 if wish.stay is None else wish.stay.nights
    return Criteria(
        city_id=wish.city_id,
        district_id=wish.district_id,
        stay=wish.stay,
        is_flexible=wish.is_flexible and wish.stay is not None,
        guests=wish.guests or 1,
        price_to=None if wish.price_to is None else wish.price_to * nights,
        rooms=wish.rooms,
        classes=() if wish.property_class is None else (wish.property_class,),
        after=after,
    )


def _page(turn: Turn, wish: Wish, position: int) -> tuple[Results, int]:
    """The page with a position, and the position that there really is. One query; two when the end has moved."""
    key, kept = wish.model_dump_json(), json.loads(turn.memory.notes.get(FOUND, "{}"))
    ends: list[After] = [(value, number) for value, number in kept.get("ends", [])] if kept.get("of") == key else []
    number = position // PAGE_SIZE
    if number > len(ends):
        number, position = 0, 0
    results = _find(turn, wish, ends[number - 1] if number else None)
    if not results.rows and number:
        number, position, results = 0, 0, _find(turn, wish, None)
    if results.next_after is not None and number == len(ends):
        ends.append(results.next_after)
    turn.memory.notes[FOUND] = json.dumps({"of": key, "ends": ends})
    return results, number * PAGE_SIZE + min(position % PAGE_SIZE, max(0, len(results.rows) - 1))


def _find(turn: Turn, wish: Wish, after: After | None) -> Results:
    return find(turn.connection, criteria_of(wish, after=after), language=current_language(), now=turn.now)


def _found(results: Results, within: int, wish: Wish) -> _Found:
    stay = results.stays[within] if results.stays is not None else wish.stay
    total = results.totals[within] if results.totals is not None else None
    return _Found(results.cards[within], stay, total)


def _lines(turn: Turn, found: _Found, wish: Wish) -> list[str]:
    lines = [*phrases.flat_lines(found.card), ""]
    if found.stay is None or found.total is None:
        price = gettext("**%(price)s** за ночь") % {"price": format_tenge(found.card.per_night)}
        return [*lines, price, gettext("Выберите даты — покажем полную цену.")]
    price = gettext("**%(total)s** за всё: %(nights)s, все сборы включены") % {
        "total": format_tenge(found.total),
        "nights": phrases.nights_text(found.stay.nights),
    }
    days = phrases.days_text(found.stay.check_in, found.stay.check_out, today=turn.today)
    return [*lines, price, ", ".join([days, phrases.guests_text(wish.guests or 1)])]


def _rows(
    turn: Turn, found: _Found, position: int, results: Results, *, is_last: bool
) -> tuple[tuple[Button, ...], ...]:
    """«‹ 3 из 41 ›», the flat, and what to change."""
    count = f"{results.count}+" if results.count_is_capped else str(results.count)
    place = button(gettext("%(number)s из %(count)s") % {"number": position + 1, "count": count}, "nop", "r")
    paging = []
    if position:
        paging.append(button("‹" if turn.has_grid else gettext("‹ Предыдущая"), "res", position - 1))
    if turn.has_grid:
        paging.append(place)
    if not is_last:
        paging.append(button("›" if turn.has_grid else gettext("Следующая ›"), "res", position + 1))
    stay: tuple[str, ...] = ()
    if found.stay is not None:
        stay = (values.written_day(found.stay.check_in), values.written_day(found.stay.check_out))
    details = (
        button(gettext("Подробнее"), "flat", found.card.id, *stay),
        button("♡" if turn.has_grid else gettext("♡ В избранное"), "favt", found.card.id),
    )
    change = (button(gettext("Изменить даты"), "cin"), button(gettext("Фильтры"), "flt"))
    return (details, tuple(paging), change) if paging else (details, change)


def _nothing(turn: Turn, wish: Wish) -> Screen:
    """Why there is nothing, and ways out with what they lead to; a limit of price is named and can always go."""
    if wish.check_in is not None and wish.check_in < turn.today:
        text = gettext("Дата заезда уже прошла. Выберите другую.")
    else:
        parts = [gettext("Таких свободных квартир нет."), gettext("Можно искать шире:")]
        if wish.price_to is not None:  # it may have been said long ago
            limit = gettext("Ищем не дороже %(price)s за ночь.") % {"price": format_tenge(wish.price_to)}
            parts.insert(1, limit)
        text = " ".join(parts)
    rows: list[tuple[Button, ...]] = []
    for label, code, changed in _ways_out(wish)[:MOST_SUGGESTIONS]:
        count = _find(turn, changed, None).count
        if count or code == _ANY_PRICE:
            rows.append((button(f"{label} ({count})" if count else label, "flt", code),))
    rows.append((button(gettext("Изменить даты"), "cin"), button(gettext("Фильтры"), "flt")))
    rows.append((button(gettext("Другой город"), "city"),))
    return Screen(State.RESULTS, (Message(text=text, rows=tuple(rows), in_place=True),), again="res")


def _ways_out(wish: Wish) -> list[tuple[str, str, Wish]]:
    """(label, value of the filters' act, the wish without what narrows it), the least change first."""
    ways = []
    if wish.stay is not None and not wish.is_flexible:
        label = gettext("Даты ± %(days)s дня") % {"days": FLEXIBLE_DAYS}
        ways.append((label, "flex", wish.model_copy(update={"is_flexible": True})))
    if wish.price_to is not None:
        ways.append((gettext("Любая цена"), _ANY_PRICE, wish.model_copy(update={"price_to": None})))
    if wish.district_id is not None:
        ways.append((gettext("Любой район"), "d0", wish.model_copy(update={"district_id": None})))
    if wish.rooms is not None:
        ways.append((gettext("Сколько угодно комнат"), "r0", wish.model_copy(update={"rooms": None})))
    if wish.property_class is not None:
        ways.append((gettext("Любой класс"), "c0", wish.model_copy(update={"property_class": None})))
    return ways


FLOW = Flow("results", acts=(Act("res", show, (State.RESULTS,)),))
