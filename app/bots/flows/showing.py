"""A guest's own booking by what a button carries, and the short words that several flows show it in."""

from __future__ import annotations

from app.bots import phrases, values
from app.bots.turn import Turn
from app.channels.message import plain
from app.domain.bookings.reading import BookingInfo, booking_of
from app.i18n import current_language
from app.kit.errors import DomainError, ErrorKind

LONGEST_TITLE = 60


def own_booking(turn: Turn, given: tuple[str, ...]) -> BookingInfo:
    """This person's booking; anyone else's does not exist. Raises DomainError `booking_unknown` (404)."""
    reference = values.reference(given)
    found = booking_of(turn.connection, turn.user_id, reference, language=current_language())
    if found is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return found


def title_of(found: BookingInfo) -> str:
    """The flat's title, short enough for a line."""
    title = plain(found.card.title)
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def dates_of(found: BookingInfo) -> str:
    """`12–15 мар`."""
    return phrases.short_days(found.check_in, found.check_out)
