"""Bringing a database to this version of the code, and telling which version it is at."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect


class Age(StrEnum):
    """How a database stands to the code."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    FOREIGN = "foreign"


def _config(scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", scripts.as_posix())
    config.set_main_option("path_separator", "os")
    return config


def age(engine: Engine, scripts: Path) -> Age:
    """How the database stands to the migrations in that folder."""
    directory = ScriptDirectory.from_config(_config(scripts))
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return Age.FOREIGN if tables else Age.EMPTY
    if current == directory.get_current_head():
        return Age.CURRENT
    known = {revision.revision for revision in directory.walk_revisions()}
    return Age.OLDER if current in known else Age.NEWER


def upgrade(engine: Engine, scripts: Path) -> None:
    """Bring the database to the newest version. All of a migration is committed, or none."""
    config = _config(scripts)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
