"""Pauses between attempts: growing, and random, so that what failed together does not come back together."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

SHORTEST = timedelta(seconds=1)
FIRST_CEILING = timedelta(seconds=2)
"""The first pause is at most so long."""


def pause_after(
    attempt: int,
    *,
    longest: timedelta,
    wished: timedelta | None = None,
    chance: Callable[[float, float], float] = random.uniform,
) -> timedelta:
    """How long to wait after the attempt of this number (from 1): full jitter below 2, 4, 8 … seconds, up to `longest`.

    Never shorter than a second, nor than `wished` (a provider's Retry-After). The rule is AWS's "exponential backoff
    and full jitter". `chance(a, b)` chooses a number between the two.
    """
    return _pause(min(2.0 ** min(attempt, 30), longest.total_seconds()), wished, chance)


def pause_in_trouble(
    lasted: timedelta,
    *,
    longest: timedelta,
    wished: timedelta | None = None,
    chance: Callable[[float, float], float] = random.uniform,
) -> timedelta:
    """How long to wait for somebody who has been away for so long: at random as long again, up to `longest`.

    However many wait, they come back one after another and not together. Otherwise as `pause_after`.
    """
    return _pause(min(max(lasted, FIRST_CEILING), longest).total_seconds(), wished, chance)


def _pause(ceiling: float, wished: timedelta | None, chance: Callable[[float, float], float]) -> timedelta:
    pause = max(SHORTEST, timedelta(seconds=chance(0.0, ceiling)))
    return pause if wished is None else max(pause, wished)
