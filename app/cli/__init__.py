"""`flask` commands: thin edges over the domain."""

from __future__ import annotations

from flask import Flask

from app.cli.access import access
from app.cli.aftercare import cases, deposits
from app.cli.audit import audit
from app.cli.bookings import bookings
from app.cli.chats import chats
from app.cli.doctor import doctor
from app.cli.kaspi import kaspi
from app.cli.ledger import ledger
from app.cli.payouts import payouts
from app.cli.reconciliation import discrepancies, reconcile
from app.cli.refunds import refunds
from app.cli.reports import reports
from app.cli.reviews import reviews
from app.cli.search import search
from app.cli.telegram import telegram
from app.cli.whatsapp import whatsapp
from app.cli.work import work


def register_commands(app: Flask) -> None:
    """Add the product's own command groups."""
    app.cli.add_command(access)
    app.cli.add_command(bookings)
    app.cli.add_command(kaspi)
    app.cli.add_command(refunds)
    app.cli.add_command(reports)
    app.cli.add_command(discrepancies)
    app.cli.add_command(reconcile)
    app.cli.add_command(cases)
    app.cli.add_command(deposits)
    app.cli.add_command(ledger)
    app.cli.add_command(payouts)
    app.cli.add_command(audit)
    app.cli.add_command(doctor)
    app.cli.add_command(reviews)
    app.cli.add_command(search)
    app.cli.add_command(whatsapp)
    app.cli.add_command(work)
    app.cli.add_command(chats)
    app.cli.add_command(telegram)
