"""From criteria to conditions over `property_search s`, `property_words w` and `property_prices r`.

Predicates are written as the planner likes them (9-performance): `bit_count(busy & mask) < 1`, `(amenities & m) >= m`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from app.domain.availability import ring
from app.domain.availability.stay_rules import minute_of_day
from app.domain.search.criteria import Criteria
from app.domain.search.geography import Box
from app.domain.search.stay_price import total_sql
from app.kit import clock
from app.kit.period import Stay

Condition = tuple[str, str]
"""The name of a filter, and what it asks."""
CHOICES = 8
"""A flat's cheapest stay is one number: its total × 8 + which of the (at most seven) stays it is."""


class Shape(NamedTuple):
    """What the text of a statement depends on; statements are kept by it.

    `narrow` are over s and w; `amount` is the shown price in SQL over s and r, `priced` what is asked of it.
    """

    narrow: tuple[Condition, ...]
    amount: str | None
    """None: there are no dates. With several stays: × CHOICES, see there."""
    priced: str | None
    """Over a column `amount`."""
    choices: int
    """How many stays will do."""
    has_text: bool

    @property
    def shown(self) -> str:
        """The price in tenge, out of a column `amount`."""
        return "amount" if self.choices <= 1 else f"amount / {CHOICES}"

    @property
    def source(self) -> str:
        """What `narrow` is over."""
        words = " JOIN property_words w ON w.property_id = s.property_id"
        return f"property_search s{words if self.has_text else ''}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a flat must be."""

    shape: Shape
    params: dict[str, Any]
    stays: tuple[Stay, ...]


def conditions_of(criteria: Criteria, stays: tuple[Stay, ...], text_query: str | None, *, now: datetime) -> Conditions:
    """What a flat must be. `stays` are the criteria's, `text_query` what its text means."""
    narrow: list[Condition] = [
        ("place", "s.is_listed AND s.city_id = CAST(:city_id AS smallint)"),
        ("guests", "s.max_guests >= :guests"),
    ]
    params: dict[str, Any] = {"city_id": criteria.city_id, "guests": criteria.guests}
    _add_simple(criteria, narrow, params)
    if criteria.area is not None:
        narrow.append(("area", _area(criteria, params)))
    if text_query is not None:
        narrow.append(("text", "w.words @@ CAST(:text AS tsquery)"))
        params["text"] = text_query
    amount = None
    if stays:
        frees = _frees(stays, params, now=now)
        narrow.append(("stay", f"s.min_nights <= :nights AND s.max_nights >= :nights AND ({' OR '.join(frees)})"))
        amount = _amount(stays, frees, params)
    shape = Shape((), amount, None, len(stays), text_query is not None)
    priced = _price_range(criteria, params, shape.shown if stays else "s.base_price")
    if priced is not None and not stays:
        narrow.append(("price", priced))
        priced = None
    return Conditions(shape._replace(narrow=tuple(narrow), priced=priced), params, stays)


def _add_simple(criteria: Criteria, narrow: list[Condition], params: dict[str, Any]) -> None:
    """The filters that are one comparison with one value."""
    for name, condition, value in (
        ("district", "s.district_id = :district_id", criteria.district_id),
        ("rooms", "s.rooms >= :rooms", criteria.rooms),
        ("class", "s.property_class = ANY(CAST(:classes AS text[]))", list(criteria.classes) or None),
        ("amenities", "(s.amenities & CAST(:amenities AS bigint)) >= :amenities", criteria.amenities or None),
        ("rating", "s.rating >= :rating", criteria.rating_from),
    ):
        if value is not None:
            narrow.append((name, condition))
            params[_PARAMETERS[name]] = value
    if criteria.instant_only:
        narrow.append(("instant", "s.instant_booking"))


_PARAMETERS = {
    "district": "district_id",
    "rooms": "rooms",
    "class": "classes",
    "amenities": "amenities",
    "rating": "rating",
}


def _area(criteria: Criteria, params: dict[str, Any]) -> str:
    if isinstance(criteria.area, Box):
        (west, south), (east, north) = criteria.area.south_west, criteria.area.north_east
        params |= {"west": west, "south": south, "east": east, "north": north}
        return (
            "s.position <@ box(point(CAST(:west AS float8), CAST(:south AS float8)),"
            " point(CAST(:east AS float8), CAST(:north AS float8)))"
        )
    assert criteria.area is not None  # noqa: S101  # the caller looked
    params |= {"middle_x": criteria.area.middle[0], "middle_y": criteria.area.middle[1], "radius": criteria.area.km}
    return "s.position <@ circle(point(CAST(:middle_x AS float8), CAST(:middle_y AS float8)), CAST(:radius AS float8))"


def _frees(stays: tuple[Stay, ...], params: dict[str, Any], *, now: datetime) -> list[str]:
    """For each stay: is the flat free, does it accept a stay that begins then, and is it not too late today?"""
    today = clock.local_date(now)
    params["nights"] = stays[0].nights
    frees = []
    for number, stay in enumerate(stays):
        params |= {f"mask{number}": ring.mask(stay.dates()), f"check_in{number}": stay.check_in}
        parts = [
            f"bit_count(s.busy & CAST(:mask{number} AS bit(512))) < 1",
            "(NOT s.has_min_nights OR :nights >= ALL (SELECT m.min_nights FROM price_rules m WHERE"
            " m.property_id = s.property_id AND m.min_nights IS NOT NULL"
            f" AND m.nights @> CAST(:check_in{number} AS date)))",
        ]
        if stay.check_in == today:
            parts.append("s.cut_off_minute >= :minute")
            params["minute"] = minute_of_day(now)
        frees.append(f"({' AND '.join(parts)})")
    return frees


def _amount(stays: tuple[Stay, ...], frees: list[str], params: dict[str, Any]) -> str:
    """The price that is shown: the stay's, or the least of the free ones', of equal ones the first."""
    first = min(stay.check_in for stay in stays)
    nights = stays[0].nights
    for stay in stays:
        offset = (stay.check_in - first).days
        params |= {f"night{offset + n}": ring.position(night) + 1 for n, night in enumerate(stay.dates())}
    if len(stays) == 1:
        return total_sql(nights)
    offers = (
        f"CASE WHEN {free} THEN {total_sql(nights, (stay.check_in - first).days)} * {CHOICES} + {number} END"
        for number, (stay, free) in enumerate(zip(stays, frees, strict=True))
    )
    return f"least({', '.join(offers)})"


def _price_range(criteria: Criteria, params: dict[str, Any], amount: str) -> str | None:
    """Both ends in one comparison, since the amount may be a long expression that would be worked out twice."""
    least, most = criteria.price_from, criteria.price_to
    if least is None and most is None:
        return None
    if least is None or most is None:
        params["price"] = most if least is None else least
        return f"{amount} {'<=' if least is None else '>='} CAST(:price AS bigint)"
    params |= {"price_both": least + most, "price_width": most - least}
    return f"abs(2 * ({amount}) - CAST(:price_both AS bigint)) <= :price_width"
