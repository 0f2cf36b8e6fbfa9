"""Status callbacks: rows written with the message, due one after another, each sent once as Twilio does.

Twilio repeats none that was answered with an error, and tells the statuses of one message in their order.
"""

from __future__ import annotations

import sqlite3

from app.local.standins import faults as switches
from app.local.standins.twilio.courier import Errand, Told
from app.local.standins.twilio.faults import TwilioFaults
from app.local.standins.twilio.messages import ENDED_AFTER, SENT_AFTER, Sms


def announce(db: sqlite3.Connection, faults: TwilioFaults, sms: Sms, url: str) -> None:
    """Write what `url` will be told of the message, as the switches say. `queued` is what the answer said."""
    due = [("sent", SENT_AFTER), (sms.outcome, ENDED_AFTER)] if sms.outcome != "failed" else [("failed", SENT_AFTER)]
    if faults.callback_out_of_order:
        due = [(status, after) for (status, _), (_, after) in zip(reversed(due), due, strict=True)]
    state = "lost" if faults.callback_lost else "waiting"
    begin = sms.at + faults.callback_delay_seconds
    db.executemany(
        "INSERT INTO sms_callbacks (sid, status, url, state, due_at) VALUES (?, ?, ?, ?, ?)",
        [(sms.sid, status, url, state, begin + after) for status, after in due for _ in range(faults.callback_copies)],
    )


class SmsBook:
    """The status callbacks of SMS, for the courier."""

    def __init__(self, account_sid: str) -> None:
        self._account_sid = account_sid

    def due(self, db: sqlite3.Connection, *, now: float) -> list[Errand]:
        """What is due, oldest first; the statuses of one message in their order."""
        is_forged = switches.load(db, TwilioFaults).callback_forged
        rows = db.execute(
            "SELECT c.id, sid, status, url, sender, recipient, error_code FROM sms_callbacks c JOIN sms USING (sid) "
            "WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, c.id LIMIT 500",
            (now,),
        )
        return [Errand(row["id"], row["sid"], row["url"], self._form(row), is_forged) for row in rows]

    def record(self, db: sqlite3.Connection, told: Told, *, now: float) -> None:
        """Note the attempt, which is the only one."""
        said = told.trouble if told.answer is None else f"HTTP {told.answer.status}"
        db.execute(
            "UPDATE sms_callbacks SET state = ?, attempts = attempts + 1, last_answer = ? WHERE id = ?",
            ("delivered" if told.was_taken else "given_up", said, told.errand.id),
        )

    def _form(self, row: sqlite3.Row) -> dict[str, str]:
        form = {
            "AccountSid": self._account_sid,
            "ApiVersion": "2010-04-01",
            "From": row["sender"],
            "MessageSid": row["sid"],
            "MessageStatus": row["status"],
            "SmsSid": row["sid"],
            "SmsStatus": row["status"],
            "To": row["recipient"],
        }
        has_failed = row["status"] in {"undelivered", "failed"}
        return form | ({"ErrorCode": str(row["error_code"])} if has_failed else {})
