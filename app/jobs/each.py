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
    """
    failure: Exception | None = None
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
            failure = error
    if failure is not None:
        raise failure
    return not is_late
