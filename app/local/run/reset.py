"""`make reset`: deletes what a local installation has made, after asking. Needs no installed package."""

from __future__ import annotations

import os
import shutil
import sys

from app.local.failure import LocalError
from app.local.run.layout import Layout
from app.local.run.terminal import say
from app.local.servers.home import delete_unused, read_marker, roots_folder, sweep
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
    if os.geteuid() == 0 and layout.postgres.is_symlink():
        delete_unused(layout.postgres.readlink())
    shutil.rmtree(layout.local)
    if os.geteuid() == 0:
        _delete_roots_folder(layout)


def _delete_roots_folder(layout: Layout) -> None:
    """This checkout's folder in /var/tmp, unless a test run or a project moved elsewhere keeps data there."""
    top = roots_folder(layout.project)
    for folder in top.glob("data-*"):
        asked_for, _ = read_marker(folder)
        if asked_for is not None and asked_for.is_relative_to(layout.project):
            delete_unused(folder)
    sweep(top)
    if not any(top.glob("data-*")):
        shutil.rmtree(top, ignore_errors=True)
