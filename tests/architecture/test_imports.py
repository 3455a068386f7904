"""The floors of the house: who may know whom (the contracts stand in pyproject.toml)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _lint(where: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package that lies in that folder."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(where), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_contract_holds() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 kept, 0 broken" in done.stdout


FORBIDDEN = [
    ("domain/money.py", "import sqlalchemy", "The domain knows of no database"),
    ("services/policies.py", "import flask", "Nothing below the web knows of the web"),
    ("domain/money.py", "from procureflow.queries import people", "The floors of the house"),
    ("queries/people.py", "import procureflow.services.people", "The floors of the house"),
    ("extra.py", "", "The floors of the house"),
    ("services/people.py", "import procureflow.services.mailing", "No circles between siblings"),
]


@pytest.mark.parametrize(("module", "line", "contract"), FORBIDDEN)
def test_a_broken_contract_is_seen(tmp_path: Path, module: str, line: str, contract: str) -> None:
    """Each contract, broken on purpose in a copy: what can't fail says nothing."""
    copy = tmp_path / "procureflow"
    shutil.copytree(
        ROOT / "procureflow", copy, ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    changed = copy / module
    before = changed.read_text("utf-8") if changed.exists() else ""
    changed.write_text(before + f"\n{line}\n", "utf-8")
    done = _lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in done.stdout
