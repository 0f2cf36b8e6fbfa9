"""`flask refunds`: money on its way back, what Kaspi will not return and staff transfers by bank, odd payments."""

from __future__ import annotations

from uuid import UUID

import click
from flask.cli import with_appcontext

from app.cli.staff import acting, by_staff_for, refusals
from app.db import reading, transaction
from app.domain.checkout import refunding
from app.domain.payments import returns, reviewing
from app.domain.payments.reading import flagged, open_refunds
from app.kit import clock
from app.kit.money import format_tenge


@click.group()
def refunds() -> None:
    """Refunds: what is on its way, and what is to be transferred by bank."""


@refunds.command("list")
@with_appcontext
def show() -> None:
    """Print every refund that has not reached its guest, the oldest first."""
    with reading() as connection:
        found = open_refunds(connection)
    for row in found:
        words = (str(row.id), row.reference, row.status, row.cause, format_tenge(row.amount), f"{row.created_at:%F %T}")
        click.echo("  ".join(words) + (f"  {row.failure}" if row.failure else ""))
    click.echo(f"{len(found)} refunds are open, {sum(row.status == 'by_bank' for row in found)} of them by bank")


@refunds.command("review")
@with_appcontext
def review() -> None:
    """Print the payments that a person must look at, the newest first."""
    with reading() as connection:
        found = flagged(connection)
    for row in found:
        click.echo(
            f"{row.id}  {row.reference}  {row.review_reason}  {format_tenge(row.captured)}  {row.created_at:%F %T}"
        )
    click.echo(f"{len(found)} payments are on the review list")


@refunds.command()
@click.argument("payment_id", type=click.UUID)
@by_staff_for("What was found or done about it; kept in the audit trail, so nothing personal.")
@with_appcontext
def reviewed(payment_id: UUID, phone: str, reason: str) -> None:
    """Take a payment from the review list: somebody has looked, and did what there was to do."""
    with refusals(), transaction() as session:
        actor = acting(session, phone, reason)
        is_new = reviewing.close(session, payment_id, actor=actor, reason=reason, now=clock.now())
    click.echo("reviewed" if is_new else "this payment was reviewed before")


@refunds.command()
@click.argument("refund_id", type=click.UUID)
@by_staff_for()
@with_appcontext
def ask(refund_id: UUID, phone: str, reason: str) -> None:
    """Send what is open of a refund, or ask Kaspi about it, within ten seconds: the doctor found that nobody does."""
    with refusals(), transaction() as session:
        actor = acting(session, phone, reason)
        count = returns.ask_again(session, refund_id, actor=actor, reason=reason, now=clock.now())
    click.echo(f"{count} transfers are asked about")


@refunds.command("by-bank")
@click.argument("refund_id", type=click.UUID)
@by_staff_for("Why, e.g. the number of the bank's order; nothing personal.")
@with_appcontext
def by_bank(refund_id: UUID, phone: str, reason: str) -> None:
    """Note that what Kaspi refused was transferred by bank: the ledger and the guest learn it."""
    with refusals(), transaction() as session:
        actor = acting(session, phone, reason)
        refund = refunding.pay_by_bank(session, refund_id, actor=actor, reason=reason, now=clock.now())
    click.echo(f"{format_tenge(refund.amount)}: {refund.status}")
