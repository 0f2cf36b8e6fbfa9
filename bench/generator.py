"""A small HTTP/1.1 load generator for what wrk cannot do: each request different, each sent once.

`python -m bench.generator <plan>` reads a JSON plan, keeps so many connections busy with its requests until they are
used up or the seconds are over, and prints a JSON result. One process, one thread, epoll: about 25 µs of CPU a request.
"""

from __future__ import annotations

import base64
import json
import selectors
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Plan:
    """What to send where. `requests` are whole HTTP requests; `once` stops at their end instead of starting over."""

    base_url: str
    requests: list[bytes]
    connections: int
    seconds: float
    once: bool

    def save(self, path: Path) -> None:
        """Write it where the generator's process can read it."""
        encoded = [base64.b64encode(request).decode() for request in self.requests]
        path.write_text(json.dumps(asdict(self) | {"requests": encoded}))

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read what `save` wrote."""
        values = json.loads(path.read_text())
        values["requests"] = [base64.b64decode(request) for request in values["requests"]]
        return cls(**values)


@dataclass
class Tally:
    """What came back: statuses, milliseconds of each answer, bytes of bodies, seconds in all."""

    statuses: dict[str, int] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    body_bytes: int = 0
    seconds: float = 0.0


class _Connection:
    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.needed = -1
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.buffer, self.needed = b"", -1
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; True when the answer is whole. Raises ConnectionError when the server hung up."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.buffer += part
        if self.needed < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end >= 0:
                self.needed = end + 4 + _content_length(self.buffer[:end])
        return 0 <= self.needed <= len(self.buffer)


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    begin = lowered.find(b"content-length:")
    if begin < 0:
        return 0
    end = lowered.find(b"\r\n", begin)
    return int(lowered[begin + 15 : end if end >= 0 else None])


def run(plan: Plan) -> Tally:
    """Keep the connections busy until the plan is done."""
    parts = urlsplit(plan.base_url)
    selector = selectors.DefaultSelector()
    tally, position = Tally(), 0
    began = time.perf_counter()
    deadline = began + plan.seconds
    total = len(plan.requests)
    for _ in range(min(plan.connections, total)):
        connection = _Connection(parts.hostname or "127.0.0.1", parts.port or 80)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(plan.requests[position % total])
        position += 1
    while selector.get_map():
        for key, _ in selector.select(10):
            connection = key.data
            if not connection.receive():
                continue
            now = time.perf_counter()
            tally.milliseconds.append((now - connection.sent_at) * 1000)
            status = connection.buffer[9:12].decode()
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
            tally.body_bytes += connection.needed - connection.buffer.find(b"\r\n\r\n") - 4
            if now < deadline and not (plan.once and position >= total):
                connection.send(plan.requests[position % total])
                position += 1
            else:
                selector.unregister(connection.socket)
                connection.socket.close()
    tally.seconds = time.perf_counter() - began
    return tally


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(run(Plan.load(Path(sys.argv[1]))))))
