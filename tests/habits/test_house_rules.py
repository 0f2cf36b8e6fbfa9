"""One commit, one clock, one reader of the environment; small files; no empty rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import ROOT
from tests.habits.sources import PRODUCT, breaks, dotted, files, findings, is_under, parsed

LONGEST_FILE = 320
"""Lines of one file in app/ and blueprints/: the house says about 300."""


def commits(tree: ast.Module) -> Iterator[ast.AST]:
    """Calls of anything's `.commit()`, and SQL that says COMMIT."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and node.attr == "commit") or (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip(" ;") == "COMMIT"
        ):
            yield node


def environment_reads(tree: ast.Module) -> Iterator[ast.AST]:
    """`os.environ`, `os.getenv`, and their import by name."""
    names = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and node.attr in names and dotted(node.value) == "os") or (
            isinstance(node, ast.ImportFrom) and node.module == "os" and names & {name.name for name in node.names}
        ):
            yield node


def clock_reads(tree: ast.Module) -> Iterator[ast.AST]:
    """Questions for the time of day. `time.monotonic` and `perf_counter` measure spans and are free."""
    moments = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = dotted(node.value).rpartition(".")[2]
            if (owner, node.attr) in moments or (owner, node.attr) == ("time", "time_ns"):
                yield node
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            if {"time", "time_ns"} & {name.name for name in node.names}:
                yield node
        elif isinstance(node, ast.Call) and dotted(node.func).endswith("func.now"):
            yield node


def test_only_transaction_commits() -> None:
    """The stand-ins play other companies, with a database of their own."""
    assert findings(commits, allowed=("app/db.py", "app/local/standins")) == []


@pytest.mark.parametrize("sample", ["session.commit()", "db.session.commit()", "text('COMMIT')", "c = conn.commit"])
def test_a_commit_elsewhere_would_be_found(sample: str) -> None:
    assert breaks(commits, sample)


def test_only_settings_and_the_local_machinery_read_the_environment() -> None:
    assert findings(environment_reads, allowed=("app/config.py", "app/local")) == []


@pytest.mark.parametrize(
    "sample", ["os.environ['A']", "os.getenv('A')", "from os import environ", "import os\nos.environ"]
)
def test_another_reader_of_the_environment_would_be_found(sample: str) -> None:
    assert breaks(environment_reads, sample)


def test_only_the_clock_asks_for_the_time() -> None:
    """The local machinery measures its own files' ages; the product asks `clock.now()`."""
    assert findings(clock_reads, allowed=("app/kit/clock.py", "app/local")) == []


@pytest.mark.parametrize(
    "sample",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "from time import time",
        "dt.datetime.today()",
        "func.now()",
    ],
)
def test_another_clock_would_be_found(sample: str) -> None:
    assert breaks(clock_reads, sample)


@pytest.mark.parametrize("sample", ["clock.now()", "time.monotonic()", "time.perf_counter()", "time(14, 0)"])
def test_spans_and_wall_times_are_no_clock(sample: str) -> None:
    assert not breaks(clock_reads, sample)


def too_long(path: Path, limit: int = LONGEST_FILE) -> bool:
    """Does the file have more lines than a room should?"""
    return len(path.read_text(encoding="utf-8").splitlines()) > limit


def test_files_are_small() -> None:
    """Tables of texts and places in app/local/demo are data, not rooms; they too stay within the limit today."""
    assert [str(path) for path in files(*PRODUCT) if too_long(ROOT / path)] == []


def test_a_long_file_would_be_found(tmp_path: Path) -> None:
    long = tmp_path / "long.py"
    long.write_text("x = 1\n" * (LONGEST_FILE + 1))
    assert too_long(long)


def empty_rooms(root: Path) -> list[str]:
    """Folders without a file, and packages whose every module is at most a docstring."""
    paths = [path for path in sorted(root.rglob("*")) if "__pycache__" not in path.parts]
    says = [path for path in paths if path.is_file() and (path.suffix != ".py" or _has_code(path))]
    used = {folder for path in says for folder in path.parents}
    return [str(folder) for folder in [root, *(path for path in paths if path.is_dir())] if folder not in used]


def _has_code(path: Path) -> bool:
    body = parsed(path).body
    first_is_text = bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    return len(body) > int(first_is_text)


@pytest.mark.parametrize("place", ["app", "blueprints", "templates", "static", "migrations", "tests"])
def test_there_are_no_empty_rooms(place: str) -> None:
    assert empty_rooms(ROOT / place) == []


def test_an_empty_room_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "soon").mkdir()
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text('"""For later."""\n')
    (tmp_path / "used.py").write_text("x = 1\n")
    assert empty_rooms(tmp_path) == [str(tmp_path / "package"), str(tmp_path / "soon")]


def local_imports(tree: ast.Module) -> Iterator[ast.AST]:
    """Imports of app.local."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.local")) or (
            isinstance(node, ast.Import) and any(name.name.startswith("app.local") for name in node.names)
        ):
            yield node


def test_nothing_that_production_starts_imports_the_local_machinery() -> None:
    assert findings(local_imports, allowed=("app/local",)) == []


@pytest.mark.parametrize("sample", ["import app.local.ports", "from app.local.standins import x"])
def test_an_import_of_the_local_machinery_would_be_found(sample: str) -> None:
    assert breaks(local_imports, sample)


def test_the_places_that_are_checked_exist() -> None:
    """A renamed folder must not turn the checks above into checks of nothing."""
    found = list(files(*PRODUCT))
    assert len(found) > 100
    assert any(is_under(path, "blueprints/portal") for path in found)
    assert any(is_under(path, "app/domain/checkout") for path in found)
