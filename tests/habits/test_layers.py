"""The import contracts of pyproject.toml hold, and are able to fail."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from app.config import ROOT

LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def lint(directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter over the package in `directory` with its pyproject.toml."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_imports_go_downwards_only() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-2000:]


def test_an_import_upwards_would_be_found(tmp_path: Path) -> None:
    """The same contract over a small package in which the kit imports the rules."""
    for folder in ("kit", "domain"):
        (tmp_path / "app" / folder).mkdir(parents=True)
        (tmp_path / "app" / folder / "__init__.py").write_text("")
    (tmp_path / "app" / "__init__.py").write_text("")
    (tmp_path / "app" / "kit" / "money.py").write_text("import app.domain\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["app"]\n'
        '[[tool.importlinter.contracts]]\nname = "layers"\ntype = "layers"\nlayers = ["app.domain", "app.kit"]\n'
    )
    result = lint(tmp_path)
    assert result.returncode == 1
    assert "app.kit.money" in result.stdout


def test_the_contract_names_every_package_of_the_design() -> None:
    """A package that no layer names would be free to import anything."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = next(each for each in config["tool"]["importlinter"]["contracts"] if each["type"] == "layers")["layers"]
    named = {name.strip() for layer in layers for name in layer.split("|")}
    packages = {f"app.{path.name}" for path in (ROOT / "app").iterdir() if (path / "__init__.py").exists()}
    modules = {f"app.{path.stem}" for path in (ROOT / "app").glob("*.py")} - {"app.__init__"}
    free = {"app.logs"}  # imports nothing of ours; the next assertion holds it to that
    assert packages | modules <= named | free
    assert "from app" not in (ROOT / "app" / "logs.py").read_text()
