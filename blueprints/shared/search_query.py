"""What a search's address asks for, read forgivingly: a page with a bad address helps and says what was wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import isfinite
from urllib.parse import quote_plus

from werkzeug.datastructures import MultiDict

from app.domain.listings.amenities import AMENITIES, mask_of
from app.domain.search import geography
from app.domain.search.criteria import After, Criteria, Sort
from app.domain.search.geography import CENTRE, Box, Circle, Place
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import Coordinates, PropertyClass
from blueprints.shared import stay_query
from blueprints.shared.stay_query import StayQuery, number_from

NAMES = frozenset(
    {
        *("q", "check_in", "check_out", "guests", "flexible", "price_from", "price_to", "rooms", "property_class"),
        *("amenity", "instant", "rating", "box", "near", "radius", "sort", "after"),
    }
)
"""What a search's address may carry."""
MOST_PRICE = 9_999_999_999
MOST_TEXT = 60
_CLASSES = tuple(PropertyClass)
_CODES = tuple(code for code, _ in AMENITIES)
_RATINGS = {"4": 400, "4.0": 400, "4.5": 450, "4.8": 480}
_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_PLAIN = re.compile(r"[0-9A-Za-z_.-]+").fullmatch
_SPACES = re.compile(r"[\s\u00a0\u202f₸]+")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What was asked for and understood. `problems` say what was not."""

    chosen: StayQuery
    is_flexible: bool
    text: str
    price_from: int | None
    price_to: int | None
    typed_prices: tuple[str, str]
    """As they were typed: a form that is refused loses nothing."""
    rooms: int | None
    classes: tuple[str, ...]
    amenities: tuple[str, ...]
    instant_only: bool
    rating: int | None
    area: Box | Circle | None
    near: Place
    place_arguments: tuple[tuple[str, str], ...]
    """Box, point and radius as they were asked for."""
    sort: Sort
    after: After | None
    problems: tuple[DomainError, ...]

    @property
    def stay(self) -> Stay | None:
        """The stay, when there is one."""
        return self.chosen.stay

    @property
    def filters_count(self) -> int:
        """How many filters of the sheet are set."""
        is_set = (self.price_from is not None or self.price_to is not None, self.rooms, self.instant_only, self.rating)
        return sum(map(bool, is_set)) + len(self.classes) + len(self.amenities)

    def criteria(self, city_id: int, district_id: int | None) -> Criteria:
        """The same for the domain."""
        return Criteria(
            city_id=city_id,
            district_id=district_id,
            area=self.area,
            stay=self.stay,
            is_flexible=self.is_flexible,
            guests=self.chosen.guests,
            price_from=self.price_from,
            price_to=self.price_to,
            rooms=self.rooms,
            classes=self.classes,
            amenities=mask_of(list(self.amenities)),
            instant_only=self.instant_only,
            rating_from=self.rating,
            text=self.text,
            near=self.near,
            sort=self.sort,
            after=self.after,
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The search as an address says it, without its order and page: (name, value), in one order."""
        found = [("q", self.text), ("check_in", self.chosen.check_in_text), ("check_out", self.chosen.check_out_text)]
        found += [("guests", str(self.chosen.guests)), ("flexible", "1" if self.is_flexible else "")]
        found += [("price_from", str(self.price_from or "")), ("price_to", str(self.price_to or ""))]
        found.append(("rooms", str(self.rooms or "")))
        found += [("property_class", code) for code in self.classes]
        found += [("amenity", code) for code in self.amenities]
        found.append(("instant", "1" if self.instant_only else ""))
        found.append(("rating", f"{self.rating / 100:g}" if self.rating else ""))
        return [pair for pair in (*found, *self.place_arguments) if pair[1]]

    def address(self, *, without: Iterable[tuple[str, str | None]] = (), **changes: str) -> str:
        """`?…` of the same search in the same order, without some (name, value), None for any value, with `changes`."""
        found = [*self.pairs(), *([("sort", self.sort.value)] if self.sort is not Sort.RECOMMENDED else [])]
        gone = {*without, *((name, None) for name in changes)}
        kept = [pair for pair in found if pair not in gone and (pair[0], None) not in gone]
        return _joined([*kept, *((name, value) for name, value in changes.items() if value)])

    def without_filters(self) -> str:
        """`?…` of dates, guests and order only."""
        keep = {"check_in", "check_out", "guests"}
        return _joined([pair for pair in self.pairs() if pair[0] in keep])


def _joined(pairs: list[tuple[str, str]]) -> str:
    """`urlencode` for our own names; dates, numbers and codes need no quoting, which a page does fifty times."""
    return "?" + "&".join([f"{name}={value if _PLAIN(value) else quote_plus(value)}" for name, value in pairs])


def read(arguments: MultiDict[str, str], *, today: date, centre: Coordinates) -> SearchQuery:
    """What an address asks for, in a city with this centre. Never raises."""
    problems: list[DomainError] = []
    chosen = stay_query.read(arguments, today=today)
    wanted_sort = arguments.get("sort")
    sort = Sort(wanted_sort) if wanted_sort in set(Sort) else Sort.RECOMMENDED
    price_from, price_to = _prices(arguments, problems)
    area, near, place_arguments = _place(arguments, centre, problems)
    classes, amenities = set(_values(arguments, "property_class")), set(_values(arguments, "amenity"))
    return SearchQuery(
        chosen=chosen,
        is_flexible=arguments.get("flexible") == "1",
        text=_text(arguments.get("q")),
        price_from=price_from,
        price_to=price_to,
        typed_prices=(_text(arguments.get("price_from")), _text(arguments.get("price_to"))),
        rooms=number_from(arguments.get("rooms"), 1, 20),
        classes=tuple(code.value for code in _CLASSES if code.value in classes),
        amenities=tuple(code for code in _CODES if code in amenities),
        instant_only=arguments.get("instant") == "1",
        rating=_RATINGS.get(arguments.get("rating", "")),
        area=area,
        near=near,
        place_arguments=place_arguments,
        sort=sort,
        after=read_after(arguments.get("after"), sort),
        problems=tuple(problems),
    )


def read_after(text: str | None, sort: Sort) -> After | None:
    """`<value>-<id>`, the end of the page before; anything else is the first page. Distances are fractions."""
    value, separator, last_id = (text or "").rpartition("-")
    if not separator or not (last_id.isascii() and last_id.isdigit()) or len(last_id) > 15:
        return None
    if sort is Sort.DISTANCE:
        distance = _decimal(value)
        return None if distance is None or distance < 0 else (distance, int(last_id))
    if not (value.isascii() and value.isdigit()) or len(value) > 12:
        return None
    return int(value), int(last_id)


def after_text(after: After) -> str:
    """What `read_after` reads."""
    return f"{after[0]}-{after[1]}"


def _values(arguments: MultiDict[str, str], name: str) -> list[str]:
    """Of a repeated parameter, or of one with commas."""
    return [part for value in arguments.getlist(name)[:40] for part in value[:400].split(",")]


def _text(typed: str | None) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in (typed or "")[:400]).split())[:MOST_TEXT]


def _prices(arguments: MultiDict[str, str], problems: list[DomainError]) -> tuple[int | None, int | None]:
    found: list[int | None] = []
    for name in ("price_from", "price_to"):
        digits = _SPACES.sub("", arguments.get(name, "")[:40])
        if digits and not (digits.isascii() and digits.isdigit() and int(digits) <= MOST_PRICE):
            problems.append(DomainError("price_wrong"))
            return None, None
        found.append(int(digits) or None if digits else None)
    least, most = found
    if least is not None and most is not None and least > most:
        problems.append(DomainError("price_order"))
        return None, None
    return least, most


def _place(
    arguments: MultiDict[str, str], centre: Coordinates, problems: list[DomainError]
) -> tuple[Box | Circle | None, Place, tuple[tuple[str, str], ...]]:
    """Where on the map: `box=south,west,north,east`, `near=latitude,longitude` and `radius` in km (around `near`, or
    around the city's centre).
    """
    given = tuple((name, arguments[name]) for name in ("box", "near", "radius") if arguments.get(name))
    if not given:
        return None, CENTRE, ()
    values = dict(given)
    try:
        near = _point(values["near"], centre) if "near" in values else CENTRE
        if "box" in values:
            return _box(values["box"], centre), near, given
        if "radius" in values:
            km = _decimal(values["radius"])
            return geography.circle(near, -1.0 if km is None else km), near, given
        return None, near, given  # noqa: TRY300  # all three ways out side by side
    except DomainError as problem:
        problems.append(problem)
    return None, CENTRE, ()


def _point(text: str, centre: Coordinates) -> Place:
    latitude, longitude = _decimals(text, 2)
    return geography.place_on_map(latitude, longitude, centre)


def _box(text: str, centre: Coordinates) -> Box:
    south, west, north, east = _decimals(text, 4)
    return geography.box_on_map(south, west, north, east, centre)


def _decimals(text: str, count: int) -> list[float]:
    parts = text[:120].split(",")
    numbers = [float(part) for part in map(str.strip, parts) if _NUMBER.fullmatch(part)]
    if len(parts) != count or len(numbers) != count:
        raise DomainError("area_wrong")
    return numbers


def _decimal(text: str) -> float | None:
    if len(text) > 24 or not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,17})?(e-[0-9]{1,2})?", text):
        return None
    number = float(text)
    return number if isfinite(number) else None
