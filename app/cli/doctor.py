"""`flask doctor`: is everything as it must be?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click
import orjson
from flask import current_app
from flask.cli import with_appcontext
from redis.exceptions import RedisError

from app.config import Settings
from app.db import transaction
from app.domain.doctor.examination import Line, examine
from app.domain.doctor.finding import Verdict
from app.jobs.queues import connect
from app.kit import clock

_MARKS = {Verdict.OK: "✓", Verdict.WARNING: "!", Verdict.FAILED: "✗"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@with_appcontext
def doctor(as_json: bool) -> None:
    """Print a line for each check of what must be true of the data; exit 1 when one fails (a warning does not)."""
    settings: Settings = current_app.config["SETTINGS"]
    redis = {"queues": _answers(settings.queue_redis_url), "cache": _answers(settings.cache_redis_url)}
    lines = []
    for line in examine(transaction, now=clock.now(), redis=redis):
        lines.append(line)
        if not as_json:
            finding = line.finding
            click.echo(f"{_MARKS[finding.verdict]} {line.name.replace('_', ' ')}: {finding.sentence}")
    if as_json:
        click.echo(orjson.dumps(_document(lines)))
    else:
        click.echo(_summary(lines))
    if _count(lines, Verdict.FAILED):
        raise SystemExit(1)


def _answers(url: str) -> bool:
    try:
        with connect(url) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def _document(lines: Sequence[Line]) -> dict[str, object]:
    checks = [{"name": line.name, **asdict(line.finding)} for line in lines]
    return {"healthy": not _count(lines, Verdict.FAILED), "checks": checks}


def _summary(lines: Sequence[Line]) -> str:
    failed, warnings = _count(lines, Verdict.FAILED), _count(lines, Verdict.WARNING)
    return f"{len(lines)} checks: {failed} failed, {warnings} warnings"


def _count(lines: Sequence[Line], verdict: Verdict) -> int:
    return sum(line.finding.verdict is verdict for line in lines)
