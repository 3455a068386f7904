"""`python -m tests.assurance`: every promise with its full counts; writes `build/assurance.json`.

Exit code 0 where every promise held, 1 where one didn't or couldn't be tried. `--share` runs a part
of the full counts (the report tells by its smaller numbers alone), `--only` some of the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.assurance import counts, figures

PROJECT = Path(__file__).resolve().parents[2]
BUILD = PROJECT / "build"
PARTS = ("races", "machine", "tampering", "kill", "hostile")


def share(text: str) -> str:
    """A part of the full counts."""
    if not 0 < float(text) <= 1:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 1")
    return "full" if float(text) == 1 else text


def main(arguments: list[str]) -> int:
    """Run what was asked for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.assurance", description=__doc__)
    parser.add_argument("--share", type=share, default="1", help="of the full counts, 0 to 1")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part")
    given = parser.parse_args(arguments)
    files = [f"tests/assurance/test_{part}.py" for part in given.only or PARTS]
    with tempfile.TemporaryDirectory(prefix="procureflow_assurance_") as folder:
        found = Path(folder, "figures")
        environment = {
            **os.environ,
            counts.VARIABLE: given.share,
            figures.VARIABLE: str(found),
        }
        command = [sys.executable, "-m", "pytest", "-m", "assurance", "--durations=20", *files]
        ran = subprocess.run(command, cwd=PROJECT, env=environment, check=False)
        rows = figures.read(found)
    BUILD.mkdir(exist_ok=True)
    report = BUILD / "assurance.json"
    report.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(f"\n{figures.table(rows)}\n\nWritten to {report}")
    broken = [row for row in rows if not row["met"]]
    for row in broken:
        print(f"Does not hold: {row['name']}, {row['database']}")
    if ran.returncode:
        print(f"Some tests failed: see above (pytest ended with {ran.returncode}).")
    return 1 if ran.returncode or broken or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
