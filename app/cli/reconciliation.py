"""`flask reconcile` and `flask discrepancies list|resolve|ignore`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click
from flask.cli import with_appcontext

from app.cli.staff import acting, by_staff_for, refusals
from app.db import transaction
from app.domain.actor import Actor
from app.domain.reconciliation import actions
from app.domain.reconciliation import discrepancies as domain
from app.domain.reconciliation.report import Report, of_run
from app.i18n import gettext
from app.integrations.errors import ProviderError
from app.jobs import providers
from app.jobs import reconciliation as job
from app.kit import clock
from app.kit.errors import DomainError
from app.models import ActorKind, Discrepancy, SuggestedAction

SHELL = Actor(ActorKind.STAFF)
"""Whoever has a shell on the servers; who that is their own log tells."""

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--day", type=_DAY, required=True, help="a day of Almaty's calendar")
@click.option("--json", "as_json", is_flag=True, help="for programs")
@with_appcontext
def reconcile(day: datetime, *, as_json: bool) -> None:
    """Compare Kaspi's statement of a day with our books; exit 1 when something is open or it failed."""
    try:
        run_id = job.run(day.date(), actor=SHELL, kaspi=providers.kaspi())
    except (ProviderError, DomainError) as error:
        raise click.ClickException(str(error)) from error
    with transaction() as session:
        report = of_run(session, run_id)
    click.echo(json.dumps(_document(report), ensure_ascii=False, indent=2) if as_json else _text(report))
    if not report.is_clean:
        raise SystemExit(1)


@click.group()
def discrepancies() -> None:
    """What the reconciliation found and nobody has dealt with."""


@discrepancies.command("list")
@click.option("--day", type=_DAY, help="only those of this day")
@with_appcontext
def list_open(day: datetime | None) -> None:
    """Print what is open, a line each; exit 1 when anything is."""
    with transaction() as session:
        found = domain.open_ones(session, day.date() if day is not None else None)
    click.echo("\n".join(_line(each) for each in found) or "nothing is open")
    if found:
        raise SystemExit(1)


_closing = by_staff_for("What was done, or why it may stay; nothing personal.")


@discrepancies.command()
@click.argument("number", type=int)
@_closing
@with_appcontext
def resolve(number: int, phone: str, reason: str) -> None:
    """Close a discrepancy that was dealt with."""
    _close(domain.resolve, number, phone, reason)


@discrepancies.command()
@click.argument("number", type=int)
@_closing
@with_appcontext
def ignore(number: int, phone: str, reason: str) -> None:
    """Close a discrepancy that is left as it is."""
    _close(domain.ignore, number, phone, reason)


def _close(act: Callable[..., Discrepancy], number: int, phone: str, reason: str) -> None:
    with refusals(), transaction() as session:
        row = act(session, number, reason=reason, actor=acting(session, phone, reason), now=clock.now())
    click.echo(f"{row.id} {row.state}")


def _text(report: Report) -> str:
    kept = report.outcomes
    lines = [f"{report.day}  run {report.run_id}  {report.state}"]
    for side in ("ours", "theirs"):
        payments, refunds = kept[side]["payments"], kept[side]["refunds"]
        lines.append(
            f"{side:<8}{payments['count']:>8} payments {payments['amount']:>14} ₸"
            f"{refunds['count']:>8} refunds {refunds['amount']:>14} ₸{kept[side]['net']:>16} ₸ net"
        )
    lines.append(f"difference (theirs − ours){kept['difference']:>14} ₸")
    lines += [f"  {kind:<16}{found['count']:>8}{found['amount']:>16} ₸" for kind, found in kept["outcomes"].items()]
    fees = kept["fees_posted"]
    lines.append(f"healed {kept['healed']}, gone {kept['closed']}, fees posted {fees['count']} of {fees['amount']} ₸")
    lines += [_line(each) for each in report.open] or ["nothing is open"]
    return "\n".join(lines)


def _line(row: Discrepancy) -> str:
    sides = f"ours {_amount(row.our_amount)}, theirs {_amount(row.their_amount)}"
    if row.expected_fee is not None:
        sides += f", fee {row.their_fee} instead of {row.expected_fee}"
    advice = gettext(actions.TEXTS[SuggestedAction(row.action)])
    number = row.transaction_id or row.subject
    return f"#{row.id}  {row.day}  {row.kind}  {row.movement} {number}  {sides}  {row.action}: {advice}"


def _amount(amount: int | None) -> str:
    return "–" if amount is None else f"{amount} ₸"


def _document(report: Report) -> dict[str, Any]:
    return {
        "day": _plain(report.day),
        "run": report.run_id,
        "state": report.state,
        "started_at": _plain(report.started_at),
        "finished_at": _plain(report.finished_at),
        "failure": report.failure,
        **report.outcomes,
        "open": [_row(each) for each in report.open],
    }


def _row(row: Discrepancy) -> dict[str, Any]:
    names = ("id", "kind", "movement", "subject", "transaction_id", "provider_id", "our_amount", "their_amount")
    found = {name: getattr(row, name) for name in (*names, "expected_fee", "their_fee", "action")}
    payment_id = None if row.payment_id is None else str(row.payment_id)
    return {**found, "payment_id": payment_id, "found_at": _plain(row.found_at)}


def _plain(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
