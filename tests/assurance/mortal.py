"""Processes that are killed while they work. What each says, it says after the commit; and what it
said is known, whatever became of it."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from procureflow.db import Database
from procureflow.services import reviews
from tests.assurance import naive
from tests.assurance.acts import close, serve

Say = Callable[[Any], None]
#: Waiting for the next word of a process, in seconds: a busy machine starts them slowly.
PATIENCE = 60
#: The longest time between a word and the blow, in seconds: two acts or so.
LONGEST_AIM = 0.006

# A server that has everything loaded: a process of it is there in milliseconds.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.assurance.mortal"])


def killed(
    work: Callable[..., None], dice: random.Random, *arguments: Any, latest: int
) -> list[Any]:
    """Start `work(say, *arguments)` and kill it (SIGKILL) some moment after one of its words, the
    `latest`-th at last. Returns what it said. Where it had ended by then, it has done everything.
    """
    ears, mouth = _context.Pipe(duplex=False)
    process = _context.Process(target=_live, args=(mouth, work, arguments), daemon=True)
    process.start()
    mouth.close()
    said = _hear(ears, dice.randint(1, latest))
    time.sleep(dice.uniform(0, LONGEST_AIM))
    process.kill()
    process.join(PATIENCE)
    said += _hear(ears)
    ears.close()
    process.close()
    return said


def _hear(ears: Connection, words: int | None = None) -> list[Any]:
    """So many words, or all until there comes no more."""
    said: list[Any] = []
    while words is None or len(said) < words:
        if not ears.poll(PATIENCE):
            raise TimeoutError("it says nothing")
        try:
            said.append(ears.recv())
        except (EOFError, OSError):
            break
    return said


def _live(mouth: Connection, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    work(mouth.send, *arguments)


def vote_and_close(say: Say, url: str, review: int, voters: Sequence[int], now: datetime) -> None:
    """Everybody declares and votes, the first of them closes. Each act is said once it stands."""
    db = Database(url)
    for person in voters:
        who = {"review_id": review, "actor_id": person, "now": now}
        serve(db, service=reviews.declare_interest, interest="none", note="", **who)
        say(["declared", person])
        serve(db, service=reviews.cast_vote, choice="approve", reason="", **who)
        say(["voted", person])
    close(db, review=review, person=voters[0], expected="approve", now=now)
    say(["closed", voters[0]])


def decide_carelessly(say: Say, url: str, first: int) -> None:
    """The unsafe twin: the state and its event each in a transaction of its own."""
    naive.decide_carelessly(naive.Store(url), first, say)
