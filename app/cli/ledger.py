"""`flask ledger balances | statement | settled`."""

from __future__ import annotations

from datetime import date, datetime, time

import click
from flask.cli import with_appcontext

from app.cli.staff import account_by_phone, by_staff, refusals, staff_transaction
from app.db import reading, transaction
from app.domain.actor import Actor
from app.domain.ledger import settlements
from app.domain.ledger.balances import statement_of_landlord, totals
from app.kit import clock


@click.group()
def ledger() -> None:
    """The ledger: what each account holds, the statement of a landlord, what Kaspi paid to our bank."""


@ledger.command()
@with_appcontext
def balances() -> None:
    """Print the balance of every account in tenge, and their sum; exit 1 when it is not zero."""
    with reading() as connection:
        found = totals(connection)
    for account, total in found.items():
        click.echo(f"{account.value:<20}{total:>16}")
    click.echo(f"{'sum':<20}{sum(found.values()):>16}")
    if sum(found.values()):
        raise SystemExit(1)


@ledger.command()
@click.argument("landlord_phone")
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="On Almaty's calendar; this month when left out.")
@with_appcontext
def statement(landlord_phone: str, month: datetime | None) -> None:
    """Print a landlord's account of a month: when (UTC), what, booking, tenge, balance (negative: owed to them)."""
    first = (clock.local_date(clock.now()) if month is None else month.date()).replace(day=1)
    begin, end = clock.at_local(first, time(0, 0)), clock.at_local(_next_month(first), time(0, 0))
    with refusals(), transaction() as session:
        landlord_id = account_by_phone(session, landlord_phone)
    with reading() as connection:
        lines = list(statement_of_landlord(connection, landlord_id, begin=begin, end=end))
    for line in lines:
        booking = "" if line.booking_id is None else f"booking {line.booking_id}"
        click.echo(f"{line.at:%Y-%m-%d %H:%M} {line.kind:<18} {booking:<16} {line.amount:>12} {line.balance:>12}")
    click.echo(f"{len(lines)} lines")


@ledger.command()
@by_staff
@click.argument("reference")
@click.argument("amount", type=int)
@with_appcontext
def settled(phone: str, reference: str, amount: int) -> None:
    """Note that Kaspi paid AMOUNT tenge to our account under the bank's number REFERENCE; again is nothing."""
    with staff_transaction(phone) as (session, staff_id):
        is_new = settlements.note(session, reference, amount, actor=Actor.staff(staff_id), now=clock.now())
    click.echo(f"{reference}: {amount} tenge {'noted' if is_new else 'were noted before'}")


def _next_month(first: date) -> date:
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
