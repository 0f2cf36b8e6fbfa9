"""Cities and search as JSON."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.listings.cards import CardInfo
from app.domain.search.results import Criteria, Sort, find
from app.extensions import limiter
from app.i18n import choose, current_language
from app.kit import clock
from blueprints.api import api
from blueprints.api.tokens import bearer, token_or_address
from blueprints.portal.cities import known_cities
from blueprints.shared import stay_query
from blueprints.shared.access import public
from blueprints.shared.limits import setting
from blueprints.shared.presenting import property_path

api_limit = limiter.shared_limit(setting("limit_api"), scope="api", key_func=token_or_address)


@api.get("/cities")
@public
@api_limit
def cities() -> ResponseReturnValue:
    """Every city with its districts and the number of listings."""
    bearer()
    return _json(
        [
            {
                "slug": city.slug,
                "name": choose(city.names),
                "listings": city.listings,
                "districts": [{"slug": d.slug, "name": choose(d.names)} for d in city.districts],
            }
            for city in known_cities().values()
        ]
    )


@api.get("/listings")
@public
@api_limit
def listings() -> ResponseReturnValue:
    """Search by city, check_in, check_out, guests, rooms, property_class, sort, after. Prices are whole tenge."""
    bearer()
    now = clock.now()
    city = known_cities().get(request.args.get("city", ""))
    if city is None:
        abort(404)
    query = stay_query.read(request.args, today=clock.local_date(now))
    if query.problem is not None:
        raise query.problem
    criteria = Criteria(
        city_id=city.id,
        stay=query.stay,
        guests=query.guests,
        rooms=query.rooms,
        property_class=query.property_class,
        sort=Sort(query.sort),
        after=stay_query.read_after(request.args.get("after")),
    )
    with reading() as connection:
        found = find(connection, criteria, language=current_language(), now=now)
    return _json(
        {
            "items": [
                _item(card, found.totals[index] if found.totals else None) for index, card in enumerate(found.cards)
            ],
            "count": found.count,
            "count_is_capped": found.count_is_capped,
            "next_after": "-".join(map(str, found.next_after)) if found.next_after else None,
        }
    )


def _item(card: CardInfo, total: int | None) -> dict[str, Any]:
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
        "price_total": total,
    }


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), mimetype="application/json")
