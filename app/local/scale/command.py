"""`flask seed-scale`: the customer's data sizes, to measure on. Runs on a developer's machine only."""

from __future__ import annotations

import time

import click
from flask import current_app
from flask.cli import with_appcontext

from app.config import Settings
from app.kit import clock
from app.local.demo.rooms.render import draw_rooms
from app.local.scale.fill import drift, fill
from app.local.scale.sizes import Sizes


@click.command("seed-scale")
@click.option("--factor", type=click.FloatRange(min=0.001, max=100), default=1.0, help="Multiplies every size.")
@click.option("--check/--no-check", default=True, help="Compare the search index with the flats at the end.")
@with_appcontext
def seed_scale(factor: float, check: bool) -> None:
    """Add 50K users, 5K flats, 100K bookings and payments, 20K reviews (× factor) to DATABASE_URL."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.app_env != "local":
        raise click.ClickException("seed-scale makes people up and works with APP_ENV=local only.")
    sizes = Sizes.times(factor)
    now, started = clock.now(), time.monotonic()
    rooms = draw_rooms(settings.photo_dir)
    fill(sizes, rooms=rooms, now=now)
    seconds = time.monotonic() - started
    click.echo(
        f"{sizes.users} users, {sizes.properties} flats, {sizes.bookings} bookings and payments,"
        f" {sizes.reviews} reviews in {seconds:.1f} s."
    )
    if check and (differing := drift(now=now)):
        raise click.ClickException(f"The search index differs for {differing} flats.")
