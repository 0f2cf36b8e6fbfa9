"""Builds the web application of the stand-ins."""

from __future__ import annotations

from flask import Flask, Response, render_template
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined

from app.local.standins import words
from app.local.standins.desk import Desk, desk_of
from app.local.standins.kaspi import pages as kaspi_pages
from app.local.standins.kaspi import phones, qr
from app.local.standins.kaspi import wire as kaspi_wire
from app.local.standins.kaspi.courier import Courier
from app.local.standins.kaspi.qr.devices import know_merchants_device
from app.local.standins.settings import StandInSettings
from app.local.standins.store import Store
from app.local.standins.telegram import pages as telegram_pages
from app.local.standins.telegram import people as telegram_people
from app.local.standins.telegram import remote as telegram_remote
from app.local.standins.telegram import tables as telegram_tables
from app.local.standins.telegram import wire as telegram_wire
from app.local.standins.telegram.courier import UpdateCourier
from app.local.standins.twilio import inbox
from app.local.standins.twilio import wire as twilio_wire
from app.local.standins.twilio.callbacks import SmsBook
from app.local.standins.twilio.courier import FormCourier
from app.local.standins.twilio.whatsapp import content_api, hands, resource
from app.local.standins.twilio.whatsapp import pages as whatsapp_pages
from app.local.standins.twilio.whatsapp.posts import WhatsAppBook
from app.whole_request import WholeRequest

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'"
)


def create_app(settings: StandInSettings) -> Flask:
    """Build the application and start the couriers, which at once take up what an earlier run left undelivered."""
    app = _with_a_desk(settings)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters.update(words.FILTERS)
    for blueprint in (kaspi_wire.api, qr.api, kaspi_pages.pages, phones.phones, twilio_wire.api, inbox.inbox):
        app.register_blueprint(blueprint)
    for blueprint in (telegram_wire.api, telegram_remote.remote, telegram_pages.pages):
        app.register_blueprint(blueprint)
    for blueprint in (whatsapp_pages.pages, hands.hands, content_api.content_api, resource.resource):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "index", _index)
    app.register_error_handler(404, _not_found)
    app.after_request(_harden)
    desk_of(app).courier.start()
    desk_of(app).sms_courier.start()
    desk_of(app).telegram.start()
    desk_of(app).whatsapp_courier.start()
    return app


def create_qr_app(settings: StandInSettings) -> Flask:
    """Build Kaspi Pay QR alone, for the process that is reached with a client certificate.

    Pages, couriers and everything else stay with the other process; the state is the same file.
    """
    app = _with_a_desk(settings)
    app.register_blueprint(qr.api)
    return app


def _with_a_desk(settings: StandInSettings) -> Flask:
    app = Flask(__name__)
    app.wsgi_app = WholeRequest(app.wsgi_app)  # type: ignore[method-assign]
    store = Store(settings.standins_dir)
    with store.writing() as db:
        know_merchants_device(db, settings)
        telegram_tables.prepare(db)
        telegram_people.know_demo_people(db)
    courier = Courier(store, url=settings.kaspi_callback_url, secret=settings.kaspi_callback_secret)
    token = settings.twilio_auth_token
    sms_courier = FormCourier("sms-courier", store, SmsBook(settings.twilio_account_sid), auth_token=token)
    whatsapp_courier = FormCourier("whatsapp-courier", store, WhatsAppBook(), auth_token=token)
    Desk(settings, store, courier, sms_courier, whatsapp_courier, UpdateCourier(store, settings)).attach(app)
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
