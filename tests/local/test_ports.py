"""Local ports: below the ephemeral range, found free, never given twice."""

import socket
from pathlib import Path

import pytest

from app.local.ports import HIGHEST, LOWEST, PortError, claim, claim_free
from app.local.run.remembered_ports import RememberedPorts


def test_a_free_port_is_below_the_ephemeral_range_and_can_be_listened_on() -> None:
    with claim_free() as port, socket.socket() as server:
        assert LOWEST <= port.number <= HIGHEST < 32768
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of other tests may still be closing
        server.bind(("127.0.0.1", port.number))


def test_a_port_is_not_given_twice_until_it_is_released() -> None:
    port = claim_free()
    assert claim(port.number) is None

    port.release()

    again = claim(port.number)
    assert again is not None
    again.release()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_where_something_listens_is_not_given(host: str) -> None:
    with claim_free() as port:
        number = port.number
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of other tests may still be closing
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind((host, number))
        server.listen()

        assert claim(number) is None
        with claim_free([number]) as other:
            assert other.number != number


def test_connections_that_are_still_closing_do_not_keep_a_port() -> None:
    with claim_free() as port:
        number = port.number
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", number))
        server.listen()
        client = socket.create_connection(("127.0.0.1", number))
        accepted, _ = server.accept()
        accepted.close()  # the server closes first, so TIME_WAIT is on its side
        client.close()

    again = claim(number)
    assert again is not None
    again.release()


def test_ports_are_remembered_while_free(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    with claim_free() as port:
        number = port.number
    RememberedPorts(file).remember({"standins": number})

    with RememberedPorts(file).claim("standins", at_first=8100) as first:
        assert first.number == number
        with RememberedPorts(file).claim("standins", at_first=number) as second:
            assert second.number != number


def test_a_damaged_memory_is_no_memory(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    file.write_text('{"portal": 80')
    assert RememberedPorts(file).last("portal") is None
    file.write_text('{"portal": 99999, "redis": "x"}')
    assert RememberedPorts(file).last("portal") is None


@pytest.mark.parametrize("text", ["", "abc", "0", "-1", "65536", "80 ", "٨٠٠٠"])
def test_a_port_that_is_none_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(PortError, match="PORT must be a number"):
        RememberedPorts(tmp_path / "ports.json").claim_portal(text)


def test_a_taken_port_that_was_asked_for_is_refused_and_not_replaced(tmp_path: Path) -> None:
    with claim_free() as port, pytest.raises(PortError, match=f"Port {port.number} is taken"):
        RememberedPorts(tmp_path / "ports.json").claim_portal(str(port.number))
