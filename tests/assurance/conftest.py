"""What the assurance tests share."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from procureflow.db import Database
from tests.assurance.crowd import Crowd
from tests.factories.council import Council, found


@pytest.fixture(scope="session")
def crowd() -> Iterator[Crowd]:
    """The processes that race. They start once: that takes longer than a race."""
    processes = Crowd()
    yield processes
    processes.close()


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def council_of_module(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Council]:
    """A council with its people that the tests of a module share, once on each engine."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("module") / "procureflow.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = Database(f"sqlite:///{path}")
        yield found(database)
        database.dispose()
        return
    server, template = request.getfixturevalue("postgresql_template")
    name = f"module_{uuid.uuid4().hex[:12]}"
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        database = Database(
            make_url(plain).set(database=name).render_as_string(hide_password=False)
        )
        yield found(database)
        database.dispose()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
