"""Writes that the tables of money must refuse, one for each CHECK (see test_row_rules.py), and rows to try them on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.checkout import cancel
from app.domain.checkout.settle import settle
from app.models import Property, Transaction
from tests import factories

_ENTRY = "INSERT INTO ledger_entries (posting_id, kind, account, amount, booking_id, event_key, landlord_id, at)"

CASES: dict[str, str] = {
    "ck_bookings_commission_sensible": "UPDATE bookings SET commission_percent = 51",
    "ck_payments_returned_was_captured": "UPDATE payments SET returned = captured + 1",
    "ck_payments_only_flagged_reviewed": "UPDATE payments SET reviewed_at = now(), review_reason = NULL",
    "ck_ledger_entries_landlord_where_due": f"{_ENTRY}"
    " SELECT gen_random_uuid(), 'stay_earned', 'landlord_payable', 1, id, NULL, NULL, now() FROM bookings LIMIT 1",
    "ck_ledger_entries_event_key_length": f"{_ENTRY}"
    " SELECT gen_random_uuid(), 'kaspi_fee', 'bank', 1, NULL, '', NULL, now()",
    "ck_refunds_status_known": "UPDATE refunds SET status = 'lost' WHERE status <> 'done'",
    "ck_refunds_stray_money_has_transaction": "UPDATE refunds SET cause = 'paid_twice' WHERE cause <> 'shortened'"
    " AND transaction_id IS NULL",
    "ck_refunds_done_has_moment": "UPDATE refunds SET status = 'done' WHERE done_at IS NULL",
    "ck_refund_transfers_status_known": "UPDATE refund_transfers SET status = 'lost' WHERE done_at IS NULL",
    "ck_refund_transfers_amount_positive": "UPDATE refund_transfers SET amount = 0",
    "ck_refund_transfers_done_has_moment": "UPDATE refund_transfers SET status = 'done' WHERE done_at IS NULL",
    "ck_refund_transfers_refused_has_failure": "UPDATE refund_transfers SET status = 'refused' WHERE done_at IS NULL",
    "ck_refund_transfers_failure_short": "UPDATE refund_transfers SET failure = repeat('x', 101)",
    "ck_refund_transfers_attempts_not_negative": "UPDATE refund_transfers SET attempts = -1",
}

UNIQUE: dict[str, str] = {
    "uq_refund_transfers_in_flight": "INSERT INTO refund_transfers"
    " (id, refund_id, payment_id, amount, status, attempts, created_at)"
    " SELECT gen_random_uuid(), refund_id, payment_id, 1, 'sent', 1, now()"
    " FROM refund_transfers, (VALUES (1), (2)) AS twice WHERE refund_id ="
    " (SELECT refund_id FROM refund_transfers LIMIT 1)",
    "uq_refunds_transaction_id": "INSERT INTO refunds"
    " (id, booking_id, transaction_id, cause, status, amount, lines, created_at)"
    " SELECT gen_random_uuid(), booking_id, transaction_id, cause, 'owed', amount, lines, created_at FROM refunds"
    " WHERE transaction_id IS NOT NULL LIMIT 1",
    "uq_refunds_deposit": "INSERT INTO refunds (id, booking_id, cause, status, amount, lines, created_at)"
    " SELECT gen_random_uuid(), id, 'deposit', 'owed', 1, '[]', now()"
    " FROM (SELECT id FROM bookings LIMIT 1) AS booking, (VALUES (1), (2)) AS twice",
    "uq_ledger_entries_kind_event_key_account": f"{_ENTRY}"
    " SELECT gen_random_uuid(), 'kaspi_fee', 'kaspi_fees', 1, NULL, 'twice', NULL, now()"
    " FROM (VALUES (1), (2)) AS twice",
}
"""What may be there once: another such row is refused by the index of this name."""


def make_rows(session: Session, prop: Property, *, now: datetime) -> None:
    """A stay that was cancelled, whose money goes back, and one that was paid twice."""
    guest = factories.make_user(session)
    ended = factories.make_paid_booking(session, prop, guest, factories.stay_in(80), now=now)
    cancel.cancel(session, ended.reference, actor=Actor.guest(guest), now=now)
    twice = factories.make_paid_booking(session, prop, guest, factories.stay_in(90), now=now)
    payment = factories.payment_of(session, twice)
    settle(session, factories.paid_event(payment, at=now, transaction_id=f"again-{payment.id}"), now=now)
    session.flush()
    assert session.scalars(select(Transaction.id).where(Transaction.payment_id == payment.id)).all()
