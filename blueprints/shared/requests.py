"""Each request's id and its line in the log."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request

_GIVEN_ID = re.compile(r"[0-9a-zA-Z-]{8,64}")


def install(app: Flask) -> None:
    """Bind the id (nginx's, or a new one) to everything logged; log method, route, status and milliseconds.

    The route's pattern is logged, not the path: paths and queries may hold what a person typed.
    """

    log = structlog.get_logger("access").bind()  # bound once: a lazy logger is put together anew for every line

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        elapsed = time.perf_counter() - g.get("started", time.perf_counter())
        log.info(
            "request",
            method=request.method,
            route=str(request.url_rule or "-"),
            status=response.status_code,
            ms=round(elapsed * 1000, 1),
        )
        return response
