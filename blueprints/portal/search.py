"""Search in a city or district: the page, its results block for htmx, and its filters with numbers beside them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, request
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.changes import city_subject
from app.domain.listings.cities import CityInfo, DistrictInfo
from app.domain.search.criteria import Sort
from app.domain.search.facets import facets
from app.domain.search.results import Results, find
from app.i18n import choose, current_language
from app.kit import clock
from blueprints.portal import portal
from blueprints.portal.cities import known_cities
from blueprints.portal.search_filters import chips_of, choices, chosen_of
from blueprints.shared import search_query
from blueprints.shared.access import public
from blueprints.shared.errors import text_of
from blueprints.shared.hearts import hearts_on
from blueprints.shared.rendering import is_htmx, render_page
from blueprints.shared.search_query import SearchQuery
from blueprints.shared.shown import shown

QUERY = search_query.NAMES | {"part"}
"""What the address of a search may carry."""


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
    return _shown(_city(city), None)


@portal.get("/<city>/<district>")
@public
def search_district(city: str, district: str) -> ResponseReturnValue:
    """Flats of a district."""
    found = _city(city)
    chosen = found.district(district)
    if chosen is None:
        abort(404)
    return _shown(found, chosen)


def _city(slug: str) -> CityInfo:
    city = known_cities().get(slug)
    if city is None:
        abort(404)
    return city


def _shown(city: CityInfo, district: DistrictInfo | None) -> str:
    return shown([city_subject(city.id)], lambda: _page(city, district), known=QUERY)


def _page(city: CityInfo, district: DistrictInfo | None) -> str:
    now = clock.now()
    query = search_query.read(request.args, today=clock.local_date(now), centre=city.location)
    criteria = query.criteria(city.id, district.id if district else None)
    if request.args.get("part") == "filters" and is_htmx():
        with reading() as connection:
            counted = facets(connection, criteria, now=now)
        districts = tuple(
            (each.slug, choose(each.names), counted.districts[each.id])
            for each in city.districts
            if each.id in counted.districts
        )
        return render_page(
            "portal/search_filters.html",
            chosen=chosen_of(query),
            choices=choices(),
            counted=counted,
            query=query,
            districts=districts,
            city_slug=city.slug,
            district_slug=district.slug if district else None,
        )
    with reading() as connection:
        found = find(connection, criteria, language=current_language(), now=now)
        hearts = hearts_on(connection, [row.id for row in found.rows])
    problem = query.chosen.problem
    return render_page(
        "portal/search.html",
        fragment="results",
        city=Place(city.slug, choose(city.names), choose(city.names_in)),
        district=Place(district.slug, choose(district.names)) if district else None,
        districts=tuple((each.slug, choose(each.names)) for each in city.districts),
        choices=choices(),
        chosen=chosen_of(query),
        chips=chips_of(query),
        query=query,
        here=query.address(),
        sorts=[(sort.value, query.address(sort="" if sort is Sort.RECOMMENDED else sort.value)) for sort in Sort],
        error=text_of(problem) if problem else None,
        notes=[text_of(each) for each in query.problems],
        found=found,
        hearts=hearts,
        next_url=_next_url(query, found),
        prev_url=query.address() if query.after else None,
    )


def _next_url(query: SearchQuery, found: Results) -> str | None:
    if found.next_after is None:
        return None
    return query.address(after=search_query.after_text(found.next_after))
