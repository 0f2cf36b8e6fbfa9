"""A guest's bookings as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.engine import Connection

from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardInfo, card_from
from app.domain.pricing.quote import Quote
from app.kit.money import Tenge
from app.models import BookingStatus, PaymentStatus, PayMethod
from app.models.sealed import key_ring, place_of

LIST_LIMIT = 200


@dataclass(frozen=True, slots=True)
class BookingInfo:
    """One booking with its flat. `keys_from` and `keys_until` are set once it is paid (UTC).

    `quote` is what it was booked with, `total` (tenge) what the stay costs with the changes that took effect.
    """

    id: int
    reference: str
    status: BookingStatus
    card: CardInfo
    city_slug: str
    check_in: date
    check_out: date
    check_in_at: datetime
    check_out_at: datetime
    guests: int
    quote: Quote
    total: Tenge
    cancellation_policy: str
    hold_expires_at: datetime | None
    answer_by: datetime | None
    created_at: datetime
    confirmed_at: datetime | None
    keys_from: datetime | None
    keys_until: datetime | None
    keys_are_new: bool
    """The landlord changed the codes and the guest has not seen the new ones."""
    is_reviewed: bool

    @property
    def nights(self) -> int:
        """How many nights."""
        return (self.check_out - self.check_in).days


@dataclass(frozen=True, slots=True)
class LatestPayment:
    """The newest attempt to pay for a booking, or for an extension.

    After `good_until` what it shows cannot be paid any more; `phone` is whose app has the bill, while it is open.
    """

    status: PaymentStatus
    method: PayMethod
    pay_url: str | None
    qr_text: str | None
    phone: str | None
    good_until: datetime | None
    created_at: datetime
    is_stuck: bool
    """Money of it, by whichever attempt, waits on the staff's review list."""


@dataclass(frozen=True, slots=True)
class StayDetails:
    """What the booking page adds: address parts, the landlord's sealed name, and the history."""

    street: str
    building: str
    landlord_id: UUID
    landlord_name_sealed: bytes | None
    events: tuple[tuple[BookingStatus, datetime], ...]
    host_reason: str
    """Code of the reason for which the landlord declined or cancelled; empty without one."""


_COLUMNS = f"""
    {CARD_COLUMNS}, b.id AS booking_id, b.reference, b.status, b.check_in, b.check_out, b.check_in_at, b.check_out_at,
    b.guests, b.quote, cardinality(b.night_prices) AS quoted_nights, b.cancellation_policy, b.hold_expires_at,
    b.answer_by, b.created_at, b.confirmed_at, c.slug AS city_slug, g.valid_from AS keys_from,
    g.valid_until AS keys_until, coalesce(g.issue > 1 AND g.seen_issue IS DISTINCT FROM g.issue, false) AS keys_are_new,
    b.total + coalesce((
        SELECT sum(CASE a.kind WHEN 'extension' THEN a.total ELSE -a.total END) FROM booking_amendments a
        WHERE a.booking_id = b.id AND a.status = 'confirmed'
    ), 0) AS changed_total,
    EXISTS (SELECT FROM reviews r WHERE r.booking_id = b.id) AS is_reviewed
"""  # noqa: S608  # fixed texts
_FROM = f"""
    FROM bookings b JOIN properties p ON p.id = b.property_id {CARD_JOINS}
    LEFT JOIN access_grants g ON g.booking_id = b.id AND g.revoked_at IS NULL
"""
_LIST = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE b.guest_id = :guest_id ORDER BY b.check_in DESC, b.id DESC LIMIT {LIST_LIMIT}"
)
_ONE = text(f"SELECT {_COLUMNS} {_FROM} WHERE b.guest_id = :guest_id AND b.reference = :reference")
_LATEST_PAYMENT = """
    SELECT id, status, method, pay_url, qr_text, phone_sealed, provider_expires_at, created_at,
        bool_or(status = 'paid' AND review_reason IS NOT NULL) OVER () AS is_stuck
    FROM payments
"""
_PAYMENT = text(f"{_LATEST_PAYMENT} WHERE booking_id = :id AND amendment_id IS NULL ORDER BY created_at DESC LIMIT 1")
_EXTENSION_PAYMENT = text(f"{_LATEST_PAYMENT} WHERE amendment_id = :id ORDER BY created_at DESC LIMIT 1")
_DETAILS = text(
    "SELECT p.street, p.building, p.landlord_id, up.name_sealed"
    " FROM bookings b JOIN properties p ON p.id = b.property_id"
    " LEFT JOIN user_profiles up ON up.user_id = p.landlord_id WHERE b.id = :id"
)
_UNANSWERED = text(
    "SELECT 1 FROM booking_events WHERE booking_id = :id AND from_status = 'requested' AND to_status = 'expired'"
)
_EVENTS = text("SELECT to_status, at, reason FROM booking_events WHERE booking_id = :id ORDER BY id")
_ENDED_BY_HOST = frozenset({BookingStatus.DECLINED, BookingStatus.CANCELLED_BY_LANDLORD})


def bookings_of(connection: Connection, guest_id: UUID, *, language: str) -> list[BookingInfo]:
    """A guest's bookings, the latest check-in first."""
    rows = connection.execute(_LIST, {"guest_id": guest_id, "lang": language})
    return [_booking(row) for row in rows]


def booking_of(connection: Connection, guest_id: UUID, reference: str, *, language: str) -> BookingInfo | None:
    """One booking of this guest; None for anyone else's."""
    params = {"guest_id": guest_id, "reference": reference, "lang": language}
    row = connection.execute(_ONE, params).one_or_none()
    return None if row is None else _booking(row)


def latest_payment(connection: Connection, booking_id: int) -> LatestPayment | None:
    """How the newest attempt to pay stands."""
    return _latest(connection.execute(_PAYMENT, {"id": booking_id}).one_or_none())


def latest_payment_of_extension(connection: Connection, amendment_id: int) -> LatestPayment | None:
    """How the newest attempt to pay for an extension stands."""
    return _latest(connection.execute(_EXTENSION_PAYMENT, {"id": amendment_id}).one_or_none())


def was_answered(connection: Connection, booking_id: int) -> bool:
    """Of a request that is over: did the landlord answer it? Also true of what never was a request."""
    return connection.execute(_UNANSWERED, {"id": booking_id}).first() is None


def _latest(row: Row[tuple[object, ...]] | None) -> LatestPayment | None:
    if row is None:
        return None
    sealed, place = row.phone_sealed, place_of("payments", "phone_sealed", row.id)
    return LatestPayment(
        status=PaymentStatus(row.status),
        method=PayMethod(row.method),
        pay_url=row.pay_url,
        qr_text=row.qr_text,
        phone=None if sealed is None else key_ring().open(sealed, place=place),
        good_until=row.provider_expires_at,
        created_at=row.created_at,
        is_stuck=row.is_stuck,
    )


def stay_details(connection: Connection, booking_id: int) -> StayDetails:
    """Where the flat is, whose it is, and what happened to the booking."""
    row = connection.execute(_DETAILS, {"id": booking_id}).one()
    events = connection.execute(_EVENTS, {"id": booking_id}).all()
    return StayDetails(
        row.street,
        row.building,
        row.landlord_id,
        row.name_sealed,
        tuple((BookingStatus(event.to_status), event.at) for event in events),
        next((event.reason for event in events if event.to_status in _ENDED_BY_HOST), ""),
    )


def _booking(row: Row[tuple[object, ...]]) -> BookingInfo:
    return BookingInfo(
        id=row.booking_id,
        reference=row.reference,
        status=BookingStatus(row.status),
        card=card_from(row),
        city_slug=row.city_slug,
        check_in=row.check_in,
        check_out=row.check_out,
        check_in_at=row.check_in_at,
        check_out_at=row.check_out_at,
        guests=row.guests,
        quote=Quote.from_json(row.quoted_nights, row.quote),
        total=Tenge(int(row.changed_total)),
        cancellation_policy=row.cancellation_policy,
        hold_expires_at=row.hold_expires_at,
        answer_by=row.answer_by,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
        keys_from=row.keys_from,
        keys_until=row.keys_until,
        keys_are_new=row.keys_are_new,
        is_reviewed=row.is_reviewed,
    )
