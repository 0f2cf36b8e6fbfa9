"""What the person at the terminal sees: short plain lines."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TextIO


def say(text: str) -> None:
    """Print a line at once."""
    _write(sys.stdout, text)


def say_error(text: str) -> None:
    """Print a line on standard error at once."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    # The terminal may be gone (a closed window, `| head`); that must not keep us from stopping things in order.
    with suppress(OSError, ValueError):
        stream.write(text + "\n")
        stream.flush()
