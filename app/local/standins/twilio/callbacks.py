"""Status callbacks: rows written with the message, due one after another, each sent once as Twilio does.

Twilio repeats none that was answered with an error, and tells the statuses of one message in their order.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from app.local.standins.twilio.faults import TwilioFaults
from app.local.standins.twilio.messages import ENDED_AFTER, SENT_AFTER, Sms


@dataclass(frozen=True)
class StatusCallback:
    """A row of `sms_callbacks` with what it says of its message."""

    id: int
    sid: str
    status: str
    url: str
    sender: str
    recipient: str
    error_code: int | None


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


def waiting(db: sqlite3.Connection, *, now: float) -> list[StatusCallback]:
    """What is due, oldest first."""
    rows = db.execute(
        "SELECT c.id, sid, status, url, sender, recipient, error_code FROM sms_callbacks c JOIN sms USING (sid) "
        "WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, c.id LIMIT 500",
        (now,),
    )
    return [StatusCallback(**dict(row)) for row in rows]


def record(db: sqlite3.Connection, callback: StatusCallback, *, was_taken: bool, answer: str) -> None:
    """Note the attempt, which is the only one."""
    db.execute(
        "UPDATE sms_callbacks SET state = ?, attempts = attempts + 1, last_answer = ? WHERE id = ?",
        ("delivered" if was_taken else "given_up", answer, callback.id),
    )
