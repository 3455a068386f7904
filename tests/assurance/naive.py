"""The unsafe twins: what is written when nobody thinks of two people at once, or of a power cut.

Each works on small tables of its own, beside ours, over the bare driver: SQLite in the driver's
default transaction mode, PostgreSQL in READ COMMITTED without FOR UPDATE. They must fail the tests
that ours pass; a test that they pass shows nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import make_url

QUORUM = 3
SCHEMA = (
    "CREATE TABLE naive_cases (id INTEGER PRIMARY KEY, state VARCHAR(10), ballots TEXT)",
    "CREATE TABLE naive_decisions (case_id INTEGER, votes INTEGER)",
    "CREATE TABLE naive_events (case_id INTEGER, state VARCHAR(10))",
)


class Store:
    """A database over the bare driver. Each call of `connect` is a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"

    def connect(self) -> Any:
        """A connection as the driver gives it."""
        if self.sqlite:
            return sqlite3.connect(str(self.url.database), timeout=30)
        address = self.url.set(drivername="postgresql")
        return psycopg.connect(address.render_as_string(hide_password=False))

    def run(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """One statement in a transaction of its own."""
        connection = self.connect()
        try:
            found = _run(self, connection, statement, values)
            connection.commit()
        finally:
            connection.close()
        return found


def _run(store: Store, connection: Any, statement: str, values: tuple[Any, ...]) -> list[Any]:
    text = statement if store.sqlite else statement.replace("?", "%s")
    cursor = connection.execute(text, values)
    return list(cursor.fetchall()) if cursor.description else []


def prepare(store: Store) -> None:
    """Make the tables."""
    for statement in SCHEMA:
        store.run(statement)


def open_case(store: Store, case: int) -> None:
    """A case before its group, with no votes."""
    store.run("INSERT INTO naive_cases VALUES (?, 'open', '[]')", (case,))


def vote(store: Store, /, *, case: int, person: int, choice: str) -> None:
    """Read the votes, add one, write them back; decide where there are enough."""
    connection = store.connect()
    try:
        found = _run(
            store, connection, "SELECT state, ballots FROM naive_cases WHERE id = ?", (case,)
        )
        state, ballots = found[0][0], json.loads(found[0][1])
        ballots.append([person, choice])
        decided = state == "open" and len(ballots) >= QUORUM
        if decided:
            statement = "INSERT INTO naive_decisions VALUES (?, ?)"
            _run(store, connection, statement, (case, len(ballots)))
        statement = "UPDATE naive_cases SET state = ?, ballots = ? WHERE id = ?"
        values = ("decided" if decided else state, json.dumps(ballots), case)
        _run(store, connection, statement, values)
        connection.commit()
    finally:
        connection.close()


def what_stands(store: Store, case: int) -> tuple[int, int]:
    """(votes, decisions) of a case."""
    ((ballots,),) = store.run("SELECT ballots FROM naive_cases WHERE id = ?", (case,))
    ((decisions,),) = store.run("SELECT count(*) FROM naive_decisions WHERE case_id = ?", (case,))
    return len(json.loads(ballots)), decisions


def decide_carelessly(store: Store, first: int, say: Callable[[int], None]) -> None:
    """Decide cases for ever, the state and its event each in a transaction of its own."""
    case = first
    while True:
        store.run("INSERT INTO naive_cases VALUES (?, 'decided', '[]')", (case,))
        store.run("INSERT INTO naive_events VALUES (?, 'decided')", (case,))
        say(case)
        case += 1


def without_their_event(store: Store) -> int:
    """How many states have no event."""
    ((count,),) = store.run(
        "SELECT count(*) FROM naive_cases WHERE id NOT IN (SELECT case_id FROM naive_events)"
    )
    return int(count)
