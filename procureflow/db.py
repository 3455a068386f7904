"""Engines and sessions: durable settings, read sessions and units of work.

A unit of work begins with the write lock: BEGIN IMMEDIATE on SQLite (whose FOR UPDATE is dropped
in silence), row locks taken by the services on PostgreSQL. A read session begins deferred and
can't write, so that showing a page never queues behind a vote. Services never commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 30
#: What every SQLite connection must answer; asserted, because a pragma that fails is silent.
DURABLE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


class DatabaseUrlError(Exception):
    """The address of the database can't be used."""


class Database:
    """One database. `reading()` for pages, `unit_of_work()` for everything that writes."""

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError as error:
            raise DatabaseUrlError("PROCUREFLOW_DATABASE_URL is not an address.") from error
        backend = self.url.get_backend_name()
        if backend == "sqlite":
            self.writer = _sqlite(self.url, begin="BEGIN IMMEDIATE", query_only=False)
            self.reader = _sqlite(self.url, begin="BEGIN DEFERRED", query_only=True)
        elif backend == "postgresql":
            self.writer = _postgresql(self.url)
            self.reader = self.writer.execution_options(postgresql_readonly=True)
        else:
            raise DatabaseUrlError(
                f"PROCUREFLOW_DATABASE_URL names {backend}: use sqlite:///… or postgresql://…"
            )

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One transaction that holds the write lock: all of it is committed, or none."""
        with Session(self.writer, expire_on_commit=False) as session, session.begin():
            session.connection()
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One snapshot to read from. A write in it is an error."""
        with Session(self.reader, autoflush=False) as session:
            try:
                yield session
            finally:
                session.rollback()

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()


def _sqlite(url: Any, *, begin: str, query_only: bool) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        connect_args={"timeout": BUSY_SECONDS, "cached_statements": 256},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin too late (555 of 600 votes were lost with them).
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        for pragma, wanted in DURABLE.items():
            given = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            if given != wanted:
                raise RuntimeError(f"SQLite answers {pragma}={given}, not {wanted}")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: Any) -> Engine:
    return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
