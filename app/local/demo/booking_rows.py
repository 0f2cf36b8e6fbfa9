"""Rows of every table that a booking leaves behind, as the product itself would have written them by now.

Prices come from the product's own quote, windows from its house times and keys window. Notifications are not
written: nobody was told about these stays. Rows are lines of COPY (`app.local.demo.copying`): a booking has fifteen,
and `seed-scale` writes a hundred thousand bookings.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.details import BookingCodes
from app.domain.access.grants import window_of
from app.domain.availability.occupancy import HouseTimes
from app.domain.checkout.limits import HOLD
from app.domain.checkout.request import ACCEPTED_HOLD
from app.domain.checkout.sharing import SHARE_AFTER
from app.domain.pricing.promo import UsablePromo
from app.domain.pricing.quote import LineKind, Quote, quote
from app.kit.period import Stay
from app.kit.reference import ALPHABET
from app.local.demo.booking_history import Step, steps_until
from app.local.demo.copying import NULL, copy_lines
from app.local.demo.directions import lock_code
from app.local.demo.flat import DemoFlat
from app.local.demo.kaspi_numbers import payment_number, transaction_number
from app.local.demo.people import random_uuid
from app.models import (
    Account,
    ActorKind,
    BookingStatus,
    Channel,
    CodeMode,
    OccupancyKind,
    PaymentStatus,
    PostingKind,
    TransactionKind,
    TransactionSource,
)
from app.models.sealed import key_ring, place_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "bookings": (
        *("id", "reference", "property_id", "guest_id", "status", "channel", "check_in", "check_out", "check_in_at"),
        *(
            "check_out_at",
            "guests",
            "quote",
            "night_prices",
            "total",
            "cancellation_policy",
            "hold_expires_at",
            "created_at",
        ),
        *("confirmed_at", "settle_at"),
    ),
    "booking_events": ("booking_id", "from_status", "to_status", "actor_kind", "actor_id", "reason", "at"),
    "audit_entries": ("at", "actor_kind", "actor_id", "action", "subject_kind", "subject_id", "details"),
    "payments": (
        *("id", "booking_id", "amount", "captured", "status", "provider_id", "expires_at", "paid_at", "created_at"),
    ),
    "transactions": ("payment_id", "external_id", "kind", "source", "amount", "at", "received_at"),
    "ledger_entries": ("posting_id", "kind", "account", "amount", "booking_id", "payment_id", "event_key", "at"),
    "access_grants": ("booking_id", "codes_sealed", "issue", "valid_from", "valid_until", "sent_at", "created_at"),
    "promo_redemptions": ("booking_id", "promo_code_id", "guest_id", "amount", "created_at"),
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
    promo: UsablePromo | None = None


class _Moments(NamedTuple):
    """The moments of one booking as COPY reads them: each stands in several rows."""

    created: str
    held: str
    payable_until: str
    paid: str
    check_in: str
    check_out: str


@dataclass(slots=True)
class BookingRows:
    """Collects lines by table; `write` copies them in an order that foreign keys accept."""

    now: datetime
    rng: random.Random
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, plan: PlannedBooking) -> BookingStatus:
        """A booking that was paid soon after it was made or accepted; returns the state it is in now."""
        flat, stay = plan.flat, plan.stay
        times = times_of(flat)
        check_in_at, check_out_at = times.check_in_at(stay), times.check_out_at(stay)
        asked_at = None if flat.house.instant_booking else plan.created_at
        held_at = plan.created_at if asked_at is None else asked_at + timedelta(minutes=self.rng.randint(10, 50))
        paid_at = held_at + timedelta(seconds=self.rng.randint(50, 240))
        payable_until = held_at + (HOLD if asked_at is None else ACCEPTED_HOLD)
        moments = (plan.created_at, held_at, payable_until, paid_at, check_in_at, check_out_at)
        at = _Moments(*map(datetime.isoformat, moments))
        guest = plan.guest_id.hex
        steps = steps_until(
            self.now,
            asked_at=asked_at,
            held_at=held_at,
            paid_at=paid_at,
            check_in_at=check_in_at,
            check_out_at=check_out_at,
        )
        status = self._add_history(plan, steps)
        price = quote(flat.tariff, stay, guests=plan.guests, promo=plan.promo.promo if plan.promo else None)
        total = price.total
        self.lines["bookings"].append(
            f"{plan.id}\t{reference_of(plan.id)}\t{plan.property_id}\t{guest}\t{status.value}\t{_WEB}\t"
            f"{stay.check_in}\t{stay.check_out}\t{at.check_in}\t{at.check_out}\t{plan.guests}\t"
            f"{_as_json(price.as_json())}\t{{{','.join(map(str, price.night_prices))}}}\t{total}\t"
            f"{flat.house.policy.value}\t{NULL}\t{at.created}\t{at.paid}\t{(check_in_at + SHARE_AFTER).isoformat()}\n"
        )
        if plan.promo is not None:
            off = -price.amount_of(LineKind.PROMO_CODE)
            self.lines["promo_redemptions"].append(f"{plan.id}\t{plan.promo.id}\t{guest}\t{off}\t{at.created}\n")
        self._add_money(plan, price, at)
        self._add_grant(plan, check_in_at, check_out_at, paid_at, at)
        taken_until = (check_out_at + times.cleaning).isoformat()
        self.lines["occupancies"].append(
            f"{plan.property_id}\t{_BOOKING}\t{plan.id}\t[{at.check_in},{taken_until})\t{at.created}\n"
        )
        return status

    def add_block(
        self, property_id: int, flat: DemoFlat, stay: Stay, made_at: datetime, kind: OccupancyKind = OccupancyKind.BLOCK
    ) -> None:
        """Nights that the landlord keeps or has something repaired in."""
        window = times_of(flat).window(stay)
        bounds = f"[{window.lower},{window.upper})"
        self.lines["occupancies"].append(f"{property_id}\t{kind.value}\t{NULL}\t{bounds}\t{made_at.isoformat()}\n")

    def write(self, session: Session) -> None:
        """Copy everything."""
        for table, columns in COLUMNS.items():
            if lines := self.lines[table]:
                copy_lines(session, table, columns, lines)

    def _add_history(self, plan: PlannedBooking, steps: Iterable[tuple[Step, datetime]]) -> BookingStatus:
        events, audits = self.lines["booking_events"], self.lines["audit_entries"]
        booking_id = plan.id
        ids = {ActorKind.GUEST: plan.guest_id.hex, ActorKind.LANDLORD: plan.flat.landlord.id.hex}
        status = BookingStatus.HELD
        for step, moment in steps:
            at = moment.isoformat()
            actor = ids.get(step.actor, NULL)
            events.append(f"{booking_id}\t{step.event_states}\t{actor}\t{step.event_reason}\t{at}\n")
            audits.append(
                f"{at}\t{step.audit_actor}\t{actor}\t{step.audit_action}\t{booking_id}\t{step.audit_details}\n"
            )
            status = step.after
        return status

    def _add_money(self, plan: PlannedBooking, price: Quote, at: _Moments) -> None:
        payment_id, total = random_uuid(self.rng), price.total
        payment, number = payment_id.hex, payment_number(payment_id)
        self.lines["payments"].append(
            f"{payment}\t{plan.id}\t{total}\t{total}\t{_PAID}\t{number}\t{at.payable_until}\t{at.paid}\t{at.held}\n"
        )
        number = transaction_number(payment_id)
        self.lines["transactions"].append(
            f"{payment}\t{_TOLD}:{number}\t{_TOLD}\t{_CALLBACK}\t{total}\t{at.paid}\t{at.paid}\n"
        )
        self._post(_CAPTURED, total, f"{plan.id}\t{payment}\t{NULL}\t{at.paid}\n")
        deposit = price.amount_of(LineKind.DEPOSIT)
        if deposit:
            key = f"payment:{payment_id}"
            self._post(_DEPOSIT_TAKEN, deposit, f"{plan.id}\t{payment}\t{key}\t{at.paid}\n")

    def _post(self, event: tuple[PostingKind, Account, Account], amount: int, tail: str) -> None:
        """An amount into the first account and out of the second, as domain/ledger/posting.py writes it."""
        kind, into, out_of = event
        posting = random_uuid(self.rng).hex
        self.lines["ledger_entries"] += (
            f"{posting}\t{kind.value}\t{into.value}\t{amount}\t{tail}",
            f"{posting}\t{kind.value}\t{out_of.value}\t{-amount}\t{tail}",
        )

    def _add_grant(
        self, plan: PlannedBooking, check_in_at: datetime, check_out_at: datetime, paid_at: datetime, at: _Moments
    ) -> None:
        booking_id, codes = plan.id, NULL
        if plan.flat.house.code_mode is CodeMode.PER_BOOKING:
            codes = f"\\\\x{_sealed_code(booking_id, lock_code(self.rng)).hex()}"
        window = window_of(check_in_at, check_out_at)
        sent_at = max(window.opens_at, paid_at)
        opens, closes, sent = map(datetime.isoformat, (window.opens_at, window.closes_at, sent_at))
        has_been_sent = sent_at <= self.now
        self.lines["access_grants"].append(
            f"{booking_id}\t{codes}\t1\t{opens}\t{closes}\t{sent if has_been_sent else NULL}\t{at.paid}\n"
        )
        audits = self.lines["audit_entries"]
        audits.append(f"{at.paid}\t{_GRANTED}\t{booking_id}\t{{}}\n")
        if has_been_sent:
            audits.append(f"{sent}\t{_SENT}\t{booking_id}\t{{}}\n")


_WEB = Channel.WEB.value
_BOOKING = OccupancyKind.BOOKING.value
_PAID = PaymentStatus.PAID.value
_TOLD, _CALLBACK = TransactionKind.PAID.value, TransactionSource.CALLBACK.value
_CAPTURED = (PostingKind.PAYMENT_CAPTURED, Account.KASPI_CLEARING, Account.GUEST_PREPAYMENTS)
_DEPOSIT_TAKEN = (PostingKind.DEPOSIT_TAKEN, Account.GUEST_PREPAYMENTS, Account.DEPOSITS)
_GRANTED, _SENT = (f"{ActorKind.SYSTEM.value}\t{NULL}\taccess.{what}\tbooking" for what in ("granted", "sent"))
_as_json = json.JSONEncoder().encode


def reference_of(booking_id: int) -> str:
    """A reference that looks random and belongs to one id only: a multiplication modulo 27⁸, written in 27 letters."""
    number, low = divmod(booking_id * _SPREAD % _REFERENCES, len(_PAIRS))
    number, second = divmod(number, len(_PAIRS))
    high, third = divmod(number, len(_PAIRS))
    return _PAIRS[low] + _PAIRS[second] + _PAIRS[third] + _PAIRS[high]


_REFERENCES: int = len(ALPHABET) ** 8
_PAIRS = tuple(first + second for second in ALPHABET for first in ALPHABET)
_SPREAD = 174_551_093_471
"""Not a multiple of 3, hence prime to 27⁸."""


def _sealed_code(booking_id: int, code: str) -> bytes:
    """A digital lock's code of one booking, sealed as its grant keeps it."""
    place = place_of("access_grants", "codes_sealed", booking_id)
    return key_ring().seal(BookingCodes(smart_lock=code).model_dump_json(), place=place)


def times_of(flat: DemoFlat) -> HouseTimes:
    """When nights begin and end in this flat."""
    return _house_times(flat.house.check_in_time, flat.house.check_out_time, flat.house.cleaning_minutes)


@cache
def _house_times(check_in: time, check_out: time, cleaning_minutes: int) -> HouseTimes:
    return HouseTimes(check_in, check_out, timedelta(minutes=cleaning_minutes))
