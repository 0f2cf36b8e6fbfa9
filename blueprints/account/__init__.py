"""What a person does with their account: sign in and out, bookings, keys, saved flats, profile."""

from __future__ import annotations

from flask import Blueprint

account = Blueprint("account", __name__)

from blueprints.account import (  # noqa: E402,F401  # the routes
    bookings,
    changes,
    chats,
    claim_photos,
    favourites,
    messages,
    problem,
    profile,
    reviews,
    sign_in,
    telegram,
)
