"""Narrowing a search: price, rooms, class, district, dates that may move."""

from __future__ import annotations

from app.bots import understanding
from app.bots.flow import Act, Flow, Hearing
from app.bots.flows import results
from app.bots.memory import Wish
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.bots.understanding import LEAST_PRICE, MOST_PRICE, MOST_ROOMS
from app.channels.message import Button, Message
from app.domain.search.criteria import FLEXIBLE_DAYS
from app.i18n import gettext
from app.kit.errors import DomainError, ErrorKind
from app.kit.money import format_tenge
from app.models import PropertyClass
from app.wording.terms import CLASS_LABELS, class_label

PRICES = (10_000, 15_000, 20_000, 30_000, 50_000)
"""Limits that are offered, tenge a night."""


def change(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Show the filters; with a value (`r2`, `p20000`, `cpremium`, `d0`, `flex`, `exact`, `reset`) change one first.

    Nothing is narrower after a value that ends in `0`. What was changed shows at once in what is found.
    """
    if not given or not given[0]:
        return _filters(turn)
    _apply(turn.memory.wish, given[0])
    return results.show(turn, ("0",))


def ask_price(turn: Turn, _given: tuple[str, ...]) -> Screen:
    """How much at most?"""
    rows = [(button(_up_to(price), "flt", f"p{price}"),) for price in PRICES]
    rows.append((button(gettext("Любая цена"), "flt", "p0"),))
    text = gettext(
        "Сколько вы готовы платить за ночь? Выберите или напишите сумму, например 18000. "
        "Считаем среднее за ночь со всеми сборами."
    )
    return Screen(State.PRICE_LIMIT, (Message(text=text, rows=tuple(rows), in_place=True),), again="prl")


def hear_price(turn: Turn, text: str) -> Screen | None:
    """A typed limit."""
    price = understanding.price_in(text)
    if price is None:
        return None
    turn.memory.wish.price_to = price
    return results.show(turn, ("0",))


def _apply(wish: Wish, value: str) -> None:
    """Raises DomainError `button_old` (404) for a value that no button has."""
    kind, rest = value[:1], value[1:]
    if value in {"flex", "exact"}:
        wish.is_flexible = value == "flex"
    elif value == "reset":
        wish.district_id = wish.price_to = wish.rooms = wish.property_class = None
        wish.is_flexible = False
    elif kind == "c" and rest in {"0", *PropertyClass}:
        wish.property_class = None if rest == "0" else rest
    elif kind == "r" and rest in {str(number) for number in range(MOST_ROOMS + 1)}:
        wish.rooms = int(rest) or None
    elif kind == "p" and rest.isascii() and rest.isdecimal() and len(rest) <= len(str(MOST_PRICE)):
        wish.price_to = None if int(rest) < LEAST_PRICE else int(rest)
    elif value == "d0":
        wish.district_id = None
    else:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)


def _filters(turn: Turn) -> Screen:
    wish = turn.memory.wish
    rows: list[tuple[Button, ...]] = [
        (button(gettext("Цена") if wish.price_to is None else _up_to(wish.price_to), "prl"),),
        tuple(button(_rooms(number, wish.rooms), "flt", f"r{number}") for number in range(1, MOST_ROOMS + 1)),
        tuple(
            button(_marked(class_label(code), wish.property_class == code), "flt", f"c{code}") for code in CLASS_LABELS
        ),
        (button(gettext("Район"), "dist"), button(gettext("Гости"), "gst")),
    ]
    if wish.stay is not None:
        label = _marked(gettext("Даты ± %(days)s дня") % {"days": FLEXIBLE_DAYS}, wish.is_flexible)
        rows.append((button(label, "flt", "exact" if wish.is_flexible else "flex"),))
    rows.append((button(gettext("Убрать фильтры"), "flt", "reset"), button(gettext("Показать"), "res", 0)))
    text = gettext("Что важно? Можно и написать: «двушка до 20 000».")
    return Screen(State.FILTERS, (Message(text=text, rows=tuple(rows), in_place=True),), again="flt")


def _marked(label: str, is_chosen: bool) -> str:
    return f"✓ {label}" if is_chosen else label


def _rooms(number: int, chosen: int | None) -> str:
    return _marked(gettext("%(num)s+ комн.") % {"num": number}, number == chosen)


def _up_to(price: int) -> str:
    return gettext("до %(price)s за ночь") % {"price": format_tenge(price)}


FLOW = Flow(
    "filters",
    acts=(
        Act("flt", change, (State.FILTERS, State.RESULTS)),
        Act("prl", ask_price, (State.PRICE_LIMIT,)),
    ),
    hearings=(Hearing(State.PRICE_LIMIT, hear_price, (State.RESULTS,), takes_numbers=True),),
)
