"""`python -m tests.bench`: measure, print tables, write `build/bench.json`.

Exit code 0 when everything asked for was measured, even where a target was missed (the table
and `build/bench.json` show that); 1 when something could not be measured.
"""

import argparse
import json
import sys
from collections.abc import Callable

from tests.bench.options import BUILD, Options
from tests.bench.parts import inbox, large, lifecycle, policy

PARTS: dict[str, Callable[[Options], list[dict]]] = {
    "lifecycle": lifecycle.run,
    "inbox": inbox.run,
    "large": large.run,
    "policy": policy.run,
}


def positive_int(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def positive_seconds(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def peer_names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if unknown := set(names) - set(lifecycle.PEERS):
        known = ", ".join(lifecycle.PEERS)
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not one of {known}")
    return names


def parse(arguments: list[str]) -> tuple[list[str], Options]:
    """Return the parts to run and the options for them."""
    defaults = Options()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--part", choices=sorted(PARTS), help="only this part")
    parser.add_argument("--rounds", type=positive_int, default=defaults.rounds)
    parser.add_argument(
        "--seconds",
        type=positive_seconds,
        default=defaults.seconds,
        help="wall-clock seconds a peer is driven in one round",
    )
    parser.add_argument(
        "--peers",
        type=peer_names,
        help="comma-separated; ProcureFlow itself is always measured",
    )
    parser.add_argument("--only", choices=lifecycle.DATABASES, help="only this database")
    given = parser.parse_args(arguments)
    options = Options(given.rounds, given.seconds, given.peers, given.only)
    return [given.part] if given.part else list(PARTS), options


def main(arguments: list[str]) -> int:
    """Run what was asked for and return the exit code."""
    parts, options = parse(arguments)
    rows = [row for part in parts for row in PARTS[part](options)]
    BUILD.mkdir(exist_ok=True)
    report = BUILD / "bench.json"
    report.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten to {report}")
    missed = [row for row in rows if row["met"] is False]
    unmeasured = [row for row in rows if row["ratio"] is None]
    for what, found in (("Target missed", missed), ("Could not be measured", unmeasured)):
        for row in found:
            print(f"{what}: {row['name']}, {row['database']}, {row['processes']} process(es)")
    return 1 if unmeasured else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
