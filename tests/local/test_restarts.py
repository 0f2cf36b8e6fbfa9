"""The restart policy, with a clock turned by hand: growing pauses, and an end of patience."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.local.failure import LocalError
from app.local.run.children import MOST_RESTARTS, Watched


class Crashing:
    """Something that is dead whenever one looks."""

    def __init__(self, code: int = 3) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({code})"])
        self.process.wait()
        self.lives = 1

    def restart(self) -> None:
        self.lives += 1


def watch(thing: Crashing) -> Watched:
    return Watched("cron", thing, log=Path("cron.log"))


def live(watched: Watched, *, begin: float, seconds: float) -> list[str]:
    """What is said when it is looked at four times a second."""
    looks = (begin + number / 4 for number in range(int(seconds * 4)))
    return [news for now in looks if (news := watched.look(now)) is not None]


def test_it_is_started_again_five_times_with_growing_pauses_and_then_everything_stops() -> None:
    thing = Crashing()
    watched = watch(thing)
    said: list[str] = []
    with pytest.raises(LocalError) as stopped:
        said.extend(news for number in range(600) if (news := watched.look(number / 4)))
    assert [line for line in said if "starting" in line] == [
        f"cron ended (exit code 3); starting it again in {pause} s. Its log: cron.log" for pause in (1, 2, 4, 8, 16)
    ]
    assert thing.lives == 1 + MOST_RESTARTS == 6
    assert str(stopped.value) == (
        "cron ended (exit code 3), although it was started again 5 times within 5 minutes: everything is stopped. "
        "Its log: cron.log"
    )


def test_deaths_that_are_far_apart_are_forgiven() -> None:
    thing = Crashing()
    watched = watch(thing)
    for number in range(20):
        live(watched, begin=number * 301.0, seconds=2)
    assert thing.lives == 21


def test_what_cannot_even_be_started_ends_the_same_way() -> None:
    class Missing(Crashing):
        def restart(self) -> None:
            raise FileNotFoundError("no such program")

    watched = watch(Missing())
    with pytest.raises(LocalError, match=r"^cron did not start \(no such program\), although"):
        live(watched, begin=0, seconds=150)
