"""What became of a booking, for its page: what waits, what was paid and goes back, what can be done, the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for

from app.domain.bookings.changes import Change, OwedRefund
from app.domain.bookings.reading import BookingInfo, StayDetails
from app.i18n import format_date, gettext
from app.kit import clock
from app.models import AmendmentKind, AmendmentStatus, BookingStatus
from app.wording.price_lines import QuoteView, quote_view
from app.wording.refunds import RefundView, cause_label, progress_label, refund_view
from app.wording.terms import status_label

CHANGEABLE = frozenset({BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN})


@dataclass(frozen=True, slots=True)
class Waiting:
    """An extension that waits for its payment."""

    check_out: date
    url: str


@dataclass(frozen=True, slots=True)
class OwedView:
    """Money that goes back, why, and how far it has come. `refund` is None for money that never became a stay."""

    label: str
    refund: RefundView | None
    progress: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class ChangesView:
    """Everything that the booking page says about changes. Tenge over the whole booking: `paid` for the stay,
    `back` of that, `on_its_way` of everything that goes back."""

    waiting: Waiting | None
    extensions: list[tuple[str, QuoteView]]
    refunds: list[OwedView]
    paid: int
    back: int
    on_its_way: int
    history: list[tuple[str, datetime]]
    extend_url: str | None
    shorten_url: str | None
    cancel_url: str | None


def waiting_extension(changes: Sequence[Change]) -> Change | None:
    """The extension that waits for its payment, if one does."""
    return next((change for change in changes if change.status is AmendmentStatus.HELD), None)


def changes_view(
    found: BookingInfo, stay: StayDetails, changes: Sequence[Change], refunds: Sequence[OwedRefund], *, now: datetime
) -> ChangesView:
    """The changes of a booking as its page shows them."""
    waiting = waiting_extension(changes)
    confirmed = [change for change in changes if change.status is AmendmentStatus.CONFIRMED]
    added = [(change, change.price) for change in confirmed if change.price is not None]
    stands = found.status in CHANGEABLE and found.check_out_at > now
    may_change = stands and waiting is None

    def url(endpoint: str, *, if_: bool) -> str | None:
        return url_for(endpoint, reference=found.reference) if if_ else None

    return ChangesView(
        waiting=None
        if waiting is None
        else Waiting(waiting.check_out, url_for("checkout.extension", reference=found.reference)),
        extensions=[(_added_label(change, now), quote_view(price)) for change, price in added],
        refunds=[_owed(refund) for refund in refunds],
        paid=found.quote.total + sum(price.total for _, price in added),
        back=sum(owed.amount for owed in refunds if not owed.cause.is_stray),
        on_its_way=sum(owed.amount for owed in refunds if owed.done_at is None),
        history=_history(stay, changes, now=now),
        extend_url=url("account.extend", if_=may_change),
        shorten_url=url("account.shorten", if_=may_change and found.nights > 1),
        cancel_url=url("account.cancel", if_=stands),
    )


def _owed(owed: OwedRefund) -> OwedView:
    lines = refund_view(owed.lines) if owed.lines else None
    progress = progress_label(owed.status, owed.amount, owed.done_at)
    return OwedView(cause_label(owed.cause), lines, progress, owed.done_at is not None)


def _history(stay: StayDetails, changes: Sequence[Change], *, now: datetime) -> list[tuple[str, datetime]]:
    items = [(status_label(status)[0], at) for status, at in stay.events]
    for change in changes:
        if change.kind is AmendmentKind.EXTENSION:
            day = _day(change.check_out, now)
            items.append((gettext("Вы попросили продлить до %(day)s") % {"day": day}, change.created_at))
        if change.confirmed_at is not None:
            items.append((_done_label(change, now), change.confirmed_at))
    return sorted(items, key=lambda item: item[1])


def _done_label(change: Change, now: datetime) -> str:
    if change.kind is AmendmentKind.EXTENSION:
        return _added_label(change, now)
    return gettext("Сокращено, выезд %(day)s") % {"day": _day(change.check_out, now)}


def _added_label(change: Change, now: datetime) -> str:
    return gettext("Продлено до %(day)s") % {"day": _day(change.check_out, now)}


def _day(day: date, now: datetime) -> str:
    return format_date(day, today=clock.local_date(now))
