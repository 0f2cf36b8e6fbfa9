"""Whatever is put off has someone who does it: queues, outbox kinds, providers' messages, scheduled jobs."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from app.config import ROOT
from app.domain.inbox import CHATS
from app.jobs import inbox, outbox
from app.jobs.queues import WORKERS, QueueName
from app.jobs.schedule import TABLE
from app.jobs.wake import QUEUE_OF
from app.local.run.layout import Layout
from app.local.run.product import Ports, product_plan
from app.models import InboxProvider, NotificationKind, OutboxKind


def workers_of(commands: list[tuple[str, ...]]) -> list[str]:
    """The names of the workers that these commands start."""
    return [command[command.index("--worker") + 1] for command in commands if "--worker" in command]


def test_every_queue_has_exactly_one_worker_and_there_is_one_clock(tmp_path: Path) -> None:
    """Several queues on one worker are not popped atomically: one queue a process."""
    plan = product_plan()
    assert plan.processes is not None
    commands = [spec.command for spec in plan.processes(Layout(tmp_path), Ports(20_000, 20_001))]
    assert sorted(WORKERS[name] for name in workers_of(commands)) == sorted(QueueName)
    assert sum("--cron" in command for command in commands) == 1


def test_a_queue_without_a_worker_would_be_found() -> None:
    found = workers_of([("python", "rq_worker.py", "--worker", "payments"), ("python", "-m", "granian")])
    assert found == ["payments"]
    assert {WORKERS[name] for name in found} != set(QueueName)


def test_the_jobs_of_the_source_architecture_are_what_is_called() -> None:
    assert inbox.JOBS[InboxProvider.KASPI] is inbox.process_kaspi_payment
    handler = outbox.TOPICS[NotificationKind.BOOKING_CONFIRMED]
    assert "send_booking_confirmation" in handler.__code__.co_names
    scheduled = {entry.function.rpartition(".")[2] for entry in TABLE}
    assert {"generate_daily_report", "sync_property_availability"} <= scheduled


def test_every_kind_of_outbox_item_has_a_handler_and_a_queue() -> None:
    assert set(outbox.HANDLERS) == set(QUEUE_OF) == set(OutboxKind)


def test_every_provider_that_calls_us_has_someone_who_handles_it() -> None:
    assert set(inbox.JOBS) | set(CHATS) == set(InboxProvider)
    assert not set(inbox.JOBS) & set(CHATS)


def callable_by_name(dotted: str) -> bool:
    """Can a worker import this function and call it without arguments?"""
    module_name, _, name = dotted.rpartition(".")
    try:
        function = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError):
        return False
    try:
        inspect.signature(function).bind()
    except TypeError:
        return False
    return True


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.function.rpartition(".")[2])
def test_scheduled_jobs_can_be_called(entry: object) -> None:
    assert callable_by_name(entry.function)  # type: ignore[attr-defined]
    assert (entry.every is None) != (entry.cron is None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["app.jobs.housekeeping.nothing", "app.nowhere.job", "app.jobs.inbox.handle"])
def test_a_scheduled_job_that_cannot_be_called_would_be_found(name: str) -> None:
    assert not callable_by_name(name)


def test_scheduled_jobs_have_different_ids() -> None:
    """The id of a scheduled job is made of the function's last name and its slot."""
    names = [entry.function.rpartition(".")[2] for entry in TABLE]
    assert len(names) == len(set(names))


def test_jobs_woken_by_name_exist() -> None:
    """Jobs are enqueued by dotted name, which no type checker follows."""
    source = (ROOT / "app" / "jobs" / "wake.py").read_text()
    names = re.findall(r'"(app\.jobs\.[a-z_.]+)"', source)
    assert len(names) == 1
    for name in names:
        module, _, function = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function))
