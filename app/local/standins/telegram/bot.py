"""The product's bot, and what its owner has set: webhook, commands, menu button."""

from __future__ import annotations

import hmac
import json
import sqlite3
from dataclasses import dataclass, replace

from app.local.standins.settings import StandInSettings
from app.local.standins.telegram.call import Json
from app.local.standins.telegram.people import Person

USUAL_CONNECTIONS = 40

BOT_FIRST_NAME = "ЖильеGO"


@dataclass(frozen=True)
class Webhook:
    """Where updates go. Without a URL they are kept for getUpdates; without kinds, all kinds go."""

    url: str
    secret: str = ""
    kinds: tuple[str, ...] = ()
    max_connections: int = USUAL_CONNECTIONS


def bot_user(settings: StandInSettings) -> Json:
    """The bot as the Bot API's User."""
    return {
        "id": int(settings.telegram_bot_token.partition(":")[0] or 0),
        "is_bot": True,
        "first_name": BOT_FIRST_NAME,
        "username": settings.telegram_bot_name,
    }


def is_token(settings: StandInSettings, given: str) -> bool:
    """Whether this is the bot's token. A stand-in that was given none knows no bot."""
    expected = settings.telegram_bot_token
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def load(db: sqlite3.Connection, name: str, default: object) -> object:
    """What was set under this name."""
    row = db.execute("SELECT document FROM telegram_bot WHERE name = ?", (name,)).fetchone()
    return default if row is None else json.loads(row["document"])


def save(db: sqlite3.Connection, name: str, value: object) -> None:
    """Set it; None forgets it."""
    if value is None:
        db.execute("DELETE FROM telegram_bot WHERE name = ?", (name,))
    else:
        db.execute("REPLACE INTO telegram_bot VALUES (?, ?)", (name, json.dumps(value)))


def load_webhook(db: sqlite3.Connection, settings: StandInSettings) -> Webhook:
    """Where updates go; as long as nobody has set or deleted it, to the portal."""
    found = load(db, "webhook", None)
    if not isinstance(found, dict):
        return Webhook(settings.telegram_webhook_url, settings.telegram_webhook_secret)
    return Webhook(**{**found, "kinds": tuple(found["kinds"])})


def save_webhook(db: sqlite3.Connection, webhook: Webhook) -> None:
    """Set it; what went wrong with the one before is forgotten."""
    save(db, "webhook", vars(webhook))
    save(db, "webhook_error", None)


def commands_for(db: sqlite3.Connection, person: Person) -> list[Json]:
    """The commands that this person's menu shows (core.telegram.org/bots/api#determining-list-of-commands)."""
    sets = load(db, "commands", {})
    if not isinstance(sets, dict):
        return []
    for scope in (f"chat:{person.id}", "all_private_chats", "default"):
        for language in (person.language, ""):
            if found := sets.get(f"{scope}/{language}"):
                return list(found)
    return []


def with_kinds(webhook: Webhook, kinds: list[object]) -> Webhook:
    """The same, for these kinds of updates only (all when there are none)."""
    return replace(webhook, kinds=tuple(str(kind) for kind in kinds))


def note_failure(db: sqlite3.Connection, what: str, *, now: float) -> None:
    """Remember why the latest update was not taken, for getWebhookInfo."""
    save(db, "webhook_error", {"what": what, "at": int(now)})


def last_failure(db: sqlite3.Connection) -> Json:
    """The part of getWebhookInfo about it; nothing when all went well since the webhook was set."""
    found = load(db, "webhook_error", None)
    return {"last_error_date": found["at"], "last_error_message": found["what"]} if isinstance(found, dict) else {}
