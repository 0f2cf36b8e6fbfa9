"""Free TCP ports for the local servers: always below 32768, where the kernel hands out no ephemeral ports.

A port is *taken for us* in two ways at once: it can be bound now, and an abstract Unix socket named after it is held
for as long as the `Port` lives. The name keeps two copies of the product that start in the same second apart; the
kernel drops it with the process, so nothing is left behind. Where abstract sockets do not exist (not Linux), only the
first check is made.
"""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from app.local.failure import LocalError

LOWEST = 20000
HIGHEST = 32767
HOST = "127.0.0.1"


class PortError(LocalError):
    """A port that was asked for cannot be had; the message is one sentence."""


class Port:
    """A TCP port on 127.0.0.1 that no other copy of the product will choose until `release()`."""

    def __init__(self, number: int, claim: socket.socket | None) -> None:
        self.number = number
        self._claim = claim

    def release(self) -> None:
        """Let others have it. Safe to call twice."""
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def claim(number: int) -> Port | None:
    """Take exactly this port, or return None when something listens there or another copy has claimed it.

    Raises:
        PortError: this account may not listen there (ports below 1024).
    """
    holder = _claim_name(number)
    if holder is None and sys.platform == "linux":
        return None
    if not _can_bind(number):
        if holder is not None:
            holder.close()
        return None
    return Port(number, holder)


def claim_free(preferred: Iterable[int] = ()) -> Port:
    """Take the first of the preferred ports that is free, else any free one from 20000 to 32767.

    Raises:
        PortError: none is free.
    """
    for number in preferred:
        port = claim(number)
        if port is not None:
            return port
    for number in random.sample(range(LOWEST, HIGHEST + 1), 500):  # not a secret
        port = claim(number)
        if port is not None:
            return port
    raise PortError(f"No free port was found between {LOWEST} and {HIGHEST}.")


def _claim_name(number: int) -> socket.socket | None:
    if sys.platform != "linux":
        return None
    holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        holder.bind(f"\0zhilego-port-{number}")
    except OSError:
        holder.close()
        return None
    return holder


def _can_bind(number: int) -> bool:
    """Whether a server could listen there now; connections still closing (TIME_WAIT) do not count as taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except PermissionError:
            raise PortError(f"Port {number} needs the rights of root: choose one from 1024 to {HIGHEST}.") from None
        except OSError:
            return False
    return True
