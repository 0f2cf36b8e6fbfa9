"""What anyone may see: home, search, a flat."""

from __future__ import annotations

from flask import Blueprint

portal = Blueprint("portal", __name__)

from blueprints.portal import (  # noqa: E402,F401  # the routes
    chat_photos,
    home,
    message_photos,
    property_page,
    reviews,
    search,
)
