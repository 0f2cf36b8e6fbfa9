"""The JSON API of the mobile app: cities, search, a guest's bookings and saved flats.

Errors are problem documents (RFC 9457). Who calls is said by a token, never by a cookie. What moves money needs the
header `Idempotency-Key`.
"""

from __future__ import annotations

from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api/v1")

from blueprints.api import bookings, changes, favourites, listings, messages  # noqa: E402,F401  # the routes
