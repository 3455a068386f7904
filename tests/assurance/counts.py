"""How often each promise is tried: small counts in `make test`, full ones in `make assurance`."""

from __future__ import annotations

import os

#: "full", or a share of the full counts such as "0.1"; unset: the small ones.
VARIABLE = "PROCUREFLOW_ASSURANCE"

_asked = os.environ.get(VARIABLE, "")
FULL = _asked == "full"
_share = 1.0 if FULL else float(_asked or 0)


def _count(small: int, full: int) -> int:
    return max(small, round(full * _share))


#: People who vote at once in one race, and how many such races each engine runs.
VOTERS = 20 if _share else 8
RACES = _count(5, 500)
#: Races of each other kind: against withdrawing, twice at once, a role that ends, and so on.
SIDE_RACES = _count(4, 100)

#: Runs of the state machine and steps in each.
MACHINE_RUNS = _count(20, 1000)
MACHINE_STEPS = 50 if _share else 30

#: Rows of each table whose every column is edited; None: every row.
TAMPERED_ROWS = None if FULL else _count(1, 10)
#: Lengths of tail that are cut from each stream; None: every length.
TAILS = None if FULL else _count(3, 10)
#: Events that must give no false alarm.
CLEAN_EVENTS = _count(300, 10_000)

#: Processes killed while they vote and close, on each engine.
KILLS = _count(6, 500)

#: Generated values posted to the pages' fields.
PAYLOADS = _count(100, 10_000)
