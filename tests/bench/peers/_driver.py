"""A plain connection to either database, for the peers that bring no database layer."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


class Driver:
    """One connection with durable commits and one cursor, kept open.

    Statements are written with `?` and made ready once with `statement`. `for_update` is what a
    SELECT ends with to lock its row; on SQLite the transaction already holds the write lock.
    """

    def __init__(self, target: str) -> None:
        self.sqlite = target.startswith("sqlite:")
        if self.sqlite:
            path = target.removeprefix("sqlite:///")
            self.connection: Any = sqlite3.connect(path, isolation_level=None, timeout=30)
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=FULL")
            self.connection.execute("PRAGMA foreign_keys=ON")
        else:
            self.connection = psycopg.connect(target)
        self.cursor = self.connection.cursor()
        self.for_update = "" if self.sqlite else " FOR UPDATE"

    def statement(self, text: str) -> str:
        return text if self.sqlite else text.replace("?", "%s")

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Yield the cursor in a write transaction; commit, or roll back on any exception."""
        if self.sqlite:
            self.cursor.execute("BEGIN IMMEDIATE")
        try:
            yield self.cursor
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()
