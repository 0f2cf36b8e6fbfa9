"""What a person does with their account: sign in and out, bookings, keys, profile."""

from __future__ import annotations

from flask import Blueprint

account = Blueprint("account", __name__)

from blueprints.account import bookings, changes, profile, reviews, sign_in  # noqa: E402,F401  # the routes
