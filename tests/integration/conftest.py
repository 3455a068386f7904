"""A founded council to copy: founding one anew for each test would take most of the time."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from procureflow.db import Database
from tests.factories.council import Council, found


@dataclass(frozen=True)
class Founded:
    """Where a founded council lies, and the ids of its people."""

    place: str
    people: dict[str, int]


@pytest.fixture(scope="session")
def founded_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """A SQLite database with a council in it."""
    path = tmp_path_factory.mktemp("founded") / "founded.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    council = found(database)
    database.dispose()
    return Founded(str(path), council.people)


@pytest.fixture(scope="session")
def founded_postgresql(postgresql_template: tuple[str, str]) -> Iterator[Founded]:
    """A PostgreSQL database with a council in it."""
    server, template = postgresql_template
    name = f"founded_{uuid.uuid4().hex[:12]}"
    run_sql(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = Database(address(server, name))
    council = found(database)
    database.dispose()
    yield Founded(name, council.people)
    run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")


BOTH_ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@contextmanager
def _copied(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Council]:
    founded: Founded = request.getfixturevalue(f"founded_{engine}")
    name = f"copy_{uuid.uuid4().hex[:12]}"
    if engine == "sqlite":
        shutil.copy(founded.place, folder / f"{name}.db")
        database = Database(f"sqlite:///{folder / name}.db")
        yield Council(database, dict(founded.people))
        database.dispose()
        return
    server: str = request.getfixturevalue("postgresql_server")
    run_sql(server, f"CREATE DATABASE {name} TEMPLATE {founded.place}")
    database = Database(address(server, name))
    yield Council(database, dict(founded.people))
    database.dispose()
    run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=BOTH_ENGINES)
def council(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Council]:
    """A council with its people, once on each engine."""
    with _copied(request.param, request, tmp_path) as council:
        yield council


@pytest.fixture
def sqlite_council(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Council]:
    """A council on SQLite alone, for what doesn't depend on the engine."""
    with _copied("sqlite", request, tmp_path) as council:
        yield council


@pytest.fixture(scope="module", params=BOTH_ENGINES)
def shared_council(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Council]:
    """A council for a whole module that changes nothing in it, once on each engine."""
    with _copied(request.param, request, tmp_path_factory.mktemp("shared")) as council:
        yield council


def address(server: str, name: str) -> str:
    """The address of a database on that server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def run_sql(server: str, statement: str) -> None:
    """A statement outside of any transaction, such as CREATE DATABASE."""
    where = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(statement)
