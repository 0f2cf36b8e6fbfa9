"""Who sends a request's head and its body apart keeps the connection, whatever the answer is."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from app.whole_request import MOST_BYTES, WholeRequest
from tests.live import Live
from tests.standins import PATIENCE

HEARD_TOO_EARLY_SECONDS = 0.3


@pytest.fixture(params=["portal", "standins"])
def connection(request: pytest.FixtureRequest, live: Live) -> Iterator[http.client.HTTPConnection]:
    address = {"portal": live.base_url, "standins": live.standins.base_url}[request.param]
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
    yield connection
    connection.close()


def test_an_early_answer_waits_for_the_body(connection: http.client.HTTPConnection) -> None:
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.putrequest("POST", "/no-such-page")
        connection.putheader("Content-Length", "4")
        connection.endheaders()
        first.settimeout(HEARD_TOO_EARLY_SECONDS)
        with pytest.raises(socket.timeout):
            first.recv(1)
        first.settimeout(PATIENCE)
        connection.send(b"late")
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (404, 405)
        assert connection.sock is first


@pytest.mark.parametrize(("sent", "left"), [(0, 0), (1, 0), (MOST_BYTES, 0), (MOST_BYTES + 1, MOST_BYTES + 1)])
def test_only_a_small_body_is_waited_for(sent: int, left: int) -> None:
    stream = io.BytesIO(b"x" * sent)
    environ = EnvironBuilder(method="POST", input_stream=stream, content_length=sent).get_environ()
    assert run_wsgi_app(WholeRequest(Response("no", status=403)), environ)[1] == "403 FORBIDDEN"
    assert len(stream.read()) == left


def test_a_client_that_hangs_up_meanwhile_does_no_harm() -> None:
    environ = EnvironBuilder(method="POST", input_stream=io.BytesIO(b"half"), content_length=8).get_environ()
    assert run_wsgi_app(WholeRequest(Response("no", status=403)), environ)[1] == "403 FORBIDDEN"
