"""`python -m bench`: start the portal as in production on the customer's data sizes, measure, print a table."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence
from uuid import UUID

from app.kit import clock
from app.kit.period import Stay
from bench import bookings, callbacks, chats, holds, load, queries, reconciliation, relay, scenarios
from bench.installation import RESULTS, SERVER, Bench, cpu_seconds, memory_mb, running
from bench.scenarios import Scenario
from bench.table import Row, markdown
from tests import factories
from tests.e2e.visitor import csrf_token, signed_in_cookie
from tests.live import Process

HTTP_HOLDS = 1500
DOMAIN_HOLDS = 3000
CONTENDED_HOLDS = 3000


def main() -> None:
    """Measure everything once, or as many rounds as asked for and take the middle ones."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="each page in each round")
    parser.add_argument("--rounds", type=int, default=3, help="the middle round of each page is shown")
    parser.add_argument("--factor", type=float, default=1.0, help="multiplies the customer's data sizes")
    only = "only pages whose name contains this; `hold`: holds, `explain`: search statements, `relay`: the outbox,"
    only += " `bookings`: from hold to confirmed, `callbacks`: Kaspi's, `chats`: conversations,"
    only += " `reconciliation`: a day of payments"
    parser.add_argument("--only", default="", help=only)
    arguments = parser.parse_args()
    if arguments.only == "relay":
        print(markdown(relay.measure()))
        return
    if arguments.only == "bookings":
        print(bookings.measure())
        return
    if arguments.only == "callbacks":
        print(markdown(callbacks.measure()))
        return
    if arguments.only == "chats":
        print(markdown(chats.measure()))
        return
    if arguments.only == "reconciliation":
        print(reconciliation.measure())
        return
    with running(arguments.factor) as bench:
        rows = []
        if arguments.only != "explain":
            rows += measure_pages(bench, seconds=arguments.seconds, rounds=arguments.rounds, only=arguments.only)
        if arguments.only in {"", "hold"}:
            rows += measure_holds(bench)
        if not arguments.only:
            rows += relay.measure()
        text = f"{conditions(bench, arguments)}\n\n{markdown(rows) if rows else ''}\n"
        if arguments.only in {"", "explain"}:
            plans = [queries.explain(bench, page.paths[0], page.headers) for page in explained(bench)]
            (RESULTS / f"explain-{arguments.factor:g}.txt").write_text("\n\n".join(plan.text for plan in plans))
            text += "\nPostgreSQL alone, milliseconds of each statement:\n\n"
            text += "".join(f"    {plan.path:<110} {plan.times}\n" for plan in plans)
    if not arguments.only:
        text += f"\n{reconciliation.measure()}"
    print(f"\n{text}")
    (RESULTS / f"latest-{arguments.factor:g}.md").write_text(text)


def measure_pages(bench: Bench, *, seconds: float, rounds: int, only: str) -> list[Row]:
    """The yardstick and every page in turn, round after round; rows of the middle values."""
    hello = Scenario("hello", ("/hello",), {})
    pages = [page for page in scenarios.pages(bench) if only in page.name]
    runs: dict[str, list[tuple[load.Load, float]]] = {}
    for number in range(rounds + 1):
        for scenario in (hello, *pages):
            length = seconds if number else 1.0  # the first round warms up and is not counted
            run = _measure(bench, scenario, seconds=length)
            if number:
                runs.setdefault(scenario.name, []).append(run)
    yardstick = _middle(runs["hello"])[0].per_second
    rows = []
    for scenario in (hello, *pages):
        result, cpu_ms = _middle(runs[scenario.name])
        count = None if scenario is hello else len(queries.statements_of(bench, scenario.paths[0], scenario.headers))
        rows.append(_row(scenario, result, cpu_ms, yardstick, count))
    return rows


def _middle(found: Sequence[tuple[load.Load, float]]) -> tuple[load.Load, float]:
    """The round with the middle throughput."""
    return sorted(found, key=lambda pair: pair[0].per_second)[len(found) // 2]


def _measure(bench: Bench, scenario: Scenario, *, seconds: float) -> tuple[load.Load, float]:
    """Load, and server CPU milliseconds a request."""
    is_hello = scenario.name == "hello"
    server: Process = bench.hello if is_hello else bench.live.web
    url = bench.hello_url if is_hello else bench.live.base_url
    before = cpu_seconds(server)
    result = load.get(url, scenario.paths, seconds=seconds, folder=bench.folder, headers=scenario.headers)
    return result, (cpu_seconds(server) - before) * 1000 / max(1, result.requests)


def _row(scenario: Scenario, result: load.Load, cpu_ms: float, yardstick: float, count: int | None) -> Row:
    targets = []
    if scenario.ratio is not None:
        targets.append(f"≥ {scenario.ratio:.2f}")
    if scenario.cpu_ms is not None:
        targets.append(f"≤ {scenario.cpu_ms} ms")
    return Row(
        work=scenario.name,
        per_second=result.per_second,
        ratio=result.per_second / yardstick,
        target=", ".join(targets),
        cpu_ms=cpu_ms,
        p50=result.p50,
        p95=result.p95,
        p99=result.p99,
        kilobytes=result.bytes_each / 1024,
        queries=count,
        errors=result.errors,
    )


def measure_holds(bench: Bench) -> list[Row]:
    """Holds over HTTP, by the domain on different flats, and fifty at a time on one flat."""
    stays = scenarios.free_stays(bench, HTTP_HOLDS + DOMAIN_HOLDS)
    guests = scenarios.make_guests(bench, len(stays) + CONTENDED_HOLDS)
    http_row = _http_holds(bench, stays[:HTTP_HOLDS], guests[:HTTP_HOLDS])
    items = [
        (flat, check_in, check_out, str(guest))
        for (flat, check_in, check_out, _), guest in zip(
            stays[HTTP_HOLDS:], guests[HTTP_HOLDS : len(stays)], strict=True
        )
    ]
    different = holds.measure(bench, items, threads=4, folder=bench.folder)
    with bench.live.transaction() as session:
        flat_id = factories.make_property(session).id
    stay = factories.stay_in(30)
    contended = holds.measure(
        bench, _for_one_flat(flat_id, stay, guests[len(stays) :]), threads=25, folder=bench.folder
    )
    assert contended.held == 1, f"{contended.held} guests hold the same nights"
    return [
        http_row,
        _hold_row("hold, domain, different flats", different, "≥ 400/s"),
        _hold_row("hold, domain, 50 at once on one flat", contended, "p99 ≤ 150 ms"),
    ]


def _http_holds(bench: Bench, stays: Sequence[tuple[int, str, str, int]], guests: Sequence[UUID]) -> Row:
    token = csrf_token(bench.live)
    posts = []
    for (flat, check_in, check_out, total), guest in zip(stays, guests, strict=True):
        form = {"csrf_token": token, "property_id": str(flat), "check_in": check_in, "check_out": check_out}
        form |= {"guests": "1", "total": str(total), "guest_name": "Айгерим Сатпаева"}
        cookie = signed_in_cookie(bench.live, guest)
        posts.append(("/checkout", form, {"Cookie": f"{scenarios.COOKIE}={cookie}"}))
    before = cpu_seconds(bench.live.web)
    result = load.post_once(bench.live.base_url, posts, bench.folder)
    cpu_ms = (cpu_seconds(bench.live.web) - before) * 1000 / result.requests
    other = sum(count for status, count in result.statuses.items() if status != "303")
    return Row(
        "hold, POST /checkout",
        result.per_second,
        None,
        "",
        cpu_ms,
        result.p50,
        result.p95,
        result.p99,
        None,
        None,
        other,
    )


def _for_one_flat(flat_id: int, stay: Stay, guests: Sequence[UUID]) -> list[holds.Item]:
    return [(flat_id, f"{stay.check_in}", f"{stay.check_out}", str(guest)) for guest in guests]


def _hold_row(work: str, result: holds.Holds, target: str) -> Row:
    return Row(
        work,
        result.per_second,
        None,
        target,
        result.cpu_ms,
        result.p50,
        result.p95,
        result.p99,
        None,
        None,
        result.failed,
    )


def explained(bench: Bench) -> list[Scenario]:
    """The pages whose statements are explained: a flat's, and each kind of search once."""
    return [
        page
        for page in scenarios.pages(bench)
        if page.name == "property" or (page.name.startswith("search") and page.name not in scenarios.SAME_STATEMENTS)
    ]


def conditions(bench: Bench, arguments: argparse.Namespace) -> str:
    """Under what conditions it was measured."""
    tables = ("users", "properties", "bookings", "payments", "reviews")
    sizes = ", ".join(f"{bench.live.one(f'SELECT count(*) FROM {table}')} {table}" for table in tables)
    moment = clock.now().strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"{moment}; Python {platform.python_version()}, {os.cpu_count()} CPUs; granian {SERVER['workers']} processes × "
        f"{SERVER['threads']} threads; {load.CONNECTIONS} keep-alive connections from "
        f"{'wrk' if load.has_wrk() else 'bench.generator'} (holds: bench.generator) on the same CPUs; "
        f"{arguments.rounds} rounds of {arguments.seconds:g} s, the middle one shown. {sizes}. "
        f"Largest web process {memory_mb(bench.live.web):.0f} MB."
    )


if __name__ == "__main__":
    main()
