"""The JSON API of the mobile app: so far cities and search. Errors are problem documents (RFC 9457)."""

from __future__ import annotations

from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api/v1")

from blueprints.api import listings  # noqa: E402,F401  # the routes
