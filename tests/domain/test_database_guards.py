"""Triggers that no code can forget: records that are never changed, postings that sum to zero.

The controls run in a database of their own without the trigger: what was refused must then go through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from psycopg import errors as pg

from app.db import transaction
from app.jobs.audit import chain_audit
from tests import factories
from tests.domain import reconciliation_row_rules

APPEND_ONLY = ("ledger_entries", "audit_entries", "audit_links", "booking_events", "discrepancy_events")
CHANGES = {
    "ledger_entries": "UPDATE ledger_entries SET at = now()",
    "audit_entries": "UPDATE audit_entries SET action = 'nothing.happened'",
    "audit_links": "UPDATE audit_links SET chained_at = now()",
    "booking_events": "UPDATE booking_events SET reason = 'changed'",
    "discrepancy_events": "UPDATE discrepancy_events SET reason = 'changed'",
}


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    """A connection whose work is always undone."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def with_records(app: Flask, now: datetime) -> tuple[int, UUID]:
    """A paid booking in the shared database, hence rows in each of the tables; its id and its payment's."""
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_paid_booking(
            session, prop, factories.make_user(session), factories.stay_in(9), now=now
        )
        reconciliation_row_rules.make_rows(session, now=now)
        found = booking.id, factories.payment_of(session, booking).id
    chain_audit()
    return found


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("act", ["update", "delete", "truncate"])
def test_records_are_never_changed(with_records: object, database_url: str, table: str, act: str) -> None:
    """Audit, ledger and booking events accept new rows only, whoever asks."""
    statements = {"update": CHANGES[table], "delete": f"DELETE FROM {table}", "truncate": f"TRUNCATE {table} CASCADE"}
    with connected(database_url) as connection, pytest.raises(pg.RestrictViolation):
        connection.execute(statements[act])


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("act", ["update", "delete", "truncate"])
def test_control_without_the_triggers_records_can_be_changed(
    with_records: object, database_url: str, table: str, act: str
) -> None:
    statements = {"update": CHANGES[table], "delete": f"DELETE FROM {table}", "truncate": f"TRUNCATE {table} CASCADE"}
    with connected(database_url) as connection:
        connection.execute("ALTER TABLE audit_links DROP CONSTRAINT fk_audit_links_entry_id")
        connection.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        connection.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        done = connection.execute(statements[act])
        assert act == "truncate" or done.rowcount > 0


def post(connection: psycopg.Connection, booking_id: int, amounts: dict[str, int]) -> None:
    """Write a posting with these amounts and check it now rather than at the commit."""
    posting_id = uuid4()
    for account, amount in amounts.items():
        connection.execute(
            "INSERT INTO ledger_entries (posting_id, kind, account, amount, booking_id, at)"
            " VALUES (%s, 'payment_captured', %s, %s, %s, now())",
            (posting_id, account, amount, booking_id),
        )
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "amounts",
    [
        {"kaspi_clearing": 36_000},
        {"kaspi_clearing": 36_000, "guest_prepayments": -35_999},
        {"kaspi_clearing": 36_000, "guest_prepayments": 36_000},
    ],
)
def test_a_posting_that_does_not_sum_to_zero_is_refused(
    with_records: tuple[int, UUID], database_url: str, amounts: dict[str, int]
) -> None:
    with connected(database_url) as connection, pytest.raises(pg.CheckViolation, match="does not sum to zero"):
        post(connection, with_records[0], amounts)


def test_a_posting_that_sums_to_zero_is_accepted(with_records: tuple[int, UUID], database_url: str) -> None:
    with connected(database_url) as connection:
        post(connection, with_records[0], {"kaspi_clearing": 36_000, "guest_prepayments": -36_000})


def test_control_without_the_trigger_money_can_appear_from_nothing(
    with_records: tuple[int, UUID], database_url: str
) -> None:
    with connected(database_url) as connection:
        connection.execute("DROP TRIGGER ledger_entries_balance ON ledger_entries")
        post(connection, with_records[0], {"kaspi_clearing": 36_000})


def test_the_same_event_of_the_provider_cannot_be_posted_twice(
    with_records: tuple[int, UUID], database_url: str
) -> None:
    booking_id, payment_id = with_records
    with connected(database_url) as connection, pytest.raises(pg.UniqueViolation):
        connection.execute(
            "INSERT INTO ledger_entries (posting_id, kind, account, amount, booking_id, transaction_id, at)"
            " SELECT %s, 'payment_captured', 'kaspi_clearing', 1, %s, id, now()"
            " FROM transactions WHERE payment_id = %s",
            (uuid4(), booking_id, payment_id),
        )


def test_a_payment_is_open_at_most_once_for_a_booking(app: Flask, database_url: str) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(9))
        payment = factories.payment_of(session, booking)
    with connected(database_url) as connection, pytest.raises(pg.UniqueViolation):
        connection.execute(
            "INSERT INTO payments (id, booking_id, amount, status, expires_at, created_at)"
            " SELECT %s, booking_id, amount, 'new', expires_at, now() FROM payments WHERE id = %s",
            (uuid4(), payment.id),
        )
