"""Knows whether a database of our own has had its migrations and demo data, so that later starts need not ask them.

Each of the two takes some seconds to find out that it has nothing to do. What is remembered is which database it was,
at which revision, and with which files; if any of these has changed, both are run again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from app.local.run.layout import Layout


class Prepared:
    """What `.local/prepared.json` says about the database at `url`, where we must be superuser."""

    def __init__(self, layout: Layout, url: str) -> None:
        self._file = layout.prepared
        self._folders = (layout.project / "migrations", layout.project / "app" / "local" / "demo")
        self._url = url

    def is_true(self) -> bool:
        """Whether nothing has changed since `note`."""
        try:
            known = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return False  # never prepared, or the file was cut short
        return bool(known == self._present())

    def note(self) -> None:
        """Remember that the migrations and the demo data are done."""
        self._file.write_text(json.dumps(self._present(), indent=1) + "\n")

    def _present(self) -> dict[str, str]:
        return {**self._database(), "files": fingerprint(*self._folders)}

    def _database(self) -> dict[str, str]:
        """Which database this is and at which revision; PostgreSQL gives each its own identifier when it is created."""
        import psycopg

        with psycopg.connect(self._url) as connection:
            found = connection.execute(
                "SELECT system_identifier::text, to_regclass('alembic_version') IS NOT NULL FROM pg_control_system()"
            ).fetchone()
            identifier, is_migrated = found or ("", False)
            revisions = connection.execute("SELECT version_num FROM alembic_version") if is_migrated else ()
            return {"database": identifier, "revision": ",".join(sorted(row[0] for row in revisions))}


def fingerprint(*folders: Path) -> str:
    """Changes when the name or the content of a Python file in these folders does."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            content = file.read_bytes()
            digest.update(f"{file.relative_to(folder)} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()
