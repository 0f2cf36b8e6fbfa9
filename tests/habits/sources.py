"""Reading the project's own source: files, syntax trees, and findings that name a place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from app.config import ROOT

PRODUCT = ("app", "blueprints", "wsgi.py", "rq_worker.py")
"""What production runs."""

Check = Callable[[ast.Module], Iterable[ast.AST]]
"""The nodes of a file that break a rule."""


def files(*places: str) -> Iterator[Path]:
    """Python files of these folders or files, relative to the root."""
    for place in places:
        path = ROOT / place
        if path.is_file():
            yield Path(place)
        else:
            yield from (found.relative_to(ROOT) for found in sorted(path.rglob("*.py")))


def is_under(path: Path, *folders: str) -> bool:
    """Is the file one of these, or in one of these folders?"""
    return any(path == Path(folder) or Path(folder) in path.parents for folder in folders)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file; read once for all checks."""
    return ast.parse(path.read_text(encoding="utf-8"))


def findings(check: Check, *, allowed: tuple[str, ...], places: tuple[str, ...] = PRODUCT) -> list[str]:
    """`file:line` of everything that breaks the rule outside the `allowed` files and folders."""
    return [
        f"{path}:{getattr(node, 'lineno', 1)}"
        for path in files(*places)
        if not is_under(path, *allowed)
        for node in check(parsed(ROOT / path))
    ]


def breaks(check: Check, source: str) -> bool:
    """Does this piece of source break the rule? For the proof that a check can fail."""
    return bool(list(check(ast.parse(source))))


def dotted(node: ast.AST) -> str:
    """`datetime.datetime.now` of an attribute or name; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else f"?.{node.attr}"
    return ""
