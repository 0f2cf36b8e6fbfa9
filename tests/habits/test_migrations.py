"""Migrations are one line from nothing to the models, can go back, and never import the models."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, text

from app import db as database
from app.config import ROOT
from app.factory import create_worker_app
from app.models import Base
from tests.habits.schema import leftovers_of, schema_of
from tests.habits.sources import breaks, dotted, findings
from tests.services import Services, make_settings


@pytest.fixture
def empty_url(services: Services) -> Iterator[str]:
    """A database with nothing in it."""
    url = services.create_database()
    yield url
    services.drop_database(url)


def app_on(url: str, services: Services) -> Flask:
    return create_worker_app(make_settings(url, services.redis_url))


def migrate(url: str, services: Services, *steps: str) -> None:
    """`up` and `down` in this order."""
    with app_on(url, services).app_context():
        for step in steps:
            if step == "up":
                upgrade()
            else:
                downgrade(revision="base")
        for engine in database.db.engines.values():
            engine.dispose()


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config)


def test_migrations_are_one_line_with_one_head() -> None:
    found = list(scripts().walk_revisions())
    assert len(scripts().get_heads()) == 1
    assert len(scripts().get_bases()) == 1
    for revision in found:
        assert not isinstance(revision.down_revision, tuple), f"{revision.revision} joins two lines"
        assert not revision.branch_labels
        assert not revision.dependencies
    numbers = [revision.revision for revision in reversed(found)]
    assert numbers == [f"{index:04d}" for index in range(1, len(numbers) + 1)]


def test_file_names_begin_with_the_number() -> None:
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        values = {
            dotted(node.targets[0]): node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }
        assert path.name.startswith(f"{values['revision']}_")


def model_imports(tree: ast.Module) -> Iterator[ast.AST]:
    """Imports of anything of the product: a migration must still run when the models have moved on."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"app", "blueprints"}) or (
            isinstance(node, ast.Import) and any(name.name.split(".")[0] == "app" for name in node.names)
        ):
            yield node


def test_migrations_do_not_import_the_product() -> None:
    assert findings(model_imports, allowed=(), places=("migrations/versions",)) == []


@pytest.mark.parametrize("sample", ["from app.models import Base", "import app.models"])
def test_a_migration_that_imports_the_product_would_be_found(sample: str) -> None:
    assert breaks(model_imports, sample)


def test_up_down_up_leaves_exactly_the_schema_of_the_models(services: Services, empty_url: str) -> None:
    migrate(empty_url, services, "up", "down")
    assert leftovers_of(empty_url) == []
    migrate(empty_url, services, "up")
    of_models = services.create_database()
    try:
        engine = create_engine(of_models.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:
            connection.execute(text("CREATE EXTENSION btree_gist"))
            connection.execute(text("CREATE EXTENSION pg_trgm"))
            Base.metadata.create_all(connection)
        engine.dispose()
        migrated, modelled = schema_of(empty_url), schema_of(of_models)
    finally:
        services.drop_database(of_models)
    assert len(migrated) > 300
    assert sorted(map(str, migrated - modelled)) == []
    assert sorted(map(str, modelled - migrated)) == []


@pytest.mark.parametrize(
    "drift",
    [
        "ALTER TABLE bookings ALTER confirmed_at SET NOT NULL",
        "ALTER TABLE bookings ALTER total SET DEFAULT 1",
        "ALTER TABLE bookings DROP CONSTRAINT ck_bookings_total_positive",
        "ALTER TABLE bookings ALTER guests TYPE integer",
        "DROP INDEX ix_bookings_dates",
        "CREATE INDEX extra ON bookings (channel)",
        "ALTER TABLE property_search RESET (fillfactor)",
    ],
)
def test_a_drift_of_the_schema_would_be_found(fresh_database_url: str, drift: str) -> None:
    before = schema_of(fresh_database_url)
    with psycopg.connect(fresh_database_url.replace("+psycopg", "")) as connection:
        connection.execute(drift)
    assert schema_of(fresh_database_url) != before


def test_the_named_indexes_of_the_design_are_there(database_url: str) -> None:
    """Location GiST, booking dates B-tree, phone HASH, property status (issue 2, point 4)."""
    indexes = {row[2]: str(row[3]) for row in schema_of(database_url) if row[0] == "index"}
    assert "USING gist (location)" in indexes["ix_properties_location"]
    assert "USING btree (check_in, check_out)" in indexes["ix_bookings_dates"]
    assert "USING hash (phone_token)" in indexes["ix_users_phone"]
    assert "USING btree (status)" in indexes["ix_properties_status"]


def test_the_shared_template_is_at_the_head(database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        [found] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert found[0] == scripts().get_current_head()


def test_versions_are_where_alembic_looks() -> None:
    assert Path(scripts().versions) == ROOT / "migrations" / "versions"
