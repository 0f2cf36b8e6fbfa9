"""Payments against bookings: every stay is paid once, and all money that came is for something."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.doctor.finding import Finding, judge, number

_MONEY = """
    SELECT t.id, p.booking_id, p.amendment_id, p.review_reason IS NOT NULL AS is_listed,
        t.id IN (SELECT transaction_id FROM refunds WHERE transaction_id IS NOT NULL)
        OR t.id IN (SELECT split_part(event_key, ':', 2)::bigint FROM ledger_entries
            WHERE kind = 'provider_refunded' AND event_key LIKE 'transaction:%') AS is_returned
    FROM transactions t JOIN payments p ON p.id = t.payment_id WHERE t.kind = 'paid'
"""
"""Each time the provider took money: for what, and whether it went back because it could not become a stay."""

_BOUGHT = """
    SELECT id AS booking_id, NULL::bigint AS amendment_id FROM bookings WHERE confirmed_at IS NOT NULL
    UNION ALL
    SELECT booking_id, id FROM booking_amendments WHERE kind = 'extension' AND status = 'confirmed'
"""
_NOT_PAID_ONCE = f"""
WITH money AS ({_MONEY}), bought AS ({_BOUGHT}), used AS (
    SELECT booking_id, coalesce(amendment_id, 0) AS amendment_id, count(*) AS times,
        count(*) FILTER (WHERE NOT is_listed) AS times_unlisted
    FROM money WHERE NOT is_returned GROUP BY 1, 2
)
SELECT count(*) FROM bought b
LEFT JOIN used u ON u.booking_id = b.booking_id AND u.amendment_id = coalesce(b.amendment_id, 0)
WHERE coalesce(times, 0) = 0 OR times_unlisted > 1
"""  # noqa: S608  # put together from our own fixed texts
_FOR_NOTHING = f"""
WITH money AS ({_MONEY}), bought AS ({_BOUGHT})
SELECT count(*) FROM money m
LEFT JOIN bought b ON b.booking_id = m.booking_id AND coalesce(b.amendment_id, 0) = coalesce(m.amendment_id, 0)
WHERE b.booking_id IS NULL AND NOT is_returned AND NOT is_listed
"""  # noqa: S608  # put together from our own fixed texts


def stays_are_paid_once(session: Session, *, now: datetime) -> Finding:
    """Every confirmed stay and extension is paid by exactly one taking of money; a second one is on the review list."""
    looked_at = number(session, "SELECT count(*) FROM bookings WHERE confirmed_at IS NOT NULL")
    return judge(
        number(session, _NOT_PAID_ONCE),
        good=f"each of {looked_at} confirmed stays is paid once, with its extensions",
        bad="{count} confirmed stays or extensions are not paid, or paid twice without anybody knowing",
    )


def money_is_for_something(session: Session, *, now: datetime) -> Finding:
    """Whatever the provider took is for a stay, went back, or waits on the review list."""
    looked_at = number(session, "SELECT count(*) FROM transactions WHERE kind = 'paid'")
    return judge(
        number(session, _FOR_NOTHING),
        good=f"{looked_at} takings of money are for a stay, went back or are on the review list",
        bad=f"{{count}} of {looked_at} takings of money are for no stay, did not go back and are on no list",
    )


def money_is_shared_in_time(session: Session, *, now: datetime) -> Finding:
    """What was paid is shared within an hour of its time, unless a reported problem keeps it back."""
    late = "SELECT count(*) FROM bookings WHERE settle_at < :now - interval '1 hour' AND frozen_at IS NULL"
    return judge(
        number(session, late, {"now": now}),
        good="the money of every stay that is a day old has been shared",
        bad="the money of {count} stays should have been shared more than an hour ago",
    )


def open_payments_are_asked_about(session: Session, *, now: datetime) -> Finding:
    """A payment that can be paid at Kaspi has its turn of the clock: a lost callback would be a lost payment else."""
    silent = "SELECT count(*) FROM payments WHERE status = 'created' AND next_poll_at IS NULL"
    return judge(
        number(session, silent),
        good="every payment that can be paid is asked about",
        bad="{count} payments can be paid and nobody asks Kaspi about them",
    )


CHECKS = (stays_are_paid_once, money_is_for_something, money_is_shared_in_time, open_payments_are_asked_about)
