"""The figures that a run found, a row each, in the form of `make bench`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

#: The file that rows are appended to; unset: nobody wants them.
VARIABLE = "PROCUREFLOW_ASSURANCE_FIGURES"


def record(
    name: str,
    *,
    database: str,
    unit: str,
    ours: float,
    target: float = 0,
    other: float | None = None,
    processes: int = 1,
) -> None:
    """Add a row. `other` is the unsafe twin's figure; `target` is met where `ours` equals it."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    row = {
        "name": name,
        "database": database,
        "processes": processes,
        "unit": unit,
        "ours": ours,
        "other": other,
        "ratio": round(ours / other, 3) if other else None,
        "target": target,
        "met": ours == target,
    }
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def read(path: Path) -> list[dict[str, Any]]:
    """The rows that a run left."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def share(part: int, whole: int) -> float:
    """A percentage with two places; of nothing it is none."""
    return round(100 * part / whole, 2) if whole else 0.0


def table(rows: list[dict[str, Any]]) -> str:
    """The rows for people to read."""
    heads = ("promise", "database", "unit", "ours", "unsafe twin", "target", "holds")
    lines = [heads]
    for row in rows:
        other = "" if row["other"] is None else f"{row['other']:g}"
        holds = "yes" if row["met"] else "NO"
        figures = (f"{row['ours']:g}", other, f"{row['target']:g}", holds)
        lines.append((row["name"], row["database"], row["unit"], *figures))
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    shown = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "\n".join(shown)
