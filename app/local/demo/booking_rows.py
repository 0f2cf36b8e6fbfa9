"""Rows of every table that a booking leaves behind, as the product itself would have written them by now.

Prices come from the product's own quote, windows from its house times and keys window. Notifications are not
written: nobody was told about these stays.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.grants import window_of
from app.domain.availability.occupancy import HouseTimes
from app.domain.checkout.hold import HOLD
from app.domain.pricing.quote import Quote, Tariff, quote
from app.kit.period import Stay
from app.kit.reference import ALPHABET
from app.local.demo.copying import Row, copy_rows
from app.local.demo.flat import DemoFlat
from app.local.demo.people import random_uuid
from app.models import (
    Account,
    ActorKind,
    BookingStatus,
    Channel,
    OccupancyKind,
    PaymentStatus,
    PostingKind,
    TransactionKind,
    TransactionSource,
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "bookings": (
        *("id", "reference", "property_id", "guest_id", "status", "channel", "check_in", "check_out", "check_in_at"),
        *("check_out_at", "guests", "quote", "total", "cancellation_policy", "hold_expires_at", "created_at"),
        "confirmed_at",
    ),
    "booking_events": ("booking_id", "from_status", "to_status", "actor_kind", "actor_id", "reason", "at"),
    "audit_entries": ("at", "actor_kind", "actor_id", "action", "subject_kind", "subject_id", "details"),
    "payments": (*("id", "booking_id", "amount", "status", "provider_id", "expires_at", "paid_at", "created_at"),),
    "transactions": ("payment_id", "external_id", "kind", "source", "amount", "at", "received_at"),
    "ledger_entries": ("posting_id", "kind", "account", "amount", "booking_id", "payment_id", "at"),
    "access_grants": ("booking_id", "codes_sealed", "valid_from", "valid_until", "sent_at", "created_at"),
    "occupancies": ("property_id", "kind", "booking_id", "during", "created_at"),
}
"""Tables in the order in which they must be written, with the columns that are filled."""


@dataclass(frozen=True, slots=True)
class PlannedBooking:
    """A paid booking to write down."""

    id: int
    property_id: int
    flat: DemoFlat
    guest_id: UUID
    stay: Stay
    guests: int
    created_at: datetime


@dataclass(slots=True)
class BookingRows:
    """Collects rows by table; `write` copies them in an order that foreign keys accept."""

    now: datetime
    rng: random.Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def add(self, plan: PlannedBooking) -> BookingStatus:
        """A booking that was paid two minutes after it was made; returns the state it is in now."""
        times = times_of(plan.flat)
        check_in_at, check_out_at = times.check_in_at(plan.stay), times.check_out_at(plan.stay)
        price = quote(Tariff(plan.flat.base_price, plan.flat.weekend_price, plan.flat.cleaning_fee), plan.stay)
        paid_at = plan.created_at + timedelta(seconds=self.rng.randint(50, 240))
        history = _history(plan, paid_at, check_in_at, check_out_at, now=self.now)
        status = history[-1][1]
        self.rows["bookings"].append(
            (
                *(plan.id, reference_of(plan.id), plan.property_id, plan.guest_id, status.value, Channel.WEB.value),
                *(plan.stay.check_in, plan.stay.check_out, check_in_at, check_out_at, plan.guests),
                *(json.dumps(price.as_json()), price.total, plan.flat.policy.value, None, plan.created_at, paid_at),
            )
        )
        self._add_history(plan, history)
        self._add_money(plan, price, paid_at)
        self._add_grant(plan, check_in_at, check_out_at, paid_at)
        self.add_occupancy(plan.property_id, plan.flat, plan.stay, plan.created_at, booking_id=plan.id)
        return status

    def add_occupancy(
        self, property_id: int, flat: DemoFlat, stay: Stay, at: datetime, *, booking_id: int | None = None
    ) -> None:
        """Nights taken by a booking or, without one, by the landlord."""
        window = times_of(flat).window(stay)
        kind = OccupancyKind.BLOCK if booking_id is None else OccupancyKind.BOOKING
        self.rows["occupancies"].append((property_id, kind.value, booking_id, f"[{window.lower},{window.upper})", at))

    def write(self, session: Session) -> None:
        """Copy everything."""
        for table, columns in COLUMNS.items():
            copy_rows(session, table, columns, self.rows[table])

    def _add_history(self, plan: PlannedBooking, history: list[_Step]) -> None:
        for before, after, actor, at in history:
            guest = plan.guest_id if actor is ActorKind.GUEST else None
            reason = {BookingStatus.HELD: "", BookingStatus.CONFIRMED: "paid"}.get(after, "time")
            self.rows["booking_events"].append((plan.id, before, after.value, actor.value, guest, reason, at))
            self._audit(f"booking.{after}", plan.id, actor, at, guest=guest, reason=reason)

    def _add_money(self, plan: PlannedBooking, price: Quote, paid_at: datetime) -> None:
        payment_id = random_uuid(self.rng)
        provider_id = f"demo-{payment_id.hex[:12]}"
        self.rows["payments"].append(
            (
                *(payment_id, plan.id, price.total, PaymentStatus.PAID.value, provider_id, plan.created_at + HOLD),
                *(paid_at, plan.created_at),
            )
        )
        kind, source = TransactionKind.PAID.value, TransactionSource.CALLBACK.value
        external_id = f"{kind}:demo-{payment_id.hex[12:]}"
        self.rows["transactions"].append((payment_id, external_id, kind, source, price.total, paid_at, paid_at))
        posting_id = random_uuid(self.rng)
        for account, amount in ((Account.KASPI_CLEARING, price.total), (Account.GUEST_PREPAYMENTS, -price.total)):
            self.rows["ledger_entries"].append(
                (
                    *(posting_id, PostingKind.PAYMENT_CAPTURED.value, account.value, amount),
                    *(plan.id, payment_id, paid_at),
                )
            )

    def _add_grant(
        self, plan: PlannedBooking, check_in_at: datetime, check_out_at: datetime, paid_at: datetime
    ) -> None:
        window = window_of(check_in_at, check_out_at)
        sent_at = max(window.opens_at, paid_at)
        has_been_sent = sent_at <= self.now
        self.rows["access_grants"].append(
            (plan.id, None, window.opens_at, window.closes_at, sent_at if has_been_sent else None, paid_at)
        )
        self._audit("access.granted", plan.id, ActorKind.SYSTEM, paid_at)
        if has_been_sent:
            self._audit("access.sent", plan.id, ActorKind.SYSTEM, sent_at)

    def _audit(
        self,
        action: str,
        booking_id: int,
        actor: ActorKind,
        at: datetime,
        *,
        guest: UUID | None = None,
        reason: str | None = None,
    ) -> None:
        details = "{}" if reason is None else _DETAILS[reason]
        self.rows["audit_entries"].append((at, actor.value, guest, action, "booking", str(booking_id), details))


def reference_of(booking_id: int) -> str:
    """A reference that looks random and belongs to one id only: a multiplication modulo 27⁸, written in 27 letters."""
    number = booking_id * _SPREAD % len(ALPHABET) ** _LENGTH
    letters = []
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


_LENGTH = 8
_SPREAD = 174_551_093_471
"""Not a multiple of 3, hence prime to 27⁸."""
_DETAILS = {reason: json.dumps({"reason": reason}) for reason in ("", "paid", "time")}
_Step = tuple[str | None, BookingStatus, ActorKind, datetime]


def times_of(flat: DemoFlat) -> HouseTimes:
    """When nights begin and end in this flat."""
    return HouseTimes(flat.check_in_time, flat.check_out_time, timedelta(minutes=flat.cleaning_minutes))


def _history(
    plan: PlannedBooking, paid_at: datetime, check_in_at: datetime, check_out_at: datetime, *, now: datetime
) -> list[_Step]:
    """Held, confirmed and, as far as time has come, checked in and completed."""
    steps: list[_Step] = [
        (None, BookingStatus.HELD, ActorKind.GUEST, plan.created_at),
        (BookingStatus.HELD.value, BookingStatus.CONFIRMED, ActorKind.SYSTEM, paid_at),
    ]
    for before, after, moment in (
        (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, check_in_at),
        (BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, check_out_at),
    ):
        if moment <= now:
            steps.append((before.value, after, ActorKind.SYSTEM, moment))
    return steps
