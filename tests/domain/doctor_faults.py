"""Faults for the doctor: raw SQL on a healthy database, each named by the check that must see it, and it alone."""

from __future__ import annotations

_POST = "INSERT INTO ledger_entries (posting_id, kind, account, amount, booking_id, event_key, at)"
_BALANCED = (
    "{post} SELECT p.id, '{kind}', a.account, a.amount, (SELECT min(id) FROM bookings), 'planted', now()"
    " FROM (SELECT gen_random_uuid() AS id) AS p, (VALUES ('{into}', 5), ('{out_of}', -5)) AS a (account, amount)"
)

FAULTS: dict[str, tuple[str, ...]] = {
    "occupancies_do_not_overlap": (
        "ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_no_overlap",
        "INSERT INTO occupancies (property_id, kind, during, created_at)"
        " SELECT property_id, 'block', during, now() FROM occupancies WHERE kind = 'booking' LIMIT 1",
    ),
    "bookings_have_their_nights": (
        "UPDATE occupancies SET kind = 'block', booking_id = NULL"
        " WHERE id = (SELECT min(id) FROM occupancies WHERE kind = 'booking' AND amendment_id IS NULL)",
    ),
    "search_index_is_right": ("UPDATE property_search SET busy = ~busy",),
    "holds_end": (
        "UPDATE bookings SET created_at = now() - interval '1 hour', hold_expires_at = now() - interval '6 minutes'"
        " WHERE status = 'held'",
    ),
    "postings_sum_to_zero": (
        f"{_POST} SELECT gen_random_uuid(), 'kaspi_fee', 'bank', n, NULL, 'planted' || n, now()"
        " FROM (VALUES (1), (-1)) AS v (n)",
    ),
    "ledger_sums_to_zero": (f"{_POST} VALUES (gen_random_uuid(), 'kaspi_fee', 'bank', 1, NULL, 'planted', now())",),
    "captured_is_what_was_paid": (
        "UPDATE transactions SET amount = amount + 1 WHERE id = (SELECT min(id) FROM transactions WHERE kind = 'paid')",
    ),
    "no_more_returns_than_was_taken": (
        "UPDATE payments SET returned = returned - 1 WHERE id = (SELECT id FROM payments WHERE returned > 0 LIMIT 1)",
    ),
    "kaspi_holds_what_the_ledger_says": (
        _BALANCED.format(post=_POST, kind="deposit_taken", into="kaspi_clearing", out_of="guest_prepayments"),
    ),
    "stays_are_paid_once": ("UPDATE bookings SET confirmed_at = now() WHERE status = 'held'",),
    "money_is_for_something": (
        "UPDATE bookings SET confirmed_at = NULL WHERE id = (SELECT min(id) FROM bookings WHERE status = 'confirmed')",
    ),
    "money_is_shared_in_time": (
        "UPDATE bookings SET settle_at = now() - interval '61 minutes'"
        " WHERE id = (SELECT min(id) FROM bookings WHERE status = 'confirmed')",
    ),
    "refunds_owed_are_on_their_way": (
        _BALANCED.format(post=_POST, kind="refund_owed", into="guest_prepayments", out_of="refunds_payable"),
    ),
    "refunds_are_answered": (
        "UPDATE refund_transfers SET status = 'sent', sent_at = now() - interval '25 hours' WHERE id ="
        " (SELECT id FROM refund_transfers WHERE status = 'planned' LIMIT 1)",
    ),
    "refunds_are_pursued": ("UPDATE outbox SET done_at = now() WHERE kind = 'send_refund'",),
    "payouts_are_in_transit": (
        "INSERT INTO ledger_entries (posting_id, kind, account, amount, landlord_id, event_key, at)"
        " SELECT p.id, 'payout_sent', a.account, a.amount, (SELECT id FROM users LIMIT 1), 'planted', now()"
        " FROM (SELECT gen_random_uuid() AS id) AS p,"
        " (VALUES ('landlord_payable', 5), ('payouts_in_transit', -5)) AS a (account, amount)",
    ),
    "open_payments_are_asked_about": (
        "UPDATE payments SET status = 'created', provider_id = 'planted', pay_url = 'x', next_poll_at = NULL"
        " WHERE id = (SELECT id FROM payments WHERE status = 'new' LIMIT 1)",
    ),
    "outbox_moves": ("UPDATE outbox SET available_at = now() - interval '11 minutes' WHERE done_at IS NULL",),
    "inbox_moves": ("UPDATE inbox SET available_at = now() - interval '11 minutes'",),
    "chat_replies_are_sent": (
        "UPDATE chat_replies SET created_at = now() - interval '11 minutes'",
        "DELETE FROM outbox WHERE kind = 'send_chat_reply'",
    ),
    "audit_chain_holds": (
        "UPDATE audit_entries SET subject_id = subject_id || '0' WHERE id = (SELECT max(id) FROM audit_entries)",
    ),
    "audit_is_chained": (
        "INSERT INTO audit_entries (at, actor_kind, action, subject_kind, subject_id, details)"
        " VALUES (now() - interval '61 seconds', 'system', 'test.planted', 'test', '1', '{}')",
    ),
    "migrations_are_at_head": ("UPDATE alembic_version SET version_num = '0002'",),
    "keys_open_what_is_sealed": (
        "UPDATE users SET phone_sealed = other.phone_sealed FROM"
        " (SELECT id, phone_sealed FROM users ORDER BY id LIMIT 1) AS other WHERE users.id <> other.id",
    ),
}
"""What must fail. An unbalanced ledger cannot be had without an unbalanced posting: `ALSO`."""

ALSO = {"ledger_sums_to_zero": {"postings_sum_to_zero"}}

WARNINGS: dict[str, tuple[str, ...]] = {
    "refunds_by_bank": ("UPDATE refunds SET status = 'by_bank' WHERE status = 'owed'",),
    "odd_payments_are_looked_at": (
        "UPDATE payments SET created_at = now() - interval '25 hours' WHERE review_reason IS NOT NULL",
    ),
    "dead_letters": ("UPDATE outbox SET dead_at = now(), done_at = NULL",),
    "providers_are_there": ("UPDATE outbox SET trouble_since = now() - interval '61 minutes'",),
    "humans_answer": ("UPDATE help_requests SET asked_at = now() - interval '25 hours'",),
    "migrations_are_at_head": ("UPDATE alembic_version SET version_num = '9999'",),
}
"""What is worth a word and no failure."""

MORE: dict[str, tuple[str, str]] = {
    "an extension's hold": (
        "holds_end",
        "UPDATE booking_amendments SET created_at = now() - interval '1 hour',"
        " hold_expires_at = now() - interval '6 minutes' WHERE status = 'held'",
    ),
    "nights kept by a booking that ended": (
        "bookings_have_their_nights",
        "UPDATE bookings SET status = 'expired', hold_expires_at = NULL WHERE status = 'held'",
    ),
    "nights of other dates": (
        "bookings_have_their_nights",
        "UPDATE bookings SET check_in_at = check_in_at - interval '1 second' WHERE status = 'held'",
    ),
    "a charge that was never posted": (
        "captured_is_what_was_paid",
        "UPDATE ledger_entries SET kind = 'deposit_taken' WHERE kind = 'payment_captured'"
        " AND payment_id = (SELECT id FROM payments WHERE captured > 0 LIMIT 1)",
    ),
    "a second charge nobody knows of": (
        "stays_are_paid_once",
        "WITH forgotten AS (UPDATE refunds SET transaction_id = NULL, cause = 'cancelled_by_staff'"
        " WHERE cause = 'paid_twice' RETURNING booking_id)"
        " UPDATE payments SET review_reason = NULL WHERE booking_id IN (SELECT booking_id FROM forgotten)",
    ),
    "an extension nobody paid": (
        "stays_are_paid_once",
        "UPDATE booking_amendments SET status = 'confirmed', confirmed_at = now(), hold_expires_at = NULL"
        " WHERE status = 'held'",
    ),
    "the table of migrations is gone": ("migrations_are_at_head", "DROP TABLE alembic_version"),
    "a ciphertext of an unknown key": (
        "keys_open_what_is_sealed",
        "UPDATE access_instructions SET details_sealed = set_byte(details_sealed, 1, 99)",
    ),
}
"""Other faults of the same checks: (check, SQL)."""

HARMLESS: dict[str, str] = {
    "a hold that ended a moment ago": "UPDATE bookings SET created_at = now() - interval '1 hour',"
    " hold_expires_at = now() - interval '4 minutes' WHERE status = 'held'",
    "a stay whose money a problem keeps back": "UPDATE bookings SET settle_at = now() - interval '61 minutes',"
    " frozen_at = now() WHERE status = 'confirmed'",
    "a refund asked for today": "UPDATE refund_transfers SET status = 'sent', sent_at = now() - interval '23 hours'"
    " WHERE id = (SELECT id FROM refund_transfers WHERE status = 'planned' LIMIT 1)",
    "a refund that is being asked about": "UPDATE refund_transfers SET status = 'sent', sent_at = now(),"
    " claimed_until = now() + interval '1 minute' WHERE status = 'planned' AND ask_at IS NULL",
    "a dead letter that was dropped": "UPDATE inbox SET dead_at = now(), dropped_at = now()",
    "work that waits for its time": "UPDATE outbox SET available_at = now() + interval '1 hour'",
    "a reply on its way": "UPDATE chat_replies SET created_at = now() - interval '11 minutes'",
    "an act of this moment": "INSERT INTO audit_entries (at, actor_kind, action, subject_kind, subject_id, details)"
    " VALUES (now(), 'system', 'test.planted', 'test', '1', '{}')",
    "Kaspi's fee": _BALANCED.format(post=_POST, kind="kaspi_fee", into="kaspi_fees", out_of="kaspi_clearing"),
}
"""What looks alike and is as it should be."""
