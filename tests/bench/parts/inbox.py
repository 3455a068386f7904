"""A page of the list of requests, against the least that our application answers and against the
same list in Django.

All of them are called as a WSGI server calls them, in processes of their own, over one SQLite
file: ours and Django's show the same rows to the same person, who is signed in.
"""

import subprocess
import sys
from typing import Any

from tests.bench.databases import sqlite
from tests.bench.interpreters import peer_python
from tests.bench.measure import Contender, race
from tests.bench.options import Options

OURS, HELLO, DJANGO = "inbox_procureflow", "inbox_hello", "inbox_django"
#: What ours must be of the other's rate.
TARGETS = {HELLO: 0.35, DJANGO: 0.95}
UNIT = "pages/s"


def run(options: Options) -> list[dict[str, Any]]:
    """Measure the page on SQLite; print the table; return the report's rows."""
    if options.only not in (None, "sqlite"):
        return []
    try:
        theirs = peer_python()
    except subprocess.CalledProcessError as error:
        sys.exit(f"The peers' environment could not be made: {error}")
    # Ours comes first: it fills the database that the others open.
    contenders = {
        name: Contender(name, theirs if name == DJANGO else sys.executable)
        for name in (OURS, HELLO, DJANGO)
    }
    shown: dict[str, dict[str, Any]] = {}
    print(
        f"\nThe list of requests, sqlite, {options.rounds} interleaved rounds of "
        f"{options.seconds:g} s",
        flush=True,
    )
    with sqlite() as server:
        database = server.create(OURS)
        race(
            contenders.values(),
            dict.fromkeys(contenders, database),
            1,
            options,
            lambda contender: shown.update({contender.name: contender.show()}),
        )
    ours, django = contenders[OURS], contenders[DJANGO]
    if not (ours.failure or django.failure) and shown[OURS]["rows"] != shown[DJANGO]["rows"]:
        django.failure = "it shows other rows than ours"
    print_table(contenders, shown)
    return [row(ours, contenders[name], target) for name, target in TARGETS.items()]


def print_table(contenders: dict[str, Contender], shown: dict[str, dict[str, Any]]) -> None:
    """Print a line for each, and what ours is of the others."""
    header = ("page", UNIT, "p50 ms", "p99 ms", "rows", "bytes")
    print("{:20}{:>10}{:>9}{:>9}{:>6}{:>8}".format(*header))
    for name, contender in contenders.items():
        if contender.failure is not None:
            print(f"{name:20}not measured: {contender.failure}")
            continue
        page = shown[name]
        print(
            f"{name:20}{contender.rate:10.1f}{contender.milliseconds(50):9.2f}"
            f"{contender.milliseconds(99):9.2f}{len(page['rows']):6}{page['bytes']:8}"
        )
    for name, target in TARGETS.items():
        found = ratio(contenders[OURS], contenders[name])
        if found is not None:
            verdict = "met" if found >= target else "MISSED"
            print(f"{OURS} is {found:.2f} × {name}: target {target:g} {verdict}", flush=True)


def ratio(one: Contender, other: Contender) -> float | None:
    """How many times as fast as `other` the one is; None where either wasn't measured."""
    return None if one.failure or other.failure else one.times(other)


def row(ours: Contender, other: Contender, target: float) -> dict[str, Any]:
    """A row of the report."""
    measured = ratio(ours, other)
    return {
        "name": f"inbox vs {other.name.removeprefix('inbox_')}",
        "database": "sqlite",
        "processes": 1,
        "unit": UNIT,
        "ours": None if ours.failure else round(ours.rate, 1),
        "other": None if other.failure else round(other.rate, 1),
        "ratio": None if measured is None else round(measured, 3),
        "target": target,
        "met": None if measured is None else measured >= target,
    }
