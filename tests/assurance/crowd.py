"""People who act at once: their moves are spread over processes, a thread each, and start together.

Processes, because a lock that lives in one is no lock; threads, because twenty processes start
slower than they vote.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from procureflow.db import Database
from procureflow.domain.errors import Refusal

PROCESSES = 2
#: How long before the start the moves are handed out, in seconds.
NOTICE = 0.03
#: How long a race may take before its processes count as stuck, in seconds.
PATIENCE = 120
FAULT = "fault"
DONE = "done"


@dataclass(frozen=True, slots=True)
class Move:
    """What one of them does: `act(place, **arguments)`, a function of some module.

    `place` is what the crowd's `opened` makes of the address of the database.
    """

    who: str
    act: Callable[..., Any]
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a move ended: DONE, the name of a refusal, or FAULT with its traceback. `ended` is a
    moment of the monotonic clock, which processes share."""

    move: Move
    said: str
    gave: Any
    ended: float

    @property
    def done(self) -> bool:
        """Whether it went through: the commit was acknowledged."""
        return self.said == DONE


Race = Callable[[Iterable[Move]], list[Answer]]


class Crowd:
    """Processes that wait for moves, whichever database they are for."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._processes = []
        self._ends: list[Connection] = []
        for _ in range(PROCESSES):
            ours, theirs = context.Pipe()
            process = context.Process(target=_take_part, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._processes.append(process)
            self._ends.append(ours)

    @contextmanager
    def at(self, url: str, opened: Callable[[str], Any] = Database) -> Iterator[Race]:
        """Races on that database. `opened` makes of its address what the acts work on."""
        self._tell(opened, url)
        try:
            yield self._race
        finally:
            self._tell(_nowhere, url)

    def close(self) -> None:
        """End the processes."""
        for end, process in zip(self._ends, self._processes, strict=True):
            with suppress(BrokenPipeError):
                end.send(None)
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()
            end.close()

    def _race(self, moves: Iterable[Move]) -> list[Answer]:
        """Everybody at once. The answers are in the order in which they came."""
        hands: list[list[Move]] = [[] for _ in self._ends]
        for number, move in enumerate(moves):
            hands[number % len(hands)].append(move)
        start = time.monotonic() + NOTICE
        for end, hand in zip(self._ends, hands, strict=True):
            end.send((start, hand))
        answers = [answer for end in self._ends for answer in _hear(end)]
        return sorted(answers, key=lambda answer: answer.ended)

    def _tell(self, opened: Callable[[str], Any], url: str) -> None:
        for end in self._ends:
            end.send((opened, url))
        for end in self._ends:
            _hear(end)


def faults(answers: Sequence[Answer]) -> list[str]:
    """What went wrong other than by a refusal that has a name."""
    return [f"{a.move.who}: {a.gave}" for a in answers if a.said == FAULT]


def _hear(end: Connection) -> Any:
    if not end.poll(PATIENCE):
        raise TimeoutError("a process of the crowd gave no answer in time")
    return end.recv()


def _nowhere(_url: str) -> None:
    """What a process works on between two databases."""


def _take_part(end: Connection) -> None:
    """One process: open what is named, play the hands that are dealt."""
    place: Any = None
    while (told := end.recv()) is not None:
        if callable(told[0]):
            if isinstance(place, Database):
                place.dispose()
            opened, url = told
            place = opened(url)
            end.send(None)
        else:
            end.send(_hand(place, *told))


def _hand(place: Any, start: float, moves: list[Move]) -> list[Answer]:
    answers: list[Answer] = []
    players = [threading.Thread(target=_play, args=(place, move, start, answers)) for move in moves]
    for player in players:
        player.start()
    for player in players:
        player.join()
    return answers


def _play(place: Any, move: Move, start: float, answers: list[Answer]) -> None:
    time.sleep(max(0.0, start - time.monotonic()))
    said, gave = DONE, None
    try:
        gave = move.act(place, **move.arguments)
    except Refusal as refusal:
        said, gave = type(refusal).__name__, refusal.message
    except Exception:
        said, gave = FAULT, traceback.format_exc()
    answers.append(Answer(move, said, gave, time.monotonic()))
