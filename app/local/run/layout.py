"""Where a local installation keeps its things: everything in `.local`, except what root must keep in /var/tmp."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The folders and files of one checkout."""

    project: Path

    @property
    def local(self) -> Path:
        """Everything that `make run` writes; git ignores it."""
        return self.project / ".local"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.local / "logs"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data, or as root a link to them."""
        return self.local / "postgres"

    @property
    def redis(self) -> Path:
        """Redis' data."""
        return self.local / "redis"

    @property
    def photos(self) -> Path:
        """What the portal serves as /photos."""
        return self.local / "photos"

    @property
    def private_photos(self) -> Path:
        """Pictures that only some people may see: served by nobody but a view."""
        return self.local / "private-photos"

    @property
    def standins(self) -> Path:
        """The state of the stand-ins."""
        return self.local / "standins"

    @property
    def certificates(self) -> Path:
        """Certificates for Kaspi Pay QR's stand-in, of a CA of this checkout."""
        return self.standins / "tls"

    @property
    def secrets(self) -> Path:
        """Keys, made once."""
        return self.local / "secrets.env"

    @property
    def ports(self) -> Path:
        """The ports used last time."""
        return self.local / "ports.json"

    @property
    def environment(self) -> Path:
        """The settings of the last start, for commands."""
        return self.local / "environment.json"

    @property
    def prepared(self) -> Path:
        """Written when the migrations and the demo data are done."""
        return self.local / "prepared.json"

    @property
    def lock(self) -> Path:
        """Held while the product runs; holds pid and address."""
        return self.local / "run.lock"

    @property
    def static(self) -> Path:
        """What the portal serves as /static."""
        return self.project / "static"

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.logs / f"{name}.log"
