"""Builds the web application and the workers' application. The only importer of blueprints."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from app import db as database
from app.cli import register_commands
from app.config import ROOT, Settings
from app.extensions import htmx
from app.jobs import wake
from app.kit.crypto import KeyRing
from app.logs import configure_logging
from app.models.sealed import use_key_ring
from app.whole_request import WholeRequest
from blueprints import register_blueprints
from blueprints.shared import access, errors, identity, language, limits, rendering, requests, security, shown, uploads


def create_worker_app(settings: Settings, **overrides: Any) -> Flask:
    """What workers, the cron process and commands need: settings, database, key ring, wake-ups; no routes."""
    configure_logging(settings.log_level)
    app = Flask("app", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        **database.engine_options(settings),
    )
    app.config.update(overrides)
    use_key_ring(KeyRing(settings.seal_keys, settings.blind_index_key))
    database.db.init_app(app)
    Migrate(app, database.db, directory=str(ROOT / "migrations"))
    wake.install(app, settings)
    shown.install(app, settings)
    register_commands(app)
    return app


def create_web_app(settings: Settings, **overrides: Any) -> Flask:
    """The portal, the webhooks and the probes."""
    app = create_worker_app(settings, **overrides)
    app.url_map.strict_slashes = True
    app.wsgi_app = WholeRequest(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    requests.install(app)
    language.install(app)
    uploads.install(app)
    security.install(app, settings)
    identity.install(app)
    limits.install(app)
    htmx.init_app(app)
    rendering.install(app)
    errors.install(app)
    access.refuse_undeclared(app)
    register_blueprints(app)
    return app
