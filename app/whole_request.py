"""A request is read to its end before it is answered, also where the answer was clear from its first line.

A server has to read the whole body or close the connection after its answer (RFC 9112, 9.3). granian closes, without
saying so in the answer; a client that had not finished sending its body takes the connection for a good one and loses
the next request on it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import LimitedStream, get_content_length

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BYTES = 64 * 1024
"""What is longer is not waited for: whoever sends it unasked loses the connection."""


class WholeRequest:
    """WSGI middleware: before the answer goes out, it reads what the application left of a body of ≤ 64 KB."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The application's answer, unchanged."""
        length = get_content_length(environ)
        if not length or length > MOST_BYTES:
            return self._application(environ, start_response)
        body = LimitedStream(environ["wsgi.input"], length)
        environ["wsgi.input"] = body
        answer = self._application(environ, start_response)
        with contextlib.suppress(ClientDisconnected):  # nobody is left to hear the answer
            body.exhaust()
        return answer
