"""The Makefile: lists itself, finds a Python that truly runs, and says in a sentence when there is none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.local.running import ROOT


def make(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "PYTHON"}
    return subprocess.run(
        ["make", *arguments], cwd=cwd, env={**inherited, **env}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def empty_project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.txt", "requirements-local.txt", "requirements-dev.txt", "constraints.txt"):
        (tmp_path / name).touch()
    return tmp_path


def test_make_alone_lists_every_target_with_a_line_about_it() -> None:
    text = (ROOT / "Makefile").read_text()
    internal = {"browser"}

    listed = set(re.findall(r"^  (\w+) +\S", make().stdout, re.MULTILINE))

    assert listed | internal == set(text.split(".PHONY:")[1].splitlines()[0].split())


def test_an_interpreter_that_does_not_run_or_is_too_old_is_passed_over(empty_project: Path) -> None:
    shims = empty_project / "shims"
    shims.mkdir()
    for name, body in {
        "python3.12": "echo 'python3.12: command not found' >&2; exit 127",
        "python3.11": 'case "$2" in *version_info*) exit 1;; esac',
        "python3": f'case "$2" in *ensurepip*) exit 0;; esac; echo "asked to: $*" >> {empty_project}/asked; '
        '[ "$1" = -c ]',
    }.items():
        (shims / name).write_text(f"#!/bin/sh\n{body}\n")
        (shims / name).chmod(0o755)

    make("run", cwd=empty_project, PATH=f"{shims}:/usr/bin:/bin")

    assert "-m venv .venv" in (empty_project / "asked").read_text()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("exit 1", "Python 3.11 or newer is needed and none of these is one: "),
        ('case "$2" in *ensurepip*) exit 1;; esac', "cannot make a virtual environment: install python3-venv"),
    ],
)
def test_without_a_usable_python_one_sentence_says_so(empty_project: Path, body: str, sentence: str) -> None:
    shim = empty_project / "some-python"
    shim.write_text(f"#!/bin/sh\n{body}\n")
    shim.chmod(0o755)

    answer = make("run", f"PYTHON={shim}", cwd=empty_project)

    assert answer.returncode != 0
    assert sentence in answer.stderr
    assert not (empty_project / ".venv").exists()


def test_packages_are_installed_again_only_when_the_requirements_change(empty_project: Path) -> None:
    python = empty_project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\n[ "$1" = -m ] && echo "$*" >> {empty_project}/asked || true\n')
    python.chmod(0o755)

    def installs() -> int:
        (empty_project / "asked").unlink(missing_ok=True)
        assert make("run", cwd=empty_project).returncode == 0
        return (empty_project / "asked").read_text().count("pip install")

    assert installs() == 1
    assert installs() == 0
    newer = (empty_project / ".venv" / ".local-installed").stat().st_mtime + 5
    os.utime(empty_project / "constraints.txt", (newer, newer))
    assert installs() == 1


def test_a_catalog_is_compiled_before_the_start_when_it_is_newer(empty_project: Path) -> None:
    python = empty_project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\n[ "$1" = -m ] && echo "$*" >> {empty_project}/asked || true\n')
    python.chmod(0o755)
    catalog = empty_project / "app" / "translations" / "kk" / "LC_MESSAGES" / "messages.po"
    catalog.parent.mkdir(parents=True)
    catalog.touch()

    make("run", cwd=empty_project)

    commands = (empty_project / "asked").read_text()
    assert 0 < commands.index("compile --input-file app/translations/kk") < commands.index("-m app.local.run")


def test_it_names_no_package_registry() -> None:
    text = (ROOT / "Makefile").read_text() + (ROOT / ".ci" / "run").read_text()
    assert not re.search(r"https?://|index-url|find-links", text)


def test_a_folder_that_may_not_be_written_is_one_sentence(empty_project: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    empty_project.chmod(0o555)
    try:
        assert "cannot be written by" in make("run", cwd=empty_project).stderr
    finally:
        empty_project.chmod(0o755)
