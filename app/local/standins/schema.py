"""The tables of the stand-ins' SQLite file, and how a file of an earlier release becomes one of today's.

Money is whole tenge, moments are unix seconds.
"""

from __future__ import annotations

import sqlite3

from app.local.standins.twilio.whatsapp import schema as whatsapp

_VERSION = 1

_TABLES = """
CREATE TABLE kaspi_payments (
    payment_id TEXT PRIMARY KEY,
    surface TEXT NOT NULL CHECK (surface IN ('gateway', 'qr', 'link', 'push')),
    token TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    description TEXT NOT NULL,
    return_url TEXT NOT NULL,
    phone TEXT NOT NULL,
    trade_point INTEGER,
    status TEXT NOT NULL CHECK (status IN
        ('created', 'pending', 'paid', 'failed', 'expired', 'partially_refunded', 'refunded')),
    ending TEXT NOT NULL CHECK (ending IN ('', 'cancelled', 'discarded')),
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    paid_at REAL,
    paid_amount INTEGER,
    transaction_id TEXT UNIQUE,
    collected INTEGER NOT NULL DEFAULT 0,
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND collected)
);
CREATE UNIQUE INDEX kaspi_payments_of_gateway_order ON kaspi_payments (order_id) WHERE surface = 'gateway';
CREATE INDEX kaspi_payments_of_order ON kaspi_payments (order_id);
CREATE INDEX kaspi_payments_by_age ON kaspi_payments (created_at);
CREATE INDEX kaspi_payments_open ON kaspi_payments (expires_at) WHERE status IN ('created', 'pending');
CREATE INDEX kaspi_payments_of_phone ON kaspi_payments (phone, created_at) WHERE phone != '';
CREATE TABLE kaspi_movements (
    transaction_id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES kaspi_payments,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'refund')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    at REAL NOT NULL
);
CREATE INDEX kaspi_movements_by_age ON kaspi_movements (at);
CREATE TABLE kaspi_refunds (
    refund_id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES kaspi_payments,
    amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL CHECK (status IN ('accepted', 'done', 'failed')),
    settles_at REAL NOT NULL,
    settles_as TEXT NOT NULL CHECK (settles_as IN ('done', 'failed')),
    settled_at REAL,
    transaction_id TEXT NOT NULL UNIQUE
);
CREATE INDEX kaspi_refunds_open ON kaspi_refunds (settles_at) WHERE status = 'accepted';
CREATE INDEX kaspi_refunds_of_payment ON kaspi_refunds (payment_id);
CREATE TABLE kaspi_callbacks (
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
CREATE INDEX kaspi_callbacks_waiting ON kaspi_callbacks (due_at) WHERE state = 'waiting';
CREATE INDEX kaspi_callbacks_of_payment ON kaspi_callbacks (payment_id);
CREATE TABLE kaspi_devices (
    device_token TEXT PRIMARY KEY,
    device_id TEXT NOT NULL UNIQUE,
    trade_point INTEGER NOT NULL
);
CREATE TABLE sms (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('delivered', 'undelivered', 'failed')),
    error_code INTEGER,
    at REAL NOT NULL
);
CREATE INDEX sms_by_recipient ON sms (recipient, id);
CREATE TABLE sms_callbacks (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL REFERENCES sms (sid),
    status TEXT NOT NULL CHECK (status IN ('sent', 'delivered', 'undelivered', 'failed')),
    url TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'lost', 'given_up')),
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sms_callbacks_waiting ON sms_callbacks (due_at) WHERE state = 'waiting';
CREATE INDEX sms_callbacks_of_message ON sms_callbacks (sid);
CREATE TABLE faults (
    provider TEXT PRIMARY KEY,
    document TEXT NOT NULL
);
"""

_SET_ASIDE = """
DROP INDEX IF EXISTS kaspi_payments_by_age;
DROP INDEX IF EXISTS kaspi_callbacks_waiting;
DROP INDEX IF EXISTS kaspi_callbacks_of_payment;
DROP INDEX IF EXISTS sms_by_recipient;
ALTER TABLE kaspi_payments RENAME TO old_payments;
ALTER TABLE kaspi_refunds RENAME TO old_refunds;
ALTER TABLE kaspi_callbacks RENAME TO old_callbacks;
ALTER TABLE sms RENAME TO old_sms;
DROP TABLE faults;
"""
"""The first release had no second surface. Its switches are put back rather than translated."""

_COPY = """
INSERT INTO kaspi_payments SELECT payment_id, 'gateway', token, order_id, amount, description, return_url, '', NULL,
    status, '', created_at, expires_at, paid_at, iif(paid_at IS NULL, NULL, amount), transaction_id,
    iif(paid_at IS NULL, 0, amount), refunded FROM old_payments;
INSERT INTO kaspi_movements SELECT transaction_id, payment_id, 'payment', amount, paid_at FROM old_payments
    WHERE paid_at IS NOT NULL;
INSERT INTO kaspi_refunds SELECT * FROM old_refunds;
INSERT INTO kaspi_movements SELECT transaction_id, payment_id, 'refund', amount, settled_at FROM old_refunds
    WHERE status = 'done';
INSERT INTO kaspi_callbacks SELECT * FROM old_callbacks;
INSERT INTO sms SELECT id, sid, sender, recipient, body, 'delivered', NULL, at FROM old_sms;
DROP TABLE old_callbacks;
DROP TABLE old_refunds;
DROP TABLE old_payments;
DROP TABLE old_sms;
"""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an earlier release up to date, in one transaction.

    Two processes may do this at once: the second one waits and finds nothing to do.
    """
    db.execute("BEGIN IMMEDIATE")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version < _VERSION:
        is_old = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'kaspi_payments'").fetchone() is not None
        for script in (_SET_ASIDE, _TABLES, _COPY) if is_old else (_TABLES,):
            for statement in script.split(";\n"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    for statement in whatsapp.TABLES.split(";\n"):
        db.execute(statement)
    db.execute("COMMIT")
