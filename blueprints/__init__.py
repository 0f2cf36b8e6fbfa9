"""Everything that answers HTTP. `register_blueprints` is the one list."""

from __future__ import annotations

from flask import Flask

from app.config import Settings
from app.extensions import csrf
from blueprints.account import account
from blueprints.api import api
from blueprints.cabinet import cabinet
from blueprints.checkout import checkout
from blueprints.dev import dev
from blueprints.ops import ops
from blueprints.portal import portal
from blueprints.shared.converters import PhotoKeyConverter, ReferenceConverter
from blueprints.webhooks import webhooks


def register_blueprints(app: Flask) -> None:
    """Mount every blueprint. The portal comes last: its `/<city>` would match anything."""
    app.url_map.converters["reference"] = ReferenceConverter
    app.url_map.converters["photo_key"] = PhotoKeyConverter
    app.register_blueprint(ops)
    app.register_blueprint(webhooks)
    csrf.exempt(webhooks)
    app.register_blueprint(api)
    csrf.exempt(api)  # nothing there is done for a cookie: a browser that is led astray sends no token
    app.register_blueprint(account)
    app.register_blueprint(checkout)
    app.register_blueprint(cabinet)
    settings: Settings = app.config["SETTINGS"]
    if settings.app_env == "local":
        app.register_blueprint(dev)
    app.register_blueprint(portal)
