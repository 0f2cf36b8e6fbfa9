"""`flask` commands: thin edges over the domain."""

from __future__ import annotations

from flask import Flask

from app.cli.aftercare import cases, deposits
from app.cli.bookings import bookings
from app.cli.ledger import ledger
from app.cli.payouts import payouts
from app.cli.reviews import reviews
from app.cli.search import search


def register_commands(app: Flask) -> None:
    """Add the product's own command groups."""
    app.cli.add_command(bookings)
    app.cli.add_command(cases)
    app.cli.add_command(deposits)
    app.cli.add_command(ledger)
    app.cli.add_command(payouts)
    app.cli.add_command(reviews)
    app.cli.add_command(search)
