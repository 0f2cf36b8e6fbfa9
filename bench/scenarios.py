"""What is asked of the portal, with the targets of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice
from uuid import UUID

from sqlalchemy import text

from app.domain.pricing.quote import quote
from app.domain.pricing.rates import TARIFF_COLUMNS, tariff_of_values
from app.kit import clock
from app.kit.period import Stay
from bench.installation import Bench
from tests import factories
from tests.e2e.visitor import signed_in_cookie

COOKIE = "__Host-session"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
SAME_STATEMENTS = ("search, dates, htmx", "search, dates, signed in", "search, dates, from the cache")
"""Pages that ask the database for what another one does."""
SEARCHES = {
    "search, by price": "sort=price",
    "search, by distance": "sort=distance",
    "search, price limit": "price_from=20000&price_to=90000",
    "search, map box": "box=43.20,76.85,43.28,76.97",
    "search, filters": "amenity=wifi&amenity=parking&property_class=comfort&rating=4.5",
    "search, text": "q=panfilav+park",
    "search, flexible": "flexible=1",
    "search, flexible, by price": "flexible=1&sort=price",
}
"""What is asked for beside dates and guests. The box is a part of Almaty, hence empty elsewhere."""
CITIES = ("almaty", "astana", "shymkent", "karaganda")


@dataclass(frozen=True)
class Scenario:
    """Pages that are asked for in turn. `ratio` and `cpu_ms` are targets: of hello, and of CPU a request."""

    name: str
    paths: tuple[str, ...]
    headers: Mapping[str, str]
    ratio: float | None = None
    cpu_ms: float | None = None


def pages(bench: Bench) -> list[Scenario]:
    """The pages of a visitor, anonymous unless the name says otherwise."""
    plain = tuple(f"/{city}?guests={guests}" for city in CITIES for guests in (1, 2, 3, 4))
    dated = tuple(_dated(f"/{city}", day) for day, city in zip(range(2, 62), cycle(CITIES), strict=False))
    flats = [row[0] for row in bench.live.sql("SELECT id FROM properties WHERE status = 'published' ORDER BY id")]
    chosen = flats[:: max(1, len(flats) // 300)]
    slugs = dict(bench.live.sql("SELECT id, slug FROM properties WHERE id = ANY(%s)", chosen))
    flat_pages = tuple(f"/p/{flat}-{slugs[flat]}" for flat in chosen)
    flat_dated = tuple(_dated(f"/p/{flat}-{slugs[flat]}", 5 + flat % 60) for flat in chosen)
    cookie = {"Cookie": f"{COOKIE}={signed_in_cookie(bench.live, _someone(bench))}"}
    return [
        Scenario("search, no dates", _afresh(plain), {}, 0.15, 1.7),
        Scenario("search, dates", _afresh(dated), {}, 0.15, 1.7),
        Scenario("search, dates, from the cache", dated, {}, 0.40),
        *(Scenario(name, _afresh(f"{path}&{more}" for path in dated), {}) for name, more in SEARCHES.items()),
        Scenario("search, numbers beside filters", _afresh(f"{path}&part=filters" for path in dated), HTMX),
        Scenario("search, dates, htmx", _afresh(dated), HTMX),
        Scenario("search, dates, signed in", dated, cookie),
        Scenario("property", _afresh(flat_pages), {}, 0.12),
        Scenario("property, from the cache", flat_pages, {}),
        Scenario("property, dates, htmx", _afresh(flat_dated), HTMX),
        Scenario("home", _afresh(["/"]), {}),
        Scenario("my bookings", ("/bookings",), cookie),
    ]


def _afresh(paths: Iterable[str]) -> tuple[str, ...]:
    """The same pages with a query that they do not know: such are never answered from the shared cache."""
    return tuple(f"{path}{'&' if '?' in path else '?'}afresh=1" for path in paths)


def _dated(path: str, days: int) -> str:
    first = clock.local_date(clock.now()) + timedelta(days=days)
    return f"{path}?check_in={first}&check_out={first + timedelta(days=1 + days % 5)}&guests=2"


def _someone(bench: Bench) -> UUID:
    """A guest with a few bookings."""
    statement = "SELECT guest_id FROM bookings GROUP BY guest_id ORDER BY count(*) DESC, guest_id LIMIT 1"
    found: UUID = bench.live.one(statement)
    return found


def free_stays(bench: Bench, count: int) -> list[tuple[int, str, str, int]]:
    """Stays on different flats far ahead: (property id, check-in, check-out, total in tenge)."""
    statement = text(
        f"SELECT p.id, {TARIFF_COLUMNS} FROM properties p WHERE p.status = 'published' AND p.min_nights = 1"
        " AND p.instant_booking ORDER BY p.id LIMIT :count"
    )
    params = {"count": count, "yesterday": clock.local_date(clock.now()) - timedelta(days=1)}
    with bench.live.transaction() as session:
        tariffs = [(row.id, tariff_of_values(row._asdict())) for row in session.execute(statement, params)]
    monday = clock.local_date(clock.now()) + timedelta(days=200)
    monday -= timedelta(days=monday.weekday())
    found = []
    for week in range(40):
        check_in = monday + timedelta(days=7 * week)
        stay = Stay(check_in, check_in + timedelta(days=1))
        found += [
            (flat, f"{stay.check_in}", f"{stay.check_out}", int(quote(tariff, stay, guests=1).total))
            for flat, tariff in tariffs
            if not any(first <= check_in < until for first, until, _ in tariff.date_minimums)
        ]
        if len(found) >= count:
            break
    return list(islice(found, count))


def make_guests(bench: Bench, count: int) -> list[UUID]:
    """So many new guests."""
    with bench.live.transaction() as session:
        return [factories.make_user(session) for _ in range(count)]
