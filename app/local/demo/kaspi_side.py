"""`flask demo-kaspi`: Kaspi's stand-in learns of the demo's payments and refunds, as if they had gone through it.

Without that, money of the demo's own stays could not be given back there, and the reconciliation would miss all of it.
They are known on the surface that the product runs on: when `KASPI_MODE` has changed since, they have moved.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import transaction
from app.local.demo.kaspi_numbers import LIKE_THEM
from app.local.standins.settings import TRADE_POINT
from app.local.standins.store import Store

_PAYMENTS = text(
    "SELECT p.id, p.provider_id, p.amount, p.created_at, p.expires_at, p.paid_at, b.reference, t.external_id,"
    " (SELECT coalesce(sum(r.amount), 0) FROM refund_transfers r WHERE r.payment_id = p.id AND r.status = 'done')::int"
    " AS returned FROM payments p JOIN bookings b ON b.id = p.booking_id"
    " JOIN transactions t ON t.payment_id = p.id AND t.kind = 'paid' WHERE p.provider_id ~ :like_them"
)
_PAYMENT = (
    "INSERT INTO kaspi_payments VALUES (?, ?, ?, ?, ?, ?, '', '', ?, ?, '', ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (payment_id) DO UPDATE SET surface = excluded.surface, trade_point = excluded.trade_point"
)
_REFUNDS = text(
    "SELECT r.id, p.provider_id, r.amount, r.done_at FROM refund_transfers r JOIN payments p ON p.id = r.payment_id"
    " WHERE r.status = 'done' AND p.provider_id ~ :like_them"
)


@click.command("demo-kaspi")
@click.option("--standins", envvar="STANDINS_DIR", required=True, help="Where the stand-ins keep their state.")
@with_appcontext
def demo_kaspi(standins: str) -> None:
    """Tell Kaspi's stand-in of the demo's payments and refunds. What became of one there since stays as it is."""
    settings: Settings = current_app.config["SETTINGS"]
    trade_point = (settings.kaspi_qr_trade_point or TRADE_POINT) if settings.kaspi_mode == "qrpay" else None
    with transaction() as session, Store(Path(standins)).writing() as db:
        click.echo(f"Kaspi knows of {tell(session, db, trade_point=trade_point)} payments of the demo.")


def tell(session: Session, db: sqlite3.Connection, *, trade_point: int | None = None) -> int:
    """Write them into the stand-in's books; how many payments there are.

    With a trade point they were paid there, by links of Kaspi Pay QR; without one through the gateway.
    """
    paid = session.execute(_PAYMENTS, {"like_them": LIKE_THEM}).all()
    db.executemany(_PAYMENT, (_payment(row, trade_point) for row in paid))
    moved = [(_number(row), row.provider_id, "payment", row.amount, _at(row.paid_at)) for row in paid]
    for row in session.execute(_REFUNDS, {"like_them": LIKE_THEM}):
        number, at = f"demo-{row.id}", _at(row.done_at)
        refund = (str(row.id), row.provider_id, row.amount, "done", at, "done", at, number)
        db.execute("INSERT OR IGNORE INTO kaspi_refunds VALUES (?, ?, ?, ?, ?, ?, ?, ?)", refund)
        moved.append((number, row.provider_id, "refund", row.amount, at))
    db.executemany("INSERT OR IGNORE INTO kaspi_movements VALUES (?, ?, ?, ?, ?)", moved)
    return len(paid)


def _payment(row: Row[tuple[Any, ...]], trade_point: int | None) -> tuple[object, ...]:
    """The values of `_PAYMENT`, in the order of the table's columns."""
    status = "paid" if not row.returned else "refunded" if row.returned == row.amount else "partially_refunded"
    return (
        *(row.provider_id, "gateway" if trade_point is None else "link", f"demo-{row.id}", str(row.id), row.amount),
        *(f"ЖильеGO, бронь {row.reference}", trade_point, status),
        *(_at(row.created_at), _at(row.expires_at), _at(row.paid_at), row.amount, _number(row)),
        *(row.amount, row.returned),
    )


def _number(row: Row[tuple[Any, ...]]) -> str:
    return str(row.external_id).removeprefix("paid:")


def _at(moment: datetime) -> float:
    return moment.timestamp()
