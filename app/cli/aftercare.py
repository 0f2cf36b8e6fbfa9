"""`flask cases list | read | close` and `flask deposits list | decide`."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from app.cli.staff import by_staff, staff_transaction
from app.config import Settings
from app.db import reading
from app.domain.aftercare import claims, problems
from app.domain.aftercare import deposits as rules
from app.kit import clock
from app.kit.pictures import WIDTHS
from app.models import CaseOutcome


@click.group()
def cases() -> None:
    """Problems that guests reported at arrival: their bookings' money waits."""


@cases.command("list")
@with_appcontext
def list_cases() -> None:
    """The cases that wait, the oldest first: booking, reason, when it was reported (UTC)."""
    with reading() as connection:
        found = problems.open_cases(connection)
    for case in found:
        click.echo(f"{case.reference} {case.reason} {case.opened_at:%Y-%m-%d %H:%M}")
    click.echo(f"{len(found)} open")


@cases.command("read")
@by_staff
@click.argument("reference")
@with_appcontext
def read_case(phone: str, reference: str) -> None:
    """Print what the guest told; reading it is audited."""
    with staff_transaction(phone) as (session, staff_id):
        words = problems.words_of(session, reference, staff_id=staff_id, now=clock.now())
    click.echo(words or "(no words)")


@cases.command("close")
@by_staff
@click.option("--outcome", required=True, type=click.Choice([outcome.value for outcome in CaseOutcome]))
@click.argument("reference")
@with_appcontext
def close_case(phone: str, outcome: str, reference: str) -> None:
    """Close the case of a booking: its money is shared. A refund is a cancellation by staff, made before."""
    with staff_transaction(phone) as (session, staff_id):
        problems.close(session, reference, outcome=outcome, staff_id=staff_id, now=clock.now())
    click.echo(f"{reference} closed: {outcome}")


@click.group()
def deposits() -> None:
    """Landlords' claims on guests' deposits."""


@deposits.command("list")
@with_appcontext
def list_claims() -> None:
    """The claims that wait, the oldest first: booking, tenge, reason, what the landlord told, addresses of photos."""
    settings: Settings = current_app.config["SETTINGS"]
    with reading() as connection:
        found = claims.open_claims(connection)
    for claim in found:
        words = " ".join(claim.text.split())
        click.echo(f"{claim.reference} {claim.amount} {claim.reason}: {words}")
        for photo in claim.photos:
            click.echo(f"    {settings.public_url}/claim-photos/{photo.key}/{WIDTHS[-1]}")
    click.echo(f"{len(found)} open")


@deposits.command()
@by_staff
@click.option("--landlord-gets", type=click.IntRange(min=0), required=True, help="Tenge; the rest is the guest's.")
@click.argument("reference")
@with_appcontext
def decide(phone: str, landlord_gets: int, reference: str) -> None:
    """Decide a claim: so much is the landlord's, the rest of the deposit goes back to the guest."""
    with staff_transaction(phone) as (session, staff_id):
        rules.decide(session, reference, landlord_gets=landlord_gets, staff_id=staff_id, now=clock.now())
    click.echo(f"{reference} decided: the landlord gets {landlord_gets} tenge")
