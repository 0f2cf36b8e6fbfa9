"""«After the stay»: guests are asked for a review, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.accounts import people
from app.domain.reviews.requests import ask_for_reviews
from app.models import Booking, BookingStatus, Notification, NotificationKind, OutboxItem
from tests.domain.reviewed import Stay

ELEVEN = datetime(2027, 5, 20, 6, 0, tzinfo=UTC)
"""11:00 in Almaty, when guests are asked."""


@pytest.fixture
def stay(app: Flask) -> Stay:
    return Stay()


def asked(stay: Stay) -> int:
    with transaction() as session:
        return len(
            session.scalars(
                select(Notification).where(
                    Notification.booking_id == stay.booking_id, Notification.kind == NotificationKind.REVIEW_REQUEST
                )
            ).all()
        )


@pytest.mark.parametrize(("left", "times"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, 0), (30, 0)])
def test_guests_are_asked_the_next_day_or_up_to_three_days_later(app: Flask, left: int, times: int) -> None:
    stay = Stay(left=left, now=ELEVEN + timedelta(hours=8 if left == 0 else 0))
    with transaction() as session:
        ask_for_reviews(session, now=ELEVEN)
    assert asked(stay) == times


def test_a_guest_is_asked_once_however_often_the_job_runs(app: Flask) -> None:
    stay = Stay(now=ELEVEN)
    for hours in (0, 1, 24, 48):
        with transaction() as session:
            ask_for_reviews(session, now=ELEVEN + timedelta(hours=hours))
    assert asked(stay) == 1
    with transaction() as session:
        row = session.scalars(select(Notification).where(Notification.dedup_key == f"review:{stay.booking_id}")).one()
        assert row.user_id == stay.guest_id
        assert session.scalars(select(OutboxItem).where(OutboxItem.subject_id == str(row.id))).one()


def test_who_has_written_or_was_blocked_is_not_asked(app: Flask) -> None:
    written, blocked, cancelled = (Stay(now=ELEVEN) for _ in range(3))
    written.write(ELEVEN)
    with transaction() as session:
        people.block(session, blocked.guest_id, staff_id=written.landlord_id, now=ELEVEN)
        session.get_one(Booking, cancelled.booking_id).status = BookingStatus.NO_SHOW
    with transaction() as session:
        ask_for_reviews(session, now=ELEVEN)
    assert [asked(each) for each in (written, blocked, cancelled)] == [0, 0, 0]


def test_a_batch_is_as_large_as_was_asked_for_and_the_next_goes_on(app: Flask) -> None:
    stays = [Stay(now=ELEVEN) for _ in range(3)]
    counts = []
    for _ in range(20):
        with transaction() as session:
            counts.append(ask_for_reviews(session, now=ELEVEN, limit=2))
        if not counts[-1]:
            break
    assert counts[0] == 2
    assert counts[-1] == 0
    assert [asked(stay) for stay in stays] == [1, 1, 1]
