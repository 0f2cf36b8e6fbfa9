"""The stand-ins' file: made, brought up to date, and written to by many at once."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from app.local.standins import faults as switches
from app.local.standins.kaspi import callbacks, payments, statement
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.store import Store
from app.local.standins.twilio import messages

FIRST_RELEASE = """
CREATE TABLE kaspi_payments (payment_id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0), description TEXT NOT NULL, return_url TEXT NOT NULL,
    status TEXT NOT NULL, created_at REAL NOT NULL, expires_at REAL NOT NULL, paid_at REAL,
    transaction_id TEXT UNIQUE, refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount));
CREATE INDEX kaspi_payments_by_age ON kaspi_payments (created_at);
CREATE TABLE kaspi_refunds (refund_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL REFERENCES kaspi_payments,
    amount INTEGER NOT NULL, status TEXT NOT NULL, settles_at REAL NOT NULL, settles_as TEXT NOT NULL,
    settled_at REAL, transaction_id TEXT NOT NULL UNIQUE);
CREATE TABLE kaspi_callbacks (id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event TEXT NOT NULL,
    payment_id TEXT NOT NULL REFERENCES kaspi_payments, body TEXT NOT NULL, state TEXT NOT NULL,
    first_due_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, last_attempt_at REAL,
    last_answer TEXT NOT NULL DEFAULT '');
CREATE INDEX kaspi_callbacks_waiting ON kaspi_callbacks (due_at) WHERE state = 'waiting';
CREATE INDEX kaspi_callbacks_of_payment ON kaspi_callbacks (payment_id);
CREATE TABLE sms (id INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, recipient TEXT NOT NULL,
    body TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX sms_by_recipient ON sms (recipient, id);
CREATE TABLE faults (provider TEXT PRIMARY KEY, document TEXT NOT NULL);
INSERT INTO kaspi_payments VALUES
    ('pay_1', 't1', 'o1', 58300, 'Студия', 'http://x/', 'partially_refunded', 1, 2, 1763800000, 'tr_1', 300),
    ('pay_2', 't2', 'o2', 700, 'Студия', 'http://x/', 'created', 3, 4e9, NULL, NULL, 0);
INSERT INTO kaspi_refunds VALUES ('r1', 'pay_1', 300, 'done', 5, 'done', 1763800001, 'tr_2');
INSERT INTO kaspi_callbacks VALUES (1, 'evt_1', 'payment.paid', 'pay_1', '{}', 'waiting', 1, 1, 0, NULL, '');
INSERT INTO sms VALUES (1, 'SM1', '+7', '+77010000001', 'Код: 1234', 1);
INSERT INTO faults VALUES ('KaspiFaults', '{"statement_disagrees": true}');
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with the file of the first release."""
    db = sqlite3.connect(tmp_path / "standins.sqlite3")
    db.executescript(FIRST_RELEASE)
    db.close()
    return tmp_path


def test_a_file_of_the_first_release_is_brought_up_to_date_once(old: Path) -> None:
    for _ in range(2):
        with Store(old).reading() as db:
            paid, fresh = payments.find(db, "pay_1"), payments.find(db, "pay_2")
            day = statement.lines(db, date(2025, 11, 22))
            assert [one.event_id for one in callbacks.waiting(db, now=10)] == ["evt_1"]
            assert [sms.is_on_the_phone for sms in messages.thread(db, "+77010000001")] == [True]
            assert switches.load(db, KaspiFaults) == KaspiFaults()
        assert paid is not None
        assert (paid.surface, paid.collected, paid.refunded, paid.returnable) == ("gateway", 58_300, 300, 58_000)
        assert fresh is not None
        assert (fresh.collected, fresh.paid_amount, fresh.is_payable) == (0, None, True)
        assert [(line.kind, line.amount) for line in day] == [("payment", 58_300), ("refund", 300)]


def test_two_processes_that_begin_together_prepare_it_once(old: Path) -> None:
    with ThreadPoolExecutor(4) as starters:
        stores = list(starters.map(Store, [old] * 4))
    with stores[-1].reading() as db:
        assert db.execute("SELECT count(*) FROM kaspi_payments").fetchone()[0] == 2
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert not [row["name"] for row in db.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'old%'")]


def test_an_exception_undoes_what_was_written(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def write_and_fail() -> None:
        with store.writing() as db:
            switches.save(db, KaspiFaults(callback_lost=True))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with store.reading() as db:
        assert not switches.load(db, KaspiFaults).callback_lost


def test_reading_writes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"), store.reading() as db:
        switches.save(db, KaspiFaults(callback_lost=True))
    with store.writing() as db:
        switches.save(db, KaspiFaults())


def _message(number: int) -> messages.Sms:
    return messages.draft(sender="+7", recipient=f"+7701{number:07}", body="x", outcome="delivered", now=0.0)


def test_many_small_writes_are_all_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with ThreadPoolExecutor(16) as senders:
        list(senders.map(lambda n: store.write_together(lambda db: messages.keep(db, _message(n))), range(500)))
    with store.reading() as db:
        assert db.execute("SELECT count(DISTINCT recipient) FROM sms").fetchone()[0] == 500


def test_a_failed_write_is_told_to_whoever_it_belongs_to_and_the_next_one_works(tmp_path: Path) -> None:
    store = Store(tmp_path)
    same = _message(1)
    store.write_together(lambda db: messages.keep(db, same))
    with pytest.raises(sqlite3.IntegrityError):
        store.write_together(lambda db: messages.keep(db, same))
    store.write_together(lambda db: messages.keep(db, _message(2)))
    with store.reading() as db:
        assert db.execute("SELECT count(*) FROM sms").fetchone()[0] == 2
