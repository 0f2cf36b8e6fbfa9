"""Where a search begins: the city, the district, or everything at once in a typed wish."""

from __future__ import annotations

from app.bots import places, understanding, values
from app.bots.flow import Act, Flow
from app.bots.flows import dates, guests, results
from app.bots.memory import Wish
from app.bots.states import State
from app.bots.turn import Screen, Turn, button
from app.bots.understanding import Understood
from app.channels.message import Button, Message
from app.domain.listings.cities import CityInfo
from app.i18n import choose, gettext
from app.kit.errors import DomainError, ErrorKind

CITIES_A_PAGE = 8
"""WhatsApp's lists have ten rows, two of them are for going on and to the menu."""
DISTRICTS_A_PAGE = 8
NEXT = (State.CITY, State.DISTRICT, State.CHECK_IN, State.CHECK_OUT, State.GUESTS, State.RESULTS)
"""Where a wish leads: to what it does not say yet, or to what is found."""


def choose_city(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Ask for the city (`p1` is the second page); with its number take it and go on."""
    word = values.text(given, 0)
    cities = list(places.cities(turn).values())
    if not word or word[0] == "p":
        return _ask_city(turn, cities, values.number((word[1:] or "0",), 0))
    city = next((each for each in cities if each.id == values.number(given, 0)), None)
    if city is None:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    _take_city(turn.memory.wish, city.id)
    if _is_complete(turn.memory.wish):  # the city was all that a typed wish lacked
        return _go_on(turn, cities)
    return _ask_district(turn, city, 0)


def choose_district(turn: Turn, given: tuple[str, ...]) -> Screen:
    """Ask for the district (`p1`: the second page); `0` is any, with a number that one. Then on."""
    cities = list(places.cities(turn).values())
    city = next((each for each in cities if each.id == turn.memory.wish.city_id), None)
    if city is None:
        return _ask_city(turn, cities, 0)
    word = values.text(given, 0)
    if not word or word[0] == "p":
        return _ask_district(turn, city, values.number((word[1:] or "0",), 0))
    number = values.number(given, 0)
    if number and number not in {each.id for each in city.districts}:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    turn.memory.wish.district_id = number or None
    return _go_on(turn, cities)


def choose_place(turn: Turn, given: tuple[str, ...]) -> Screen:
    """A district by itself, which says the city too."""
    number = values.number(given, 0)
    cities = list(places.cities(turn).values())
    for city in cities:
        if number in {each.id for each in city.districts}:
            _take_city(turn.memory.wish, city.id)
            turn.memory.wish.district_id = number
            return _go_on(turn, cities)
    raise DomainError("button_old", ErrorKind.NOT_FOUND)


def hear_wish(turn: Turn, text: str) -> Screen | None:
    """A typed wish, wherever the conversation stands. None when nothing of it is understood. Two queries, or five."""
    if not understanding.understand(text, today=turn.today).is_anything:
        return None
    by_slug = places.cities(turn)
    wish = turn.memory.wish
    before = next((slug for slug, city in by_slug.items() if city.id == wish.city_id), None)
    said = understanding.understand(text, today=turn.today, city=before)
    _take(wish, said)
    turn.memory.notes.pop("flat", None)
    screen = _take_place(turn, said, by_slug)
    if screen is None and said.dates.problem is not None:
        screen = dates.misread(turn, said.dates)
    return guests.with_limit(screen or _go_on(turn, list(by_slug.values())), said.guests)


def _take(wish: Wish, said: Understood) -> None:
    """Everything but the place."""
    if said.dates.check_in is not None:
        wish.check_in, wish.check_out, wish.is_flexible = said.dates.check_in, said.dates.check_out, False
    elif said.nights is not None and wish.check_in is None:
        wish.nights = said.nights
    elif said.nights is not None and wish.check_in is not None:
        wish.check_out = dates.after(wish.check_in, said.nights)
    guests.take(wish, said.guests)
    wish.price_to = said.price_to or wish.price_to
    wish.rooms = said.rooms or wish.rooms
    if said.property_class is not None:
        wish.property_class = said.property_class.value


def _take_place(turn: Turn, said: Understood, by_slug: dict[str, CityInfo]) -> Screen | None:
    """Take the city and the district; the question to ask when there are several."""
    if len(said.cities) > 1:
        rows = tuple(
            (button(choose(by_slug[slug].names), "city", by_slug[slug].id),) for slug in said.cities if slug in by_slug
        )
        return Screen(State.CITY, (Message(text=gettext("В каком городе ищем?"), rows=rows),))
    if said.cities and said.cities[0] in by_slug:
        _take_city(turn.memory.wish, by_slug[said.cities[0]].id)
    named = [
        (city, district)
        for city_slug, district_slug in said.districts
        if (city := by_slug.get(city_slug)) is not None and (district := city.district(district_slug)) is not None
    ]
    if len(named) > 1:
        rows = tuple((places.district_button(*each, has_notes=not turn.has_grid),) for each in named)
        return Screen(State.DISTRICT, (Message(text=gettext("Уточните, где ищем:"), rows=rows),))
    if named:
        _take_city(turn.memory.wish, named[0][0].id)
        turn.memory.wish.district_id = named[0][1].id
    return None


def _take_city(wish: Wish, city_id: int) -> None:
    if wish.city_id != city_id:
        wish.city_id, wish.district_id = city_id, None


def _is_complete(wish: Wish) -> bool:
    return wish.stay is not None and wish.guests is not None


def _go_on(turn: Turn, cities: list[CityInfo]) -> Screen:
    """To what is still missing, or to what is found."""
    wish = turn.memory.wish
    if wish.check_in is not None and wish.check_in < turn.today:
        wish.check_in = wish.check_out = None
    if wish.city_id is None:
        return _ask_city(turn, cities, 0)
    if wish.check_in is None:
        return dates.ask_check_in(turn, ())
    if wish.check_out is None:
        return dates.ask_check_out(turn, (values.written_day(wish.check_in),))
    if wish.guests is None:
        return guests.ask(turn, ())
    return results.show(turn, ("0",))


def _ask_city(turn: Turn, cities: list[CityInfo], page: int) -> Screen:
    """Cities in their fixed order, those where flats are let first."""
    listed = sorted(cities, key=lambda city: city.listings == 0)
    buttons = [button(choose(city.names), "city", city.id) for city in listed]
    rows = _paged(turn, buttons, "city", page, CITIES_A_PAGE if turn.has_grid else CITIES_A_PAGE - 1)
    text = gettext("В каком городе? Можно написать сразу всё: «Алматы 12–15 марта, двое».")
    return Screen(State.CITY, (Message(text=text, rows=rows, in_place=True),), again="city")


def _ask_district(turn: Turn, city: CityInfo, page: int) -> Screen:
    buttons = [button(choose(each.names), "dist", each.id) for each in city.districts]
    size = DISTRICTS_A_PAGE if turn.has_grid else DISTRICTS_A_PAGE - 2
    rows = _paged(turn, buttons, "dist", page, size)
    rows = ((button(gettext("Любой район"), "dist", 0),), *rows)
    text = gettext("%(city)s. В каком районе?") % {"city": choose(city.names)}
    return Screen(State.DISTRICT, (Message(text=text, rows=rows, in_place=True),), again="dist")


def _paged(turn: Turn, buttons: list[Button], code: str, page: int, size: int) -> tuple[tuple[Button, ...], ...]:
    """A page of buttons, two in a row where there is room, and the way to the next page (after the last: the first)."""
    pages = max(1, -(-len(buttons) // size))
    page %= pages
    shown = buttons[page * size : (page + 1) * size]
    width = 2 if turn.has_grid else 1
    rows = [tuple(shown[n : n + width]) for n in range(0, len(shown), width)]
    if pages > 1:
        rows.append((button(gettext("Ещё ›"), code, f"p{(page + 1) % pages}"),))
    return tuple(rows)


FLOW = Flow(
    "searching",
    acts=(
        Act("city", choose_city, NEXT),
        Act("dist", choose_district, NEXT),
        Act("plc", choose_place, NEXT),
    ),
)
