"""Load from a process of its own: `wrk` where it is installed and the requests are GETs, else `bench.generator`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.generator import Plan, Tally

CONNECTIONS = 16

_WRK_SCRIPT = """
local paths = { %s }
local headers = { %s }
local position = 0
request = function()
  position = position + 1
  return wrk.format("GET", paths[(position - 1) %% #paths + 1], headers)
end
done = function(summary, latency)
  io.write(string.format('\\n{"requests": %%d, "seconds": %%.6f, "bytes": %%d, "p50": %%.3f, "p95": %%.3f,' ..
    ' "p99": %%.3f, "errors": %%d}\\n', summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """What the generator saw. Milliseconds; `errors` are answers of 400 and above and broken connections."""

    requests: int
    seconds: float
    bytes_each: int
    p50: float
    p95: float
    p99: float
    errors: int
    statuses: Mapping[str, int]
    generator: str

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def get(base_url: str, paths: Sequence[str], *, seconds: float, folder: Path, headers: Mapping[str, str]) -> Load:
    """Ask for these pages in turn on keep-alive connections for so many seconds."""
    if has_wrk():
        return _with_wrk(base_url, paths, seconds=seconds, folder=folder, headers=headers)
    requests = [_get_request(base_url, path, headers) for path in paths]
    plan = Plan(base_url, requests, CONNECTIONS, seconds, once=False)
    return _with_generator(plan, folder)


def post_once(base_url: str, posts: Sequence[tuple[str, Mapping[str, str], Mapping[str, str]]], folder: Path) -> Load:
    """Send each (path, form, headers) once, sixteen at a time."""
    requests = [_post_request(base_url, *post) for post in posts]
    return _with_generator(Plan(base_url, requests, CONNECTIONS, 300.0, once=True), folder)


def has_wrk() -> bool:
    """Is wrk installed?"""
    return shutil.which("wrk") is not None


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _head(base_url: str, method: str, path: str, headers: Mapping[str, str]) -> str:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {base_url.partition('//')[2]}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())])


def _get_request(base_url: str, path: str, headers: Mapping[str, str]) -> bytes:
    return f"{_head(base_url, 'GET', path, headers)}\r\n\r\n".encode()


def _post_request(base_url: str, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
    body = urlencode(form)
    more = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body)), **headers}
    return f"{_head(base_url, 'POST', path, more)}\r\n\r\n{body}".encode()


def _with_generator(plan: Plan, folder: Path) -> Load:
    file = folder / "plan.json"
    plan.save(file)
    finished = subprocess.run([sys.executable, "-m", "bench.generator", str(file)], capture_output=True, check=True)
    tally = Tally(**json.loads(finished.stdout))
    ordered = sorted(tally.milliseconds)
    return Load(
        requests=len(ordered),
        seconds=tally.seconds,
        bytes_each=tally.body_bytes // max(1, len(ordered)),
        p50=percentile(ordered, 0.5),
        p95=percentile(ordered, 0.95),
        p99=percentile(ordered, 0.99),
        errors=sum(count for status, count in tally.statuses.items() if int(status) >= 400),
        statuses=tally.statuses,
        generator="bench.generator",
    )


def _with_wrk(base_url: str, paths: Sequence[str], *, seconds: float, folder: Path, headers: Mapping[str, str]) -> Load:
    script = folder / "load.lua"
    quoted = ", ".join(f'"{path}"' for path in paths)
    pairs = ", ".join(f'["{name}"] = "{value}"' for name, value in headers.items())
    script.write_text(_WRK_SCRIPT % (quoted, pairs))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script), base_url]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(finished.stdout.strip().splitlines()[-1])
    return Load(
        requests=found["requests"],
        seconds=found["seconds"],
        bytes_each=found["bytes"] // max(1, found["requests"]),
        p50=found["p50"],
        p95=found["p95"],
        p99=found["p99"],
        errors=found["errors"],
        statuses={},
        generator="wrk",
    )
