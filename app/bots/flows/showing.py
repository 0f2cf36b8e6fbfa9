"""Reading what buttons carry, and the short words that several flows show a stay in."""

from __future__ import annotations

from datetime import date

from app.bots.turn import Turn
from app.channels.message import plain
from app.domain.bookings.reading import BookingInfo, booking_of
from app.i18n import current_language, format_day_month
from app.kit.errors import DomainError, ErrorKind

LONGEST_TITLE = 60


def number_of(values: tuple[str, ...], place: int, *, otherwise: int = 0) -> int:
    """A number of up to ten digits that a button carries; `otherwise` when it carries none."""
    text = values[place] if len(values) > place else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else otherwise


def day_of(values: tuple[str, ...], place: int) -> date | None:
    """A day that a button carries as eight digits; None when it carries none."""
    text = values[place] if len(values) > place else ""
    try:
        return date.fromisoformat(text) if text.isdecimal() and len(text) == 8 else None
    except ValueError:
        return None


def day_value(day: date) -> str:
    """The day as a button carries it."""
    return f"{day:%Y%m%d}"


def payload_reference(values: tuple[str, ...]) -> str:
    """The booking's reference that a button carries. Raises DomainError `booking_unknown` (404) without one."""
    reference = values[0] if values else ""
    if not (reference.isascii() and reference.isalnum() and len(reference) <= 12):
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return reference


def own_booking(turn: Turn, values: tuple[str, ...]) -> BookingInfo:
    """This person's booking; anyone else's does not exist. Raises DomainError `booking_unknown` (404)."""
    reference = payload_reference(values)
    found = booking_of(turn.connection, turn.user_id, reference, language=current_language())
    if found is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return found


def title_of(found: BookingInfo) -> str:
    """The flat's title, short enough for a line."""
    title = plain(found.card.title)
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def dates_of(found: BookingInfo) -> str:
    """`12 мар – 15 мар`."""
    return f"{format_day_month(found.check_in)} – {format_day_month(found.check_out)}"
