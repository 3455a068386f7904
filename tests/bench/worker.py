"""One process of one peer: `python -m tests.bench.worker PEER URL`.

Reads a command a line from stdin and answers each with one line of JSON on stdout:

- `setup` makes the schema in the empty database at URL, then opens it;
- `open` opens a database that another process has set up;
- `run SECONDS` repeats the lifecycle for that long (wall clock) and answers with `timed`, the
  seconds of each step of each one, and `wall`, the seconds for all of them with whatever a peer
  leaves untimed;
- `verify` counts what is stored: `cases`, `approved`, `history`, and `history_per_case`, the
  number of history rows a finished case must have;
- `explain LIFECYCLES` runs that many more and answers with where the time of one goes, where
  the peer can say;
- `show` answers with what a page shows, where the peer is a page: `rows`, the references of its
  rows, and `bytes`;
- `quit`.

A failure is answered with `error` and the process goes on. A peer is a module of
`tests.bench.peers` with setup(target), open(target) and lifecycle(context), and with what is asked
of it of HISTORY_PER_CASE and verify(context), explain(context, lifecycles) and show(context);
nothing else of the bench is imported here, because the peers' environment has none of the
project's packages.
"""

import importlib
import json
import os
import sys
import time
import traceback
from types import ModuleType
from typing import Any


def drive(peer: ModuleType, context: Any, seconds: float) -> dict[str, Any]:
    """Repeat the lifecycle for `seconds` and return how long each step of each took."""
    timed: list[list[float]] = []
    started = time.perf_counter()
    now = started
    while now < started + seconds:
        timed.append(peer.lifecycle(context))
        now = time.perf_counter()
    return {"timed": timed, "wall": now - started}


def answer(peer: ModuleType, target: str, context: Any, command: str) -> tuple[Any, dict[str, Any]]:
    """Obey one command; return the context for the next one, and the reply."""
    verb, *arguments = command.split()
    if verb == "setup":
        return peer.setup(target), {}
    if verb == "open":
        return peer.open(target), {}
    if verb == "run":
        return context, drive(peer, context, float(arguments[0]))
    if verb == "verify":
        return context, {**peer.verify(context), "history_per_case": peer.HISTORY_PER_CASE}
    if verb == "explain":
        return context, peer.explain(context, int(arguments[0]))
    if verb == "show":
        return context, peer.show(context)
    raise ValueError(f"unknown command: {command}")


def main(name: str, target: str) -> None:
    # Stdout belongs to the replies: what a peer prints must not get between them.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    peer = None
    context = None
    for line in sys.stdin:
        if line.strip() == "quit":
            return
        try:
            peer = peer or importlib.import_module(f"tests.bench.peers.{name}")
            context, reply = answer(peer, target, context, line)
        except Exception as error:  # whatever it was, the driver must hear of it
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
