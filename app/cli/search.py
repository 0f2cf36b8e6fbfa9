"""`flask search rebuild` and `flask search check`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.db import transaction
from app.domain.search import drift, index
from app.kit import clock


@click.group()
def search() -> None:
    """The search index: rebuild it, or look for drift."""


@search.command()
@with_appcontext
def rebuild() -> None:
    """Write every flat's row of the index anew from the flat and its occupancies."""
    with transaction() as session:
        ids = index.property_ids(session)
    for property_id in ids:
        with transaction() as session:
            index.rebuild(session, property_id, now=clock.now())
    click.echo(f"{len(ids)} rows rebuilt")


@search.command()
@click.argument("property_id", type=int, nargs=-1)
@with_appcontext
def check(property_id: tuple[int, ...]) -> None:
    """Print how many rows differ from what they should be, of these flats or of all; exit 1 when any does."""
    with transaction() as session:
        drifted = drift.drifted(session, now=clock.now(), of=property_id or None)
    click.echo(f"{len(drifted)} rows differ" + (f": {drifted[:20]}" if drifted else ""))
    if drifted:
        raise SystemExit(1)
