"""How demo flats take guests: times, shortest and longest stay, booking at once or by asking, whose codes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import time

from app.local.demo.facts import FlatFacts
from app.models import CancellationPolicy, CodeMode

_TIMES = (
    (time(14), time(12), 120),
    (time(14), time(12), 120),
    (time(15), time(12), 120),
    (time(14), time(11), 150),
    (time(13), time(11), 90),
)
_CUT_OFFS = (time(18), time(19), time(21), time(22, 30))
INSTANT_SHARE = 0.8
"""Part of the flats that can be booked without asking."""


@dataclass(frozen=True, slots=True)
class DemoHouse:
    """What a flat accepts and how one gets in. Times are local, cleaning is minutes."""

    check_in_time: time
    check_out_time: time
    cleaning_minutes: int
    min_nights: int
    max_nights: int
    policy: CancellationPolicy
    instant_booking: bool
    cut_off_time: time | None
    has_smart_lock: bool
    code_mode: CodeMode
    """A code for each booking is possible where a digital lock is."""


def house_of(facts: FlatFacts, rng: random.Random) -> DemoHouse:
    """Rules of one flat."""
    check_in, check_out, cleaning = rng.choice(_TIMES)
    smart = facts.self_check_in and rng.random() < 0.35
    own_codes = smart and rng.random() < 0.6
    return DemoHouse(
        check_in_time=check_in,
        check_out_time=check_out,
        cleaning_minutes=cleaning,
        min_nights=rng.choices((1, 2, 3), (88, 10, 2))[0],
        max_nights=rng.choice((30, 60, 90, 90)),
        policy=rng.choices(tuple(CancellationPolicy), (35, 50, 15))[0],
        instant_booking=rng.random() < INSTANT_SHARE,
        cut_off_time=rng.choice(_CUT_OFFS) if rng.random() < 0.2 else None,
        has_smart_lock=smart,
        code_mode=CodeMode.PER_BOOKING if own_codes else CodeMode.SHARED,
    )
