"""Take a database's schema back to an earlier one and forward again: what its rows become."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from procureflow.db import Database

SCRIPTS = Path(__file__).parents[2] / "migrations"


def scripts() -> Config:
    """What Alembic must know to find the migrations."""
    config = Config()
    config.set_main_option("script_location", SCRIPTS.as_posix())
    config.set_main_option("path_separator", "os")
    return config


def back_and_forth(db: Database, revision: str) -> None:
    """As if the migrations after `revision` had only now come to these rows."""
    config = scripts()
    for go, to in ((command.downgrade, revision), (command.upgrade, "head")):
        with db.writer.begin() as connection:
            config.attributes["connection"] = connection
            go(config, to)
