"""Interleaved rounds and the few statistics drawn from them.

A shared machine is noisy, and the noise lasts seconds: so peers take turns within a round, the
order rotates from round to round, and a ratio is the median over rounds of two rates taken in
the *same* round.
"""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.bench.options import Options
from tests.bench.processes import Worker, WorkerFailed

# Long enough for caches, prepared statements and the first pages of the write-ahead log.
WARM_UP_SECONDS = 0.3
# Lifecycles from which it is drawn where the time goes.
EXPLAINED = 100


@dataclass(frozen=True, slots=True)
class Round:
    """One peer's turn: what all its processes did together.

    `rate` is lifecycles a second of timed work, summed over processes; `timed` the seconds of
    each step of each lifecycle; `share` the part of the wall-clock time that was timed.
    """

    rate: float
    timed: list[list[float]]
    share: float


@dataclass(slots=True)
class Contender:
    """A peer in the race; out of it, with the reason, once `failure` is set."""

    name: str
    python: str
    workers: list[Worker] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    finished: int = 0
    failure: str | None = None
    spent: dict[str, float] | None = None

    @property
    def rate(self) -> float:
        """Lifecycles a second: the median over rounds."""
        return statistics.median(turn.rate for turn in self.rounds)

    @property
    def share(self) -> float:
        """The part of its wall-clock time that was timed: the median over rounds."""
        return statistics.median(turn.share for turn in self.rounds)

    def milliseconds(self, percentile: int) -> float:
        """A percentile, 0 to 99, of one lifecycle's duration over all rounds and processes."""
        timed = sorted(sum(steps) for turn in self.rounds for steps in turn.timed)
        return timed[len(timed) * percentile // 100] * 1000

    def step_milliseconds(self) -> list[float]:
        """The median duration of each step over all rounds and processes."""
        lifecycles = [steps for turn in self.rounds for steps in turn.timed]
        return [statistics.median(step) * 1000 for step in zip(*lifecycles, strict=True)]

    def times(self, other: "Contender") -> float:
        """How many times as fast as `other` this one was, round by round."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return statistics.median(mine.rate / theirs.rate for mine, theirs in pairs)

    def start(self, target: str, processes: int) -> None:
        """Set up the database in the first process, open it in the others, warm them all up."""
        for number in range(processes):
            self.workers.append(Worker(self.python, self.name, target))
            self.workers[number].ask("open" if number else "setup")
        self._drive(WARM_UP_SECONDS)

    def turn(self, seconds: float) -> None:
        """Take one turn: all processes at once, for `seconds`."""
        replies = self._drive(seconds)
        busy = [sum(sum(steps) for steps in reply["timed"]) for reply in replies]
        self.rounds.append(
            Round(
                rate=sum(
                    len(reply["timed"]) / spent for reply, spent in zip(replies, busy, strict=True)
                ),
                timed=[steps for reply in replies for steps in reply["timed"]],
                share=sum(busy) / sum(reply["wall"] for reply in replies),
            )
        )

    def _drive(self, seconds: float) -> list[dict]:
        for worker in self.workers:
            worker.tell(f"run {seconds}")
        replies = [worker.hear(seconds) for worker in self.workers]
        self.finished += sum(len(reply["timed"]) for reply in replies)
        return replies

    def check(self) -> None:
        """Raise WorkerFailed unless the database holds just what was counted here."""
        found = self.workers[0].ask("verify")
        wanted = {
            "cases": self.finished,
            "approved": self.finished,
            "history": self.finished * found.pop("history_per_case"),
        }
        if found != wanted:
            raise WorkerFailed(f"the database holds {found}, expected {wanted}")

    def explain(self, lifecycles: int) -> None:
        """Ask the first process where its time goes, and keep the answer as `spent`."""
        self.spent = self.workers[0].ask(f"explain {lifecycles}")

    def show(self) -> dict[str, Any]:
        """Ask the first process what its page shows."""
        return self.workers[0].ask("show")

    def close(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.close()


def race(
    contenders: Iterable[Contender],
    targets: dict[str, str],
    processes: int,
    options: Options,
    afterwards: Callable[[Contender], None],
) -> None:
    """Drive all contenders, each on its database of `targets`; then do that with each of them.

    Afterwards each has a round for every one asked for, or a failure.
    """
    everybody = list(contenders)
    order = everybody.copy()

    def everyone(act: Callable[[Contender], None]) -> None:
        for contender in order:
            if contender.failure is None:
                try:
                    act(contender)
                except WorkerFailed as error:
                    contender.failure = str(error)

    try:
        everyone(lambda contender: contender.start(targets[contender.name], processes))
        for _ in range(options.rounds):
            everyone(lambda contender: contender.turn(options.seconds))
            order.append(order.pop(0))
        everyone(afterwards)
    finally:
        for contender in everybody:
            contender.close()
