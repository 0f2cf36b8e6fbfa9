"""Runs migrations: one transaction each, giving up soon rather than blocking the live system."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

target_metadata = current_app.extensions["migrate"].db.metadata


def run() -> None:
    """Upgrade or downgrade over the application's own engine."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '2s'"))
        connection.execute(text("SET statement_timeout = '60s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            compare_type=True,
            compare_server_default=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database only; there is no offline mode.")
run()
