"""What became of a booking after it was made, as its page shows it: changes of the stay, and money that goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, text
from sqlalchemy.engine import Connection

from app.domain.bookings.cancellation import RefundLine
from app.domain.pricing.quote import Quote
from app.kit.money import Tenge
from app.models import AmendmentKind, AmendmentStatus, RefundCause, RefundStatus


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a stay. `total` (tenge) is what an extension costs or a shortening gives back."""

    id: int
    kind: AmendmentKind
    status: AmendmentStatus
    check_out_before: date
    check_out: date
    total: Tenge
    price: Quote | None
    """Of an extension."""
    hold_expires_at: datetime | None
    created_at: datetime
    confirmed_at: datetime | None

    @property
    def nights(self) -> int:
        """How many nights were added or given up."""
        return abs((self.check_out - self.check_out_before).days)


@dataclass(frozen=True, slots=True)
class OwedRefund:
    """Money that goes back to the guest, line by line as it was shown; without lines when it never became a stay."""

    cause: RefundCause
    amount: Tenge
    lines: tuple[RefundLine, ...]
    created_at: datetime
    status: RefundStatus
    done_at: datetime | None


_CHANGE_COLUMNS = (
    "id, kind, status, check_out_before, check_out, total, quote, night_prices, hold_expires_at, created_at,"
    " confirmed_at"
)
_CHANGES = text(f"SELECT {_CHANGE_COLUMNS} FROM booking_amendments WHERE booking_id = :id ORDER BY id")  # noqa: S608
_EXTENSION = text(
    f"SELECT {_CHANGE_COLUMNS} FROM booking_amendments WHERE booking_id = :id AND kind = 'extension'"  # noqa: S608
    " ORDER BY id DESC LIMIT 1"
)
_REFUNDS = text(
    "SELECT cause, status, amount, lines, created_at, done_at FROM refunds WHERE booking_id = :id"
    " ORDER BY created_at, id"
)


def changes_of(connection: Connection, booking_id: int) -> tuple[Change, ...]:
    """Every change that was begun, the oldest first."""
    return tuple(_change(row) for row in connection.execute(_CHANGES, {"id": booking_id}))


def latest_extension(connection: Connection, booking_id: int) -> Change | None:
    """The extension that was asked for last, however it ended."""
    row = connection.execute(_EXTENSION, {"id": booking_id}).one_or_none()
    return None if row is None else _change(row)


def refunds_of(connection: Connection, booking_id: int) -> tuple[OwedRefund, ...]:
    """Everything that goes back, the oldest first."""
    return tuple(
        OwedRefund(
            RefundCause(row.cause),
            Tenge(row.amount),
            tuple(RefundLine.from_json(line) for line in row.lines),
            row.created_at,
            RefundStatus(row.status),
            row.done_at,
        )
        for row in connection.execute(_REFUNDS, {"id": booking_id})
    )


def _change(row: Row[tuple[object, ...]]) -> Change:
    kind = AmendmentKind(row.kind)
    is_extension = kind is AmendmentKind.EXTENSION
    return Change(
        id=row.id,
        kind=kind,
        status=AmendmentStatus(row.status),
        check_out_before=row.check_out_before,
        check_out=row.check_out,
        total=Tenge(row.total),
        price=Quote.from_json(len(row.night_prices), row.quote) if is_extension else None,
        hold_expires_at=row.hold_expires_at,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
    )
