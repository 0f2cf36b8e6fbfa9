"""Coverage is measured by the first case of each test; its other cases run the same lines, without the tracer.

The tracer makes a test cost 1.7 times its CPU, and the suite has twice as many cases as tests. Which cases are first
is the same in every run and in every process that shares them. Tests of the product as processes are not traced: what
they run runs elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from coverage import Coverage

_IS_TRACED = pytest.StashKey[bool]()
_AS_PROCESSES = ("tests/browser/", "tests/drills/", "tests/e2e/", "tests/local/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is traced, of the cases that are left to run."""
    seen: set[str] = set()
    for item in items:
        name = item.nodeid.partition("[")[0]
        item.stash[_IS_TRACED] = name not in seen and not name.startswith(_AS_PROCESSES)
        seen.add(name)


class Tracer:
    """Turns the measurement of this process on and off, if there is one (`--cov`)."""

    def __init__(self) -> None:
        self._coverage = Coverage.current()
        self._is_on = True

    def turn(self, *, on: bool) -> None:
        """Turn it on or off."""
        if self._coverage is None or on is self._is_on:
            return
        if on:
            self._coverage.start()
        else:
            self._coverage.stop()
        self._is_on = on


_TRACER = pytest.StashKey[Tracer]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Trace a test with its fixtures, or leave it alone."""
    tracer = item.config.stash.setdefault(_TRACER, Tracer())
    tracer.turn(on=item.stash[_IS_TRACED])
    return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave it as whoever began it expects it: turned on."""
    if _TRACER in session.config.stash:
        session.config.stash[_TRACER].turn(on=True)
