"""A flat's calendar: whose each night is, closing nights and opening them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.actor import Actor
from app.domain.availability import blocks
from app.domain.availability.ring import HORIZON_DAYS
from app.domain.hosting.calendar import Night, Taken, month_of, taken_between, times_of
from app.domain.hosting.flats import OwnFlat
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import OccupancyKind
from app.wording.hosting import nights_text, taken_text
from blueprints.cabinet import cabinet
from blueprints.cabinet.forms import WHOLE_FORM, Fields, problems_of
from blueprints.cabinet.labels import said, say
from blueprints.cabinet.loading import own_flat_or_404
from blueprints.cabinet.rows import flat_head, today
from blueprints.shared.access import own_flat
from blueprints.shared.errors import STATUS
from blueprints.shared.identity import require_person
from blueprints.shared.rendering import render_page

MONTHS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class NightView:
    """A night in the grid: `state` is free, past, booked, held, block, maintenance or import.

    `price_short` is the price in thousands of tenge, to one decimal.
    """

    date: date
    state: str
    price: int | None
    price_short: str
    has_rule: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class TakenView:
    """A stretch of nights that is not free, in the list below the grid. `unblock_url`: where it is opened again."""

    state: str
    nights: str
    count: int
    reference: str | None
    url: str | None
    unblock_url: str | None
    stays: bool


@cabinet.get("/flats/<int:flat_id>/calendar")
@own_flat
def calendar(flat_id: int) -> ResponseReturnValue:
    """Two months from `?month=2027-03` on, this one without."""
    return _page(own_flat_or_404(flat_id), _month(request.args.get("month", "")), done=said())


@cabinet.post("/flats/<int:flat_id>/blocks")
@own_flat
def block(flat_id: int) -> ResponseReturnValue:
    """Take nights off the market, from the first to the last of them."""
    flat, fields = own_flat_or_404(flat_id), Fields(request.form)
    first, last = fields.day("first"), fields.day("last")
    is_repair = fields.text("kind") == OccupancyKind.MAINTENANCE
    if first is None or last is None:
        return _page(flat, today().replace(day=1), fields=fields, problems=fields.problems), 422
    month = max(first, today()).replace(day=1)
    if last < first:
        error = DomainError("rule_dates_wrong")
        return _page(flat, month, fields=fields, problems=problems_of(error)), STATUS[error.kind]
    nights = Stay(first, last + timedelta(days=1))
    kind = OccupancyKind.MAINTENANCE if is_repair else OccupancyKind.BLOCK
    try:
        with transaction() as session:
            actor = Actor.landlord(require_person().id)
            blocks.block(session, flat_id, nights, kind=kind, actor=actor, now=clock.now())
    except DomainError as error:
        problems = problems_of(error)
        if error.code == "dates_taken":
            problems = {WHOLE_FORM: _what_is_in_the_way(flat, nights)}
        return _page(flat, month, fields=fields, problems=problems), STATUS[error.kind]
    say("blocked")
    return redirect(url_for("cabinet.calendar", flat_id=flat_id, month=f"{first:%Y-%m}"), code=303)


@cabinet.post("/flats/<int:flat_id>/blocks/<int:block_id>/delete")
@own_flat
def unblock(flat_id: int, block_id: int) -> ResponseReturnValue:
    """Put nights back on the market."""
    flat = own_flat_or_404(flat_id)
    month = _month(request.form.get("month", ""))
    try:
        with transaction() as session:
            blocks.unblock(session, flat_id, block_id, actor=Actor.landlord(require_person().id), now=clock.now())
    except DomainError as error:
        return _page(flat, month, problems=problems_of(error)), STATUS[error.kind]
    say("unblocked")
    return redirect(url_for("cabinet.calendar", flat_id=flat_id, month=f"{month:%Y-%m}"), code=303)


def _month(text: str) -> date:
    """The first of a month that has something to show; this month for anything else."""
    first_shown = today().replace(day=1)
    try:
        wanted = date.fromisoformat(f"{text}-01") if len(text) == 7 else first_shown
    except ValueError:
        return first_shown
    return min(max(wanted, first_shown), (today() + timedelta(days=HORIZON_DAYS)).replace(day=1))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _taken(flat: OwnFlat, first: date, until: date) -> list[Taken]:
    times = times_of(flat.check_in_time, flat.check_out_time, flat.cleaning_minutes)
    with reading() as connection:
        return taken_between(connection, flat.card.id, times, first=first, until=until)


def _what_is_in_the_way(flat: OwnFlat, nights: Stay) -> str:
    return taken_text(_taken(flat, nights.check_in, nights.check_out), today=today())


def _page(
    flat: OwnFlat,
    first: date,
    *,
    fields: Fields | None = None,
    problems: dict[str, str] | None = None,
    done: str | None = None,
) -> str:
    months = [first]
    while len(months) < MONTHS_SHOWN:
        months.append(_next_month(months[-1]))
    until = _next_month(months[-1])
    taken = _taken(flat, first, until)
    typed = fields or Fields({})
    first_shown, last_shown = today().replace(day=1), _month("9999-12")
    return render_page(
        "cabinet/calendar.html",
        fragment="calendar",
        flat=flat_head(flat),
        months=[(each, _grid(month_of(each, taken, flat.tariff, today=today()))) for each in months],
        month=f"{first:%Y-%m}",
        before=f"{(first - timedelta(days=1)):%Y-%m}" if first > first_shown else None,
        after=f"{_next_month(first):%Y-%m}" if first < last_shown else None,
        taken=[_view(flat.card.id, each) for each in taken if each.nights.check_out > today()],
        typed={name: typed.text(name) for name in ("first", "last", "kind")},
        problems=problems or {},
        done=done,
    )


def _grid(nights: list[Night]) -> tuple[int, list[NightView]]:
    """How many days of the week come before the first, and the nights."""
    return nights[0].date.weekday(), [_night(each) for each in nights]


def _night(night: Night) -> NightView:
    state = "past" if night.is_past else "free"
    url = None
    if night.taken is not None and not night.is_past:
        state = _state(night.taken)
        url = _booking_url(night.taken)
    price = night.price if state == "free" else None
    short = f"{(price or 0) / 1000:.1f}".removesuffix(".0").replace(".", ",")
    return NightView(night.date, state, price, short, night.has_rule and state == "free", url)


def _state(taken: Taken) -> str:
    if taken.kind is OccupancyKind.BOOKING:
        return "held" if taken.is_held else "booked"
    return taken.kind.value


def _booking_url(taken: Taken) -> str | None:
    return None if taken.reference is None else url_for("cabinet.booking", reference=taken.reference)


def _view(flat_id: int, taken: Taken) -> TakenView:
    by_hand = taken.kind in {OccupancyKind.BLOCK, OccupancyKind.MAINTENANCE}
    unblock_url = url_for("cabinet.unblock", flat_id=flat_id, block_id=taken.id) if by_hand else None
    return TakenView(
        state=_state(taken),
        nights=nights_text(taken.nights, today=today()),
        count=taken.nights.nights,
        reference=taken.reference,
        url=_booking_url(taken),
        unblock_url=None if taken.stays else unblock_url,
        stays=taken.stays,
    )
