"""The supervisor with tiny processes: order, restarts, signals, and one clear sentence when it cannot start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.local.ports import claim_free
from app.local.servers import EmbeddedPostgres, EmbeddedRedis
from tests.local.running import ROOT, listening_ports, small_product, until
from tests.standins import PATIENCE

pytestmark = pytest.mark.drill


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    EmbeddedPostgres(tmp_path / ".local" / "postgres").remove()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Servers shared by the tests that are not about servers: a start then takes half a second."""
    folder = tmp_path_factory.mktemp("servers")
    database = EmbeddedPostgres(folder / "pg", durable=False)
    with database, EmbeddedRedis(folder / "redis", durable=False) as cache:
        yield {"DATABASE_URL": database.url, "REDIS_URL": cache.url}
    database.remove()


def test_it_says_where_everything_is_and_ends_with_ready(project: Path) -> None:
    with small_product(project) as running:
        url = running.wait_until_ready()

        assert running.lines[-1] == f"ready {url}"
        assert "/sms/" in running.output
        assert "/kaspi/" in running.output
        assert "+77010000001" in running.output
        assert str(project / ".local" / "logs") in running.output
        ports = listening_ports(list(running.pids()))
        assert len(ports) == 4  # portal, stand-ins, PostgreSQL, Redis
        assert max(ports) < 32768
        secret = (project / ".local" / "secrets.env").read_text().split("SECRET_KEY=")[1].split()[0]
        assert secret not in running.output
        log = project / ".local" / "logs" / "afterwards.log"
        assert until(lambda: log.exists() and log.read_text() == "nobody minds\n", seconds=PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(project: Path, servers: dict[str, str], number: signal.Signals) -> None:
    with small_product(project, env=servers) as running:
        running.wait_until_ready()
        running.signal(number)

        assert running.wait_for_end() == 0
        running.assert_leaves_nothing()
        assert running.lines[-1] == "Stopped. The data are kept."


def test_two_signals_are_as_good_as_one_and_what_refuses_to_leave_is_killed(
    project: Path, servers: dict[str, str]
) -> None:
    with small_product(project, "stubborn", env=servers) as running:
        running.wait_until_ready()
        running.signal(signal.SIGTERM)
        running.wait_for_line("Stopping")
        running.signal(signal.SIGINT)
        running.signal(signal.SIGTERM)

        assert running.wait_for_end() == 0
        running.assert_leaves_nothing()


def test_a_signal_in_the_middle_of_a_step_ends_the_step(project: Path, servers: dict[str, str]) -> None:
    with small_product(project, "slow-step", env=servers) as running:
        log = project / ".local" / "logs" / "prepare.log"
        assert until(lambda: log.exists() and "stepping" in log.read_text(), seconds=PATIENCE)
        running.signal(signal.SIGTERM)

        assert running.wait_for_end() == 0
        running.assert_leaves_nothing()


def test_a_later_start_has_the_same_addresses_and_runs_steps_only_when_they_have_changed(project: Path) -> None:
    def start() -> tuple[str, int]:
        with small_product(project) as running:
            url = running.wait_until_ready()
        return url, (project / ".local" / "logs" / "prepare.log").read_text().count("stepping")

    url, steps_run = start()
    assert steps_run == 1
    assert set(json.loads((project / ".local" / "ports.json").read_text())) == {
        "portal",
        "standins",
        "postgres",
        "redis",
    }

    assert start() == (url, 1)

    migration = project / "migrations" / "versions" / "0002_new.py"
    migration.parent.mkdir(parents=True)
    migration.write_text("revision = 2")
    assert start() == (url, 2)


def test_two_copies_run_side_by_side(tmp_path: Path, servers: dict[str, str]) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with small_product(one, env=servers) as first, small_product(two, env=servers) as second:
        assert first.wait_until_ready() != second.wait_until_ready()


def test_a_process_that_crashes_is_started_again_later_and_later_and_that_is_said(
    project: Path, servers: dict[str, str]
) -> None:
    with small_product(project, "crashing", env=servers) as running:
        running.wait_until_ready()
        running.wait_for_line(r"^crashing ended \(exit code 3\); starting it again in 1 s\.")
        running.wait_for_line(r"^crashing ended \(exit code 3\); starting it again in 2 s\.")


def test_killed_servers_come_back(project: Path) -> None:
    with small_product(project) as running:
        running.wait_until_ready()
        before = json.loads((project / ".local" / "ports.json").read_text())
        os.kill(running.pid_of("/postgres "), signal.SIGKILL)
        os.kill(running.pid_of("redis-server "), signal.SIGKILL)

        for name in ("PostgreSQL", "Redis"):
            running.wait_for_line(rf"^{name} was killed \(signal 9\); starting it again in 1 s\.")
            running.wait_for_line(rf"^{name} was started again\.")
        assert set(before.values()) <= listening_ports(list(running.pids()))


def test_children_of_a_killed_supervisor_leave_and_the_next_start_works(project: Path) -> None:
    with small_product(project, "stubborn") as running:
        url = running.wait_until_ready()
        running.signal(signal.SIGKILL)
        running.wait_for_end()
        # The stubborn one ignores what it is told, so it is the only one that may stay.
        assert until(lambda: all("time.sleep(300)" in line for line in running.pids().values()), seconds=PATIENCE)
        for pid in running.pids():
            os.kill(pid, signal.SIGKILL)

    with small_product(project) as again:
        assert again.wait_until_ready() == url


def test_the_same_folder_is_not_run_twice(project: Path, servers: dict[str, str]) -> None:
    with small_product(project, env=servers) as first:
        url = first.wait_until_ready()
        with small_product(project, env=servers) as second:
            assert second.wait_for_end() == 1
        assert second.lines == [f"Already running in this folder: process {first.process.pid}, at {url}."]
        assert first.process.poll() is None


def test_a_taken_port_is_one_sentence(project: Path) -> None:
    with claim_free() as port, small_product(project, env={"PORT": str(port.number)}) as running:
        assert running.wait_for_end() == 1
    assert running.lines == [f"Port {port.number} is taken: choose another with PORT=…, or leave PORT out."]


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"LOG_LEVEL": "LOUD"}, "Setting LOG_LEVEL is wrong"),
        ({"SEAL_KEYS": "1:short"}, "Setting SEAL_KEYS is wrong"),
        ({"APP_ENV": "production"}, "`make run` is for APP_ENV=local only"),
        ({"DATABASE_URL": "mysql://x"}, "Setting DATABASE_URL is wrong: must start with postgresql://"),
        ({"DATABASE_URL": "postgresql://me:s3cret@127.0.0.1:9/x"}, "PostgreSQL at DATABASE_URL cannot be used: "),
        ({"REDIS_URL": "redis://:s3cret@127.0.0.1:9"}, "Redis at REDIS_URL cannot be used: "),
        ({"PORT": "eighty"}, "PORT must be a number"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    project: Path, servers: dict[str, str], env: dict[str, str], sentence: str
) -> None:
    with small_product(project, env={**servers, **env}) as running:
        assert running.wait_for_end() == 1
        running.assert_leaves_nothing()
    assert sentence in running.lines[-1]
    assert running.lines[-1].endswith(".")
    assert "Traceback" not in running.output
    assert "s3cret" not in running.output


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [
        ("failing-step", "Migrations failed: column is missing (log: "),
        ("dead-web", "The process web does not start: it is broken (log: "),
    ],
)
def test_a_start_that_fails_stops_what_it_started(
    project: Path, servers: dict[str, str], flag: str, sentence: str
) -> None:
    with small_product(project, flag, env=servers) as running:
        assert running.wait_for_end() == 1
        running.assert_leaves_nothing()
    assert running.lines[-1].startswith(sentence)


def test_real_servers_are_used_instead_of_our_own(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with (
        EmbeddedPostgres(elsewhere / "pg", durable=False) as database,
        small_product(project, env={"DATABASE_URL": database.url}) as running,
    ):
        running.wait_until_ready()
        assert not (project / ".local" / "postgres").exists()
        assert (project / ".local" / "redis").exists()
        assert not any("/postgres " in line for line in running.pids().values())
    EmbeddedPostgres(elsewhere / "pg").remove()


def test_lost_keys_are_noticed_before_data_are_written_with_others(project: Path) -> None:
    with small_product(project) as running:
        running.wait_until_ready()
    (project / ".local" / "secrets.env").unlink()

    with small_product(project) as running:
        assert running.wait_for_end() == 1
    assert "secrets.env is missing, and without it the data" in running.lines[-1]


def test_reset_refuses_while_running_and_without_anyone_to_ask(project: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from app.local.run.__main__ import main;"
        "sys.exit(main(['reset'], project=Path(sys.argv[1])))"
    )

    def reset(**env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, str(project)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    with small_product(project) as running:
        url = running.wait_until_ready()
        assert f"{url}): stop it first." in reset(YES="1").stderr
    home = (project / ".local" / "postgres").resolve()

    answer = reset()
    assert answer.returncode == 1
    assert "run `make reset YES=1`" in answer.stderr
    assert home.exists()

    assert reset(YES="1").returncode == 0
    assert not (project / ".local").exists()
    assert not home.exists()
    assert reset(YES="1").stdout == "There is nothing to delete.\n"


def test_a_closed_terminal_does_not_keep_it_from_stopping_in_order(project: Path, servers: dict[str, str]) -> None:
    reading_end, writing_end = os.pipe()
    os.close(reading_end)
    with small_product(project, stdout=writing_end, env=servers) as running:
        os.close(writing_end)
        assert until(lambda: len(listening_ports(list(running.pids()))) == 2, seconds=PATIENCE)
        running.signal(signal.SIGHUP)

        assert running.wait_for_end() == 0
        running.assert_leaves_nothing()
