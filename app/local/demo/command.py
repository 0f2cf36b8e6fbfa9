"""`flask demo-data`: draw the rooms, then fill the database once. Runs on a developer's machine only."""

from __future__ import annotations

import time

import click
from flask import current_app
from flask.cli import with_appcontext

from app.config import Settings
from app.db import transaction
from app.domain.listings.cards import PhotoInfo
from app.integrations.photo_storage import PhotoStorage
from app.kit import clock
from app.kit.pictures import redrawn
from app.local.demo.rooms.render import draw_rooms
from app.local.demo.seed import is_seeded, seed_demo


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
        if is_seeded(session):
            click.echo("Demo data: already there.")
            return
        claim_photo = _keep_claim_photo(settings, min(rooms))
        summary = seed_demo(session, rooms=rooms, claim_photo=claim_photo, now=clock.now())
    size = summary.size
    assert size is not None  # noqa: S101  # narrows the type: the data were not there above
    click.echo(
        f"Demo data: {len(size.flat_ids)} flats, {size.bookings} bookings, {size.reviews} reviews,"
        f" {len(rooms)} pictures in {time.monotonic() - started:.1f} s."
    )


def _keep_claim_photo(settings: Settings, room: str) -> PhotoInfo:
    """A drawn room as the picture of a landlord's claim, kept as an uploaded one would be."""
    picture = redrawn((settings.photo_dir / f"{room}-1600.webp").read_bytes())
    key = PhotoStorage(settings.private_photo_dir, kind="claim").keep(picture)
    return PhotoInfo(key, picture.width, picture.height, picture.blur)
