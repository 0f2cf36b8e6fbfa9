"""The tables of Telegram's stand-in, in the file that all stand-ins share. Moments are unix seconds."""

from __future__ import annotations

import sqlite3

_TABLES = """
CREATE TABLE IF NOT EXISTS telegram_people (
    id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    username TEXT NOT NULL,
    phone TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL,
    has_started INTEGER NOT NULL DEFAULT 0,
    has_blocked INTEGER NOT NULL DEFAULT 0,
    reply_keyboard TEXT NOT NULL DEFAULT '',
    menu_button TEXT NOT NULL DEFAULT '',
    typing_until REAL NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS telegram_messages (
    message_id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL REFERENCES telegram_people,
    is_from_bot INTEGER NOT NULL,
    body TEXT NOT NULL,
    at REAL NOT NULL,
    edited_at REAL,
    is_deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS telegram_messages_of_chat ON telegram_messages (chat_id, message_id);
CREATE TABLE IF NOT EXISTS telegram_queries (
    id TEXT PRIMARY KEY,
    chat_id INTEGER NOT NULL REFERENCES telegram_people,
    message_id INTEGER NOT NULL,
    data TEXT NOT NULL,
    at REAL NOT NULL,
    answered_at REAL,
    text TEXT NOT NULL DEFAULT '',
    is_alert INTEGER NOT NULL DEFAULT 0,
    url TEXT NOT NULL DEFAULT '',
    seen_at REAL
);
CREATE INDEX IF NOT EXISTS telegram_queries_of_chat ON telegram_queries (chat_id, answered_at);
CREATE TABLE IF NOT EXISTS telegram_updates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    update_id INTEGER NOT NULL,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dropped')),
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS telegram_updates_by_number ON telegram_updates (update_id);
CREATE INDEX IF NOT EXISTS telegram_updates_waiting ON telegram_updates (lane, id) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS telegram_files (
    file_id TEXT PRIMARY KEY,
    unique_id TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    photo_id TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS telegram_files_of_photo ON telegram_files (photo_id);
CREATE TABLE IF NOT EXISTS telegram_bot (
    name TEXT PRIMARY KEY,
    document TEXT NOT NULL
);
"""
"""`lane`: updates of one lane are told one after another. `telegram_bot`: what the bot's owner has set, as JSON."""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables that are not there yet. The caller has a transaction."""
    for statement in _TABLES.split(";\n"):
        db.execute(statement)
