"""`flask reports daily`."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import click
from flask.cli import with_appcontext

from app.db import transaction
from app.domain.reports import daily as daily_report
from app.kit import clock


@click.group()
def reports() -> None:
    """Reports about the business."""


@reports.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Almaty's date; yesterday if left out")
@with_appcontext
def daily(day: datetime | None) -> None:
    """Write a day's report (again) and print it. Money in tenge."""
    now = clock.now()
    chosen: date = day.date() if day else clock.local_date(now) - timedelta(days=1)
    with transaction() as session:
        try:
            figures = daily_report.generate(session, chosen, now=now)
        except ValueError as error:
            raise click.ClickException(f"{chosen}: {error}") from None
    click.echo(f"{figures.day}: {figures.bookings_made} bookings, {figures.nights_sold} nights sold")
    click.echo(f"cancelled: {figures.bookings_cancelled}; paid: {figures.gross} ₸; to give back: {figures.refunds} ₸")
    for each in figures.occupancy:
        click.echo(f"{each.city}: {each.taken} of {each.flats} flats taken")
