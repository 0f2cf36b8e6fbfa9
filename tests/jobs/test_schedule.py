"""The clock: each job once a slot, also with two clocks, and again after Redis was away."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from app.jobs.queues import JOB_TIMEOUT, QueueName, connect, queue
from app.jobs.schedule import LEASE, TABLE, Cron, Entry
from app.kit import clock
from tests.jobs.queues import all_waiting
from tests.unit.strategies import moments

NOW = datetime(2027, 3, 4, 10, 0, 0, tzinfo=UTC)


def test_the_first_tick_enqueues_every_job_into_its_queue(redis: Redis) -> None:
    assert Cron(redis).tick(NOW) == len(TABLE)
    for name in QueueName:
        assert Counter(job.func_name for job in queue(name, redis).jobs) == Counter(
            entry.function for entry in TABLE if entry.queue is name
        )


def test_a_nightly_job_never_stands_before_what_comes_every_few_seconds() -> None:
    """A reconciliation may take an hour; Kaspi is asked about open payments all the while, by another worker."""
    frequent, nightly = ([entry for entry in TABLE if (entry.cron is None) is often] for often in (True, False))
    assert {"poll_open", "end_lapsed_holds", "ask_due"} <= {entry.function.rpartition(".")[2] for entry in frequent}
    assert max(entry.seconds for entry in frequent) == JOB_TIMEOUT
    assert {entry.queue for entry in nightly} == {QueueName.SCHEDULED}
    assert not {entry.queue for entry in frequent} & {QueueName.SCHEDULED, QueueName.HIGH_PRIORITY}


def test_a_second_clock_adds_nothing(redis: Redis) -> None:
    Cron(redis).tick(NOW)
    Cron(redis).tick(NOW)
    assert len(all_waiting(redis)) == len(TABLE)


def test_a_tick_in_the_same_slot_adds_nothing_and_the_next_slot_does(redis: Redis) -> None:
    cron = Cron(redis, (Entry("app.jobs.housekeeping.sweep_outbox", QueueName.DEFAULT, every=5),))
    assert [cron.tick(NOW + timedelta(seconds=n)) for n in range(11)] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("utc", "runs"),
    [
        ("2027-03-03T22:09:59", False),
        ("2027-03-03T22:10:01", True),
        ("2027-03-04T22:09:59", True),
    ],
)
def test_nightly_jobs_run_at_ten_past_three_in_almaty(utc: str, runs: bool) -> None:
    """03:10 in Almaty is 22:10 UTC of the day before."""
    entry = next(entry for entry in TABLE if entry.function.endswith("clear_passed_nights"))
    before = datetime(2027, 3, 3, 22, 0, tzinfo=UTC)
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert (entry.slot(moment) != entry.slot(before)) == runs


@given(moments, st.sampled_from(TABLE), st.integers(1, 86_400))
def test_slots_never_go_back(now: datetime, entry: Entry, seconds: int) -> None:
    assert entry.slot(now) <= entry.slot(now + timedelta(seconds=seconds))


def test_the_days_payouts_have_several_chances() -> None:
    """A lock or an outage at nine o'clock in Almaty (04:00 UTC) would cost every landlord a day."""
    entry = next(entry for entry in TABLE if entry.function.endswith("make_payouts"))
    day = datetime(2027, 3, 3, tzinfo=UTC)
    slots = [entry.slot(day + timedelta(hours=hour, minutes=1)) for hour in range(3, 20)]
    assert slots[0] < slots[1] == int((day + timedelta(hours=4)).timestamp())
    assert len(set(slots)) == 11


@given(moments, st.sampled_from([entry for entry in TABLE if entry.cron and "-" not in entry.cron]))
def test_a_nightly_job_has_one_slot_a_day(now: datetime, entry: Entry) -> None:
    slots = {entry.slot(now + timedelta(minutes=minutes)) for minutes in range(0, 24 * 60, 180)}
    assert len(slots) in {1, 2}
    assert entry.slot(now + timedelta(days=1)) - entry.slot(now) == 86_400


def test_without_redis_a_tick_fails_softly_and_is_made_up_for(redis: Redis) -> None:
    """Promise 34 in part: what was due while Redis was away is enqueued when it is back."""
    entry = Entry("app.jobs.housekeeping.forget", QueueName.SCHEDULED, cron="40 3 * * *")
    away = Cron(connect("redis://127.0.0.1:9/0"), (entry,))
    assert away.tick(NOW) == 0
    assert away.tick(NOW) == 0
    back = Cron(redis, (entry,))
    assert back.tick(NOW) == 1


def test_jobs_that_nobody_takes_in_time_do_not_pile_up(redis: Redis) -> None:
    """A job that runs every few seconds is worthless a minute later: it has a time to live."""
    Cron(redis).tick(NOW)
    for name in QueueName:
        for job in queue(name, redis).jobs:
            assert job.ttl is not None
            assert 60 <= job.ttl <= 6 * 3600


# --- one clock ------------------------------------------------------------------------------------


def every_second() -> Entry:
    return Entry("app.jobs.housekeeping.sweep_outbox", QueueName.DEFAULT, every=1)


def test_of_two_clocks_one_ticks_and_the_other_stands_by(redis: Redis) -> None:
    first, second = (Cron(redis, (every_second(),)) for _ in range(2))
    ticks = [(first.tick(NOW + timedelta(seconds=n)), second.tick(NOW + timedelta(seconds=n))) for n in range(5)]
    assert ticks == [(1, 0)] * 5


def test_a_clock_that_stops_is_followed_at_once(redis: Redis) -> None:
    first, second = (Cron(redis, (every_second(),)) for _ in range(2))
    assert first.tick(NOW) == 1
    stop = threading.Event()
    stop.set()
    first.run(stop)
    assert second.tick(NOW + timedelta(seconds=1)) == 1


def test_a_clock_that_died_is_followed_when_its_lease_has_run_out(redis: Redis) -> None:
    first, second = (Cron(redis, (every_second(),)) for _ in range(2))
    first.tick(NOW)
    assert 0 < redis.pttl("cron:leader") <= LEASE * 1000 <= 15_000
    redis.pexpire("cron:leader", 20)
    moment = NOW
    while redis.exists("cron:leader"):
        moment = clock.now()
    assert second.tick(moment) == 1
    assert first.tick(moment + timedelta(seconds=5)) == 0, "it sees that it has lost the lead"


def test_a_new_leader_does_not_repeat_what_the_last_one_did(redis: Redis) -> None:
    """Else every restart would ask yesterday's guests for reviews in the middle of the night."""
    entry = Entry("app.jobs.housekeeping.ask_for_reviews", QueueName.SCHEDULED, cron="0 11 * * *")
    assert Cron(redis, (entry,)).tick(NOW) == 1
    for key in redis.scan_iter():
        if key != b"cron:done":
            redis.delete(key)
    later = Cron(redis, (entry,))
    assert later.tick(NOW + timedelta(hours=1)) == 0
    assert later.tick(NOW + timedelta(days=1)) == 1


def test_a_wiped_redis_costs_the_leader_one_tick_at_most(redis: Redis) -> None:
    cron = Cron(redis, (every_second(),))
    cron.tick(NOW)
    redis.flushdb()
    assert cron.tick(NOW + timedelta(seconds=1)) == 1
