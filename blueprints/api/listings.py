"""Cities and search as JSON."""

from __future__ import annotations

from flask import abort, request
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.listings.cards import CardInfo
from app.domain.search.results import Results, find
from app.i18n import choose, current_language
from app.kit import clock
from blueprints.api import api
from blueprints.api.access import api_limit
from blueprints.api.answers import json_answer
from blueprints.api.listing_documents import CityItem, ListingItem, ListingPage
from blueprints.api.openapi import says
from blueprints.api.tokens import bearer
from blueprints.portal.cities import known_cities
from blueprints.shared import search_query
from blueprints.shared.access import public
from blueprints.shared.presenting import property_path


@api.get("/cities")
@public
@api_limit
@says(list[CityItem])
def cities() -> ResponseReturnValue:
    """Every city with its districts and the number of listings."""
    bearer()
    found: list[CityItem] = [
        {
            "slug": city.slug,
            "name": choose(city.names),
            "listings": city.listings,
            "districts": [{"slug": d.slug, "name": choose(d.names)} for d in city.districts],
        }
        for city in known_cities().values()
    ]
    return json_answer(found)


@api.get("/listings")
@public
@api_limit
@says(ListingPage, query=("city", "district", *sorted(search_query.NAMES)))
def listings() -> ResponseReturnValue:
    """Search in a city with the parameters of the portal's search (blueprints/shared/search_query.py).

    `city` and perhaps `district` are slugs. Prices are whole tenge; with `flexible=1` each item says which stay its
    total is for. Dates, prices or places that make no sense are refused (422).
    """
    bearer()
    now = clock.now()
    city = known_cities().get(request.args.get("city", ""))
    if city is None:
        abort(404)
    district = city.district(request.args["district"]) if request.args.get("district") else None
    if district is None and request.args.get("district"):
        abort(404)
    query = search_query.read(request.args, today=clock.local_date(now), centre=city.location)
    for problem in (query.chosen.problem, *query.problems):
        if problem is not None:
            raise problem
    criteria = query.criteria(city.id, district.id if district else None)
    with reading() as connection:
        found = find(connection, criteria, language=current_language(), now=now)
    page: ListingPage = {
        "items": [_item(card, found, index) for index, card in enumerate(found.cards)],
        "count": found.count,
        "count_is_capped": found.count_is_capped,
        "next_after": search_query.after_text(found.next_after) if found.next_after else None,
    }
    return json_answer(page)


def _item(card: CardInfo, found: Results, index: int) -> ListingItem:
    item = item_of(card, found.totals[index] if found.totals else None)
    if found.stays is not None:
        stay = found.stays[index]
        item["check_in"], item["check_out"] = stay.check_in.isoformat(), stay.check_out.isoformat()
    return item


def item_of(card: CardInfo, price_total: int | None = None) -> ListingItem:
    """A flat as lists of the API show it."""
    return {
        "id": card.id,
        "path": property_path(card.id, card.slug),
        "title": card.title,
        "district": card.district_name,
        "rating": None if card.rating is None else round(card.rating, 2),
        "reviews": card.reviews_count,
        "class": card.property_class,
        "rooms": card.rooms,
        "max_guests": card.max_guests,
        "area_m2": card.area_m2,
        "photo": card.photo.key if card.photo else None,
        "price_per_night": card.per_night,
        "price_total": price_total,
    }
