"""A run of the reconciliation and what it lists: what its tests share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from flask import Flask
from sqlalchemy import select

from app.db import db, transaction
from app.domain.actor import SYSTEM
from app.domain.reconciliation import report
from app.factory import create_worker_app
from app.jobs import reconciliation
from app.kit import clock
from app.models import Discrepancy, Payment
from tests.jobs.kaspi_books import KaspiBooks, line_of, paid
from tests.services import Services, make_settings


@contextmanager
def alone_in(database_url: str, services: Services) -> Iterator[Flask]:
    """A worker's application on this database."""
    app = create_worker_app(make_settings(database_url, services.redis_url))
    with app.app_context():
        yield app
        for engine in db.engines.values():
            engine.dispose()


def run(day: date, kaspi: KaspiBooks) -> report.Report:
    run_id = reconciliation.run(day, actor=SYSTEM, kaspi=kaspi)
    with transaction() as session:
        return report.of_run(session, run_id)


def known(kaspi: KaspiBooks, *, at: datetime) -> Payment:
    """A payment that both books have."""
    with transaction() as session:
        payment = paid(session, at=at)
        kaspi.tell(clock.local_date(at), line_of(session, payment))
        return payment


def listed() -> list[tuple[str, str, str]]:
    """All discrepancies: kind, state, action."""
    with transaction() as session:
        rows = session.scalars(select(Discrepancy).order_by(Discrepancy.id)).all()
        return [(row.kind, row.state, row.action) for row in rows]
