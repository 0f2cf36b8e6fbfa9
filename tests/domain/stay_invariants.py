"""What is true of a flat's bookings, nights, keys and money after whatever happened (promise 3).

Read past the product's code: plain SQL, and arithmetic written anew here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from app.domain.bookings.state_machine import ALLOWED
from app.models import BookingStatus

NIGHTS = 512
HORIZON = 500
KEEPS_NIGHTS = {"held", "confirmed", "checked_in", "completed"}
STANDS = {"confirmed", "checked_in", "completed"}
_LOCAL = timedelta(hours=5)
"""Clocks in Almaty are so far ahead of UTC."""


class Facts:
    """Everything the database says of some flats."""

    def __init__(self, connection: psycopg.Connection[Any], flats: Sequence[int]) -> None:
        self._connection = connection
        self._ids = list(flats)
        self.flats = self._rows(
            "SELECT p.id, p.check_in_time, p.check_out_time, p.cleaning_minutes, s.busy::text FROM properties p"
            " JOIN property_search s ON s.property_id = p.id WHERE p.id = ANY(%s)"
        )
        self.taken = self._rows(
            "SELECT id, property_id, kind, booking_id, amendment_id, lower(during) AS since, upper(during) AS until"
            " FROM occupancies WHERE property_id = ANY(%s) ORDER BY property_id, lower(during)"
        )
        self.bookings = self._rows(
            "SELECT b.id, b.property_id, b.status, b.check_in, b.check_out, b.check_out_at, b.confirmed_at, b.total,"
            " g.valid_until, g.revoked_at, g.booking_id IS NOT NULL AS has_grant,"
            " (SELECT json_agg(json_build_array(e.from_status, e.to_status) ORDER BY e.id) FROM booking_events e"
            "  WHERE e.booking_id = b.id) AS history,"
            " (SELECT coalesce(sum(amount), 0) FROM refunds r WHERE r.booking_id = b.id) AS refunded,"
            " (SELECT coalesce(sum(amount), 0) FROM ledger_entries l WHERE l.booking_id = b.id"
            "  AND account = 'kaspi_clearing' AND kind = 'payment_captured') AS captured,"
            " (SELECT count(*) FROM (SELECT sum(amount) AS rest FROM ledger_entries l WHERE l.booking_id = b.id"
            "  GROUP BY posting_id) AS postings WHERE rest <> 0) AS unbalanced"
            " FROM bookings b LEFT JOIN access_grants g ON g.booking_id = b.id WHERE b.property_id = ANY(%s)"
        )
        self.amendments = self._rows(
            "SELECT a.id, a.booking_id, a.kind, a.status, a.check_out_before, a.check_out FROM booking_amendments a"
            " JOIN bookings b ON b.id = a.booking_id WHERE b.property_id = ANY(%s)"
        )
        self.payments = self._rows(
            "SELECT p.id, p.booking_id, p.amendment_id, p.status, p.amount, p.review_reason,"
            " (SELECT count(*) FROM transactions t WHERE t.payment_id = p.id AND t.kind = 'paid') AS charges,"
            " (SELECT coalesce(sum(t.amount), 0) FROM transactions t WHERE t.payment_id = p.id AND t.kind = 'paid')"
            "  AS charged,"
            " (SELECT coalesce(sum(l.amount), 0) FROM ledger_entries l WHERE l.payment_id = p.id"
            "  AND account = 'kaspi_clearing' AND kind = 'payment_captured') AS posted"
            " FROM payments p JOIN bookings b ON b.id = p.booking_id WHERE b.property_id = ANY(%s)"
        )

    def _rows(self, query: str) -> list[Any]:
        with self._connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query.encode(), (self._ids,)).fetchall()

    def check(self, *, now: datetime) -> None:
        """Every invariant. Raises AssertionError that says which one is violated."""
        self.no_two_have_the_same_time()
        self.rings_say_what_occupancies_say(now)
        self.each_booking_has_exactly_its_nights()
        self.keys_belong_to_paid_stays()
        self.history_is_a_path_of_the_table()
        self.every_tenge_is_accounted_for()

    def no_two_have_the_same_time(self) -> None:
        """Occupancies of one flat do not overlap."""
        for one, other in zip(self.taken, self.taken[1:], strict=False):
            assert one.property_id != other.property_id or one.until <= other.since, ("overlap", one, other)

    def rings_say_what_occupancies_say(self, now: datetime) -> None:
        """Bit by bit for every night that can be booked."""
        today = (now + _LOCAL).date()
        coming = [today + timedelta(days=n) for n in range(HORIZON)]
        for flat in self.flats:
            expected = {night for row in self.taken if row.property_id == flat.id for night in _met(flat, row)}
            shown = {night for night in coming if flat.busy[night.toordinal() % NIGHTS] == "1"}
            assert shown == expected & set(coming), ("ring", flat.id, sorted(shown ^ (expected & set(coming))))

    def each_booking_has_exactly_its_nights(self) -> None:
        """A live booking its stay, a held extension what it adds; ended ones nothing, and the nights of nobody else."""
        flats = {flat.id: flat for flat in self.flats}
        held = {row.booking_id: row for row in self.amendments if row.status == "held"}
        found: dict[int, list[tuple[int | None, datetime, datetime]]] = defaultdict(list)
        for row in self.taken:
            if row.booking_id is not None:
                found[row.booking_id].append((row.amendment_id, row.since, row.until))
        for booking in self.bookings:
            flat, expected = flats[booking.property_id], []
            if booking.status in KEEPS_NIGHTS:
                expected.append((None, *_window(flat, booking.check_in, booking.check_out)))
            if booking.id in held:
                added = held[booking.id]
                expected.append((added.id, *_window(flat, added.check_out_before, added.check_out)))
            by_amendment = lambda row: str(row[0])  # noqa: E731
            assert sorted(found[booking.id], key=by_amendment) == sorted(expected, key=by_amendment), (
                "nights",
                booking,
                expected,
            )

    def keys_belong_to_paid_stays(self) -> None:
        """Every paid stay that stands has keys until its check-out; nobody else has any."""
        for booking in self.bookings:
            if booking.status in STANDS:
                assert booking.has_grant, ("no keys", booking)
                assert booking.revoked_at is None, ("keys revoked", booking)
                assert booking.valid_until == booking.check_out_at, ("keys end otherwise than the stay", booking)
            else:
                assert not booking.has_grant or booking.revoked_at is not None, ("keys left", booking)

    def history_is_a_path_of_the_table(self) -> None:
        """From nothing to the present state, each step allowed."""
        for booking in self.bookings:
            assert booking.history[0][0] is None, ("history", booking)
            for (_, before), (leaves, enters) in zip(booking.history, booking.history[1:], strict=False):
                assert before == leaves, ("history", booking)
                assert BookingStatus(enters) in ALLOWED[BookingStatus(leaves)], ("history", booking)
            assert booking.history[-1][1] == booking.status, ("history", booking)
            was_paid = any(enters == "confirmed" for _, enters in booking.history)
            assert was_paid == (booking.confirmed_at is not None), ("history", booking)

    def every_tenge_is_accounted_for(self) -> None:
        """Postings balance and hold every charge; money is for a stay or flagged; no more goes back than came in."""
        confirmed = {row.id for row in self.amendments if row.status == "confirmed" and row.kind == "extension"}
        stays = {row.id for row in self.bookings if row.confirmed_at is not None}
        used: Counter[tuple[int, int | None]] = Counter()
        paid: Counter[tuple[int, int | None]] = Counter()
        for payment in self.payments:
            assert payment.posted == payment.charged, ("charge not posted", payment)
            if payment.status != "paid":
                assert payment.charged == 0 or payment.review_reason, ("charged but not paid", payment)
                continue
            purpose = (payment.booking_id, payment.amendment_id)
            paid[purpose] += 1
            used[purpose] += payment.review_reason is None
            assert payment.charges == 1 or payment.review_reason is not None, ("charged twice unseen", payment)
            is_used = payment.amendment_id in confirmed if payment.amendment_id else payment.booking_id in stays
            assert is_used or payment.review_reason is not None, ("money without a stay", payment)
        assert all(count <= 1 for count in used.values()), ("paid twice unseen", used)
        assert all(paid[stay, None] for stay in stays), "a stay nobody paid for"
        bought = {row.id: row.booking_id for row in self.amendments if row.id in confirmed}
        assert all(paid[booking, amendment] for amendment, booking in bought.items()), "nights nobody paid for"
        for booking in self.bookings:
            assert booking.unbalanced == 0, ("ledger", booking)
            assert booking.refunded <= booking.captured, ("more goes back than came in", booking)


def _window(flat: Any, check_in: date, check_out: date) -> tuple[datetime, datetime]:
    until = _at(check_out, flat.check_out_time) + timedelta(minutes=flat.cleaning_minutes)
    return _at(check_in, flat.check_in_time), until


def _at(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, UTC) - _LOCAL


def _met(flat: Any, row: Any) -> list[date]:
    """The nights whose windows meet an occupancy, each compared."""
    first, found = (row.since + _LOCAL).date() - timedelta(days=1), []
    for n in range((row.until - row.since).days + 4):
        night = first + timedelta(days=n)
        since, until = _window(flat, night, night + timedelta(days=1))
        if since < row.until and row.since < until:
            found.append(night)
    return found
