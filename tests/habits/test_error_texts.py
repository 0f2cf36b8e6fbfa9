"""Every refusal that code can raise has a text for people, with exactly the values it is raised with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from app.cli import staff
from app.config import ROOT
from app.domain.accounts.codes import CodeProblem
from app.kit.errors import DomainError, ErrorKind
from blueprints.shared import errors
from tests.habits.sources import dotted, files, parsed

PLACES = ("app", "blueprints")
_ENUMS = {"CodeProblem": CodeProblem}


def raised(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    """(code, names of its values) of each `DomainError(…)` in a file; a code that cannot be read is `?`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "DomainError":
            values = frozenset(keyword.arg for keyword in node.keywords if keyword.arg not in {None, "kind", "code"})
            yield _code(node.args[0]) if node.args else "?", frozenset(name for name in values if name)


def _code(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    owner, _, name = dotted(node).rpartition(".")
    enum = _ENUMS.get(owner.rpartition(".")[2])
    return enum[name].value if enum is not None and name in enum.__members__ else "?"


def all_raised() -> dict[str, set[frozenset[str]]]:
    """Every code with the sets of values that it is raised with."""
    found: dict[str, set[frozenset[str]]] = {}
    for path in files(*PLACES):
        for code, values in raised(parsed(ROOT / path)):
            found.setdefault(code, set()).add(values)
    return found


def test_every_code_that_is_raised_has_a_text() -> None:
    found = all_raised()
    assert len(found) > 20
    assert sorted(set(found) - set(errors.TEXTS) - set(staff.TEXTS)) == [], "a page's, or a staff command's"


def test_outcomes_of_a_code_have_texts() -> None:
    """They travel without being raised."""
    assert {problem.value for problem in CodeProblem} <= set(errors.TEXTS)


def test_texts_use_only_values_that_come_with_the_code() -> None:
    """`%(seconds)s` in a text whose code is raised without seconds would be a crash in the error page."""
    for code, variants in all_raised().items():
        wanted = set(re.findall(r"%\((\w+)\)", errors.TEXTS.get(code, "")))
        for values in variants:
            assert wanted <= values, f"{code} is raised with {sorted(values)}, its text wants {sorted(wanted)}"


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        ("raise DomainError('brand_new')", "brand_new"),
        ("raise errors.DomainError('brand_new', ErrorKind.BUSY, seconds=3)", "brand_new"),
        ("raise DomainError(code)", "?"),
        ("raise DomainError(CodeProblem.OVER)", "code_over"),
    ],
)
def test_a_code_without_a_text_would_be_found(sample: str, code: str) -> None:
    [(found, _values)] = raised(ast.parse(sample))
    assert found == code
    assert (found in errors.TEXTS) == (code == "code_over")


def test_an_unknown_code_still_gets_a_sentence() -> None:
    """Belt and braces: the page of the error's kind speaks when a text is missing after all."""
    assert "заняли" in errors.text_of(DomainError("dates_taken", ErrorKind.CONFLICT))
    assert errors.text_of(DomainError("never_heard_of", ErrorKind.CONFLICT)) == errors.PAGES[409][1]


def test_every_kind_of_refusal_has_a_status_and_a_page() -> None:
    assert set(errors.STATUS) == set(ErrorKind)
    assert set(errors.STATUS.values()) | {400, 405, 413, 500} <= set(errors.PAGES)
