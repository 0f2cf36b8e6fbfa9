"""`flask demo-data`: draw the rooms, then fill the database once. Runs on a developer's machine only."""

from __future__ import annotations

import time

import click
from flask import current_app
from flask.cli import with_appcontext

from app.config import Settings
from app.db import transaction
from app.kit import clock
from app.local.demo.rooms.render import draw_rooms
from app.local.demo.seed import seed_demo


@click.command("demo-data")
@with_appcontext
def demo_data() -> None:
    """Flats, people, stays and pictures to try the product with. Does nothing when they are there."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.app_env != "local":
        raise click.ClickException("Demo data are for APP_ENV=local only.")
    started = time.monotonic()
    rooms = draw_rooms(settings.photo_dir)
    with transaction() as session:
        summary = seed_demo(session, rooms=rooms, now=clock.now())
    if summary.size is None:
        click.echo("Demo data: already there.")
        return
    size = summary.size
    click.echo(
        f"Demo data: {len(size.flat_ids)} flats, {size.bookings} bookings, {size.reviews} reviews,"
        f" {len(rooms)} pictures in {time.monotonic() - started:.1f} s."
    )
