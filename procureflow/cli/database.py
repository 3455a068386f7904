"""The database: opening it with care, and bringing it to this version."""

from __future__ import annotations

from datetime import timedelta

import click
from sqlalchemy.exc import DBAPIError, OperationalError

from procureflow.adapters import clock, files, migrations
from procureflow.adapters.migrations import Age
from procureflow.db import Database
from procureflow.domain.bundle import load_bundle
from procureflow.queries import policies as reading
from procureflow.services import policies
from procureflow.settings import Settings, load_offline, resource

#: Before everything that is played in a demonstration.
FOUNDED_DAYS_AGO = 400


class NotReady(Exception):
    """The database can't be used as it is. One sentence that says what to run."""


_AGES = {
    Age.EMPTY: "The database {name} is empty: run `procureflow db upgrade`.",
    Age.OLDER: "The database {name} is older than this version: run `procureflow db upgrade`.",
    Age.NEWER: (
        "The database {name} is newer than this version: install the version that it was "
        "upgraded with, or restore a backup."
    ),
    Age.FOREIGN: (
        "The database {name} holds tables of something else: set PROCUREFLOW_DATABASE_URL to one "
        "of ProcureFlow's own, or to an empty one and run `procureflow db upgrade`."
    ),
}


def age_of(database: Database) -> Age:
    """How the database stands to the code. Raises NotReady where it can't be reached."""
    try:
        return migrations.age(database.writer, resource("migrations"))
    except OperationalError as error:
        if "locked" in str(error.orig):
            raise NotReady(
                f"The database {_name(database)} is locked by another process: stop that, "
                "or wait until it has finished."
            ) from error
        raise NotReady(
            f"The database {_name(database)} can’t be reached: check PROCUREFLOW_DATABASE_URL "
            "and that the server runs."
        ) from error
    except DBAPIError as error:
        raise NotReady(
            f"The database {_name(database)} can’t be used: {error.orig}. Check "
            "PROCUREFLOW_DATABASE_URL."
        ) from error


def at(url: str) -> Database:
    """The database of that address. Raises NotReady or DatabaseUrlError where there can be none."""
    try:
        return Database(url)
    except OSError as error:
        raise NotReady(
            f"PROCUREFLOW_DATABASE_URL names a file in a folder that can’t be made: {error}."
        ) from error
    except ValueError as error:
        raise NotReady("PROCUREFLOW_DATABASE_URL is not an address: check its port.") from error


def open_ready(settings: Settings) -> Database:
    """The database, migrated and of this council; otherwise NotReady."""
    database = at(settings.database_url)
    age = age_of(database)
    if age is not Age.CURRENT:
        raise NotReady(_AGES[age].format(name=_name(database)))
    ensure_council(database, settings)
    return database


def ensure_council(database: Database, settings: Settings) -> None:
    """Raise NotReady unless the database is seeded, and by this council."""
    with database.reading() as session:
        installation = reading.installation(session)
    if installation is None:
        raise NotReady(
            f"The database {_name(database)} has no council yet: run `procureflow db upgrade`."
        )
    wanted = load_bundle(files.read_documents(settings.council_folder)).organisation.council.key
    if installation.council != wanted:
        raise NotReady(
            f"The database {_name(database)} belongs to {installation.council}, and "
            f"PROCUREFLOW_CONFIG names {wanted}: set one of the two right."
        )


def upgrade_and_seed(settings: Settings) -> Database:
    """Bring the database to this version; an empty one becomes this council's."""
    database = at(settings.database_url)
    documents = files.read_documents(settings.council_folder)
    load_bundle(documents)
    age = age_of(database)
    if age in (Age.NEWER, Age.FOREIGN):
        raise NotReady(_AGES[age].format(name=_name(database)))
    if age is not Age.CURRENT:
        migrations.upgrade(database.writer, resource("migrations"))
    with database.unit_of_work() as session:
        if reading.installation(session) is None:
            policies.seed(
                session,
                documents=documents,
                demonstration=settings.demonstration,
                # What is played in a demonstration happened before today, under these documents.
                now=clock.now() - timedelta(days=FOUNDED_DAYS_AGO * settings.demonstration),
            )
    ensure_council(database, settings)
    return database


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version; an empty one becomes the council's."""
    settings = load_offline()
    database = upgrade_and_seed(settings)
    click.echo(f"The database {_name(database)} is up to date.")
    database.dispose()


def _name(database: Database) -> str:
    return database.url.render_as_string(hide_password=True)
