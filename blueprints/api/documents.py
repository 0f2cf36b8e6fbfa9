"""What the API says of bookings. Amounts are whole tenge, moments UTC, days the flat's own (Almaty's)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from app.domain.bookings.cancellation import Part, RefundLine, Tier
from app.domain.bookings.changes import OwedRefund
from app.domain.bookings.reading import BookingInfo, LatestPayment
from app.domain.checkout.preview import CancellationPreview
from app.domain.checkout.standing import CheckoutState
from app.domain.pricing.quote import LineKind, Quote
from app.models import BookingStatus, RefundCause
from blueprints.shared.presenting import property_path


class Document(BaseModel):
    """A JSON object of ours."""

    model_config = ConfigDict(frozen=True)


class Problem(Document):
    """A refusal (RFC 9457): `detail` for people, `code` and the `params` of its text for programs."""

    title: str
    status: int
    detail: str
    request_id: str
    code: str | None = None
    params: dict[str, int | str | list[dict[str, str]]] | None = None


class Line(Document):
    """One line of a price: what it adds; `quantity` × `unit_price`, or `percent`, where that explains it."""

    kind: LineKind
    amount: int
    quantity: int
    unit_price: int | None
    percent: int | None


class Flat(Document):
    """Where the stay is; the street is told with the keys, on the portal."""

    id: int
    path: str
    title: str
    city: str


class Payment(Document):
    """How far paying has come. With `awaiting` there is a link, and a text to show as a QR code."""

    state: CheckoutState
    amount: int
    pay_url: str | None
    qr_text: str | None
    pay_until: datetime | None


class RefundPart(Document):
    """Of one part of the price: what was paid, and what of that comes back."""

    part: Part
    paid: int
    back: int


class Refund(Document):
    """Money that goes back, and why."""

    cause: RefundCause
    amount: int
    parts: list[RefundPart]
    at: datetime


class RefundPreview(Document):
    """What comes back if a change is made now: `total` is what its request must say.

    Up to `same_until` it stays so, and `later` is what it is then; both are null when nothing gets worse.
    """

    tier: Tier
    total: int
    parts: list[RefundPart]
    same_until: datetime | None
    later: int | None


class ExtensionDocument(Document):
    """The extension that was asked for last."""

    check_out_before: date
    check_out: date
    nights: int
    lines: list[Line]
    total: int
    payment: Payment


class BookingSummary(Document):
    """A booking in a list. `total` is what the stay costs with the changes that took effect."""

    reference: str
    status: BookingStatus
    property: Flat
    check_in: date
    check_out: date
    check_in_at: datetime
    check_out_at: datetime
    nights: int
    guests: int
    total: int
    hold_expires_at: datetime | None
    answer_by: datetime | None


class BookingDocument(BookingSummary):
    """A booking by itself. `lines` and `quote_total` are the price it was booked with."""

    lines: list[Line]
    quote_total: int
    cancellation_policy: str
    created_at: datetime
    confirmed_at: datetime | None
    payment: Payment
    extension: ExtensionDocument | None
    refunds: list[Refund]
    cancellation: RefundPreview | None
    """What cancelling now would give back; null when nothing was paid or nothing can be cancelled any more."""


class BookingList(Document):
    """A guest's bookings, the latest check-in first."""

    items: list[BookingSummary]


class ExtensionOffer(Document):
    """Later days on which the stay could end; for one of them the price of what it adds, or why it cannot be had."""

    check_outs: list[date]
    check_out: date | None
    lines: list[Line]
    total: int | None
    problem: str | None


class ShorteningOffer(Document):
    """Earlier days on which the stay could end; for one of them what comes back, or why it cannot be done."""

    check_outs: list[date]
    check_out: date | None
    refund: RefundPreview | None
    problem: str | None


def lines_of(price: Quote) -> list[Line]:
    """The lines of a quote."""
    return [
        Line(
            kind=line.kind,
            amount=line.amount,
            quantity=line.quantity,
            unit_price=line.unit_price,
            percent=line.percent,
        )
        for line in price.lines
    ]


def parts_of(lines: Sequence[RefundLine]) -> list[RefundPart]:
    """The lines of a refund."""
    return [RefundPart(part=line.part, paid=line.paid, back=line.back) for line in lines]


def summary_of(found: BookingInfo) -> BookingSummary:
    """A booking as lists show it."""
    return BookingSummary(
        reference=found.reference,
        status=found.status,
        property=Flat(
            id=found.card.id,
            path=property_path(found.card.id, found.card.slug),
            title=found.card.title,
            city=found.city_slug,
        ),
        check_in=found.check_in,
        check_out=found.check_out,
        check_in_at=found.check_in_at,
        check_out_at=found.check_out_at,
        nights=found.nights,
        guests=found.guests,
        total=found.total,
        hold_expires_at=found.hold_expires_at,
        answer_by=found.answer_by,
    )


def payment_of(state: CheckoutState, latest: LatestPayment | None, *, amount: int, until: datetime | None) -> Payment:
    """How a payment stands; its link is there only while it can be paid."""
    awaiting = latest if state is CheckoutState.AWAITING else None
    return Payment(
        state=state,
        amount=amount,
        pay_url=None if awaiting is None else awaiting.pay_url,
        qr_text=None if awaiting is None else awaiting.qr_text,
        pay_until=until,
    )


def refund_of(owed: OwedRefund) -> Refund:
    """Money that goes back."""
    return Refund(cause=owed.cause, amount=owed.amount, parts=parts_of(owed.lines), at=owed.created_at)


def preview_of(offer: CancellationPreview) -> RefundPreview:
    """What cancelling gives back."""
    return RefundPreview(
        tier=offer.price.tier,
        total=offer.price.total,
        parts=parts_of(offer.price.lines),
        same_until=offer.same_until,
        later=offer.later,
    )
