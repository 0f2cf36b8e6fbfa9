"""WhatsApp's tables in the stand-ins' file. Moments are unix seconds; texts of type JSON are named so."""

from __future__ import annotations

TABLES = """
CREATE TABLE IF NOT EXISTS whatsapp_people (
    phone TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    wrote_at REAL,
    is_blocking INTEGER NOT NULL DEFAULT 0,
    has_opted_out INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS whatsapp_contents (
    sid TEXT PRIMARY KEY,
    document_json TEXT NOT NULL,
    created_at REAL NOT NULL,
    approval_json TEXT
);
CREATE TABLE IF NOT EXISTS whatsapp_messages (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    phone TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('to_person', 'from_person')),
    face_json TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('read', 'delivered', 'undelivered', 'failed')),
    error_code INTEGER,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS whatsapp_messages_of_phone ON whatsapp_messages (phone, id);
CREATE TABLE IF NOT EXISTS whatsapp_media (
    sid TEXT PRIMARY KEY,
    message_sid TEXT NOT NULL REFERENCES whatsapp_messages (sid),
    content_type TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS whatsapp_media_of_message ON whatsapp_media (message_sid);
CREATE TABLE IF NOT EXISTS whatsapp_posts (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL REFERENCES whatsapp_messages (sid),
    phone TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('status', 'inbound')),
    url TEXT NOT NULL,
    form_json TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'lost', 'given_up')),
    first_due_at REAL NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS whatsapp_posts_waiting ON whatsapp_posts (due_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS whatsapp_posts_of_phone ON whatsapp_posts (phone, id) WHERE kind = 'inbound';
CREATE INDEX IF NOT EXISTS whatsapp_posts_in_line ON whatsapp_posts (phone, id)
    WHERE kind = 'inbound' AND state = 'waiting';
"""
