"""`flask payouts batch | export | confirm | return | list | verify`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click
from flask.cli import with_appcontext

from app.cli.staff import account_by_phone, by_staff, staff_transaction
from app.db import reading
from app.domain.actor import Actor
from app.domain.payouts import accounts, bank_file, batches
from app.domain.payouts.reading import payouts_of_day
from app.kit import clock

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def payouts() -> None:
    """Payouts: the batch of a day, its file for the bank, what became of each."""


@payouts.command("batch")
@by_staff
@click.option("--day", type=_DAY, help="A day on Almaty's calendar; today when left out.")
@with_appcontext
def make_batch(phone: str, day: datetime | None) -> None:
    """Make the batch of a day, or show the one that there is."""
    now = clock.now()
    with staff_transaction(phone) as (session, staff_id):
        made = batches.batch(session, _day(day), actor=Actor.staff(staff_id), now=now)
        paid = batches.payouts_of(session, made.id)
    click.echo(f"{made.day}: {len(paid)} payouts, {sum(payout.amount for payout in paid)} tenge")


@payouts.command()
@by_staff
@click.option("--day", type=_DAY, help="A day on Almaty's calendar; today when left out.")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), show_default=True)
@with_appcontext
def export(phone: str, day: datetime | None, folder: Path) -> None:
    """Write the bank's file of a day's batch into a folder; the same bytes at every export."""
    with staff_transaction(phone) as (session, staff_id):
        file = bank_file.export(session, _day(day), actor=Actor.staff(staff_id), now=clock.now())
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file.name
        path.touch(mode=0o600)
        path.write_bytes(file.content)
    click.echo(f"{path}: {file.payouts} payouts, sha256 {file.sha256}")


@payouts.command()
@by_staff
@click.argument("payout_ids", type=click.UUID, nargs=-1, required=True)
@with_appcontext
def confirm(phone: str, payout_ids: tuple[UUID, ...]) -> None:
    """The bank has carried these payouts out; all of them or none."""
    with staff_transaction(phone) as (session, staff_id):
        for payout_id in sorted(payout_ids):
            batches.confirm(session, payout_id, actor=Actor.staff(staff_id), now=clock.now())
    click.echo(f"{len(payout_ids)} confirmed")


@payouts.command("return")
@by_staff
@click.option("--reason", required=True, help=", ".join(sorted(batches.RETURN_REASONS)))
@click.argument("payout_id", type=click.UUID)
@with_appcontext
def take_back(phone: str, reason: str, payout_id: UUID) -> None:
    """The bank has returned this payout: the landlord is owed it again."""
    with staff_transaction(phone) as (session, staff_id):
        payout = batches.take_back(session, payout_id, reason=reason, actor=Actor.staff(staff_id), now=clock.now())
    click.echo(f"{payout.id} returned: {payout.amount} tenge are owed again")


@payouts.command("list")
@click.option("--day", type=_DAY, help="A day on Almaty's calendar; today when left out.")
@with_appcontext
def show(day: datetime | None) -> None:
    """The payouts of a day's batch, a line each: id, amount, state, last signs of the IBAN."""
    with reading() as connection:
        found = payouts_of_day(connection, _day(day))
    for payout in found:
        reason = f" ({payout.return_reason})" if payout.return_reason else ""
        click.echo(f"{payout.id} {payout.amount:>10} {payout.status}{reason} …{payout.iban_last4}")
    click.echo(f"{len(found)} payouts, {sum(payout.amount for payout in found)} tenge")


@payouts.command()
@by_staff
@click.argument("landlord_phone")
@click.argument("last4")
@with_appcontext
def verify(phone: str, landlord_phone: str, last4: str) -> None:
    """Note that the newest account of the landlord with this phone, which ends with LAST4, was checked."""
    with staff_transaction(phone) as (session, staff_id):
        landlord_id = account_by_phone(session, landlord_phone)
        accounts.verify(session, landlord_id, last4=last4.strip().upper(), staff_id=staff_id, now=clock.now())
    click.echo("verified")


def _day(given: datetime | None) -> date:
    return clock.local_date(clock.now()) if given is None else given.date()
