"""What happened, or is about to happen, in the demo landlord's flats beside ordinary stays: one of everything.

Episodes are planned here and told by `telling` through the product's own functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from app.kit import clock
from app.kit.period import Stay
from app.local.demo.booking_rows import times_of
from app.local.demo.flat import DemoFlat
from app.local.demo.people import People
from app.local.demo.plan import FlatCalendar
from app.local.demo.stays import shortest_from


class Turn(Enum):
    """What becomes of a paid stay, or that it is only asked for."""

    STAYS = auto()
    """As booked."""
    ASKED = auto()
    CANCELLED_BY_GUEST = auto()
    CANCELLED_BY_LANDLORD = auto()
    NO_SHOW = auto()
    EXTENDED = auto()
    SHORTENED = auto()
    TROUBLED = auto()
    """The guest reports a problem at arrival: the money waits."""
    CLAIMED = auto()
    """The landlord claims some of the deposit."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A stay in one of the demo landlord's flats (by its place in the list) and its turn at a moment (UTC)."""

    flat: int
    guest_id: UUID
    stay: Stay
    kept_free: Stay
    """Nights that nothing else may take: the stay, and what the turn or the person at the screen needs."""
    turn: Turn
    booked_at: datetime
    at: datetime
    new_check_out: date | None = None


class _Planner:
    def __init__(self, flats: Sequence[DemoFlat], now: datetime) -> None:
        self._flats = flats
        self._now = now
        self._today = clock.local_date(now)

    def episode(
        self,
        flat: int,
        guest_id: UUID,
        days: tuple[int, int],
        turn: Turn,
        *,
        ahead: timedelta | None = None,
        ago: timedelta | None = None,
        free_until: int | None = None,
        new_end: int | None = None,
    ) -> Episode:
        """A stay from a day to another, counted from today; its turn `ahead` of check-in or `ago` from now."""
        check_in = self._day(days[0])
        check_out = max(self._day(days[1]), check_in + timedelta(days=shortest_from(self._flats[flat], check_in)))
        stay = Stay(check_in, check_out)
        check_in_at = times_of(self._flats[flat]).check_in_at(stay)
        at = check_in_at - ahead if ahead is not None else self._now - (ago or timedelta(0))
        booked_at = at if turn is Turn.ASKED else min(check_in_at, at) - timedelta(days=4, hours=3, minutes=17)
        last = check_out if free_until is None else max(check_out, self._day(free_until))
        end = None if new_end is None else self._day(new_end)
        return Episode(flat, guest_id, stay, Stay(check_in, last), turn, booked_at, at, end)

    def _day(self, number: int) -> date:
        return self._today + timedelta(days=number)


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def plan_story(flats: Sequence[DemoFlat], people: People, *, now: datetime) -> list[Episode]:
    """The episodes in the first six flats. The demo guest has one to change or cancel, one to review, one cancelled."""
    plan = _Planner(flats, now).episode
    me, others = people.guest.id, iter(person.id for person in people.guests)
    return [
        plan(1, me, (12, 15), Turn.STAYS, free_until=21),
        plan(3, me, (-6, -3), Turn.STAYS),
        plan(5, me, (-19, -16), Turn.CANCELLED_BY_GUEST, ahead=_HOUR * 30),
        plan(2, next(others), (9, 12), Turn.ASKED, ago=_HOUR * 3),
        plan(2, next(others), (20, 23), Turn.ASKED, ago=_HOUR * 1),
        plan(4, next(others), (5, 7), Turn.ASKED, ago=_HOUR * 2),
        plan(3, next(others), (8, 11), Turn.CANCELLED_BY_GUEST, ago=_DAY * 1),
        plan(5, next(others), (6, 8), Turn.CANCELLED_BY_LANDLORD, ago=_DAY * 1),
        plan(3, next(others), (-12, -10), Turn.NO_SHOW, ahead=_HOUR * -20),
        plan(4, next(others), (-17, -14), Turn.EXTENDED, ahead=_HOUR * -22, free_until=-11, new_end=-12),
        plan(5, next(others), (-32, -22), Turn.SHORTENED, ahead=_DAY * 8, new_end=-25),
        plan(5, next(others), (-1, 2), Turn.TROUBLED, ahead=_HOUR * -2),
        plan(1, next(others), (-4, -1), Turn.CLAIMED),
    ]


def without(calendars: Sequence[FlatCalendar], story: Sequence[Episode]) -> list[FlatCalendar]:
    """The calendars without what is in the way of the story."""
    kept = []
    for number, calendar in enumerate(calendars):
        wanted = [episode.kept_free for episode in story if episode.flat == number]
        kept.append(FlatCalendar(tuple(pair for pair in calendar.entries if not _meets(pair[0].stay, wanted))))
    return kept


def _meets(stay: Stay, others: Sequence[Stay]) -> bool:
    return any(stay.check_in < other.check_out and other.check_in < stay.check_out for other in others)
