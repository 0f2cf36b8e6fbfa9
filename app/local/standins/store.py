"""The stand-ins' state: one SQLite file. Money is whole tenge, moments are unix seconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kaspi_payments (
    payment_id TEXT PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    description TEXT NOT NULL,
    return_url TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('created', 'pending', 'paid', 'failed', 'expired', 'partially_refunded', 'refunded')),
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    paid_at REAL,
    transaction_id TEXT UNIQUE,
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount)
);
CREATE INDEX IF NOT EXISTS kaspi_payments_by_age ON kaspi_payments (created_at);
CREATE TABLE IF NOT EXISTS kaspi_refunds (
    refund_id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES kaspi_payments,
    amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL CHECK (status IN ('accepted', 'done', 'failed')),
    settles_at REAL NOT NULL,
    settles_as TEXT NOT NULL CHECK (settles_as IN ('done', 'failed')),
    settled_at REAL,
    transaction_id TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS kaspi_callbacks (
    id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    event TEXT NOT NULL,
    payment_id TEXT NOT NULL REFERENCES kaspi_payments,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'lost', 'given_up')),
    first_due_at REAL NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_attempt_at REAL,
    last_answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS kaspi_callbacks_waiting ON kaspi_callbacks (due_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS kaspi_callbacks_of_payment ON kaspi_callbacks (payment_id);
CREATE TABLE IF NOT EXISTS sms (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS sms_by_recipient ON sms (recipient, id);
CREATE TABLE IF NOT EXISTS faults (
    provider TEXT PRIMARY KEY,
    document TEXT NOT NULL
);
"""


class Store:
    """Hands out connections to the file in `directory`, which is made (for its owner only) when missing."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = directory / "standins.sqlite3"
        with closing(self._connect()) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; writers wait for each other. Leaving by an exception changes nothing."""
        with closing(self._connect()) as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view, for reading only."""
        with closing(self._connect()) as db:
            db.execute("PRAGMA query_only = ON")
            db.execute("BEGIN")
            yield db

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = NORMAL")
        return db
