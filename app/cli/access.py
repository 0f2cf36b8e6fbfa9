"""`flask access reveal`: the keys of a booking for staff with a reason."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.cli.staff import acting, by_staff_for, refusals, written
from app.db import transaction
from app.domain.access import grants, photos
from app.kit import clock


@click.group()
def access() -> None:
    """Keys: for staff with a reason, every look is audited."""


@access.command()
@click.argument("reference")
@by_staff_for()
@click.option(
    "--save-photos",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Folder for the pictures of the way in; files that nobody else may read.",
)
@with_appcontext
def reveal(reference: str, phone: str, reason: str, save_photos: Path | None) -> None:
    """Print the codes and directions of a booking."""
    reference = written(reference)
    with refusals(), transaction() as session:
        actor, now = acting(session, phone, reason), clock.now()
        details = grants.reveal_to_host(session, reference, actor=actor, reason=reason, now=now)
        pictures = photos.opened_of_booking(session, reference)
    for name, value in details.model_dump().items():
        if value:
            click.echo(f"{name}: {value}")
    for number, (photo, image) in enumerate(pictures, start=1):
        click.echo(f"photo {number}: {photo.caption}".rstrip(": "))
        if save_photos is not None:
            _save(save_photos / f"{reference}-{number}.webp", image)


def _save(path: Path, image: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(image)
