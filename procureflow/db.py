"""Engines and sessions: durable settings, read sessions and units of work.

A unit of work begins with the write lock: BEGIN IMMEDIATE on SQLite (whose FOR UPDATE is dropped
in silence), row locks taken by the services on PostgreSQL. A read session begins deferred and
can't write, so that showing a page never queues behind a vote. Services never commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from procureflow.models import statements

BUSY_SECONDS = 30
#: How long an idle connection to PostgreSQL is taken to be alive without asking.
TRUSTED_SECONDS = 60
#: What every SQLite connection must answer; asserted, because a pragma that fails is silent.
DURABLE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


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
        with self.writer.begin() as connection, _UnitOfWork(connection) as session:
            yield session
            session.flush()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One snapshot to read from. A write in it is an error."""
        with Session(self.reader, autoflush=False) as session:
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()


class _UnitOfWork(Session):
    """A session inside a transaction that is begun and ended around it.

    Most writes touch no mapped object, and so nothing of the ORM's bookkeeping is begun for them.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, expire_on_commit=False, join_transaction_mode="rollback_only")
        self._only = connection

    def connection(self, *_: Any, **__: Any) -> Connection:
        """The one connection there is."""
        return self._only


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
        # Without it, REPLACE removes a row that is written once and asks no trigger.
        cursor.execute("PRAGMA recursive_triggers=ON")
        for pragma, wanted in DURABLE.items():
            given = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            if given != wanted:
                raise RuntimeError(f"SQLite answers {pragma}={given}, not {wanted}")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        statements.execute(connection, begin)

    return engine


def _postgresql(url: Any) -> Engine:
    engine = create_engine(url.set(drivername="postgresql+psycopg"))

    @event.listens_for(engine, "checkin")
    def leave(_connection: Any, record: Any) -> None:
        record.info["left_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def meet(connection: Any, record: Any, _proxy: Any) -> None:
        # SQLAlchemy's own pool_pre_ping asks the server each time: a tenth of a vote's time.
        left_at = record.info.get("left_at")
        if left_at is None or (monotonic() - left_at < TRUSTED_SECONDS and _is_silent(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    return engine


def _is_silent(connection: Any) -> bool:
    """Whether nothing has arrived on an idle connection: a server that goes says goodbye."""
    with DefaultSelector() as selector:
        selector.register(connection, EVENT_READ)
        return not selector.select(0)
