"""Measured times, judged so that a busy machine does not decide: what we are slow at, we are slow at each time."""

from __future__ import annotations

from collections.abc import Callable

TRIES = 3


CALM = 1.2
"""Promise 36: what hangs elsewhere makes pages no more than a fifth slower."""


def least_of(measure: Callable[[], float], *, enough: float) -> float:
    """The least of up to three measurements; no more are made once one is below `enough`."""
    least = measure()
    for _ in range(TRIES - 1):
        if least < enough:
            break
        least = min(least, measure())
    return least


def percentile(seconds: list[float], of_hundred: int) -> float:
    """Below (or at) it are so many in a hundred of the values."""
    return sorted(seconds)[len(seconds) * of_hundred // 100]


def assert_as_calm(page: Callable[[], float], calm: float, hanging: float, *, spare: float = 0.0) -> None:
    """What pages took while something hung is what they take. Call it when nothing hangs any more: a machine that has
    become busier meanwhile still is, so pages may be measured once more. `spare` seconds are added to the fifth.
    """
    if hanging > calm * CALM + spare:
        calm = max(calm, page())
    assert hanging <= calm * CALM + spare
