"""Builds the web application of the stand-ins."""

from __future__ import annotations

from flask import Flask, Response, render_template
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined

from app.local.standins import words
from app.local.standins.desk import Desk
from app.local.standins.kaspi import pages as kaspi_pages
from app.local.standins.kaspi import wire as kaspi_wire
from app.local.standins.kaspi.courier import Courier
from app.local.standins.settings import StandInSettings
from app.local.standins.store import Store
from app.local.standins.twilio import inbox
from app.local.standins.twilio import wire as twilio_wire

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'"
)


def create_app(settings: StandInSettings) -> Flask:
    """Build the application and start the courier, which at once takes up what an earlier run left undelivered."""
    app = Flask(__name__)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters.update(words.FILTERS)
    store = Store(settings.standins_dir)
    courier = Courier(store, url=settings.kaspi_callback_url, secret=settings.kaspi_callback_secret)
    Desk(settings, store, courier).attach(app)
    for blueprint in (kaspi_wire.api, kaspi_pages.pages, twilio_wire.api, inbox.inbox):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "index", _index)
    app.register_error_handler(404, _not_found)
    app.after_request(_harden)
    courier.start()
    return app


def _index() -> ResponseReturnValue:
    return render_template("index.html")


def _not_found(_error: Exception) -> ResponseReturnValue:
    return render_template("not_found.html"), 404


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = response.headers.get("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
