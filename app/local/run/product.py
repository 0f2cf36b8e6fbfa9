"""The processes that make up the product, and the commands that prepare its database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.local.run.children import ProcessSpec
from app.local.run.layout import Layout
from app.local.standins.certificates import Certificates

WORKERS = ("payments", "chats", "notifications", "analytics", "general")


@dataclass(frozen=True)
class Step:
    """A command that runs to its end. `what` begins a sentence about it."""

    what: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Ports:
    """Where things answer. `kaspi_qr` is None unless the product runs on Kaspi's second surface."""

    portal: int
    standins: int
    kaspi_qr: int | None = None


@dataclass(frozen=True)
class Plan:
    """What to run: the steps in order, then the processes on these ports.

    The process on the portal's port answers /readyz. Without processes it ends with the steps. What is done
    `afterwards` runs once, beside everything that is up by then, and may fail.
    """

    steps: Sequence[Step]
    processes: Callable[[Layout, Ports], list[ProcessSpec]] | None = None
    afterwards: Callable[[Mapping[str, str]], list[ProcessSpec]] | None = None


# Production never imports app.local, so its commands have an application of their own.
_FLASK = (sys.executable, "-m", "flask", "--app", "app.local.cli")
_MIGRATIONS = Step("Migrations", (*_FLASK, "db", "upgrade"))


def product_plan() -> Plan:
    """Migrations and demo data, then web, one worker a queue, cron and the stand-ins."""
    demo_data = Step("Demo data", (*_FLASK, "demo-data"))
    at_kaspi = Step("The demo's payments at Kaspi", (*_FLASK, "demo-kaspi"))
    return Plan(steps=(_MIGRATIONS, demo_data, at_kaspi), processes=_processes, afterwards=_afterwards)


def migration_plan() -> Plan:
    """Migrations and nothing else."""
    return Plan(steps=(_MIGRATIONS,))


def _processes(layout: Layout, ports: Ports) -> list[ProcessSpec]:
    web = ProcessSpec(
        "web",
        (
            *_granian(ports.portal, workers=2, threads=2),
            *("--static-path-route", "/static", "--static-path-mount", str(layout.static)),
            *("--static-path-route", "/photos", "--static-path-mount", str(layout.photos)),
            "wsgi:app",
        ),
        port=ports.portal,
    )
    # Exactly one worker: the couriers are threads of it. Many threads: it is told to hang on purpose.
    standins = ProcessSpec(
        "standins",
        (*_granian(ports.standins, workers=1, threads=32), "app.local.standins.wsgi:app"),
        port=ports.standins,
    )
    standins_qr = [] if ports.kaspi_qr is None else [_standins_with_tls(layout, ports.kaspi_qr)]
    workers = [ProcessSpec(f"worker-{name}", (sys.executable, "rq_worker.py", "--worker", name)) for name in WORKERS]
    cron = ProcessSpec("cron", (sys.executable, "rq_worker.py", "--cron"))
    return [web, standins, *standins_qr, *workers, cron]


def _afterwards(environment: Mapping[str, str]) -> list[ProcessSpec]:
    """The bot's menu, and WhatsApp's templates, without which notices go by SMS after 24 hours.

    Never at Telegram's and Twilio's own: Meta reads templates, and the menu of a real bot is not ours to change here.
    """
    told = {
        "TELEGRAM_BASE_URL": ProcessSpec("telegram-menu", ("nice", *_FLASK, "telegram", "set-commands")),
        "TWILIO_CONTENT_BASE_URL": ProcessSpec("whatsapp-templates", ("nice", *_FLASK, "whatsapp", "create-templates")),
    }
    return [spec for name, spec in told.items() if environment[name].startswith(environment["STANDINS_URL"])]


def _standins_with_tls(layout: Layout, port: int) -> ProcessSpec:
    """Kaspi Pay QR once more, for whoever has a certificate of the local CA."""
    files = Certificates(layout.certificates)
    command = (
        *_granian(port, workers=1, threads=32),
        *("--ssl-certificate", str(files.server), "--ssl-keyfile", str(files.server_key)),
        *("--ssl-ca", str(files.ca), "--ssl-client-verify"),
        "app.local.standins.qr_wsgi:app",
    )
    return ProcessSpec("standins-qr", command, port=port)


def _granian(port: int, *, workers: int, threads: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        # Without it a SIGTERM soon after the start can hang.
        *("--workers-kill-timeout", "3"),
    )
