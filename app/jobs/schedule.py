"""The cron table, and the loop that puts its jobs into the queues.

Enqueuing is our own because RQ's scheduler pickles its jobs and stops when Redis does. Of several cron processes one
ticks, by a lock. A job's id holds its time slot, so that a new leader adds nothing twice, and a job that no worker took
in time dies in the queue.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from datetime import datetime

import structlog
from croniter import croniter
from redis import Redis
from redis.exceptions import LockError, RedisError
from rq.exceptions import DuplicateJobError

from app.jobs.queues import JOB_TIMEOUT, JOB_TTL, REPEATED_TTL, QueueName, queue
from app.kit import clock
from app.kit.clock import ALMATY

log = structlog.get_logger(__name__)

_HOUSE = "app.jobs.housekeeping"

LEASE = 10.0
"""Seconds until another cron process may take over from one that died."""

_DONE = "cron:done"
"""In Redis, by function: the slot that was enqueued last, so that a new leader begins where the last one ended."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that runs every so many seconds, or by a cron expression on Almaty's clocks."""

    function: str
    queue: QueueName
    every: int | None = None
    cron: str | None = None
    seconds: int = JOB_TIMEOUT
    """It may run for so long."""

    def slot(self, now: datetime) -> int:
        """The number of the time slot `now` is in: it changes when the job is to run again."""
        if self.every is not None:
            return int(now.timestamp()) // self.every
        last = croniter(self.cron, now.astimezone(ALMATY)).get_prev(datetime)
        return int(last.timestamp())


# What comes every few seconds is short and on `default`; what may be long has a time of day and is on `scheduled`.
TABLE: tuple[Entry, ...] = (
    Entry(f"{_HOUSE}.sweep_outbox", QueueName.DEFAULT, every=5),
    Entry(f"{_HOUSE}.sweep_inbox", QueueName.DEFAULT, every=5),
    Entry(f"{_HOUSE}.note_message_statuses", QueueName.NOTIFICATIONS, every=5),
    Entry("app.jobs.audit.chain_audit", QueueName.DEFAULT, every=5),
    Entry("app.jobs.payments.poll_open", QueueName.DEFAULT, every=5),
    Entry("app.jobs.payments.end_lapsed_holds", QueueName.DEFAULT, every=10),
    Entry("app.jobs.refunds.ask_due", QueueName.DEFAULT, every=10),
    Entry("app.jobs.sharing.share_due", QueueName.DEFAULT, every=60),
    Entry("app.jobs.aftercare.give_back_deposits", QueueName.DEFAULT, every=300),
    # A day has one batch: the later hours are for a nine o'clock at which something was away.
    Entry("app.jobs.aftercare.make_payouts", QueueName.SCHEDULED, cron="0 9-18 * * *"),
    Entry("app.jobs.photos.remove_unused_private", QueueName.SCHEDULED, cron="35 3 * * *"),
    Entry(f"{_HOUSE}.send_keys", QueueName.DEFAULT, every=30),
    Entry(f"{_HOUSE}.advance_stays", QueueName.DEFAULT, every=60),
    Entry(f"{_HOUSE}.end_unanswered_requests", QueueName.DEFAULT, every=60),
    Entry(f"{_HOUSE}.price_coming_nights", QueueName.SCHEDULED, cron="20 3 * * *"),
    Entry(f"{_HOUSE}.clear_passed_nights", QueueName.SCHEDULED, cron="10 3 * * *"),
    Entry(f"{_HOUSE}.ask_for_reviews", QueueName.SCHEDULED, cron="0 11 * * *"),
    Entry("app.jobs.reminders.remind_check_in_today", QueueName.SCHEDULED, cron="0 10 * * *"),
    Entry("app.jobs.reminders.remind_check_in_tomorrow", QueueName.SCHEDULED, cron="0 18 * * *"),
    Entry("app.jobs.reminders.remind_check_out_tomorrow", QueueName.SCHEDULED, cron="0 18 * * *"),
    Entry("app.jobs.reports.generate_daily_report", QueueName.SCHEDULED, cron="15 0 * * *"),
    Entry(f"{_HOUSE}.sync_property_availability", QueueName.SCHEDULED, cron="50 3 * * *", seconds=600),
    Entry("app.jobs.reconciliation.nightly", QueueName.SCHEDULED, cron="0 4 * * *", seconds=3600),
    Entry("app.jobs.photos.remove_unused", QueueName.SCHEDULED, cron="25 3 * * *"),
    Entry("app.jobs.audit.chain_whole_audit", QueueName.SCHEDULED, cron="50 3 * * *"),
    Entry(f"{_HOUSE}.forget", QueueName.SCHEDULED, cron="40 3 * * *"),
)


class Leadership:
    """Which of several cron processes is the one that ticks: a lock in Redis that the holder renews at every tick.

    One that dies loses it within `LEASE`; one that stops gives it back at once. Two that both believe to hold it for
    a moment (one was frozen) do no harm: jobs are enqueued by their time slot.
    """

    def __init__(self, connection: Redis) -> None:
        self._lock = connection.lock("cron:leader", timeout=LEASE, blocking=False, thread_local=False)

    def is_ours(self) -> bool:
        """Take the lock, or renew it. Raises RedisError."""
        if self._lock.local.token is not None:
            try:
                return bool(self._lock.reacquire())
            except LockError:  # it ran out, or Redis was wiped
                self._lock.local.token = None
                log.warning("cron_lost_the_lead")
        is_taken = bool(self._lock.acquire())
        if is_taken:
            log.info("cron_leads")
        return is_taken

    def give_back(self) -> None:
        """Let another process take over at once. Raises RedisError."""
        if self._lock.local.token is not None:
            with contextlib.suppress(LockError):
                self._lock.release()


class Cron:
    """Puts each entry into its queue once a slot, while it is the one cron process that leads."""

    def __init__(self, connection: Redis, table: tuple[Entry, ...] = TABLE) -> None:
        self._connection = connection
        self._table = table
        self._leadership = Leadership(connection)
        self._done: dict[Entry, int] | None = None
        """The slot each entry was last enqueued for; None while this process does not lead."""

    def tick(self, now: datetime) -> int:
        """Enqueue what is due at `now`, if this process leads; how many. Without Redis nobody ticks: tried again."""
        try:
            self._done = self._slots_done() if self._leadership.is_ours() else None
        except RedisError as error:
            log.warning("cron_waits_for_redis", error=type(error).__name__)
            self._done = None
        if self._done is None:
            return 0
        due = [(entry, slot) for entry in self._table if (slot := entry.slot(now)) != self._done.get(entry)]
        return sum(self._enqueue(entry, slot) for entry, slot in due)

    def run(self, stop: threading.Event) -> None:
        """Tick every second until `stop` is set."""
        while not stop.wait(1.0):
            self.tick(clock.now())
        with contextlib.suppress(RedisError):
            self._leadership.give_back()

    def _slots_done(self) -> dict[Entry, int]:
        """What has been enqueued: our own knowledge, or, for a new leader, what the last one left in Redis."""
        if self._done is not None:
            return self._done
        slots = self._connection.hmget(_DONE, [entry.function for entry in self._table])
        return {entry: int(slot) for entry, slot in zip(self._table, slots, strict=True) if slot is not None}

    def _enqueue(self, entry: Entry, slot: int) -> bool:
        try:
            with contextlib.suppress(DuplicateJobError):
                queue(entry.queue, self._connection).enqueue_call(
                    entry.function,
                    job_id=f"cron-{entry.function.rpartition('.')[2]}-{slot}",
                    unique=True,
                    timeout=entry.seconds,
                    ttl=max(60, entry.every) if entry.every else 6 * 3600,
                    result_ttl=0,
                    failure_ttl=REPEATED_TTL if entry.every else JOB_TTL,
                )
            self._connection.hset(_DONE, entry.function, str(slot))
        except RedisError as error:
            log.warning("cron_waits_for_redis", error=type(error).__name__)
            return False
        if self._done is not None:
            self._done[entry] = slot
        return True
