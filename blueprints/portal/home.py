"""The first page: where to go, and a few good flats."""

from __future__ import annotations

from datetime import timedelta

from flask import request
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.changes import COUNTRY
from app.domain.search import showcase
from app.i18n import choose, current_language
from app.kit import clock
from blueprints.portal import portal
from blueprints.portal.cities import known_cities
from blueprints.shared import stay_query
from blueprints.shared.access import public
from blueprints.shared.hearts import hearts_on
from blueprints.shared.rendering import render_page
from blueprints.shared.shown import shown
from blueprints.shared.stay_query import StayQuery

DATES = frozenset({"check_in", "check_out", "guests"})
"""What the form may be filled with; `lang` is remembered in a cookie by a redirect."""


@portal.get("/")
@public
def home() -> ResponseReturnValue:
    """Cities and recommended flats; the form starts with tonight."""
    return shown([COUNTRY], _page, known=DATES)


def _page() -> str:
    today = clock.local_date(clock.now())
    query = stay_query.read(request.args, today=today)
    if query.stay is None:
        query = StayQuery(check_in=today, check_out=today + timedelta(days=1), guests=2)
    with reading() as connection:
        cards = showcase.recommended(connection, language=current_language())
        hearts = hearts_on(connection, [card.id for card in cards])
        covers = showcase.city_covers(connection)
    cities = [
        (city.slug, choose(city.names), city.listings, covers.get(city.id))
        for city in known_cities().values()
        if city.listings
    ]
    return render_page("portal/home.html", cities=cities, cards=cards, hearts=hearts, query=query)
