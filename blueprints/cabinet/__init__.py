"""The landlord's cabinet: requests, bookings, calendar, prices and terms of their own flats."""

from __future__ import annotations

from flask import Blueprint

cabinet = Blueprint("cabinet", __name__, url_prefix="/cabinet")

from blueprints.cabinet import (  # noqa: E402,F401  # the routes
    booking,
    calendar,
    claims,
    entry,
    entry_photos,
    keys,
    messages,
    overview,
    payouts,
    prices,
    requests,
    reviews,
    terms,
)
