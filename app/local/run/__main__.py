"""`python -m app.local.run` starts the product, … migrate` prepares its database, `… reset` deletes its data."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.local.failure import LocalError
from app.local.run.environment import Wishes
from app.local.run.layout import Layout
from app.local.run.terminal import say_error
from app.local.servers.home import PROJECT

if TYPE_CHECKING:
    from app.local.run.product import Plan


def main(arguments: list[str], *, project: Path = PROJECT, plan: Plan | None = None) -> int:
    """Run a command; its exit code. Whatever a person can put right is one sentence, without a traceback.

    Another `project` folder keeps its data to itself; another `plan` is run instead of the product (for tests).
    """
    try:
        _run(arguments, Layout(project), plan, Wishes.from_environment())
    except LocalError as error:
        say_error(str(error))
        return 1
    except OSError as error:
        say_error(sentence_about(error))
        return 1
    except KeyboardInterrupt:
        return 130  # Ctrl-C before we listen for signals: nothing has been started
    return 0


def _run(arguments: list[str], layout: Layout, plan: Plan | None, wishes: Wishes) -> None:
    if arguments == ["reset"]:
        from app.local.run.reset import reset

        reset(layout, is_agreed=wishes.yes)
    elif arguments[:1] == ["flask"]:
        from app.local.run.command import run_flask

        run_flask(layout, arguments[1:])
    elif arguments in ([], ["migrate"]):
        # Imported late: these need the installed packages, and `reset` works without.
        from app.local.run.product import migration_plan, product_plan
        from app.local.run.start import run

        run(layout, wishes, plan or (migration_plan() if arguments else product_plan()))
    else:
        raise LocalError("Usage: python -m app.local.run [migrate | reset | flask …]")


def sentence_about(error: OSError) -> str:
    """What happened to our files, for a person."""
    place = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full and{place or ' a file'} could not be written: free some space and start again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"The account {os.geteuid()} may not write or read{place or ' a file'} ({error.strerror})."
    return f"It cannot go on: {error.strerror or error}{place}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
