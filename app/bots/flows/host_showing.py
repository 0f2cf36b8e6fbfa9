"""What several of the landlord's flows need: own flats and nights from buttons, bookings and nights in a few words."""

from __future__ import annotations

from datetime import date, timedelta

from app.bots import phrases, values
from app.bots.flows.host_typed import nights_in
from app.bots.flows.showing import LONGEST_TITLE
from app.bots.turn import Turn
from app.channels.message import plain
from app.domain.availability.ring import HORIZON_DAYS
from app.domain.hosting.bookings import HostedBooking, booking_of
from app.domain.hosting.flats import OwnFlat, flat_of
from app.domain.hosting.prices import RULES_AHEAD_DAYS
from app.i18n import current_language, gettext, ngettext
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.wording.hosting import nights_text

MOST_ID = 2**31 - 1
"""Of a row: a larger number in a button is somebody's invention."""
LONGEST_NAME = 20
NIGHTS = "host_nights"
"""Note: for which flat and for what nights are typed, as the act that asks for them (host_nights.py)."""
_OLDEST = timedelta(days=31)
"""A button that speaks of nights longer ago is too old."""


def today_of(turn: Turn) -> date:
    """On calendars in Almaty."""
    return clock.local_date(turn.now)


def row_id(given: tuple[str, ...], place: int) -> int:
    """The id of a row that a button carries; 0, which no row has, for anything else."""
    found = values.number_or(given, place, 0)
    return found if found <= MOST_ID else 0


def own_flat(turn: Turn, given: tuple[str, ...]) -> OwnFlat:
    """The flat of this landlord whose id comes first. Raises DomainError `flat_unknown` (404), also for others'."""
    found = flat_of(turn.connection, turn.user_id, row_id(given, 0), language=current_language(), now=turn.now)
    if found is None:
        raise DomainError("flat_unknown", ErrorKind.NOT_FOUND)
    return found


def hosted_booking(turn: Turn, given: tuple[str, ...]) -> HostedBooking:
    """The booking of an own flat whose reference comes first. Raises DomainError `booking_unknown` (404)."""
    found = booking_of(turn.connection, turn.user_id, values.reference(given), language=current_language())
    if found is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return found


def nights_of(turn: Turn, given: tuple[str, ...]) -> Stay:
    """The nights that follow the flat in a button. Raises DomainError `button_old` (404)."""
    first, until, today = values.optional_day(given, 1), values.optional_day(given, 2), today_of(turn)
    latest = today + timedelta(days=RULES_AHEAD_DAYS)
    if first is None or until is None or not today - _OLDEST <= first < until <= latest:
        raise DomainError("button_old", ErrorKind.NOT_FOUND)
    return Stay(first, until)


def has_digits(text: str) -> bool:
    """Was an answer meant? Words without any may be about something else."""
    return any(sign.isdecimal() for sign in text)


def typed_nights(turn: Turn, text: str) -> Stay | None:
    """The nights that were typed; None for text that says none.

    Raises DomainError `nights_unclear`, `nights_reversed`, `too_far_ahead` (422).
    """
    nights = nights_in(text, today=today_of(turn))
    if nights is None and has_digits(text):
        raise DomainError("nights_unclear")
    if nights is not None and nights.check_out > today_of(turn) + timedelta(days=HORIZON_DAYS):
        raise DomainError("too_far_ahead", days=HORIZON_DAYS)
    return nights


def night_values(flat: OwnFlat, nights: Stay) -> tuple[object, ...]:
    """A flat and its nights as a button carries them."""
    return flat.card.id, values.written_day(nights.check_in), values.written_day(nights.check_out)


def nights_line(turn: Turn, nights: Stay) -> str:
    """`12 декабря — 14 декабря · 3 ночи`: the first and the last night."""
    count = ngettext("%(num)s ночь", "%(num)s ночи", nights.nights) % {"num": nights.nights}
    return f"{nights_text(nights, today=today_of(turn))} · {count}"


def flat_title(title: str) -> str:
    """A flat's title, short enough for a line."""
    shown = plain(title)
    return shown if len(shown) <= LONGEST_TITLE else f"{shown[: LONGEST_TITLE - 1].rstrip()}…"


def guest_of(found: HostedBooking) -> str:
    """The guest by first name."""
    words = found.guest_name.split()
    return plain(words[0][:LONGEST_NAME]) if words else gettext("Гость")


def guests_of(found: HostedBooking) -> str:
    """`2 гостя`."""
    return ngettext("%(num)s гость", "%(num)s гостя", found.guests) % {"num": found.guests}


def dates_of(found: HostedBooking) -> str:
    """`12–15 мар`."""
    return phrases.short_days(found.check_in, found.check_out)
