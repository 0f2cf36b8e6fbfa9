"""The ledger in itself, and against what Kaspi told of payments and refunds. Amounts are tenge."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.doctor.finding import Finding, judge, number
from app.domain.doctor.refunds import SHARES

_UNBALANCED = """
SELECT count(*) FROM (SELECT FROM ledger_entries GROUP BY posting_id HAVING sum(amount) <> 0) AS each
"""
_CAPTURED = """
SELECT count(*) FROM payments p
LEFT JOIN (SELECT payment_id, sum(amount) AS told FROM transactions WHERE kind = 'paid' GROUP BY payment_id) AS t
    ON t.payment_id = p.id
LEFT JOIN (SELECT payment_id, sum(amount) AS posted FROM ledger_entries
    WHERE kind = 'payment_captured' AND account = 'kaspi_clearing' GROUP BY payment_id) AS l ON l.payment_id = p.id
WHERE p.captured <> coalesce(told, 0) OR p.captured <> coalesce(posted, 0)
"""
_RETURNED = f"""
SELECT count(*) FROM payments p
LEFT JOIN (SELECT payment_id, sum(amount) AS going FROM ({SHARES}) AS share GROUP BY payment_id) AS c
    ON c.payment_id = p.id
LEFT JOIN (SELECT payment_id, sum(amount) AS unasked FROM ledger_entries
    WHERE kind = 'provider_refunded' AND account = 'guest_prepayments' GROUP BY payment_id) AS l ON l.payment_id = p.id
WHERE p.returned > p.captured OR p.returned <> coalesce(going, 0) + coalesce(unasked, 0)
"""  # noqa: S608  # put together from our own fixed texts
_CLEARING = """
SELECT count(*) FROM payments p
LEFT JOIN (SELECT payment_id, sum(amount) AS gone FROM refund_transfers WHERE status = 'done' GROUP BY payment_id) AS t
    ON t.payment_id = p.id
LEFT JOIN (SELECT payment_id, sum(amount) AS unasked FROM ledger_entries
    WHERE kind = 'provider_refunded' AND account = 'guest_prepayments' GROUP BY payment_id) AS r ON r.payment_id = p.id
FULL JOIN (SELECT payment_id, sum(amount) AS held FROM ledger_entries
    WHERE account = 'kaspi_clearing' AND kind NOT IN ('kaspi_fee', 'kaspi_settled') GROUP BY payment_id) AS l
    ON l.payment_id = p.id
WHERE coalesce(held, 0) <> coalesce(p.captured - coalesce(gone, 0) - coalesce(unasked, 0), 0)
"""

_IN_TRANSIT = """
SELECT count(*) FROM (SELECT landlord_id, sum(amount) AS amount FROM payouts WHERE status IN ('created', 'exported')
    GROUP BY landlord_id) AS p
FULL JOIN (SELECT landlord_id, -sum(amount) AS amount FROM ledger_entries WHERE account = 'payouts_in_transit'
    GROUP BY landlord_id) AS l ON l.landlord_id = p.landlord_id
WHERE coalesce(p.amount, 0) <> coalesce(l.amount, 0)
"""


def postings_sum_to_zero(session: Session, *, now: datetime) -> Finding:
    """Every posting's lines sum to zero, whatever the deferred trigger says."""
    looked_at = number(session, "SELECT count(DISTINCT posting_id) FROM ledger_entries")
    return judge(
        number(session, _UNBALANCED),
        good=f"each of {looked_at} postings sums to zero",
        bad=f"{{count}} of {looked_at} postings do not sum to zero",
    )


def ledger_sums_to_zero(session: Session, *, now: datetime) -> Finding:
    """All accounts together hold nothing."""
    rest = number(session, "SELECT sum(amount) FROM ledger_entries")
    return judge(
        abs(rest), good="the whole ledger sums to zero", bad=f"the whole ledger sums to {rest} ₸ instead of zero"
    )


def captured_is_what_was_paid(session: Session, *, now: datetime) -> Finding:
    """What a payment says was taken is what the provider told and what was posted."""
    looked_at = number(session, "SELECT count(*) FROM payments")
    return judge(
        number(session, _CAPTURED),
        good=f"{looked_at} payments, the provider's words and the ledger agree on what was taken",
        bad=f"{{count}} of {looked_at} payments differ from the provider's words or the ledger on what was taken",
    )


def no_more_returns_than_was_taken(session: Session, *, now: datetime) -> Finding:
    """What goes back of a payment is its shares of refunds and what the provider gave back: never more than came."""
    return judge(
        number(session, _RETURNED),
        good="what goes back of each payment follows from its refunds and is not more than came",
        bad="of {count} payments more goes back than came, or something else than their refunds say",
    )


def kaspi_holds_what_the_ledger_says(session: Session, *, now: datetime) -> Finding:
    """Clearing is what was taken less what went back, payment by payment; fees and settlements stand apart.

    Lines of no payment that are neither count as one more.
    """
    return judge(
        number(session, _CLEARING),
        good="clearing is what was taken less what went back, fees and settlements apart",
        bad="clearing differs from what was taken less what went back for {count} payments",
    )


def payouts_are_in_transit(session: Session, *, now: datetime) -> Finding:
    """What is in transit to each landlord is the payouts that the bank has neither confirmed nor returned."""
    return judge(
        number(session, _IN_TRANSIT),
        good="money in transit to landlords is the payouts whose end the bank has not told",
        bad="for {count} landlords the ledger has other payouts in transit than there are",
    )


CHECKS = (
    postings_sum_to_zero,
    ledger_sums_to_zero,
    captured_is_what_was_paid,
    no_more_returns_than_was_taken,
    kaspi_holds_what_the_ledger_says,
    payouts_are_in_transit,
)
