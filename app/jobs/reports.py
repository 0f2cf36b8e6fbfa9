"""Reports by the clock."""

from __future__ import annotations

import structlog

from app.db import transaction
from app.domain.reports import daily
from app.kit import clock

log = structlog.get_logger(__name__)


def generate_daily_report() -> None:
    """Write the report of yesterday, and of other days of the last week that have none."""
    with transaction() as session:
        days = daily.missing(session, now=clock.now())
    for day in days:
        with transaction() as session:
            daily.generate(session, day, now=clock.now())
        log.info("daily_report", day=day.isoformat())
