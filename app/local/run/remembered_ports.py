"""The ports of a checkout: the same from start to start as long as they are free, so that printed addresses stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from app.local.ports import HIGHEST, Port, PortError, claim, claim_free

_PORTAL_DEFAULT = 8000


class RememberedPorts:
    """What `.local/ports.json` says: a port for each name."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _read(file)

    def last(self, name: str) -> int | None:
        """The port that `name` had last time."""
        return self._known.get(name)

    def claim(self, name: str, *, at_first: int) -> Port:
        """Take the port of last time, else `at_first`, else any free one."""
        return claim_free([self.last(name) or at_first, at_first])

    def claim_portal(self, asked_for: str | None) -> Port:
        """Take the portal's port: exactly `asked_for` if given, else that of last time, else 8000 or the next free one.

        Raises:
            PortError: `asked_for` is no port, or is taken.
        """
        if asked_for is None:
            last = self.last("portal")
            return claim_free([*([last] if last else []), *range(_PORTAL_DEFAULT, _PORTAL_DEFAULT + 1000)])
        if not asked_for.isascii() or not asked_for.isdigit() or not 1 <= int(asked_for) <= 65535:
            raise PortError(f"PORT must be a number from 1024 to {HIGHEST}, and {asked_for!r} is not one.")
        port = claim(int(asked_for))
        if port is None:
            raise PortError(f"Port {asked_for} is taken: choose another with PORT=…, or leave PORT out.")
        return port

    def remember(self, ports: Mapping[str, int]) -> None:
        """Keep these for the next start."""
        self._known |= ports
        self._file.write_text(json.dumps(self._known, indent=1) + "\n")


def _read(file: Path) -> dict[str, int]:
    try:
        known = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}  # the first start, or a file cut short: ports are then chosen anew
    if not isinstance(known, dict):
        return {}
    return {str(name): port for name, port in known.items() if isinstance(port, int) and 1 <= port <= HIGHEST}
