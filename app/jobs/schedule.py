"""The cron table, and the loop that puts its jobs into the queues.

Enqueuing is our own because RQ's scheduler pickles its jobs and stops when Redis does. A job's id holds its time slot,
so that a second cron process adds nothing, and a job that no worker took in time dies in the queue.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

import structlog
from croniter import croniter
from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import DuplicateJobError

from app.jobs.queues import QueueName, queue
from app.kit import clock
from app.kit.clock import ALMATY

log = structlog.get_logger(__name__)

_HOUSE = "app.jobs.housekeeping"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that runs every so many seconds, or by a cron expression on Almaty's clocks."""

    function: str
    queue: QueueName
    every: int | None = None
    cron: str | None = None

    def slot(self, now: datetime) -> int:
        """The number of the time slot `now` is in: it changes when the job is to run again."""
        if self.every is not None:
            return int(now.timestamp()) // self.every
        last = croniter(self.cron, now.astimezone(ALMATY)).get_prev(datetime)
        return int(last.timestamp())


TABLE: tuple[Entry, ...] = (
    Entry(f"{_HOUSE}.sweep_outbox", QueueName.DEFAULT, every=5),
    Entry(f"{_HOUSE}.sweep_inbox", QueueName.DEFAULT, every=5),
    Entry("app.jobs.audit.chain_audit", QueueName.DEFAULT, every=5),
    Entry("app.jobs.payments.poll_open", QueueName.SCHEDULED, every=5),
    Entry("app.jobs.payments.end_lapsed_holds", QueueName.SCHEDULED, every=10),
    Entry("app.jobs.refunds.ask_due", QueueName.SCHEDULED, every=10),
    Entry("app.jobs.sharing.share_due", QueueName.SCHEDULED, every=60),
    Entry(f"{_HOUSE}.send_keys", QueueName.DEFAULT, every=30),
    Entry(f"{_HOUSE}.advance_stays", QueueName.SCHEDULED, every=60),
    Entry(f"{_HOUSE}.end_unanswered_requests", QueueName.SCHEDULED, every=60),
    Entry(f"{_HOUSE}.price_coming_nights", QueueName.SCHEDULED, cron="20 3 * * *"),
    Entry(f"{_HOUSE}.clear_passed_nights", QueueName.SCHEDULED, cron="10 3 * * *"),
    Entry(f"{_HOUSE}.ask_for_reviews", QueueName.SCHEDULED, cron="0 11 * * *"),
    Entry("app.jobs.photos.remove_unused", QueueName.SCHEDULED, cron="25 3 * * *"),
    Entry("app.jobs.audit.chain_whole_audit", QueueName.SCHEDULED, cron="50 3 * * *"),
    Entry(f"{_HOUSE}.forget", QueueName.SCHEDULED, cron="40 3 * * *"),
)


class Cron:
    """Puts each entry into its queue once a slot."""

    def __init__(self, connection: Redis, table: tuple[Entry, ...] = TABLE) -> None:
        self._connection = connection
        self._done = dict.fromkeys(table, -1)

    def tick(self, now: datetime) -> int:
        """Enqueue what is due at `now`; how many. A Redis that is away is tried again at the next tick."""
        count = 0
        for entry, done in self._done.items():
            slot = entry.slot(now)
            if slot != done and self._enqueue(entry, slot):
                self._done[entry] = slot
                count += 1
        return count

    def run(self, stop: threading.Event) -> None:
        """Tick every second until `stop` is set."""
        while not stop.wait(1.0):
            self.tick(clock.now())

    def _enqueue(self, entry: Entry, slot: int) -> bool:
        ttl = max(60, entry.every or 0) if entry.every else 6 * 3600
        try:
            queue(entry.queue, self._connection).enqueue_call(
                entry.function,
                job_id=f"cron-{entry.function.rpartition('.')[2]}-{slot}",
                unique=True,
                ttl=ttl,
                result_ttl=0,
                failure_ttl=24 * 3600,
            )
        except DuplicateJobError:
            return True
        except RedisError as error:
            log.warning("cron_waits_for_redis", error=type(error).__name__)
            return False
        return True
