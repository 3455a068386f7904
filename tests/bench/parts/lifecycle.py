"""One request's lifecycle against other engines and against the plain driver.

A lifecycle is create, start_business_case, refer_to_group, cast_vote and close_voting: five
durable commits. ProcureFlow is measured through its own service functions, with its permission
check, guards, event, hash chain and outbox. The peers do less, so the comparison favours them:
guards, a role compared in memory, one history row a step, no chain, no outbox. The floor writes
ProcureFlow's own rows with the plain driver.
"""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from tests.bench.databases import Server, Unavailable, postgresql, sqlite
from tests.bench.interpreters import peer_python
from tests.bench.measure import EXPLAINED, Contender, race
from tests.bench.options import Options

OURS = "procureflow"
FLOOR = "floor"
RIVALS = ("viewflow_fsm", "django_fsm_2", "spiff")
PEERS = (OURS, FLOOR, *RIVALS)
DATABASES: dict[str, Callable[[], AbstractContextManager[Server]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
}

STEPS = ("create", "start_business_case", "refer_to_group", "cast_vote", "close_voting")

# Times as fast as the best peer: what must hold everywhere, and what is aimed at.
TARGET = 2.0
GOAL = 3.0
UNIT = "lifecycles/s"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A database and how many processes each peer drives it with."""

    database: str
    processes: int


# SQLite has one writer at a time, so more processes would measure its queue.
CONFIGURATIONS = (
    Configuration("sqlite", 1),
    Configuration("postgresql", 1),
    Configuration("postgresql", 4),
)


def run(options: Options) -> list[dict[str, Any]]:
    """Measure every configuration asked for; print a table for each; return the report's rows."""
    asked = PEERS if options.peers is None else (OURS, *options.peers)
    names = tuple(name for name in PEERS if name in asked)
    try:
        theirs = peer_python() if set(names) & set(RIVALS) else sys.executable
    except subprocess.CalledProcessError as error:
        sys.exit(f"The peers' environment could not be made: {error}")
    pythons = {name: theirs if name in RIVALS else sys.executable for name in names}
    rows = []
    for configuration in CONFIGURATIONS:
        if options.only in (None, configuration.database):
            rows += run_configuration(configuration, pythons, options)
    return rows


def run_configuration(
    configuration: Configuration, pythons: dict[str, str], options: Options
) -> list[dict[str, Any]]:
    """Race the peers, named with their interpreters, in one configuration."""
    contenders = {name: Contender(name, python) for name, python in pythons.items()}
    print(
        f"\n{configuration.database}, {configuration.processes} process(es) a peer, "
        f"{options.rounds} interleaved rounds of {options.seconds:g} s",
        flush=True,
    )
    try:
        with DATABASES[configuration.database]() as server:
            print(server.about, flush=True)
            targets = {name: server.create(name) for name in contenders}
            race(contenders.values(), targets, configuration.processes, options, finish)
    except Unavailable as error:
        for contender in contenders.values():
            contender.failure = str(error)
    best = best_rival(contenders)
    print_table(contenders, best)
    print_steps(contenders)
    print_spent(contenders[OURS])
    return report(configuration, contenders, best)


def finish(contender: Contender) -> None:
    """Ask what it stored, and our own where its time went."""
    contender.check()
    if contender.name == OURS:
        contender.explain(EXPLAINED)


def best_rival(contenders: dict[str, Contender]) -> Contender | None:
    """Return the engine that ProcureFlow does worst against, or None where none was measured."""
    measured = [
        contender
        for name, contender in contenders.items()
        if name in RIVALS and contender.failure is None
    ]
    ours = contenders[OURS]
    if ours.failure is not None:
        return max(measured, key=lambda contender: contender.rate, default=None)
    return min(measured, key=ours.times, default=None)


def ratio(one: Contender | None, other: Contender | None) -> float | None:
    """Return how many times as fast as `other` the one is; None where either wasn't measured."""
    if one is None or other is None or one.failure or other.failure:
        return None
    return one.times(other)


def print_table(contenders: dict[str, Contender], best: Contender | None) -> None:
    """Print a line for each peer, and how ProcureFlow does against the best of them."""
    header = ("peer", UNIT, "× floor", "× best peer", "p50 ms", "p99 ms")
    print("{:14}{:>14}{:>10}{:>13}{:>9}{:>9}".format(*header))
    for name, contender in contenders.items():
        if contender.failure is not None:
            print(f"{name:14}not measured: {contender.failure}")
            continue
        to_floor = ratio(contender, contenders.get(FLOOR))
        to_best = ratio(contender, best)
        print(
            f"{name:14}{contender.rate:14.1f}{multiple(to_floor):>10}{multiple(to_best):>13}"
            f"{contender.milliseconds(50):9.2f}{contender.milliseconds(99):9.2f}"
        )
        if contender.share < 0.95:
            print(f"{'':14}(timed: {contender.share:.0%} of the run)")
    headline = ratio(contenders[OURS], best)
    if best is not None and headline is not None:
        verdicts = ", ".join(
            f"{word} {wanted:g} {'met' if headline >= wanted else 'MISSED'}"
            for word, wanted in (("target", TARGET), ("goal", GOAL))
        )
        print(f"{OURS} is {headline:.2f} × {best.name}, the best peer: {verdicts}", flush=True)


def print_steps(contenders: dict[str, Contender]) -> None:
    """Print where the time of a lifecycle goes: the median milliseconds of each step."""
    measured = [contender for contender in contenders.values() if contender.failure is None]
    if not measured:
        return
    print("{:14}".format("p50 ms of") + "".join(f"{step:>21}" for step in STEPS))
    for contender in measured:
        steps = "".join(f"{milliseconds:21.2f}" for milliseconds in contender.step_milliseconds())
        print(f"{contender.name:14}{steps}", flush=True)


def print_spent(contender: Contender) -> None:
    """Print how much of a lifecycle is the database's and how much our own."""
    if contender.spent is not None:
        print(
            "{0} alone, the declaration included: {statements:.0f} statements {in_statements:.2f}"
            " ms, {commits:.0f} commits {in_commits:.2f} ms, Python around them {elsewhere:.2f}"
            " ms".format(contender.name, **contender.spent),
            flush=True,
        )


def multiple(value: float | None) -> str:
    """Return a ratio for the table."""
    return "–" if value is None else f"{value:.2f}"


def report(
    configuration: Configuration, contenders: dict[str, Contender], best: Contender | None
) -> list[dict[str, Any]]:
    """Return a row against every peer, and the headline, whose target is what must hold."""
    ours = contenders[OURS]

    def row(name: str, other: Contender | None, target: float | None) -> dict[str, Any]:
        measured = ratio(ours, other)
        return {
            "name": f"lifecycle vs {name}",
            "database": configuration.database,
            "processes": configuration.processes,
            "unit": UNIT,
            "ours": None if ours.failure else round(ours.rate, 1),
            "other": None if other is None or other.failure else round(other.rate, 1),
            "ratio": None if measured is None else round(measured, 3),
            "target": target,
            "met": None if measured is None or target is None else measured >= target,
        }

    rows = [row(name, other, None) for name, other in contenders.items() if name != OURS]
    if set(contenders) & set(RIVALS):
        rows.append(row("best peer", best, TARGET))
    return rows
