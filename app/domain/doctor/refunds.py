"""Refunds: what is owed to guests is on its way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.doctor.finding import Finding, Verdict, judge, number

SHARES = """
    SELECT DISTINCT ON (refund_id, payment_id) refund_id, payment_id, amount, status
    FROM refund_transfers ORDER BY refund_id, payment_id, created_at DESC, status = 'refused'
"""
"""A refund's share of a payment is asked for anew after a refusal: the last transfer stands for the share."""

_PAYABLE = f"""
WITH unfinished AS (
    SELECT r.booking_id, sum(s.amount) AS amount FROM ({SHARES}) AS s JOIN refunds r ON r.id = s.refund_id
    WHERE s.status NOT IN ('done', 'by_bank') GROUP BY r.booking_id
), payable AS (
    SELECT booking_id, -sum(amount) AS amount FROM ledger_entries WHERE account = 'refunds_payable' GROUP BY booking_id
)
SELECT count(*) FROM payable p FULL JOIN unfinished u ON u.booking_id = p.booking_id
WHERE coalesce(p.amount, 0) <> coalesce(u.amount, 0)
"""  # noqa: S608  # put together from our own fixed texts

_FORGOTTEN = """
SELECT count(*) FROM refund_transfers t
WHERE t.status IN ('planned', 'sent') AND t.ask_at IS NULL AND coalesce(t.claimed_until < :now, true) AND NOT EXISTS (
    SELECT FROM outbox o WHERE o.kind = 'send_refund' AND o.subject_id = t.id::text
        AND o.done_at IS NULL AND o.dropped_at IS NULL
)
"""

_UNSEEN = (
    "SELECT count(*) FROM payments WHERE review_reason IS NOT NULL AND reviewed_at IS NULL"
    " AND created_at < :now - interval '24 hours'"
)


def refunds_owed_are_on_their_way(session: Session, *, now: datetime) -> Finding:
    """The ledger owes guests exactly the transfers that are not finished, booking by booking."""
    owed = -number(session, "SELECT sum(amount) FROM ledger_entries WHERE account = 'refunds_payable'")
    return judge(
        number(session, _PAYABLE),
        good=f"the {owed} ₸ owed to guests are transfers that have not ended",
        bad="of {count} bookings the ledger owes something else than their transfers bring back",
    )


def refunds_are_answered(session: Session, *, now: datetime) -> Finding:
    """No transfer that was asked for waits for the provider's last word for more than a day."""
    old = "SELECT count(*) FROM refund_transfers WHERE status = 'sent' AND sent_at < :now - interval '24 hours'"
    return judge(
        number(session, old, {"now": now}),
        good="no refund has been waiting for Kaspi's answer for a day",
        bad="{count} refunds have been waiting for Kaspi's answer for more than 24 hours",
    )


def refunds_are_pursued(session: Session, *, now: datetime) -> Finding:
    """Every transfer that has not ended has a turn of the clock, an asker, or work in the outbox (perhaps given up)."""
    return judge(
        number(session, _FORGOTTEN, {"now": now}),
        good="every refund on its way is sent or asked about",
        bad="{count} refunds have not ended and nobody asks about them: `flask refunds ask`",
    )


def refunds_by_bank(session: Session, *, now: datetime) -> Finding:
    """Refunds that Kaspi refused and staff is to transfer: a warning."""
    return judge(
        number(session, "SELECT count(*) FROM refunds WHERE status = 'by_bank'"),
        good="no refund waits for a transfer by bank",
        bad="{count} refunds wait for a transfer by bank",
        worst=Verdict.WARNING,
    )


def odd_payments_are_looked_at(session: Session, *, now: datetime) -> Finding:
    """No payment of an earlier day waits on the review list: a warning."""
    return judge(
        number(session, _UNSEEN, {"now": now}),
        good="no payment has been on the review list for a day",
        bad="{count} payments have been on the review list for more than a day: `flask refunds review`",
        worst=Verdict.WARNING,
    )


CHECKS = (
    refunds_owed_are_on_their_way,
    refunds_are_answered,
    refunds_are_pursued,
    refunds_by_bank,
    odd_payments_are_looked_at,
)
