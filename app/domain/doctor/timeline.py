"""Flats and nights: nobody shares them, and search says what the timeline says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.doctor.finding import Finding, judge, number
from app.domain.search import drift

_OVERLAPPING = """
SELECT count(*) FROM (
    SELECT lower(during) < max(upper(during)) OVER (
        PARTITION BY property_id ORDER BY lower(during), id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS is_taken FROM occupancies
) AS each WHERE is_taken
"""
_STAYS_WITHOUT_NIGHTS = """
SELECT count(*) FROM bookings b LEFT JOIN occupancies o ON o.booking_id = b.id AND o.amendment_id IS NULL
WHERE (b.status IN ('held', 'confirmed', 'checked_in', 'completed'))
    <> (o.id IS NOT NULL AND lower(o.during) = b.check_in_at AND upper(o.during) >= b.check_out_at)
    OR (o.id IS NOT NULL AND o.property_id <> b.property_id)
"""
_LAPSED_HOLDS = """
SELECT (SELECT count(*) FROM bookings WHERE status = 'held' AND hold_expires_at < :now - interval '5 minutes')
    + (SELECT count(*) FROM booking_amendments WHERE status = 'held' AND hold_expires_at < :now - interval '5 minutes')
"""


def occupancies_do_not_overlap(session: Session, *, now: datetime) -> Finding:
    """No two occupancies of one flat share a moment (promise 2), whatever the exclusion constraint says."""
    looked_at = number(session, "SELECT count(*) FROM occupancies")
    return judge(
        number(session, _OVERLAPPING),
        good=f"none of {looked_at} occupancies overlaps another of its flat",
        bad=f"{{count}} of {looked_at} occupancies overlap another of their flat",
    )


def bookings_have_their_nights(session: Session, *, now: datetime) -> Finding:
    """A booking that keeps nights from others has exactly its own on the timeline; an ended one has none."""
    looked_at = number(session, "SELECT count(*) FROM bookings")
    return judge(
        number(session, _STAYS_WITHOUT_NIGHTS),
        good=f"the timeline has the nights of {looked_at} bookings, and no others' of them",
        bad=f"{{count}} of {looked_at} bookings lack their nights or keep nights that are not theirs",
    )


def search_index_is_right(session: Session, *, now: datetime) -> Finding:
    """What search reads of a flat follows from the flat, its prices and its occupancies (`flask search check`)."""
    looked_at = number(session, "SELECT count(*) FROM properties")
    return judge(
        len(drift.drifted(session, now=now)),
        good=f"search says of {looked_at} flats what their prices and occupancies say",
        bad=f"{{count}} of {looked_at} flats differ in search: `flask search rebuild` writes them anew",
    )


def holds_end(session: Session, *, now: datetime) -> Finding:
    """No hold, of a booking or of an extension, is older than its end by more than five minutes."""
    return judge(
        number(session, _LAPSED_HOLDS, {"now": now}),
        good="no hold has outlived its end",
        bad="{count} holds ended more than 5 minutes ago and still keep their nights",
    )


CHECKS = (occupancies_do_not_overlap, bookings_have_their_nights, search_index_is_right, holds_end)
