"""Updates for the bot: rows written with what caused them, told to the webhook or kept for getUpdates."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from app.local.standins.telegram.bot import Webhook
from app.local.standins.telegram.call import Json
from app.local.standins.telegram.faults import TelegramFaults

_FIRST = 100_000_001
_GATHERED_FOR = 1.5
"""Seconds in which updates pile up before they go the wrong way round."""

RETRIES = (0.5, 1, 2, 4, 8, 15, 30)
"""Seconds before the next attempt, the last one for ever: Telegram tries for a day, first soon, then seldom."""


@dataclass(frozen=True)
class Update:
    """A row of `telegram_updates`."""

    id: int
    update_id: int
    lane: str
    kind: str
    body: str
    state: str
    due_at: float
    attempts: int
    last_answer: str

    def document(self) -> Json:
        """As the Bot API's Update."""
        return {"update_id": self.update_id, self.kind: json.loads(self.body)}


def announce(
    db: sqlite3.Connection,
    faults: TelegramFaults,
    webhook: Webhook,
    *,
    kind: str,
    chat_id: int,
    payload: Json,
    now: float,
) -> int | None:
    """Write an update, as often as the switches want; its number, or None when the bot wants none of this kind."""
    if webhook.kinds and kind not in webhook.kinds:
        return None
    body = json.dumps(payload, ensure_ascii=False)
    due = now + faults.update_delay_seconds + (_GATHERED_FOR if faults.updates_out_of_order else 0)
    (last,) = db.execute("SELECT coalesce(max(update_id), ?) FROM telegram_updates", (_FIRST - 1,)).fetchone()
    numbers = [last + 1] * faults.update_copies
    numbers += [last + 2 + extra for extra in range(faults.update_copies_renumbered)]
    # A copy has a lane of its own, so that it arrives together with the first one, not politely after it.
    db.executemany(
        "INSERT INTO telegram_updates (update_id, lane, kind, body, state, due_at) VALUES (?, ?, ?, ?, 'waiting', ?)",
        [(number, f"{chat_id}/{copy}", kind, body, due) for copy, number in enumerate(numbers)],
    )
    return int(last) + 1


def next_of_lanes(db: sqlite3.Connection, *, now: float, backwards: bool) -> list[Update]:
    """What is due of each lane: the first that waits (an earlier one that must be repeated holds up the others).

    `backwards` takes the last one instead.
    """
    end = "max" if backwards else "min"
    rows = db.execute(
        "SELECT * FROM telegram_updates WHERE due_at <= ? AND id IN "  # noqa: S608  our own word
        f"(SELECT {end}(id) FROM telegram_updates WHERE state = 'waiting' GROUP BY lane) ORDER BY id",
        (now,),
    )
    return [Update(**dict(row)) for row in rows]


def record(db: sqlite3.Connection, update: Update, *, was_taken: bool, answer: str, now: float) -> None:
    """Note an attempt to tell the webhook."""
    pause = RETRIES[min(update.attempts, len(RETRIES) - 1)]
    db.execute(
        "UPDATE telegram_updates SET state = ?, attempts = attempts + 1, last_answer = ?, due_at = ? "
        "WHERE id = ? AND state = 'waiting'",
        ("delivered" if was_taken else "waiting", answer, now + pause, update.id),
    )


def pending(db: sqlite3.Connection) -> int:
    """How many wait."""
    (count,) = db.execute("SELECT count(*) FROM telegram_updates WHERE state = 'waiting'").fetchone()
    return int(count)


def recent(db: sqlite3.Connection, limit: int) -> list[Update]:
    """The latest, newest first."""
    rows = db.execute("SELECT * FROM telegram_updates ORDER BY id DESC LIMIT ?", (limit,))
    return [Update(**dict(row)) for row in rows]


def drop_waiting(db: sqlite3.Connection) -> None:
    """Forget what waits."""
    db.execute("UPDATE telegram_updates SET state = 'dropped' WHERE state = 'waiting'")


def try_now(db: sqlite3.Connection) -> None:
    """Make everything that waits due: the webhook has changed, or someone wants it at once."""
    db.execute("UPDATE telegram_updates SET due_at = 0 WHERE state = 'waiting'")


def take(db: sqlite3.Connection, *, offset: int, limit: int, backwards: bool, now: float) -> list[Update]:
    """What getUpdates gives: everything before `offset` counts as received; a negative one counts from the end."""
    if offset < 0:
        row = db.execute(
            "SELECT min(update_id) AS first FROM (SELECT update_id FROM telegram_updates WHERE state = 'waiting' "
            "ORDER BY update_id DESC LIMIT ?)",
            (-offset,),
        ).fetchone()
        offset = row["first"] or 0
    db.execute("UPDATE telegram_updates SET state = 'delivered' WHERE state = 'waiting' AND update_id < ?", (offset,))
    direction = "DESC" if backwards else "ASC"
    rows = db.execute(
        "SELECT * FROM telegram_updates WHERE state = 'waiting' AND due_at <= ? "  # noqa: S608  our own word
        f"ORDER BY update_id {direction}, id LIMIT ?",
        (now, limit),
    )
    return [Update(**dict(row)) for row in rows]
