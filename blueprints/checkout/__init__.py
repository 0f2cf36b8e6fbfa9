"""From «Забронировать» to paid: confirm the stay, hold it, pay at Kaspi, see it confirmed."""

from __future__ import annotations

from flask import Blueprint

checkout = Blueprint("checkout", __name__, url_prefix="/checkout")

from blueprints.checkout import extension, start, status  # noqa: E402,F401  # the routes
