"""The dates and guests that a page's address carries, read forgivingly: a page with a bad address still helps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

from app.domain.availability.ring import HORIZON_DAYS
from app.kit.errors import DomainError
from app.kit.period import Stay

MOST_GUESTS = 40


@dataclass(frozen=True, slots=True)
class StayQuery:
    """What was asked for. `problem` says why the dates make no stay."""

    check_in: date | None = None
    check_out: date | None = None
    guests: int = 1
    problem: DomainError | None = None

    @property
    def stay(self) -> Stay | None:
        """The stay, when both dates are there and make one that could be booked somewhere."""
        if self.check_in is None or self.check_out is None or self.problem is not None:
            return None
        return Stay(self.check_in, self.check_out)

    @property
    def check_in_text(self) -> str:
        """The arrival as it was asked for, ISO, or empty."""
        return self.check_in.isoformat() if self.check_in else ""

    @property
    def check_out_text(self) -> str:
        """The departure as it was asked for, ISO, or empty."""
        return self.check_out.isoformat() if self.check_out else ""

    def suffix(self) -> str:
        """A query string that keeps dates and guests: `?check_in=…`, or nothing when nothing was chosen."""
        stay = self.stay
        chosen: list[tuple[str, object]] = []
        if stay is not None:
            chosen += [("check_in", self.check_in_text), ("check_out", self.check_out_text)]
        if self.guests != 1:
            chosen.append(("guests", self.guests))
        return f"?{_query_string(chosen)}" if chosen else ""


def _query_string(chosen: list[tuple[str, object]]) -> str:
    """What was understood needs no quoting: ISO dates, numbers and our own codes. Empty values are left out."""
    return "&".join([f"{name}={value}" for name, value in chosen if value])


def read(arguments: MultiDict[str, str], *, today: date) -> StayQuery:
    """What an address asks for. Whatever is not understood counts as not said; dates that contradict are a problem."""
    check_in, check_out = _date(arguments.get("check_in")), _date(arguments.get("check_out"))
    guests = number_from(arguments.get("guests"), 1, MOST_GUESTS) or 1
    return StayQuery(
        check_in=check_in,
        check_out=check_out,
        guests=guests,
        problem=problem_with(check_in, check_out, today=today),
    )


def problem_with(check_in: date | None, check_out: date | None, *, today: date) -> DomainError | None:
    """Why these dates make no stay that could be booked anywhere; None when they do, or when nothing was chosen."""
    if check_in is not None and check_out is not None and check_out <= check_in:
        return DomainError("check_out_first")
    if check_in is not None and check_in < today:
        return DomainError("check_in_passed")
    if check_out is not None and check_out > today + timedelta(days=HORIZON_DAYS):
        return DomainError("too_far_ahead", days=HORIZON_DAYS)
    if (check_in is None) != (check_out is None):
        return DomainError("dates_incomplete")
    return None


def _date(text: str | None) -> date | None:
    if not text or len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def number_from(text: str | None, least: int, most: int) -> int | None:
    """A whole number of that range, or None."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 4:
        return None
    number = int(text)
    return number if least <= number <= most else None
