"""`flask work …`: what waits, what was given up, and starting it again or dropping it for a reason."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext
from redis import Redis
from redis.exceptions import RedisError

from app.db import transaction
from app.domain import audit, dead_letters
from app.domain.actor import Actor
from app.domain.dead_letters import DropReason, Source
from app.jobs import failed
from app.jobs import outbox as outbox_job
from app.jobs.queues import connect
from app.kit import clock
from app.models import ActorKind

OPERATOR = Actor(ActorKind.STAFF)
"""Whoever may run commands; a command knows no accounts."""

_JOB = "job"
_SOURCES = click.Choice([*(each.value for each in Source), _JOB])
_REASONS = click.Choice([each.value for each in DropReason])


@click.group()
def work() -> None:
    """Work in the background: what waits, and what was given up."""


@work.command()
@with_appcontext
def status() -> None:
    """Print what is due, put off and dead of each kind, and the queues with their workers."""
    now = clock.now()
    with transaction() as session:
        backlog = dead_letters.backlog(session, now=now)
    for each in backlog:
        age = f", the oldest for {_age(each.oldest, now)}" if each.oldest else ""
        click.echo(f"{each.source} {each.kind}: {each.due} due{age}, {each.later} later, {each.dead} dead")
        if each.trouble_since:
            since = f"{each.trouble_since:%Y-%m-%d %H:%M} UTC"
            click.echo(f"    {each.in_trouble} of them wait for a provider that is away, the first since {since}")
    if not backlog:
        click.echo("nothing waits, nothing is dead")
    with _redis() as connection:
        for state in failed.states(connection):
            workers = ", ".join(state.workers) or "no worker"
            click.echo(f"queue {state.queue}: {state.waiting} waiting, {state.failed} failed; {workers}")


@work.command()
@click.option("--kind", help="only this outbox kind or provider")
@with_appcontext
def dead(kind: str | None) -> None:
    """Print the dead letters, newest first: where, id, kind, about what, attempts, last error, since when."""
    with transaction() as session:
        letters = dead_letters.listed(session, kind=kind)
    for letter in letters:
        click.echo(
            f"{letter.source} {letter.id}  {letter.kind}  {letter.subject}  attempts {letter.attempts}"
            f"  {letter.error}  {letter.dead_at:%Y-%m-%d %H:%M} UTC"
        )
    with _redis() as connection:
        jobs = [] if kind else failed.listed(connection)
    for job in jobs:
        ended = f"{job.ended_at:%Y-%m-%d %H:%M} UTC" if job.ended_at else ""
        click.echo(f"{_JOB} {job.id}  {job.function}  {job.queue}  {job.error}  {ended}")
    click.echo(f"{len(letters) + len(jobs)} dead")


@work.command()
@click.argument("source", type=_SOURCES, required=False)
@click.argument("item_id", required=False)
@click.option("--kind", help="everything of this outbox kind or provider")
@with_appcontext
def retry(source: str | None, item_id: str | None, kind: str | None) -> None:
    """Start a dead letter again: `retry outbox 17`, `retry inbox <id>`, `retry job <id>`, or `retry --kind …`."""
    if (kind is None) == (source is None or item_id is None):
        raise click.UsageError("Name one (outbox 17) or all of a kind (--kind send_notification).")
    if kind is not None:
        click.echo(f"{_retry_all(kind)} started again")
        return
    assert source is not None  # noqa: S101  # narrows the type, see above
    assert item_id is not None  # noqa: S101
    if source == _JOB:
        with _redis() as connection:
            found = failed.retry(connection, item_id)
        _note_job("work.retried", item_id, found)
    else:
        with transaction() as session:
            found = dead_letters.retry(session, Source(source), item_id, actor=OPERATOR, now=clock.now())
    _report(found, "started again")


@work.command()
@click.argument("source", type=_SOURCES)
@click.argument("item_id")
@click.option("--reason", type=_REASONS, required=True, help="kept in the audit trail")
@with_appcontext
def drop(source: str, item_id: str, reason: str) -> None:
    """Take a dead letter from the list for good."""
    if source == _JOB:
        with _redis() as connection:
            found = failed.drop(connection, item_id)
        _note_job("work.dropped", item_id, found, reason=reason)
    else:
        with transaction() as session:
            found = dead_letters.drop(
                session, Source(source), item_id, DropReason(reason), actor=OPERATOR, now=clock.now()
            )
    _report(found, "dropped")


@work.command()
@click.argument("item_id", type=int)
@with_appcontext
def now(item_id: int) -> None:
    """Do one outbox item that is due, here and now, without a worker."""
    outbox_job.work_off(item_id)


def _retry_all(kind: str) -> int:
    count = 0
    while True:
        with transaction() as session:
            some = dead_letters.retry_all(session, kind, actor=OPERATOR, now=clock.now())
        if not some:
            return count
        count += some


def _note_job(action: str, job_id: str, found: bool, **details: str) -> None:
    if found:
        with transaction() as session:
            audit.record(session, action, actor=OPERATOR, subject=(_JOB, job_id), now=clock.now(), **details)


def _report(found: bool, what: str) -> None:
    if not found:
        raise click.ClickException("there is no such dead letter")
    click.echo(what)


@contextlib.contextmanager
def _redis() -> Iterator[Redis]:
    connection = connect(current_app.config["SETTINGS"].queue_redis_url)
    try:
        yield connection
    except RedisError as error:
        raise click.ClickException(f"Redis does not answer ({type(error).__name__})") from None
    finally:
        connection.close()


def _age(since: datetime, now: datetime) -> str:
    return f"{int((now - since).total_seconds())} s"
