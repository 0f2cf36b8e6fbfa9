"""Promise 32: an audit entry that was edited, deleted, moved or cut off shows; late ones are chained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest
from flask import Flask
from psycopg import errors as pg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from app.db import transaction
from app.domain import audit, audit_chain
from app.domain.actor import SYSTEM
from app.domain.audit_chain import Head, Verified
from app.jobs.audit import chain_audit, chain_whole_audit
from app.kit import clock
from app.logs import configure_logging, without_personal_data
from tests.domain.test_doctor import application
from tests.domain.unguarded import unguarded
from tests.services import Services

ENTRIES = 9
_INSERT = (
    "INSERT INTO audit_entries (at, actor_kind, actor_id, action, subject_kind, subject_id, details)"
    " VALUES (now(), 'guest', gen_random_uuid(), 'test.happened', 'test', %s, '{\"n\": 1, \"ключ\": null}')"
)

Planter = Callable[..., Verified]


def raw(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def positions() -> list[int]:
    """The entries' ids in the order of the chain."""
    with transaction() as session:
        return list(session.execute(text("SELECT entry_id FROM audit_links ORDER BY position")).scalars())


def verified(exported: Head = audit_chain.EMPTY) -> Verified:
    with transaction() as session:
        return audit_chain.verify(session, exported=exported)


def present_head() -> Head:
    with transaction() as session:
        return audit_chain.head(session)


@pytest.fixture(scope="module")
def chained_url(services: Services, template_url: str) -> Iterator[str]:
    """A database with nine chained entries (ids 1…9)."""
    url = services.create_database(template=str(make_url(template_url).database))
    with raw(url) as connection:
        for number in range(ENTRIES):
            connection.execute(_INSERT, (str(number),))
    with application(url, services.redis_url):
        chain_audit()
        assert positions() == list(range(1, ENTRIES + 1))
    yield url
    services.drop_database(url)


@pytest.fixture
def own_url(services: Services, chained_url: str) -> Iterator[str]:
    """A copy of it for one test."""
    url = services.create_database(template=str(make_url(chained_url).database))
    yield url
    services.drop_database(url)


@pytest.fixture
def own_app(services: Services, own_url: str) -> Iterator[Flask]:
    with application(own_url, services.redis_url) as app:
        yield app


def plant(url: str, *statements: str) -> None:
    """SQL of somebody who may do everything: no trigger and no foreign key is in the way."""
    with unguarded(url) as connection:
        for statement in statements:
            assert connection.execute(statement.encode()).rowcount > 0, statement


@pytest.mark.usefixtures("own_app")
def test_a_chain_that_nobody_touched_holds() -> None:
    assert verified() == Verified(ENTRIES, None)
    assert verified(present_head()) == Verified(ENTRIES, None)


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "actor_kind = 'landlord'",
        "actor_id = gen_random_uuid()",
        "actor_id = NULL",
        "action = 'test.denied'",
        "subject_kind = 'tests'",
        "subject_id = subject_id || ' '",
        "details = details || '{\"n\": 2}'",
        "details = details - 'ключ'",
        "details = '{}'",
    ],
)
@pytest.mark.usefixtures("own_app")
def test_an_edited_entry_shows(own_url: str, change: str) -> None:
    plant(own_url, f"UPDATE audit_entries SET {change} WHERE id = 5")
    assert verified() == Verified(4, "position 5: entry 5 is not what was chained there")


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["DELETE FROM audit_entries WHERE id = 5"], "position 5: entry 5 is missing"),
        (
            ["DELETE FROM audit_entries WHERE id = 5", "DELETE FROM audit_links WHERE entry_id = 5"],
            "position 5: the link is missing",
        ),
        (
            [
                "DELETE FROM audit_entries WHERE id = 5",
                "DELETE FROM audit_links WHERE entry_id = 5",
                *(f"UPDATE audit_links SET position = {n} WHERE entry_id = {n + 1}" for n in range(5, ENTRIES)),
            ],
            "position 5: entry 6 is not what was chained there",
        ),
        (["DELETE FROM audit_links WHERE position = 1"], "position 1: the link is missing"),
    ],
)
@pytest.mark.usefixtures("own_app")
def test_a_deleted_entry_shows(own_url: str, statements: list[str], broken: str) -> None:
    plant(own_url, *statements)
    assert verified().broken == broken


@pytest.mark.parametrize(
    ("swap", "place"),
    [
        (
            [
                "UPDATE audit_links SET position = 100 WHERE position = 3",
                "UPDATE audit_links SET position = 3 WHERE position = 4",
                "UPDATE audit_links SET position = 4 WHERE position = 100",
            ],
            3,
        ),
        (
            [
                "UPDATE audit_entries a SET at = b.at, subject_id = b.subject_id, actor_id = b.actor_id"
                " FROM audit_entries b WHERE (a.id, b.id) IN ((6, 7), (7, 6))"
            ],
            6,
        ),
        (["UPDATE audit_links a SET hash = b.hash FROM audit_links b WHERE (a.position, b.position) = (8, 7)"], 8),
    ],
)
@pytest.mark.usefixtures("own_app")
def test_reordered_entries_show(own_url: str, swap: list[str], place: int) -> None:
    plant(own_url, *swap)
    found = verified()
    assert found.links == place - 1
    assert found.broken is not None
    assert found.broken.startswith(f"position {place}: entry ")


@pytest.mark.usefixtures("own_app")
def test_a_tail_that_was_cut_shows_against_an_exported_head(own_url: str) -> None:
    exported = present_head()
    plant(own_url, "DELETE FROM audit_links WHERE position > 7", "DELETE FROM audit_entries WHERE id > 7")
    assert verified() == Verified(7, None), "a shorter chain holds in itself: hence the export"
    assert verified(exported) == Verified(7, "the chain ends at 7, the exported head was 9")


@pytest.mark.usefixtures("own_app")
def test_a_tail_that_was_written_anew_shows_against_an_exported_head(own_url: str) -> None:
    exported = present_head()
    plant(
        own_url,
        "DELETE FROM audit_links WHERE position > 7",
        "UPDATE audit_entries SET subject_id = 'forged' WHERE id = 8",
    )
    chain_whole_audit()
    with raw(own_url) as connection:
        connection.execute(_INSERT, ("after",))
    chain_audit()
    assert verified() == Verified(10, None)
    assert verified(exported).broken == "position 9: not the hash that was exported"


@pytest.mark.usefixtures("own_app")
def test_an_entry_that_commits_after_a_larger_id_is_chained_too(own_url: str) -> None:
    with psycopg.connect(own_url.replace("+psycopg", "")) as slow:
        slow.execute(_INSERT, ("slow",))
        with raw(own_url) as quick:
            quick.execute(_INSERT, ("quick",))
        chain_audit()
        assert positions()[ENTRIES:] == [11]
        slow.commit()
    chain_audit()
    assert positions()[ENTRIES:] == [11, 10]
    assert verified() == Verified(11, None)


@pytest.mark.usefixtures("own_app")
def test_an_entry_that_was_later_than_any_transaction_may_be_is_found_at_night(own_url: str) -> None:
    """The job of every five seconds does not look through years of entries; the nightly one does."""

    def insert(number: int) -> None:
        with raw(own_url) as connection:
            connection.execute(
                "INSERT INTO audit_entries (id, at, actor_kind, action, subject_kind, subject_id, details)"
                " OVERRIDING SYSTEM VALUE VALUES (%s, now(), 'system', 'test.late', 'test', '1', '{}')",
                (number,),
            )

    insert(20)
    chain_audit()
    plant(own_url, "UPDATE audit_links SET chained_at = now() - interval '16 minutes'")
    insert(15)
    chain_audit()
    assert positions()[ENTRIES:] == [20]
    with transaction() as session:
        assert audit_chain.unchained(session, before=clock.now() + timedelta(hours=1)) == 1
    chain_whole_audit()
    assert positions()[ENTRIES:] == [20, 15]


@pytest.mark.usefixtures("own_app")
def test_one_chains_at_a_time(own_url: str) -> None:
    with raw(own_url) as connection:
        connection.execute(_INSERT, ("waits",))
    with transaction() as first, transaction() as second:
        assert audit_chain.extend(first, after=0, now=clock.now()) == ENTRIES + 1
        assert audit_chain.extend(second, after=0, now=clock.now()) is None
    assert len(positions()) == ENTRIES + 1


def test_jobs_side_by_side_make_one_chain(services: Services, own_url: str) -> None:
    def work(number: int) -> None:
        with raw(own_url) as connection:
            for n in range(20):
                connection.execute(_INSERT, (f"{number}-{n}",))
                with app.app_context():
                    chain_audit()

    with application(own_url, services.redis_url) as app:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        chain_audit()
        assert verified() == Verified(ENTRIES + 80, None)


def test_control_without_the_lock_two_links_would_want_one_place(own_url: str) -> None:
    """What the advisory lock prevents from happening is refused by the database."""
    with raw(own_url) as connection:
        connection.execute(_INSERT, ("second",))
        with pytest.raises(pg.UniqueViolation) as refused:
            connection.execute(
                "INSERT INTO audit_links SELECT e.id, l.position, l.hash, now() FROM audit_entries e, audit_links l"
                " WHERE e.subject_id = 'second' AND l.position = 9"
            )
    assert refused.value.diag.constraint_name == "uq_audit_links_position"


@pytest.mark.usefixtures("own_app")
def test_many_entries_are_chained_in_batches(own_url: str) -> None:
    with raw(own_url) as connection:
        connection.execute(
            "INSERT INTO audit_entries (at, actor_kind, action, subject_kind, subject_id, details)"
            " SELECT now(), 'system', 'test.many', 'test', n, '{}' FROM generate_series(1, %s) AS n",
            (audit_chain.BATCH + 1,),
        )
    chain_audit()
    assert verified() == Verified(ENTRIES + audit_chain.BATCH + 1, None)


@pytest.mark.usefixtures("own_app")
def test_what_the_product_records_is_chained(now: datetime) -> None:
    with transaction() as session:
        audit.record(session, "test.happened", actor=SYSTEM, subject=("test", 1), now=now, code="x", n=None)
        audit_chain.extend(session, after=0, now=now)
    assert verified() == Verified(ENTRIES + 1, None)
    with transaction() as session:
        assert audit_chain.unchained(session, before=clock.now() + timedelta(hours=1)) == 0


def test_the_head_is_exported_into_the_log(own_app: Flask, own_url: str) -> None:
    with raw(own_url) as connection:
        connection.execute(_INSERT, ("new",))
    configure_logging("INFO")
    try:
        with capture_logs() as lines:
            chain_audit()
            chain_audit()
    finally:
        configure_logging("WARNING")
    assert [line["audit_head"] for line in lines if line["event"] == "audit_chained"] == [str(present_head())]


def test_a_head_is_not_taken_for_a_phone_number() -> None:
    written = f"12:{'7011234567' * 6}abcd"
    assert without_personal_data(None, "info", {"audit_head": written})["audit_head"] == written


def test_the_commands_print_the_head_and_the_first_broken_place(own_app: Flask, own_url: str) -> None:
    run = own_app.test_cli_runner()
    exported = run.invoke(args=["audit", "head"]).output.strip()
    assert Head.parse(exported) == present_head()
    assert run.invoke(args=["audit", "verify", "--head", exported]).output == f"{ENTRIES} links hold\n"
    assert run.invoke(args=["audit", "verify", "--head", "12"]).exit_code == 2
    plant(own_url, "UPDATE audit_entries SET details = '{}' WHERE id = 3")
    broken = run.invoke(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert broken.output == "2 links hold; broken at position 3: entry 3 is not what was chained there\n"
