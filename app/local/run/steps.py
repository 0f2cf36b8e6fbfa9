"""Commands that run once on the way up, and the wait for processes to answer; both end when we are told to stop."""

from __future__ import annotations

import http.client
import re
import signal
import socket
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
    began = {path: child.log_size(path) for path in (log, *log.parent.glob("*.log"))}
    process = child.spawn(step.command, log=log, env=env, cwd=cwd)
    try:
        while process.poll() is None:
            if stop.wait(0.2):
                raise Cancelled
    finally:
        child.stop(process, (signal.SIGTERM, 3.0))
    if process.returncode != 0:
        # A full disk may have hit the step itself, or a server under it.
        said = {path: child.log_tail(path, since=start) for path, start in began.items()}
        if any("No space left on device" in text for text in said.values()):
            raise LocalError(
                f"The disk is full: {step.what.lower()} could not be finished; free space and start again."
            )
        raise LocalError(f"{step.what} failed: {reason_in(said[log])} (log: {log}).")


def wait_until_up(process: ProductProcess, path: str | None, *, seconds: float, stop: StopRequest) -> None:
    """Wait until a process answers 200 to GET `path`, or, without a path, anything to a connection on its port.

    Raises:
        LocalError: it does not, or it ends.
        Cancelled: we were told to stop.
    """
    name, log = process.spec.name, process.log
    deadline = time.monotonic() + seconds
    while (answer := _answer(process.spec.port or 0, path)) != "200":
        if stop.wait(0.1):
            raise Cancelled
        if process.is_gone():
            raise LocalError(f"The process {name} does not start: {reason_in(child.log_tail(log))} (log: {log}).")
        if time.monotonic() > deadline:
            raise LocalError(f"The process {name} answers {answer} after {seconds:.0f} s (log: {log}).")


def reason_in(text: str) -> str:
    """Why something failed, by its last words: the error that ends a traceback, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception): ", line)]
    return (errors or lines or ["no reason given"])[-1].rstrip(".")


def _answer(port: int, path: str | None) -> str:
    """The status of GET `path`, "nothing" when nobody answers; without a path, "200" when somebody listens."""
    try:
        if path is None:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return "200"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", path)
            return str(connection.getresponse().status)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return "nothing"
