"""Keys: who may see them, when, and where they can be found (promise 24 below the web)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import transaction
from app.domain.access import grants
from app.domain.access.details import AccessDetails, BookingCodes
from app.domain.actor import SYSTEM, Actor
from app.domain.bookings import state_machine
from app.kit.crypto import SealError
from app.kit.errors import DomainError
from app.models import (
    AccessGrant,
    AccessInstructions,
    ActorKind,
    AuditEntry,
    Booking,
    BookingStatus,
    Notification,
    Property,
    Role,
)
from tests import factories

SECRETS = [factories.CODES.intercom, factories.CODES.key_safe, factories.CODES.smart_lock]
SECRETS += [factories.CODES.wifi_password, factories.CODES.directions]


class Paid(NamedTuple):
    """A paid booking for 5 days from now."""

    id: int
    reference: str
    guest_id: UUID
    property_id: int
    opens_at: datetime
    closes_at: datetime


@pytest.fixture
def paid(app: Flask, now: datetime) -> Paid:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(5), now=now)
        opens_at = booking.check_in_at - timedelta(hours=24)
        return Paid(booking.id, booking.reference, guest, prop.id, opens_at, booking.check_out_at)


def reveal(paid: Paid, *, by: UUID | None = None, at: datetime) -> AccessDetails:
    with transaction() as session:
        return grants.reveal(session, paid.reference, guest_id=by or paid.guest_id, now=at)


def reveals(paid: Paid) -> int:
    with transaction() as session:
        statement = select(func.count()).select_from(AuditEntry)
        statement = statement.where(AuditEntry.action == "access.revealed", AuditEntry.subject_id == str(paid.id))
        return session.scalar(statement) or 0


def test_every_reveal_is_audited_and_no_refusal_is_taken_for_one(paid: Paid) -> None:
    """Promise 24."""
    with pytest.raises(DomainError):
        reveal(paid, at=paid.opens_at - timedelta(seconds=1))
    assert reveals(paid) == 0
    for count in (1, 2, 3):
        assert reveal(paid, at=paid.opens_at) == factories.CODES
        assert reveals(paid) == count
    with transaction() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "access.revealed", AuditEntry.subject_id == str(paid.id))
        ).first()
        assert entry is not None
        assert (entry.actor_kind, entry.actor_id) == (ActorKind.GUEST, paid.guest_id)


def test_what_is_not_committed_as_audited_is_not_shown(paid: Paid) -> None:
    """Promise 24: the audit entry is in the reveal's own transaction."""

    def reveal_and_fail() -> None:
        with transaction() as session:
            grants.reveal(session, paid.reference, guest_id=paid.guest_id, now=paid.opens_at)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        reveal_and_fail()
    assert reveals(paid) == 0


@pytest.mark.parametrize("who", ["landlord", "other guest", "support"])
def test_nobody_but_the_guest_gets_the_guests_keys(paid: Paid, who: str) -> None:
    """Promise 24: for everyone else such a booking does not exist. (Landlords and staff get screens of their own.)"""
    with transaction() as session:
        others = {
            "landlord": session.get_one(Property, paid.property_id).landlord_id,
            "other guest": factories.make_user(session),
            "support": factories.make_user(session, roles=(Role.SUPPORT,)),
        }
    with pytest.raises(DomainError, match="booking_unknown"):
        reveal(paid, by=others[who], at=paid.opens_at)
    assert reveals(paid) == 0


@pytest.mark.parametrize(
    ("seconds_from_opening", "code"), [(-1, "keys_too_early"), (-86_400 * 3, "keys_too_early"), (0, None), (1, None)]
)
def test_keys_open_24_hours_before_check_in(paid: Paid, seconds_from_opening: int, code: str | None) -> None:
    """Promise 24."""
    moment = paid.opens_at + timedelta(seconds=seconds_from_opening)
    if code is None:
        assert reveal(paid, at=moment).key_safe == factories.CODES.key_safe
    else:
        with pytest.raises(DomainError, match=code):
            reveal(paid, at=moment)


@pytest.mark.parametrize(("seconds", "closed"), [(-1, False), (0, True), (1, True), (86_400 * 30, True)])
def test_keys_close_at_check_out(paid: Paid, seconds: int, closed: bool) -> None:
    """Promise 24."""
    moment = paid.closes_at + timedelta(seconds=seconds)
    if closed:
        with pytest.raises(DomainError, match="keys_closed"):
            reveal(paid, at=moment)
    else:
        assert reveal(paid, at=moment).key_safe == factories.CODES.key_safe


@pytest.mark.parametrize("status", ["cancelled_by_guest", "cancelled_by_landlord", "cancelled_by_staff"])
def test_a_cancelled_booking_has_no_keys(paid: Paid, status: str) -> None:
    """Promise 24."""
    with transaction() as session:
        booking = session.get_one(Booking, paid.id, with_for_update=True)
        state_machine.transition(session, booking, BookingStatus(status), actor=SYSTEM, now=paid.opens_at)
    with pytest.raises(DomainError, match="keys_not_paid"):
        reveal(paid, at=paid.opens_at)


def test_a_revoked_grant_opens_nothing(paid: Paid) -> None:
    """Promise 24."""
    with transaction() as session:
        session.get_one(AccessGrant, paid.id).revoked_at = paid.opens_at
    with pytest.raises(DomainError, match="keys_not_paid"):
        reveal(paid, at=paid.opens_at)


def test_a_hold_that_is_not_paid_has_no_keys(app: Flask, now: datetime) -> None:
    """Promise 24."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(1), now=now)
        assert session.get(AccessGrant, booking.id) is None
    with pytest.raises(DomainError, match="keys_not_paid"), transaction() as session:
        grants.reveal(session, booking.reference, guest_id=guest, now=booking.check_in_at)


def test_codes_made_for_one_booking_replace_the_flats_own(paid: Paid) -> None:
    with transaction() as session:
        session.get_one(AccessGrant, paid.id).codes = BookingCodes(key_safe="7777").model_dump_json()
    shown = reveal(paid, at=paid.opens_at)
    assert (shown.key_safe, shown.smart_lock) == ("7777", factories.CODES.smart_lock)


def test_keys_swapped_between_two_flats_do_not_open(app: Flask, now: datetime) -> None:
    """Promise 24: who can write to the table cannot make the portal show another flat's codes."""
    with transaction() as session:
        one, other = factories.make_property(session), factories.make_property(session)
        guest = factories.make_user(session)
        booking = factories.make_paid_booking(session, one, guest, factories.stay_in(5), now=now)
        rows = [session.get_one(AccessInstructions, prop.id) for prop in (one, other)]
        rows[0].details_sealed, rows[1].details_sealed = rows[1].details_sealed, rows[0].details_sealed
    with pytest.raises(SealError), transaction() as session:
        grants.reveal(session, booking.reference, guest_id=guest, now=booking.check_in_at)
    with transaction() as session:
        grant = session.get_one(AccessGrant, booking.id)
        assert grant.revealed_at is None


def test_a_grants_codes_moved_to_another_booking_do_not_open(app: Flask, now: datetime) -> None:
    """Promise 24."""
    with transaction() as session:
        guest = factories.make_user(session)
        made = [
            factories.make_paid_booking(session, factories.make_property(session), guest, factories.stay_in(5), now=now)
            for _ in range(2)
        ]
        first, second = (session.get_one(AccessGrant, booking.id) for booking in made)
        first.codes = BookingCodes(key_safe="7777").model_dump_json()
        second.codes_sealed = first.codes_sealed
    with pytest.raises(SealError), transaction() as session:
        grants.reveal(session, made[1].reference, guest_id=guest, now=made[1].check_in_at)


def test_keys_are_sent_once_when_their_time_comes(paid: Paid) -> None:
    def sent() -> int:
        with transaction() as session:
            statement = select(func.count()).select_from(Notification)
            return session.scalar(statement.where(Notification.dedup_key == f"keys:{paid.id}")) or 0

    for moment, count in [
        (paid.opens_at - timedelta(seconds=1), 0),
        (paid.opens_at, 1),
        (paid.opens_at + timedelta(hours=1), 1),
        (paid.closes_at + timedelta(hours=1), 1),
    ]:
        with transaction() as session:
            grants.send_due(session, now=moment)
        assert sent() == count


def test_keys_are_not_sent_after_the_stay_nor_for_cancelled_bookings(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest = factories.make_user(session)
        late, cancelled = (
            factories.make_paid_booking(session, factories.make_property(session), guest, factories.stay_in(5), now=now)
            for _ in range(2)
        )
        state_machine.transition(
            session, cancelled, BookingStatus.CANCELLED_BY_GUEST, actor=Actor.guest(guest), now=now
        )
    for booking, moment in ((late, late.check_out_at), (cancelled, cancelled.check_in_at)):
        with transaction() as session:
            grants.send_due(session, now=moment)
            keys = f"keys:{booking.id}"
            assert session.scalars(select(Notification).where(Notification.dedup_key == keys)).one_or_none() is None


def readable_rows(database_url: str) -> str:
    """Every row of every table as text, sealed columns included (as hex and as raw bytes)."""
    found = []
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                found += [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(found)


def test_codes_are_found_nowhere_in_the_database(paid: Paid, database_url: str) -> None:
    """Promise 24: after granting, sending and revealing: not in audit, outbox, notifications, bookings or anywhere."""
    with transaction() as session:
        grants.send_due(session, now=paid.opens_at)
    reveal(paid, at=paid.opens_at)
    rows = readable_rows(database_url)
    assert paid.reference in rows, "the search looks at the right place"
    for secret in SECRETS:
        assert secret not in rows
        assert secret.encode().hex() not in rows


def test_control_an_unsealed_code_would_be_found(paid: Paid, database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        connection.execute(
            "INSERT INTO audit_entries (at, actor_kind, action, subject_kind, subject_id, details)"
            " VALUES (now(), 'system', 'test.leak', 'test', '1', '{\"note\": \"leaked-9F3K\"}')"
        )
    assert "leaked-9F3K" in readable_rows(database_url)
