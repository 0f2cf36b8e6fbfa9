"""The Bot API as cheap as it can be: takes every message, so that it costs the measured worker's cores next to nothing.

`GET /` tells what came so far: a JSON list of [Unix seconds, method, chat, beginning of the text],
`GET /count` how many they are. Run by granian in one process: the list is in its memory.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

_numbers = itertools.count(1)
_taken: list[tuple[float, str, str, str]] = []
_JSON = [("Content-Type", "application/json")]
_SHORT = 60


def app(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """The WSGI application."""
    start_response("200 OK", _JSON)
    if environ["REQUEST_METHOD"] == "GET":
        is_count = environ["PATH_INFO"] == "/count"
        return [json.dumps(len(_taken) if is_count else _taken).encode()]
    form = parse_qs(environ["wsgi.input"].read().decode(errors="replace"))
    method = environ["PATH_INFO"].rpartition("/")[2]
    chat = form.get("chat_id", [""])[0]
    if method.startswith("send"):
        _taken.append((time.time(), method, chat, form.get("text", [""])[0][:_SHORT]))
    return [b'{"ok": true, "result": {"message_id": %d, "date": 1, "chat": {"id": 1}}}' % next(_numbers)]
