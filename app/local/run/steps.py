"""Commands that run once on the way up, and the wait for the portal; each gives way at once when told to stop."""

from __future__ import annotations

import http.client
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from app.local.failure import Cancelled, LocalError
from app.local.run.children import ProductProcess
from app.local.run.product import Step
from app.local.run.stopping import StopRequest
from app.local.servers import child


def run_step(step: Step, *, log: Path, env: Mapping[str, str], cwd: Path, stop: StopRequest) -> None:
    """Run a command to its end.

    Raises:
        LocalError: it failed; the message has its last line.
        Cancelled: we were told to stop; the command has been ended.
    """
    began = child.log_size(log)
    process = child.spawn(step.command, log=log, env=env, cwd=cwd)
    try:
        while process.poll() is None:
            if stop.wait(0.2):
                raise Cancelled
    finally:
        child.stop(process, (signal.SIGTERM, 3.0))
    if process.returncode != 0:
        said = child.log_tail(log, since=began)
        if "No space left on device" in said:
            raise LocalError(
                f"The disk is full: {step.what.lower()} could not be finished; free space and start again."
            )
        raise LocalError(f"{step.what} failed: {last_line(said)} (log: {log}).")


def wait_until_ready(port: int, web: ProductProcess, *, seconds: float, stop: StopRequest) -> None:
    """Wait until the portal answers 200 to /readyz.

    Raises:
        LocalError: it does not, or its process ends.
        Cancelled: we were told to stop.
    """
    deadline = time.monotonic() + seconds
    while (answer := _readiness(port)) != "200":
        if stop.wait(0.1):
            raise Cancelled
        if web.is_gone():
            raise LocalError(f"The portal does not start: {last_line(child.log_tail(web.log))} (log: {web.log}).")
        if time.monotonic() > deadline:
            raise LocalError(
                f"The portal is not ready after {seconds:.0f} s: /readyz answers {answer} (log: {web.log})."
            )


def last_line(text: str) -> str:
    """The last line that says something, without its full stop."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "no reason given"


def _readiness(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException):
        return "nothing"
    finally:
        connection.close()
