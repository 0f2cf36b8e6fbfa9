"""`python -m bench.profiling PATH`: what one page costs inside the web process, and which functions it is spent in."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from wsgiref.types import WSGIEnvironment

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.factory import create_web_app
from bench.installation import running

REQUESTS = 400
SHOWN = 45


def main() -> None:
    """Ask an application in this process for the page again and again, without a server and with one thread."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiling", description=__doc__)
    parser.add_argument("path", help="a page, for example /almaty?guests=2")
    parser.add_argument("--factor", type=float, default=1.0, help="multiplies the customer's data sizes")
    parser.add_argument("--htmx", action="store_true", help="ask as htmx does")
    arguments = parser.parse_args()
    with running(arguments.factor) as bench:
        app = create_web_app(bench.live.settings)
        headers = [("HX-Request", "true")] if arguments.htmx else []
        environ = EnvironBuilder(path=arguments.path, headers=headers).get_environ()
        _ask(app, environ, 50)
        began, cpu = time.perf_counter(), time.process_time()
        _ask(app, environ, REQUESTS)
        wall, spent = time.perf_counter() - began, time.process_time() - cpu
        print(f"{wall / REQUESTS * 1000:.2f} ms a request, {spent / REQUESTS * 1000:.2f} ms of it CPU of this process")
        profile = cProfile.Profile()
        profile.runcall(_ask, app, environ, REQUESTS)
        statistics = pstats.Stats(profile)
        for order in ("cumulative", "tottime"):
            statistics.sort_stats(order).print_stats(SHOWN)


def _ask(app: Flask, environ: WSGIEnvironment, count: int) -> None:
    for _ in range(count):
        body, status, _ = run_wsgi_app(app, dict(environ))
        assert status.startswith("200"), status
        assert b"".join(body)


if __name__ == "__main__":
    main()
