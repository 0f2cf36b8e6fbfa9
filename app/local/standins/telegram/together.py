"""How a call reads and writes: one short transaction, shared with other calls that come at the same moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from app.local.standins.desk import desk
from app.local.standins.telegram.refusals import RefusalError

T = TypeVar("T")


def together(work: Callable[[sqlite3.Connection], T]) -> T:
    """Do `work` in one transaction with other calls; a refusal is raised in its own call only.

    The work must refuse before it writes.
    """
    done: list[T] = []
    refused: list[RefusalError] = []

    def job(db: sqlite3.Connection) -> None:
        try:
            done.append(work(db))
        except RefusalError as error:
            refused.append(error)

    desk().store.write_together(job)
    if refused:
        raise refused[0]
    return done[0]
