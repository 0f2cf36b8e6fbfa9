"""The stand-ins' state: one SQLite file, shared by their processes. Money is whole tenge, moments are unix seconds."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock

from app.local.standins import schema

_AT_ONCE = 500


class _Job:
    """Something that a thread wants to write; done by whichever thread has its turn next."""

    def __init__(self, work: Callable[[sqlite3.Connection], None]) -> None:
        self.work = work
        self.is_done = False
        self.error: BaseException | None = None


class Store:
    """Hands out connections to the file in `directory`, which is made (for its owner only) when missing.

    Connections are kept for the next caller: opening one costs more than most of what is done with it.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = directory / "standins.sqlite3"
        self._idle: list[sqlite3.Connection] = []
        # Threads queue here in order; in SQLite they would sleep and try again, ever longer.
        self._turn = Lock()
        self._jobs: deque[_Job] = deque()
        with closing(self._connect()) as db:
            db.execute("PRAGMA journal_mode = WAL")
            schema.prepare(db)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; writers wait for each other. Leaving by an exception changes nothing."""
        with self._turn, self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def write_together(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do `work` in one transaction with that of every other thread that waits; for many small writes at once.

        Returns when it is kept. An exception undoes the whole transaction and is raised in each of its threads.
        """
        job = _Job(work)
        self._jobs.append(job)
        with self._turn:
            if not job.is_done:
                self._do_all(self._take_jobs())
        if job.error is not None:
            raise job.error

    def _take_jobs(self) -> list[_Job]:
        taken: list[_Job] = []
        with suppress(IndexError):
            while len(taken) < _AT_ONCE:
                taken.append(self._jobs.popleft())
        return taken

    def _do_all(self, jobs: list[_Job]) -> None:
        try:
            with self._connection() as db:
                db.execute("BEGIN IMMEDIATE")
                for job in jobs:
                    job.work(db)
                db.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001  raised again in every thread whose work is undone
            for job in jobs:
                job.error = error
        for job in jobs:
            job.is_done = True

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view, for reading only."""
        with self._connection() as db:
            db.execute("PRAGMA query_only = ON")
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")
            db.execute("PRAGMA query_only = OFF")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection; one that an exception passed through is closed, which rolls back, and not used again."""
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._connect()
        try:
            yield db
        except BaseException:
            db.close()
            raise
        self._idle.append(db)

    def _connect(self) -> sqlite3.Connection:
        # Any thread may get a connection, one at a time.
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = NORMAL")
        return db
