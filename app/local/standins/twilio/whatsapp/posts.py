"""What the business is told: fates of its messages, and what people write to it.

A fate is told once, as Twilio does. What a person writes is posted again after a failed connection, a time-out or a
5xx: up to five times within 15 s, which Twilio does for a number whose webhook address ends with `#rc=5&rp=ct,rt,5xx`
(https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides; without it only a failed connection is tried
again, once). After that it is gone (11200), and the phone shows that nobody got it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping

from app.local.standins import faults as switches
from app.local.standins.twilio.courier import Errand, Told
from app.local.standins.twilio.whatsapp.faults import WhatsAppFaults
from app.local.standins.twilio.whatsapp.messages import Message

_RETRIES = 5
_RETRY_SECONDS = 15.0
_FIRST_PAUSE = 0.3
_HELD_SECONDS = 3.0
_OVERTAKEN_SECONDS = 0.3

_EMPTY_TWIML = re.compile(r"\s*(<\?xml[^>]*\?>)?\s*<Response\s*(/>|>\s*</Response\s*>)\s*")


def announce_fate(
    db: sqlite3.Connection, faults: WhatsAppFaults, message: Message, url: str, form: Mapping[str, str]
) -> None:
    """Write what `url` will be told of the message; `form` is what every status has in common."""
    due = message.steps()
    if faults.callback_out_of_order:
        due = [(status, after) for (status, _), (_, after) in zip(reversed(due), due, strict=True)]
    begin = message.at + faults.callback_delay_seconds
    for status, after in due:
        told = {**form, "MessageStatus": status, "SmsStatus": status}
        if status in {"undelivered", "failed"}:
            told["ErrorCode"] = str(message.error_code)
        _put(
            db,
            message,
            "status",
            url,
            told,
            due_at=begin + after,
            copies=faults.callback_copies,
            is_lost=faults.callback_lost,
        )


def announce_inbound(
    db: sqlite3.Connection, faults: WhatsAppFaults, message: Message, url: str, form: Mapping[str, str]
) -> None:
    """Write that `url` is to be told what a person wrote."""
    due_at = message.at + faults.inbound_delay_seconds
    if faults.inbound_out_of_order:
        overtaken = db.execute(
            "UPDATE whatsapp_posts SET due_at = ? WHERE phone = ? AND kind = 'inbound' AND state = 'waiting' "
            "AND attempts = 0 AND due_at > ?",
            (due_at + _OVERTAKEN_SECONDS, message.phone, due_at + _OVERTAKEN_SECONDS),
        )
        due_at += 0.0 if overtaken.rowcount else _HELD_SECONDS
    _put(db, message, "inbound", url, form, due_at=due_at, copies=faults.inbound_copies)


def _put(
    db: sqlite3.Connection,
    message: Message,
    kind: str,
    url: str,
    form: Mapping[str, str],
    *,
    due_at: float,
    copies: int,
    is_lost: bool = False,
) -> None:
    row = (message.sid, message.phone, kind, url, json.dumps(form), "lost" if is_lost else "waiting", due_at, due_at)
    db.executemany(
        "INSERT INTO whatsapp_posts (sid, phone, kind, url, form_json, state, first_due_at, due_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [row] * copies,
    )


class WhatsAppBook:
    """Fates and people's messages, for the courier."""

    def due(self, db: sqlite3.Connection, *, now: float) -> list[Errand]:
        """What is due, oldest first; nothing overtakes a person's message that has to be posted again."""
        faults = switches.load(db, WhatsAppFaults)
        rows = db.execute(
            "SELECT id, sid, phone, kind, url, form_json FROM whatsapp_posts p "
            "WHERE state = 'waiting' AND due_at <= ? AND NOT (kind = 'inbound' AND EXISTS ("
            "SELECT 1 FROM whatsapp_posts e WHERE e.state = 'waiting' AND e.phone = p.phone AND e.kind = 'inbound' "
            "AND e.attempts > 0 AND e.id < p.id)) ORDER BY due_at, id LIMIT 500",
            (now,),
        )
        return [
            Errand(
                row["id"],
                row["sid"] if row["kind"] == "status" else row["phone"],
                row["url"],
                json.loads(row["form_json"]),
                faults.callback_forged if row["kind"] == "status" else faults.inbound_forged,
                keeps_order=row["kind"] == "inbound",
            )
            for row in rows
        ]

    def record(self, db: sqlite3.Connection, told: Told, *, now: float) -> None:
        """Note the attempt, and when the next one is due if there is to be one."""
        row = db.execute(
            "SELECT kind, attempts, first_due_at FROM whatsapp_posts WHERE id = ?", (told.errand.id,)
        ).fetchone()
        is_inbound = row["kind"] == "inbound"
        trouble, is_passing = _trouble(told, is_inbound=is_inbound)
        pause = _FIRST_PAUSE * 2 ** row["attempts"]
        is_again = (
            is_inbound
            and is_passing
            and row["attempts"] < _RETRIES
            and now + pause <= row["first_due_at"] + _RETRY_SECONDS
        )
        state = "delivered" if trouble is None else "waiting" if is_again else "given_up"
        said = trouble or f"HTTP {told.answer.status if told.answer else ''}"
        db.execute(
            "UPDATE whatsapp_posts SET state = ?, attempts = attempts + 1, last_answer = ?, due_at = ? WHERE id = ?",
            (state, said, now + pause, told.errand.id),
        )


def _trouble(told: Told, *, is_inbound: bool) -> tuple[str | None, bool]:
    """What was wrong with the answer (None: nothing), and whether it may be better next time."""
    answer = told.answer
    if answer is None:
        return told.trouble, True
    if not answer.is_success:
        return f"HTTP {answer.status}", answer.status >= 500
    if not is_inbound or not answer.body.strip():
        return None, False
    if answer.content_type.partition(";")[0].strip().lower() not in {"text/xml", "application/xml"}:
        return f"12300: ответ не TwiML, а {answer.content_type or 'без типа'}", False
    if not _EMPTY_TWIML.fullmatch(answer.body):
        return "12100: в ответе не пустой <Response/>; команды TwiML стенд не выполняет", False
    return None, False


def fates(db: sqlite3.Connection, phone: str) -> dict[str, tuple[str, str]]:
    """Of the latest messages that a person wrote: the state of its post and the last answer, by Twilio's id."""
    rows = db.execute(
        "SELECT sid, state, last_answer FROM whatsapp_posts WHERE phone = ? AND kind = 'inbound' "
        "ORDER BY id DESC LIMIT 1000",
        (phone,),
    )
    return {row["sid"]: (row["state"], row["last_answer"]) for row in rows}
