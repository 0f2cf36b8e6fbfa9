"""People, flats and bookings with sensible defaults; each call makes something new."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.details import AccessDetails
from app.domain.accounts.people import phone_token
from app.domain.actor import SYSTEM
from app.domain.bookings import state_machine
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.settle import settle
from app.domain.payments.lifecycle import ProviderEvent
from app.domain.search import index
from app.kit import clock
from app.kit.period import Stay
from app.models import (
    AccessInstructions,
    Booking,
    BookingStatus,
    Channel,
    City,
    CodeMode,
    Coordinates,
    Payment,
    Property,
    PropertyStatus,
    Role,
    TransactionKind,
    TransactionSource,
    User,
    UserProfile,
)

_numbers = itertools.count(secrets.randbelow(5_000_000))

CODES = AccessDetails(
    apartment="45",
    entrance="2",
    floor="7",
    intercom="45К7788",
    key_safe="К4812Ж",
    smart_lock="Щ907355",
    wifi_name="Dom45",
    wifi_password="salem2026",
    directions="Сейф для ключей слева от двери.",
)
"""What the keys of every flat made here are."""


def new_phone() -> str:
    """A phone nobody else in this run has."""
    return f"+7701{next(_numbers) % 10_000_000:07d}"


def make_user(session: Session, *, roles: tuple[Role, ...] = (Role.GUEST,), name: str = "Айгерим Сатпаева") -> UUID:
    """An account; its id."""
    phone = new_phone()
    user = User(
        id=UUID(bytes=secrets.token_bytes(16), version=4),
        phone=phone,
        phone_token=phone_token(phone),
        roles=list(roles),
        created_at=datetime(2025, 1, 10, tzinfo=UTC),
    )
    session.add(user)
    session.flush()
    session.add(UserProfile(user_id=user.id, name=name, language="ru", updated_at=user.created_at))
    session.flush()
    return user.id


def make_property(
    session: Session, *, landlord_id: UUID | None = None, city: str = "almaty", **changes: Any
) -> Property:
    """A published flat with an index row and keys: 15 000 ₸ a night, 4 guests, self check-in, 1…90 nights."""
    city_id = session.scalars(select(City.id).where(City.slug == city)).one()
    values: dict[str, Any] = {
        "landlord_id": landlord_id or make_user(session, roles=(Role.GUEST, Role.LANDLORD), name="Ерлан Ахметов"),
        "city_id": city_id,
        "district_id": None,
        "status": PropertyStatus.PUBLISHED,
        "property_class": "comfort",
        "slug": "kvartira-u-parka",
        "title": {"ru": "Квартира у парка", "kk": "Саябақ жанындағы пәтер", "en": "Flat by the park"},
        "description": {"ru": "Светлая квартира с видом на горы."},
        "street": "улица Сатпаева",
        "building": "90/43",
        "location": Coordinates(76.89, 43.24),
        "rooms": 2,
        "beds": 2,
        "max_guests": 4,
        "area_m2": 54,
        "floor": 7,
        "floors_total": 9,
        "amenities": 3,
        "base_price": 15_000,
        "weekend_price": None,
        "cleaning_fee": 3_000,
        "included_guests": 4,
        "extra_guest_price": 0,
        "one_night_surcharge": 0,
        "deposit": 0,
        "check_in_time": time(14, 0),
        "check_out_time": time(12, 0),
        "cleaning_minutes": 120,
        "self_check_in": True,
        "instant_booking": True,
        "cut_off_time": None,
        "min_nights": 1,
        "max_nights": 90,
        "cancellation_policy": "moderate",
        "rating_sum": 0,
        "rating_count": 0,
        "created_at": datetime(2025, 2, 1, tzinfo=UTC),
        "published_at": datetime(2025, 2, 2, tzinfo=UTC),
    }
    if "max_guests" in changes:
        values["included_guests"] = changes["max_guests"]
    prop = Property(**(values | changes))
    session.add(prop)
    session.flush()
    index.add_row(session, prop, now=clock.now())
    session.add(
        AccessInstructions(
            property_id=prop.id, mode=CodeMode.SHARED, details=CODES.model_dump_json(), updated_at=prop.created_at
        )
    )
    session.flush()
    return prop


def stay_in(days: int, nights: int = 2, *, now: datetime | None = None) -> Stay:
    """A stay that begins so many days from today (Almaty's)."""
    check_in: date = clock.local_date(now or clock.now()) + timedelta(days=days)
    return Stay(check_in, check_in + timedelta(days=nights))


def make_hold(
    session: Session, prop: Property, guest_id: UUID, stay: Stay, *, guests: int = 2, now: datetime | None = None
) -> Booking:
    """A live hold with an intended payment, made by the product's own rules."""
    request = HoldRequest(prop.id, stay, guests)
    return hold(session, request, guest_id=guest_id, channel=Channel.WEB, now=now or clock.now())


def paid_event(payment: Payment, *, at: datetime | None = None, **changes: Any) -> ProviderEvent:
    """The provider says that this payment was paid in full."""
    values: dict[str, Any] = {
        "payment_id": payment.id,
        "kind": TransactionKind.PAID,
        "amount": payment.amount,
        "transaction_id": f"T{secrets.token_hex(8)}",
        "at": at or clock.now(),
        "source": TransactionSource.CALLBACK,
        "provider_id": payment.provider_id or f"K{payment.id}",
    }
    return ProviderEvent(**(values | changes))


def payment_of(session: Session, booking: Booking) -> Payment:
    """The newest payment of a booking."""
    statement = select(Payment).where(Payment.booking_id == booking.id).order_by(Payment.created_at.desc()).limit(1)
    return session.scalars(statement).one()


def make_paid_booking(
    session: Session, prop: Property, guest_id: UUID, stay: Stay, *, guests: int = 2, now: datetime | None = None
) -> Booking:
    """A booking that was held and paid by the product's own rules."""
    moment = now or clock.now()
    booking = make_hold(session, prop, guest_id, stay, guests=guests, now=moment)
    settle(session, paid_event(payment_of(session, booking), at=moment), now=moment)
    session.flush()
    return booking


def make_completed_booking(
    session: Session, prop: Property, guest_id: UUID, *, left: int = 1, nights: int = 2, now: datetime | None = None
) -> Booking:
    """A stay that was paid, took place and ended so many days ago (Almaty's)."""
    moment = now or clock.now()
    booked = moment - timedelta(days=left + nights + 3)
    booking = make_paid_booking(session, prop, guest_id, stay_in(3, nights, now=booked), now=booked)
    state_machine.transition(session, booking, BookingStatus.CHECKED_IN, actor=SYSTEM, now=booking.check_in_at)
    state_machine.transition(session, booking, BookingStatus.COMPLETED, actor=SYSTEM, now=booking.check_out_at)
    session.flush()
    return booking
