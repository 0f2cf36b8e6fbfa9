"""`make flask c="search check"`: one `flask` command with the settings of the running local system."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

from app.local.failure import LocalError
from app.local.run.layout import Layout


def remember(layout: Layout, environment: Mapping[str, str]) -> None:
    """Keep the children's settings for commands, readable by the owner only: there are secrets among them."""
    from app.config import Settings

    names = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in environment.items() if name in names}
    descriptor = os.open(layout.environment, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(kept, file)


def run_flask(layout: Layout, arguments: list[str]) -> None:
    """Become the `flask` command; never returns.

    Raises:
        LocalError: `make run` has never come so far as to have settings.
    """
    try:
        kept: dict[str, str] = json.loads(layout.environment.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LocalError("There is nothing to run a command on yet: start it with `make run` first.") from None
    command = [sys.executable, "-m", "flask", "--app", "app.local.cli", *arguments]
    os.chdir(layout.project)
    os.execve(sys.executable, command, {**os.environ, **kept})  # noqa: S606  # our own interpreter
