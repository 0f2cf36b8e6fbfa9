"""A part of `make run` that keeps dying: half a minute of growing pauses, all of it visible, and then an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.local.servers import EmbeddedPostgres
from tests.local.running import small_product

pytestmark = pytest.mark.drill


def test_a_part_that_keeps_dying_stops_everything_with_one_sentence(tmp_path: Path) -> None:
    with small_product(tmp_path, "crashing") as running:
        running.wait_until_ready(seconds=120)
        for pause in (1, 2, 4, 8, 16):
            running.wait_for_line(rf"^crashing ended \(exit code 3\); starting it again in {pause} s\.", seconds=90)
        assert running.wait_for_end(seconds=90) == 1
        running.assert_leaves_nothing()
    assert running.lines[-1].startswith("crashing ended (exit code 3), although it was started again 5 times")
    EmbeddedPostgres(tmp_path / ".local" / "postgres").remove()
