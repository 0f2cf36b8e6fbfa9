"""The day that is not over and the one before, for staff in a chat. No names, no references, only counts and sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain.reports.daily import CityNight, DailyFigures, figures_of
from app.kit import clock
from app.models import DailyReport

_COUNTS = text(
    """
    SELECT count(*) FILTER (WHERE check_in = :today AND status <> 'completed') AS arriving,
        count(*) FILTER (WHERE check_out = :today) AS leaving,
        count(*) FILTER (WHERE check_out > :today AND status <> 'completed') AS staying,
        (SELECT count(*) FROM bookings WHERE status = 'held' AND hold_expires_at > :now) AS held,
        (SELECT count(*) FROM bookings WHERE status = 'requested' AND answer_by > :now) AS requested,
        (SELECT count(*) FROM staff_cases WHERE state = 'open') AS cases,
        (SELECT count(*) FROM help_requests WHERE answered_at IS NULL) AS questions
    FROM bookings
    WHERE check_in <= :today AND check_out >= :today AND status IN ('confirmed', 'checked_in', 'completed')
    """
)


@dataclass(frozen=True, slots=True)
class TodayCounts:
    """Who moves today and what waits now: arrivals, departures and stays of tonight; then what somebody has to do."""

    arriving: int
    leaving: int
    staying: int
    held: int
    """Holds that are being paid."""
    requested: int
    """Requests that landlords have to answer."""
    cases: int
    """Open cases of staff."""
    questions: int
    """People in chats who asked for a human and were not answered."""


def counts(connection: Connection, *, now: datetime) -> TodayCounts:
    """The counts of this moment, in one statement."""
    return TodayCounts(*connection.execute(_COUNTS, {"today": clock.local_date(now), "now": now}).one())


def report_of(session: Session, day: date) -> DailyFigures:
    """The report of a day that is over as it was made, or made of the records while there is none yet."""
    kept = session.get(DailyReport, day)
    if kept is None:
        return figures_of(session, day)
    return DailyFigures(
        day=day,
        bookings_made=kept.bookings_made,
        bookings_cancelled=kept.bookings_cancelled,
        nights_sold=kept.nights_sold,
        gross=kept.gross,
        refunds=kept.refunds,
        occupancy=tuple(CityNight(**each) for each in kept.occupancy),
    )
