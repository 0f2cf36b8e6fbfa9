"""The booking that a hold or a request begins with."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import inspect

from app.domain.checkout.look import HoldRequest, Look
from app.domain.ledger.shares import COMMISSION_PERCENT
from app.domain.pricing.quote import Quote
from app.domain.rows import NewRow
from app.kit.reference import new_reference
from app.models import Booking, BookingStatus, Channel

_COLUMNS = tuple(inspect(Booking).columns.keys())


def new_booking(
    number: int,
    seen: Look,
    request: HoldRequest,
    price: Quote,
    *,
    guest_id: UUID,
    channel: Channel,
    now: datetime,
    hold_expires_at: datetime | None = None,
    answer_by: datetime | None = None,
) -> Booking:
    """Held until a moment, or requested and to be answered by one (UTC). The quote in it never changes."""
    return Booking(
        id=number,
        reference=new_reference(),
        property_id=request.property_id,
        guest_id=guest_id,
        status=BookingStatus.REQUESTED if hold_expires_at is None else BookingStatus.HELD,
        channel=channel,
        check_in=request.stay.check_in,
        check_out=request.stay.check_out,
        check_in_at=seen.times.check_in_at(request.stay),
        check_out_at=seen.times.check_out_at(request.stay),
        guests=request.guests,
        quote=price.as_json(),
        night_prices=list(price.night_prices),
        total=price.total,
        cancellation_policy=seen.cancellation_policy,
        hold_expires_at=hold_expires_at,
        answer_by=answer_by,
        created_at=now,
        confirmed_at=None,
        commission_percent=COMMISSION_PERCENT,
    )


def row_of(booking: Booking) -> NewRow:
    """The booking as values, for who writes it together with other rows."""
    return Booking, {column: getattr(booking, column) for column in _COLUMNS}
