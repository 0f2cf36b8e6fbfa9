"""Pages for whoever develops the product. They exist with APP_ENV=local only: elsewhere their addresses are 404."""

from __future__ import annotations

from flask import Blueprint

dev = Blueprint("dev", __name__)

from blueprints.dev import messages  # noqa: E402,F401  # the routes
