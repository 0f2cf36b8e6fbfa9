"""Search in a city or district: the page, and its results block for htmx."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import abort, request
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.listings.cities import CityInfo, DistrictInfo
from app.domain.search.results import Criteria, Results, Sort, find
from app.i18n import choose, current_language
from app.kit import clock
from app.models import PropertyClass
from blueprints.portal import portal
from blueprints.portal.cities import known_cities
from blueprints.shared import stay_query
from blueprints.shared.access import public
from blueprints.shared.errors import text_of
from blueprints.shared.presenting import class_label
from blueprints.shared.rendering import render_page


@dataclass(frozen=True, slots=True)
class Place:
    """A city or district by its address and name."""

    slug: str
    name: str
    name_in: str = ""


@portal.get("/<city>")
@public
def search(city: str) -> ResponseReturnValue:
    """Flats of a city."""
    return _page(_city(city), None)


@portal.get("/<city>/<district>")
@public
def search_district(city: str, district: str) -> ResponseReturnValue:
    """Flats of a district."""
    found = _city(city)
    chosen = found.district(district)
    if chosen is None:
        abort(404)
    return _page(found, chosen)


def _city(slug: str) -> CityInfo:
    city = known_cities().get(slug)
    if city is None:
        abort(404)
    return city


def _page(city: CityInfo, district: DistrictInfo | None) -> ResponseReturnValue:
    now = clock.now()
    query = stay_query.read(request.args, today=clock.local_date(now))
    criteria = Criteria(
        city_id=city.id,
        district_id=district.id if district else None,
        stay=query.stay,
        guests=query.guests,
        rooms=query.rooms,
        property_class=query.property_class,
        sort=Sort(query.sort),
        after=stay_query.read_after(request.args.get("after")),
    )
    with reading() as connection:
        found = find(connection, criteria, language=current_language(), now=now)
    return render_page(
        "portal/search.html",
        fragment="results",
        city=Place(city.slug, choose(city.names), choose(city.names_in)),
        district=Place(district.slug, choose(district.names)) if district else None,
        districts=tuple((each.slug, choose(each.names)) for each in city.districts),
        classes=tuple((code.value, class_label(code)) for code in PropertyClass),
        query=query,
        error=text_of(query.problem) if query.problem else None,
        cards=found.rows,
        totals=found.totals,
        count=found.count,
        count_is_capped=found.count_is_capped,
        next_url=_next_url(found),
        prev_url=_first_url() if criteria.after else None,
    )


def _next_url(found: Results) -> str | None:
    if found.next_after is None:
        return None
    return _url_with(("after", f"{found.next_after[0]}-{found.next_after[1]}"))


def _first_url() -> str:
    return _url_with()


def _url_with(*extra: tuple[str, str]) -> str:
    arguments = [(key, value) for key, value in request.args.items() if key not in {"after", "lang"} and value]
    return f"{request.path}?{urlencode([*arguments, *extra])}"
