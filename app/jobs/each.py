"""Doing the same to many subjects, one by one: one that cannot be worked off keeps the others waiting no longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from rq.timeouts import BaseTimeoutException

log = structlog.get_logger(__name__)

T = TypeVar("T")


def each(subjects: Sequence[T], act: Callable[[T], object], *, until: float) -> bool:
    """Act on one after another, beginning nothing after `until` (monotonic). False when the time was up.

    What goes wrong with one is logged, and raised once all have had their turn: the job shows among the failed ones.
    Raises what `act` raised once as it is, and several as one ExceptionGroup.
    """
    failures: list[Exception] = []
    is_late = False
    for subject in subjects:
        is_late = time.monotonic() > until
        if is_late:
            break
        try:
            act(subject)
        except BaseTimeoutException:  # the job's own time is over: no fault of this one
            raise
        except Exception as error:
            log.exception("one_of_many_failed", subject=str(subject), error=type(error).__name__)
            failures.append(error)
    if len(failures) > 1:
        raise ExceptionGroup(f"{len(failures)} of {len(subjects)} failed", failures)
    if failures:
        raise failures[0]
    return not is_late
