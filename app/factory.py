"""Builds the web application and the workers' application. The only importer of blueprints."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask
from flask_migrate import Migrate

from app import db as database
from app.cli import register_commands
from app.config import ROOT, Settings
from app.jobs import wake
from app.kit.crypto import KeyRing
from app.logs import configure_logging
from app.models.sealed import use_key_ring

log = structlog.get_logger(__name__)


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
    register_commands(app)
    return app


def create_web_app(settings: Settings, **overrides: Any) -> Flask:
    """The portal, the webhooks and the probes."""
    app = create_worker_app(settings, **overrides)
    from app.web import configure_web

    configure_web(app, settings)
    return app
