"""Pauses between attempts: random, within what the attempt allows, and never shorter than a provider asks."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.kit.backoff import SHORTEST, pause_after, pause_in_trouble

HOUR = timedelta(hours=1)


@given(st.integers(1, 10_000), st.integers(1, 7200))
def test_a_pause_lies_between_a_second_and_what_the_attempt_allows(attempt: int, longest: int) -> None:
    pause = pause_after(attempt, longest=timedelta(seconds=longest))
    assert SHORTEST <= pause <= max(SHORTEST, timedelta(seconds=min(2.0 ** min(attempt, 30), longest)))


def test_the_jitter_is_full_and_its_ceiling_doubles() -> None:
    def ceiling(attempt: int) -> float:
        return pause_after(attempt, longest=HOUR, chance=lambda _, most: most).total_seconds()

    assert [ceiling(attempt) for attempt in range(1, 14)] == [
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        512,
        1024,
        2048,
        3600,
        3600,
    ]
    assert pause_after(9, longest=HOUR, chance=lambda least, _: least) == SHORTEST


def test_pauses_of_many_that_failed_together_are_spread() -> None:
    pauses = {pause_after(8, longest=HOUR) for _ in range(100)}
    assert len(pauses) > 90
    assert max(pauses) - min(pauses) > timedelta(seconds=60)


@given(st.integers(1, 100), st.integers(0, 10_000))
def test_a_provider_is_not_asked_sooner_than_it_wishes(attempt: int, wished: int) -> None:
    assert pause_after(attempt, longest=HOUR, wished=timedelta(seconds=wished)) >= timedelta(seconds=wished)


def test_who_waits_longer_asks_more_seldom_and_not_together_with_the_others() -> None:
    def ceiling(seconds: int) -> float:
        lasted = timedelta(seconds=seconds)
        return pause_in_trouble(lasted, longest=HOUR, chance=lambda _, most: most).total_seconds()

    assert [ceiling(seconds) for seconds in (0, 1, 60, 3599, 7200)] == [2, 2, 60, 3599, 3600]
    pauses = [pause_in_trouble(HOUR, longest=HOUR).total_seconds() for _ in range(300)]
    assert all(sum(begin <= pause < begin + 1200 for pause in pauses) > 60 for begin in (0, 1200, 2400))
    assert pause_in_trouble(HOUR, longest=HOUR / 2, wished=HOUR) == HOUR
