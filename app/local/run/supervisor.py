"""Runs the product's processes until told to stop, and stops them in the order in which they need each other."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

from app.local.run.children import ProcessSpec, ProductProcess, Watched
from app.local.run.layout import Layout
from app.local.run.stopping import StopRequest
from app.local.run.terminal import say
from app.local.servers import EmbeddedPostgres, EmbeddedRedis

_LOG_LIMIT = 20 * 1024 * 1024
_LOOK_AT_LOGS_EVERY = 30.0

Server = EmbeddedPostgres | EmbeddedRedis


class Supervisor:
    """The processes of one start. Everything is called from the main thread: the kernel ties children to it."""

    def __init__(self, layout: Layout, stop: StopRequest) -> None:
        self._layout = layout
        self._stop = stop
        self._servers: list[Server] = []
        self._processes: list[ProductProcess] = []
        self._watched: list[Watched] = []

    def start_server(self, name: str, server: Server) -> None:
        """Start an embedded server and keep it alive. Raises ServerError or Cancelled."""
        self._servers.append(server)
        server.start()
        self._watched.append(Watched(name, server, log=server.log))

    def start_process(self, spec: ProcessSpec, *, env: Mapping[str, str]) -> ProductProcess:
        """Start a process of the product and keep it alive, from the first look of `watch` on."""
        log = self._layout.log(spec.name)
        process = ProductProcess(spec, log=log, env=env, cwd=self._layout.project)
        self._processes.append(process)
        process.restart()
        self._watched.append(Watched(spec.name, process, log=log))
        return process

    def start_once(self, spec: ProcessSpec, *, env: Mapping[str, str]) -> None:
        """Start something that does its work and ends, well or not (its log says which): nothing depends on it."""
        process = ProductProcess(spec, log=self._layout.log(spec.name), env=env, cwd=self._layout.project)
        self._processes.append(process)
        try:
            process.restart()
        except OSError as error:
            say(f"{spec.name} did not start ({error}).")

    def watch(self) -> None:
        """Keep everything alive until told to stop. Raises LocalError when something dies again and again."""
        logs_at = 0.0
        while not self._stop.wait(0.25):
            now = time.monotonic()
            for watched in self._watched:
                news = None if self._stop.is_set() else watched.look(now)
                if news is not None:
                    say(news)
            if now > logs_at:
                logs_at = now + _LOOK_AT_LOGS_EVERY
                cap_logs(self._layout.logs)

    def stop_all(self) -> None:
        """Stop web, workers, cron and stand-ins together, then the servers. Takes 10 s at the very most."""
        for process in self._processes:
            process.tell_to_stop()
        deadline = time.monotonic()
        for process in self._processes:
            self._wait_for_end(process, deadline + process.spec.patience)
        for process in self._processes:
            process.clear_away()
        # Side by side: neither needs the other, and on a slow disk each may take some seconds to write down its data.
        threads = [Thread(target=server.stop) for server in self._servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @staticmethod
    def _wait_for_end(process: ProductProcess, deadline: float) -> None:
        while not process.is_gone() and time.monotonic() < deadline:
            time.sleep(0.02)


def cap_logs(logs: Path) -> None:
    """Keep the logs from filling the disk: one above 20 MB is moved to `<name>.log.1` and begins anew."""
    for log in logs.glob("*.log"):
        if log.stat().st_size > _LOG_LIMIT:
            # Copied and cut rather than renamed: the processes hold it open, for appending.
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)
