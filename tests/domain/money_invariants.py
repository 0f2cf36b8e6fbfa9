"""What is true of the ledger of some flats' bookings after whatever happened: plain SQL and arithmetic written anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

_LEDGER = """
SELECT b.id, b.settle_at, b.confirmed_at, b.commission_percent, b.quote,
    (SELECT coalesce(json_object_agg(account, total), '{}') FROM (SELECT account, sum(amount) AS total
        FROM ledger_entries l WHERE l.booking_id = b.id GROUP BY account) AS sums) AS accounts,
    (SELECT coalesce(sum(amount), 0) FROM ledger_entries l WHERE l.booking_id = b.id
        AND kind = 'payment_captured' AND account = 'kaspi_clearing') AS captured,
    (SELECT coalesce(sum(amount), 0) FROM refunds r WHERE r.booking_id = b.id) AS refunded,
    (SELECT coalesce(sum(t.amount), 0) FROM refund_transfers t JOIN refunds r ON r.id = t.refund_id
        WHERE r.booking_id = b.id AND t.status IN ('done', 'by_bank')) AS returned,
    (SELECT coalesce(sum(t.amount), 0) FROM refund_transfers t JOIN refunds r ON r.id = t.refund_id
        WHERE r.booking_id = b.id AND t.status IN ('planned', 'sent')) AS on_its_way,
    (SELECT count(*) FROM ledger_entries l WHERE l.booking_id = b.id AND kind = 'stay_earned') AS shared,
    (SELECT coalesce(sum((line ->> 'back')::bigint), 0) FROM refunds r, jsonb_array_elements(r.lines) AS line
        WHERE r.booking_id = b.id AND line ->> 'part' = 'deposit') AS deposit_back
FROM bookings b WHERE b.property_id = ANY(%s)
"""
_REFUNDS = """
SELECT r.id, r.amount, r.status, r.cause,
    (SELECT coalesce(sum(t.amount), 0) FROM refund_transfers t WHERE t.refund_id = r.id
        AND t.status IN ('done', 'by_bank')) AS finished
FROM refunds r JOIN bookings b ON b.id = r.booking_id WHERE b.property_id = ANY(%s)
"""
_PAYMENTS = """
SELECT p.id, p.captured, p.returned,
    (SELECT coalesce(sum(amount), 0) FROM transactions t WHERE t.payment_id = p.id AND t.kind = 'paid') AS taken,
    (SELECT count(*) FROM refund_transfers t WHERE t.payment_id = p.id AND t.status = 'sent') AS in_flight,
    (SELECT coalesce(sum(amount), 0) FROM refund_transfers t WHERE t.payment_id = p.id
        AND t.status IN ('done', 'by_bank', 'planned', 'sent')) AS going_back
FROM payments p JOIN bookings b ON b.id = p.booking_id WHERE b.property_id = ANY(%s)
"""


def check_money(connection: psycopg.Connection[Any], flats: Sequence[int]) -> None:
    """Every invariant of the money. Raises AssertionError that says which one is violated."""

    def rows(query: str) -> list[Any]:
        with connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query.encode(), (list(flats),)).fetchall()

    for booking in rows(_LEDGER):
        _check_booking(booking)
    for refund in rows(_REFUNDS):
        assert (refund.status == "done") == (refund.finished == refund.amount), ("refund ended", refund)
        assert refund.finished <= refund.amount, ("more went back than was owed", refund)
    for payment in rows(_PAYMENTS):
        assert payment.captured == payment.taken, ("captured", payment)
        assert payment.going_back <= payment.returned <= payment.captured, ("returned", payment)
        assert payment.in_flight <= 1, ("two refunds in flight", payment)


def _check_booking(booking: Any) -> None:
    of: dict[str, int] = {account: int(total) for account, total in booking.accounts.items()}
    assert sum(of.values()) == 0, ("ledger of a booking", booking)
    assert of.get("refunds_payable", 0) == booking.returned - booking.refunded, ("refunds payable", booking)
    assert of.get("kaspi_clearing", 0) + of.get("bank", 0) == booking.captured - booking.returned, ("kaspi", booking)
    deposit = sum(line["amount"] for line in booking.quote if line["kind"] == "deposit") if booking.confirmed_at else 0
    assert of.get("deposits", 0) == booking.deposit_back - deposit, ("deposits", booking)
    earned = -of.get("landlord_payable", 0) - of.get("platform_revenue", 0)
    kept = booking.captured - booking.refunded - (deposit - booking.deposit_back)
    assert of.get("guest_prepayments", 0) == earned - kept, ("prepayments", booking)
    if booking.shared and booking.settle_at is None:
        assert of.get("guest_prepayments", 0) == 0, ("shared, yet money is left", booking)
    if not booking.shared:
        assert earned == 0, ("earned before it was shared", booking)
