"""`make run` from the first check to the last process stopped."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress

from app.local.failure import Cancelled, LocalError
from app.local.ports import HOST
from app.local.run import real_servers
from app.local.run.children import ProcessSpec
from app.local.run.command import remember
from app.local.run.environment import Wishes, check_settings, product_environment
from app.local.run.kaspi_qr import qr_settings
from app.local.run.layout import Layout
from app.local.run.page import welcome_page
from app.local.run.prepared import Prepared
from app.local.run.product import Plan, Ports
from app.local.run.remembered_ports import RememberedPorts
from app.local.run.steps import run_step, wait_until_up
from app.local.run.stopping import ParentWatch, StopRequest
from app.local.run.supervisor import Supervisor
from app.local.run.terminal import say
from app.local.secrets import local_secrets
from app.local.servers import EmbeddedPostgres, EmbeddedRedis
from app.local.servers.lock import FolderLock

_READY_SECONDS = 60.0
_STANDINS_PORT = 8100
_KASPI_QR_PORT = 8101


def run(layout: Layout, wishes: Wishes, plan: Plan) -> None:
    """Start everything, print the page, stay until told to stop (or the plan has no processes), stop everything.

    Raises:
        LocalError: it cannot start; whatever was started has been stopped.
        OSError: the disk is full or the folder is closed to us; the same holds.
    """
    stop = StopRequest(is_parent_stopping=ParentWatch().is_stopping if wishes.is_under_make else None)
    stop.listen()
    with ExitStack() as stack:
        stack.callback(stop.stop_listening)
        lock = only_one(layout)
        stack.callback(lock.release)
        remembered = RememberedPorts(layout.ports)
        portal = stack.enter_context(remembered.claim_portal(wishes.port))
        standins = stack.enter_context(remembered.claim("standins", at_first=_STANDINS_PORT))
        kaspi_qr = None
        if wishes.kaspi_mode == "qrpay":  # a port of its own: granian asks for certificates on a whole port
            kaspi_qr = stack.enter_context(remembered.claim("kaspi_qr", at_first=_KASPI_QR_PORT)).number
        lock.write(f"{os.getpid()} {_url(portal.number)}")
        supervisor = Supervisor(layout, stop)
        stack.callback(supervisor.stop_all)
        start = _Start(layout, wishes, plan, supervisor, stop)
        with suppress(Cancelled):  # told to stop on the way up, which ends as any stop does
            start.bring_up(remembered, Ports(portal.number, standins.number, kaspi_qr))
            if plan.processes is not None:
                supervisor.watch()
        say("Stopping…")
    say("Stopped. The data are kept.")


def only_one(layout: Layout) -> FolderLock:
    """Take the lock of this checkout.

    Raises:
        LocalError: the product runs already.
        OSError: the folder cannot be written.
    """
    layout.logs.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(layout.lock)
    if not lock.acquire():
        pid, _, url = lock.read().partition(" ")
        raise LocalError(
            f"Already running in this folder: process {pid or '?'}, at {url or 'an address not yet known'}."
        )
    return lock


class _Start:
    """The way up, step by step."""

    def __init__(self, layout: Layout, wishes: Wishes, plan: Plan, supervisor: Supervisor, stop: StopRequest) -> None:
        self._layout = layout
        self._wishes = wishes
        self._plan = plan
        self._supervisor = supervisor
        self._stop = stop

    def bring_up(self, remembered: RememberedPorts, ports: Ports) -> None:
        """Servers, settings, steps, processes, page."""
        layout = self._layout
        self._greet()
        secrets = local_secrets(layout.secrets)
        for folder in (layout.photos, layout.standins):
            folder.mkdir(parents=True, exist_ok=True)
        database_url = self._wishes.database_url or self._embedded_postgres(remembered)
        redis_url = self._wishes.redis_url or self._embedded_redis(remembered)
        self._remember_ports(remembered, ports)
        environment = product_environment(
            layout,
            secrets,
            portal_url=_url(ports.portal),
            standins_url=_url(ports.standins),
            database_url=database_url,
            redis_url=redis_url,
            kaspi_qr={} if ports.kaspi_qr is None else qr_settings(layout, secrets, port=ports.kaspi_qr),
        )
        check_settings(environment)
        remember(self._layout, environment)
        if self._wishes.database_url:
            real_servers.check_database(database_url)
        if self._wishes.redis_url:
            real_servers.check_redis(redis_url)
        self._prepare(environment, database_url)
        if self._plan.processes is None:
            return
        self._start_processes(self._plan.processes(layout, ports), environment, ports)
        self._say_where(ports)
        say(f"ready {_url(ports.portal)}")
        for spec in [] if self._plan.afterwards is None else self._plan.afterwards(environment):
            self._supervisor.start_once(spec, env=environment)

    def _say_where(self, ports: Ports) -> None:
        page = welcome_page(
            portal_url=_url(ports.portal),
            standins_url=_url(ports.standins),
            kaspi_qr_url=None if ports.kaspi_qr is None else f"https://{HOST}:{ports.kaspi_qr}",
            logs=self._layout.logs,
        )
        say(page)

    def _remember_ports(self, remembered: RememberedPorts, ports: Ports) -> None:
        """All but a portal's port that was asked for this time only."""
        kept = {"standins": ports.standins, "kaspi_qr": ports.kaspi_qr}
        if self._wishes.port is None:
            kept["portal"] = ports.portal
        remembered.remember({name: port for name, port in kept.items() if port is not None})

    def _start_processes(self, specs: list[ProcessSpec], environment: dict[str, str], ports: Ports) -> None:
        """Start those that answer, wait until they do, then start the others.

        Importing the product costs each process nearly two seconds of a core; at once they would all be late.
        """
        serving = [self._supervisor.start_process(spec, env=environment) for spec in specs if spec.port is not None]
        for process in serving:
            path = "/readyz" if process.spec.port == ports.portal else None
            wait_until_up(process, path, seconds=_READY_SECONDS, stop=self._stop)
        for spec in specs:
            if spec.port is None:
                self._supervisor.start_process(spec, env=environment)

    def _prepare(self, environment: dict[str, str], database_url: str) -> None:
        """Run the steps, unless the database is our own and they have nothing to do."""
        prepared = None if self._wishes.database_url else Prepared(self._layout, database_url)
        if prepared is not None and self._plan.processes is not None and prepared.is_true():
            return
        for step in self._plan.steps:
            log = self._layout.log("prepare")
            run_step(step, log=log, env=environment, cwd=self._layout.project, stop=self._stop)
        if prepared is not None and self._plan.processes is not None:
            prepared.note()

    def _greet(self) -> None:
        """Say what is going on, unless data from before cannot be read any more."""
        layout, is_ours = self._layout, self._wishes.database_url is None
        if is_ours and not layout.secrets.exists() and (layout.postgres / "cluster").exists():
            raise LocalError(
                f"{layout.secrets} is missing, and without it the data in {layout.local} cannot be read: "
                "put it back, or start afresh with `make reset`."
            )
        if is_ours and not layout.prepared.exists():
            say("Starting for the first time: the databases and the demo data are made once…")
        else:
            say("Starting…")

    def _embedded_postgres(self, remembered: RememberedPorts) -> str:
        server = EmbeddedPostgres(
            self._layout.postgres,
            remembered.last("postgres"),
            log=self._layout.log("postgres"),
            is_cancelled=self._stop.is_set,
        )
        self._supervisor.start_server("PostgreSQL", server)
        remembered.remember({"postgres": server.port})
        return server.url

    def _embedded_redis(self, remembered: RememberedPorts) -> str:
        server = EmbeddedRedis(
            self._layout.redis,
            remembered.last("redis"),
            log=self._layout.log("redis"),
            is_cancelled=self._stop.is_set,
        )
        self._supervisor.start_server("Redis", server)
        remembered.remember({"redis": server.port})
        return server.url


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"
