"""The page of one flat, and its panel (calendar, dates, price, button) for htmx."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.db import reading
from app.domain.availability import calendar
from app.domain.availability.calendar import Choice
from app.domain.bookings.cancellation import free_until
from app.domain.changes import property_subject
from app.domain.listings.reading import PropertyInfo
from app.domain.listings.reading import property_page as read_property
from app.domain.pricing.quote import quote
from app.i18n import current_language
from app.kit import clock
from app.models import CancellationPolicy
from app.wording.price_lines import QuoteView, quote_view
from blueprints.portal import portal
from blueprints.portal.calendar_html import month_html
from blueprints.portal.face_html import face_html
from blueprints.shared import stay_query
from blueprints.shared.access import public
from blueprints.shared.errors import text_of
from blueprints.shared.hearts import hearts_on
from blueprints.shared.presenting import property_path
from blueprints.shared.rendering import is_htmx, render_page
from blueprints.shared.shown import shown
from blueprints.shared.stay_query import StayQuery

MONTHS_SHOWN = 2
QUERY = frozenset({"check_in", "check_out", "guests", "month"})
"""What the address of a flat's page may carry."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The chosen dates and what they cost."""

    check_in: date | None
    check_out: date | None
    guests: int
    nights: int | None
    quote: QuoteView | None
    error: str | None
    checkout_url: str | None
    free_cancellation_until: datetime | None
    from_price: int
    is_instant: bool
    min_nights: int
    """Of a stay that begins on the chosen day."""


@portal.get("/p/<int:property_id>-<slug>")
@public
def property_page(property_id: int, slug: str) -> ResponseReturnValue:
    """A flat. Without dates in the address the nearest stay that can be booked is chosen."""
    return shown([property_subject(property_id)], lambda: _page(property_id, slug), known=QUERY)


def _page(property_id: int, slug: str) -> str:
    now = clock.now()
    with reading() as connection:
        prop = read_property(connection, property_id, language=current_language(), now=now)
        hearts = hearts_on(connection, [] if prop is None or is_htmx() else [property_id])
    if prop is None:
        abort(404)
    if slug != prop.card.slug:
        arguments = request.query_string.decode("ascii", "replace")
        path = property_path(property_id, prop.card.slug)
        abort(redirect(f"{path}?{arguments}" if arguments else path, code=301))
    query = _with_nearest(stay_query.read(request.args, today=clock.local_date(now)), prop, now=now)
    first = _first_month(query, now=now)
    return render_page(
        "portal/property.html",
        fragment="panel",
        prop=face_html(prop.face),
        hearts=hearts,
        panel=_panel(prop, query, now=now),
        months=_months(prop, query, first, now=now),
        months_prev_url=_month_url(prop, query, first, -1, now=now),
        months_next_url=_month_url(prop, query, first, 1, now=now),
    )


@portal.get("/p/<int:property_id>")
@public
def property_short(property_id: int) -> ResponseReturnValue:
    """The short address of a flat leads to the full one."""
    return property_page(property_id, "")


def _with_nearest(query: StayQuery, prop: PropertyInfo, *, now: datetime) -> StayQuery:
    if {"check_in", "check_out", "guests"} & set(request.args):
        return query
    nearest = calendar.nearest_stay(prop.ring, prop.rules, now=now)
    guests = min(2, prop.rules.max_guests)
    if nearest is None:
        return StayQuery(guests=guests)
    return StayQuery(check_in=nearest.check_in, check_out=nearest.check_out, guests=guests)


def _panel(prop: PropertyInfo, query: StayQuery, *, now: datetime) -> Panel:
    stay, error, checkout_url, free_moment, price = query.stay, None, None, None, None
    if query.problem is not None and query.problem.code != "dates_incomplete":
        error = text_of(query.problem)
    if stay is not None:
        problem = calendar.problem_with(stay, query.guests, prop.ring, prop.rules, now=now)
        if problem is None:
            price = quote_view(quote(prop.tariff, stay, guests=query.guests))
            arguments = {"property_id": prop.card.id, **_chosen(query), "guests": query.guests}
            checkout_url = f"{url_for('checkout.start')}?{urlencode(arguments)}"
            check_in_at = clock.at_local(stay.check_in, prop.check_in_time)
            free_moment = free_until(CancellationPolicy(prop.cancellation_policy), check_in_at, now=now)
        else:
            error = text_of(problem)
    return Panel(
        check_in=query.check_in,
        check_out=query.check_out if stay is not None else None,
        guests=query.guests,
        nights=stay.nights if stay is not None else None,
        quote=price,
        error=error,
        checkout_url=checkout_url,
        free_cancellation_until=free_moment,
        from_price=prop.card.per_night,
        is_instant=prop.face.is_instant,
        min_nights=prop.rules.min_nights if query.check_in is None else prop.rules.min_nights_from(query.check_in),
    )


def _first_month(query: StayQuery, *, now: datetime) -> date:
    """The month the calendar begins with: the one asked for, that of the check-in, or this one."""
    this_month = clock.local_date(now).replace(day=1)
    asked = request.args.get("month", "")
    try:
        month = date.fromisoformat(f"{asked}-01") if len(asked) == 7 else None
    except ValueError:
        month = None
    if month is None and query.check_in is not None:
        month = query.check_in.replace(day=1)
    last = (this_month + timedelta(days=500)).replace(day=1)
    return min(max(month or this_month, this_month), last)


def _next_month(first: date, step: int = 1) -> date:
    index = first.year * 12 + first.month - 1 + step
    return date(index // 12, index % 12 + 1, 1)


def _months(prop: PropertyInfo, query: StayQuery, first: date, *, now: datetime) -> list[Markup]:
    choice = Choice(query.check_in, query.check_out if query.stay else None)
    address = f"{property_path(prop.card.id, prop.card.slug)}?guests={query.guests}&month={first:%Y-%m}"
    written = []
    for step in range(MONTHS_SHOWN):
        month = _next_month(first, step)
        days = calendar.days_of_month(month, prop.ring, prop.rules, choice, now=now)
        written.append(month_html(month, days, address, prop.tariff, today=clock.local_date(now)))
    return written


def _month_url(prop: PropertyInfo, query: StayQuery, first: date, step: int, *, now: datetime) -> str | None:
    this_month = clock.local_date(now).replace(day=1)
    month = _next_month(first, step)
    if month < this_month or month > (this_month + timedelta(days=500)).replace(day=1):
        return None
    arguments = {**_chosen(query), "guests": str(query.guests), "month": f"{month:%Y-%m}"}
    return f"{property_path(prop.card.id, prop.card.slug)}?{urlencode(arguments)}"


def _chosen(query: StayQuery) -> dict[str, str]:
    chosen = {}
    if query.check_in is not None:
        chosen["check_in"] = query.check_in.isoformat()
    if query.check_out is not None and query.stay is not None:
        chosen["check_out"] = query.check_out.isoformat()
    return chosen
