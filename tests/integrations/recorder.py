"""A tiny HTTP server that remembers what it was asked and answers what the test told it to."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.local.ports import claim_free
from tests.standins import PATIENCE, wait_until


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Message
    body: bytes
    at: float
    """Unix seconds."""

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass(frozen=True)
class Answer:
    """What to answer; a status of None closes the connection without a word."""

    status: int | None = 200
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    """By default 5 connections wait to be accepted; a sixth is tried again by the kernel a second later."""


class Recorder:
    """Answers `answers` one after another, then `usual` for ever; over TLS when told how.

    Where requests of an earlier test may still come, `answer_about` scripts answers for those of one test alone.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.answers: deque[Answer] = deque()
        self.usual = Answer()
        self._about: dict[bytes, deque[Answer]] = {}
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def _handle(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(length)
                recorder.requests.append(Request(self.command, self.path, self.headers, body, time.time()))
                answer = recorder._next(body)
                if answer.status is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body.encode())))
                self.end_headers()
                self.wfile.write(answer.body.encode())

            do_GET = do_POST = _handle  # noqa: N815  the base class looks for these names

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
                """Say nothing: requests are remembered, not printed."""

        self._port = claim_free()
        self._server = _Server(("127.0.0.1", self._port.number), Handler)
        self._scheme = "http"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
            self._scheme = "https"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def forget(self) -> None:
        """Become as new; late requests of an earlier test are told apart by their order ids."""
        self.requests.clear()
        self.answers.clear()
        self._about.clear()
        self.usual = Answer()

    def answer_about(self, text: str, *answers: Answer) -> None:
        """Give these answers, one after another, to the requests whose body contains `text`, and to no others."""
        self._about[text.encode()] = deque(answers)

    def _next(self, body: bytes) -> Answer:
        scripted = next((queue for text, queue in self._about.items() if queue and text in body), self.answers)
        return scripted.popleft() if scripted else self.usual

    def about(self, order_id: str) -> list[Request]:
        """Callbacks that speak of this order, as they came."""
        return [request for request in list(self.requests) if request.json.get("order_id") == order_id]

    def wait_for(self, order_id: str, *, count: int = 1, deadline: float = PATIENCE) -> list[Request]:
        """Callbacks that speak of this order, as soon as there are `count`."""
        return wait_until(
            lambda: found if len(found := self.about(order_id)) >= count else None, deadline, f"callback for {order_id}"
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._port.release()
