"""`make reset`: deletes what a local installation has made, after asking. Needs no installed package."""

from __future__ import annotations

import os
import shutil
import sys

from app.local.failure import LocalError
from app.local.run.layout import Layout
from app.local.run.terminal import say
from app.local.servers.home import delete_unused, roots_folder
from app.local.servers.lock import FolderLock


def reset(layout: Layout, *, is_agreed: bool) -> None:
    """Delete `.local` and, as root, this checkout's folder in /var/tmp.

    Raises:
        LocalError: the product runs, or the person did not agree.
        OSError: something cannot be deleted.
    """
    if not layout.local.exists():
        say("There is nothing to delete.")
        return
    lock = FolderLock(layout.lock)
    if not lock.acquire():
        pid, _, url = lock.read().partition(" ")
        raise LocalError(f"It is running (process {pid or '?'}, {url or 'starting'}): stop it first.")
    try:
        if not is_agreed:
            _ask(layout)
        _delete(layout)
    finally:
        lock.release()
    say("Deleted. `make run` starts afresh.")


def _ask(layout: Layout) -> None:
    if not sys.stdin.isatty():
        raise LocalError("Nobody to ask: run `make reset YES=1` to delete the data without a question.")
    say(f"This deletes every account, booking and photo in {layout.local}.")
    try:
        answer = input("Type yes to go on: ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer.strip().lower() != "yes":
        raise LocalError("Nothing was deleted.")


def _delete(layout: Layout) -> None:
    postgres = layout.postgres
    if os.geteuid() == 0 and postgres.is_symlink():
        delete_unused(postgres.readlink())
    shutil.rmtree(layout.local)
    if os.geteuid() == 0:
        _delete_roots_folder(layout)


def _delete_roots_folder(layout: Layout) -> None:
    """Everything but data that a test run of this checkout is using just now."""
    top = roots_folder(layout.project)
    in_use = [folder for folder in top.glob("data-*") if not delete_unused(folder)]
    if not in_use:
        shutil.rmtree(top, ignore_errors=True)
