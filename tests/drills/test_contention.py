"""Promise 1 in full: 200 guests check out overlapping nights of one flat over HTTP at the same moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.e2e.races import DEADLOCKS, assert_one_winner, overlaps, race_for_one_flat
from tests.live import Live
from tests.services import Services

pytestmark = [pytest.mark.drill, pytest.mark.alone]

GUESTS = 200
ROUNDS = 3


@pytest.mark.parametrize(("workers", "threads"), [(2, 2), (4, 4)], ids=["as-in-production", "four-times-wider"])
def test_of_two_hundred_guests_at_once_one_gets_the_flat(
    services: Services, template_url: str, tmp_path: Path, workers: int, threads: int
) -> None:
    url = services.create_database(template=str(make_url(template_url).database))
    with Live(
        tmp_path, database_url=url, web_workers=workers, web_threads=threads, database_pool_size=threads
    ) as running:
        before = running.one(DEADLOCKS)
        for _ in range(ROUNDS):
            assert_one_winner(race_for_one_flat(running, GUESTS))
        assert overlaps(running) == 0
        assert running.one("SELECT count(*) FROM bookings") == ROUNDS
        assert running.one(DEADLOCKS) == before
        assert '"crash"' not in running.logs()
    services.drop_database(url)
