"""Twilio's Messages resource as cheap as it can be: takes every message and counts it, so that it costs the measured
worker's cores next to nothing. `GET /` tells the count. Run by granian in one process: the count is in its memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

_taken = itertools.count(1)
_last = {"count": 0}
_JSON = [("Content-Type", "application/json")]


def app(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """The WSGI application."""
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read()
        number = _last["count"] = next(_taken)
        start_response("201 Created", _JSON)
        return [b'{"sid": "SM%032x"}' % number]
    start_response("200 OK", _JSON)
    return [b"%d" % _last["count"]]
