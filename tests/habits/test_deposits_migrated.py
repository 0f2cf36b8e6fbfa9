"""Deposits that were taken before the ledger had an account for them are the guests' afterwards, and go back."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import psycopg
from flask_migrate import upgrade
from sqlalchemy import text

from app import db as database
from app.db import transaction
from app.domain.listings.cities import sync_reference
from app.factory import create_worker_app
from tests.habits.test_migration_data import fill
from tests.services import Services, make_settings

DEPOSIT = 20_000
LINE = json.dumps([{"kind": "deposit", "amount": DEPOSIT, "quantity": 1, "unit_price": None}])


def pay(connection: psycopg.Connection, reference: str) -> None:
    """The booking was paid with a deposit, which the ledger of then did not tell from the rest."""
    values = {"payment": uuid4(), "posting": uuid4(), "reference": reference, "line": LINE}
    connection.execute("UPDATE bookings SET quote = quote || %(line)s WHERE reference = %(reference)s", values)
    connection.execute(
        "INSERT INTO payments (id, booking_id, amount, captured, status, provider_id, expires_at, paid_at, created_at)"
        " SELECT %(payment)s, id, 70000, 70000, 'paid', 'x' || id, now(), now(), now() FROM bookings"
        " WHERE reference = %(reference)s",
        values,
    )
    connection.execute(
        "INSERT INTO ledger_entries (posting_id, kind, account, amount, booking_id, payment_id, at)"
        " SELECT %(posting)s, 'payment_captured', account, amount, b.id, %(payment)s, now() FROM bookings b,"
        " (VALUES ('kaspi_clearing', 70000), ('guest_prepayments', -70000)) AS sides (account, amount)"
        " WHERE b.reference = %(reference)s",
        values,
    )


def test_deposits_of_before_are_told_from_prepayments(services: Services) -> None:
    url = services.create_database()
    app = create_worker_app(make_settings(url, services.redis_url))
    with app.app_context():
        upgrade(revision="0001")
        with transaction() as session:
            sync_reference(session)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            fill(connection)
        upgrade(revision="0003")
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            for reference in ("BCDFGH22", "BCDFGH33"):
                pay(connection, reference)
            connection.execute("UPDATE bookings SET status = 'completed' WHERE reference = 'BCDFGH22'")
        upgrade()
        with transaction() as session:
            rows = session.execute(
                text(
                    "SELECT b.reference, l.account, sum(l.amount) FROM ledger_entries l"
                    " JOIN bookings b ON b.id = l.booking_id GROUP BY 1, 2"
                )
            )
            sums = {(reference, account): int(total) for reference, account, total in rows}
            due = session.execute(text("SELECT reference, deposit_due_at - check_out_at AS after FROM bookings")).all()
        for engine in database.db.engines.values():
            engine.dispose()
    services.drop_database(url)
    for reference in ("BCDFGH22", "BCDFGH33"):
        assert sums[reference, "deposits"] == -DEPOSIT
        assert sums[reference, "guest_prepayments"] == DEPOSIT - 70_000
    assert {row.reference: row.after for row in due} == {"BCDFGH22": timedelta(hours=48), "BCDFGH33": None}
