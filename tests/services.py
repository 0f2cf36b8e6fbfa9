"""The real servers behind the tests: embedded PostgreSQL and Redis, or those of DATABASE_URL and REDIS_URL.

Each test process gets a database of its own. Databases are copied from a migrated template, which takes 0.1 s.
"""

from __future__ import annotations

import base64
import contextlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from app.config import Settings
from app.local.servers import EmbeddedPostgres, EmbeddedRedis

KASPI_SECRET = "test-callback-secret-0123456789abcdef"
"""What callbacks are signed with in tests."""

_LONG_WAITS = "socket_timeout=60&socket_connect_timeout=60"

TELEGRAM_SECRET = "test-telegram-webhook-secret"
"""What Telegram shows with its updates in tests."""


@dataclass(frozen=True)
class Services:
    """Addresses: of a PostgreSQL on which databases can be made, and of a Redis."""

    admin_url: str
    redis_url: str

    def create_database(self, *, template: str = "template0") -> str:
        """A new database; its address."""
        name = f"zhilego_test_{uuid.uuid4().hex[:12]}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        return make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Drop a database and whatever is connected to it."""
        self._run(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(str(make_url(url).database)))
        )

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Services]:
    """Start what is not given by the environment; stop it and delete its data afterwards."""
    with contextlib.ExitStack() as stack:
        admin_url = os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
        redis_url = _of_this_process(os.environ.get("TEST_REDIS_URL") or os.environ.get("REDIS_URL"))
        if admin_url is None:
            postgres = EmbeddedPostgres(directory / "postgres", durable=False)
            stack.callback(postgres.remove)
            admin_url = postgres.start().url
        if redis_url is None:
            cache = EmbeddedRedis(directory / "redis", durable=False)
            stack.callback(cache.remove)
            redis_url = cache.start().url
        yield Services(admin_url.replace("postgresql+psycopg://", "postgresql://"), _patient(redis_url))


def _of_this_process(redis_url: str | None) -> str | None:
    """A given Redis holds a numbered database for each test process (it has 16), after the one that is named."""
    if redis_url is None:
        return None
    given = urlsplit(redis_url)
    number = int(given.path.strip("/") or 0) + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return urlunsplit(given._replace(path=f"/{number}"))


def _patient(redis_url: str) -> str:
    """The product does without a Redis that is silent for a quarter or half a second, which a busy machine makes of
    any. redis-py puts what the address says above what its caller wants.
    """
    given = urlsplit(redis_url)
    return urlunsplit(given._replace(query="&".join(filter(None, [given.query, _LONG_WAITS]))))


def make_settings(database_url: str, redis_url: str, **changes: object) -> Settings:
    """Settings of a test installation: real stores, generous limits, and providers that nobody answers for."""
    values: dict[str, object] = {
        "app_env": "local",
        "log_level": "WARNING",
        "public_url": "http://localhost",
        "database_url": database_url,
        "redis_url": redis_url,
        "secret_key": "test-secret-key-test-secret-key-0123",
        "seal_keys": f"1:{base64.b64encode(b's' * 32).decode()}",
        "blind_index_key": base64.b64encode(b"b" * 32).decode(),
        "cookie_secure": False,
        "kaspi_base_url": "http://127.0.0.1:9/kaspi",
        "kaspi_api_key": "test-kaspi-key",
        "kaspi_merchant_id": "zhilego-test",
        "kaspi_callback_secrets": KASPI_SECRET,
        "twilio_base_url": "http://127.0.0.1:9/twilio",
        "twilio_account_sid": "AC" + "0" * 32,
        "twilio_auth_token": "test-twilio-token",
        "twilio_sms_from": "+77270000000",
        "twilio_content_base_url": "http://127.0.0.1:9/twilio-content",
        "twilio_whatsapp_from": "+77270000001",
        "telegram_base_url": "http://127.0.0.1:9/telegram",
        "telegram_bot_token": "7000000001:test-telegram-bot-token-0123456789a",
        "telegram_webhook_secret": TELEGRAM_SECRET,
        "telegram_bot_name": "zhilego_test_bot",
        "quiet_hours": "off",  # tests run at any hour
        "limit_portal_session": "100000/minute",
        "limit_portal_address": "100000/minute",
        "limit_sign_in": "100000/minute",
        "limit_sign_in_address": "100000/minute",
        "limit_hold": "100000/minute",
        "limit_hold_address": "100000/minute",
        "limit_review": "100000/minute",
        "limit_api": "100000/minute",
        "limit_chat": "100000/minute",
        "limit_webhook_failures": "100000/minute",  # forgeries follow each other faster than ten a second
    }
    return Settings.model_validate(values | changes)


def environment_of(settings: Settings) -> dict[str, str]:
    """The same settings as environment variables, for real processes."""
    names = Settings.model_fields
    found: dict[str, str] = {}
    for name in names:
        value = getattr(settings, name)
        if value is None:
            continue
        if name == "seal_keys":
            value = ",".join(f"{number}:{base64.b64encode(key).decode()}" for number, key in value.items())
        elif isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        elif isinstance(value, tuple):
            value = ",".join(value)
        found[name.upper()] = str(value)
    return found
