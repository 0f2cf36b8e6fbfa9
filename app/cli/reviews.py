"""`flask reviews check`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.db import transaction
from app.domain.reviews import rating


@click.group()
def reviews() -> None:
    """Reviews: do the flats' ratings follow from them?"""


@reviews.command()
@with_appcontext
def check() -> None:
    """Print how many flats have a rating that is not that of their reviews; exit 1 when any has."""
    with transaction() as session:
        drifted = rating.drifted(session)
    click.echo(f"{len(drifted)} ratings differ" + (f": {drifted[:20]}" if drifted else ""))
    if drifted:
        raise SystemExit(1)
