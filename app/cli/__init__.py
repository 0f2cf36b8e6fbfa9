"""`flask` commands: thin edges over the domain."""

from __future__ import annotations

from flask import Flask

from app.cli.audit import audit
from app.cli.bookings import bookings
from app.cli.doctor import doctor
from app.cli.reviews import reviews
from app.cli.search import search


def register_commands(app: Flask) -> None:
    """Add the product's own command groups."""
    app.cli.add_command(audit)
    app.cli.add_command(bookings)
    app.cli.add_command(doctor)
    app.cli.add_command(reviews)
    app.cli.add_command(search)
