"""`flask bookings diagram`."""

from __future__ import annotations

import click

from app.domain.bookings import state_machine


@click.group()
def bookings() -> None:
    """Bookings: what may become of one."""


@bookings.command()
def diagram() -> None:
    """Print the life of a booking as a Mermaid state diagram."""
    click.echo(state_machine.diagram())
