"""The migrations make what the models say, on both databases, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Inspector, UniqueConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from procureflow.adapters import migrations
from procureflow.adapters.migrations import Age
from procureflow.db import Database
from procureflow.models import Base
from tests.factories.migrating import SCRIPTS, scripts

#: What nobody changes once it is written (the list of the migration, by hand).
WRITTEN_ONCE = {
    *(
        "bundles",
        "publications",
        "section_versions",
        "submissions",
        "submission_sections",
        "endorsements",
    ),
    *("decisions", "conditions", "events", "security_log"),
}
#: The search index: the database keeps it, and no model says it.
SEARCH = "request_search"
FILLS_SEARCH = ("section_versions", "section_versions_searched")


@pytest.fixture
def inspector(db: Database) -> Iterator[Inspector]:
    """What the database says of itself, once on each engine."""
    with db.reader.connect() as connection:
        yield inspect(connection)


def _revisions() -> ScriptDirectory:
    return ScriptDirectory.from_config(scripts())


def test_there_is_one_way_forward() -> None:
    """One first migration, one last, and no branch between them."""
    directory = _revisions()
    assert len(directory.get_heads()) == 1
    assert len(directory.get_bases()) == 1
    assert all(not revision.is_branch_point for revision in directory.walk_revisions())


def test_tables_columns_and_indexes_are_the_models(db: Database) -> None:
    with db.writer.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = [d for d in compare_metadata(context, Base.metadata) if not _expected(d)]
    assert differences == []


def _mutual(difference: Any) -> bool:
    """The two references between tables that need each other: tested by themselves below."""
    return difference[0] in ("add_fk", "remove_fk") and difference[1].use_alter


def _expected(difference: Any) -> bool:
    """What the models don't say: those two, and the search index, which the database keeps."""
    kind, *what = difference
    if kind in ("remove_table", "remove_index"):
        return what[0].name.removeprefix("ix_").startswith(SEARCH)
    return _mutual(difference)


def test_a_difference_would_be_seen(db: Database) -> None:
    with db.unit_of_work() as session:
        session.execute(text("DROP INDEX ix_reviews_request"))
        session.execute(text("ALTER TABLE votes ADD COLUMN weight INTEGER"))
    with db.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
    assert {d[0] for d in found if not _expected(d)} == {"add_index", "remove_column"}


def test_every_reference_is_there(inspector: Inspector) -> None:
    """Also the two that are added last, and when each is checked."""
    for name, table in Base.metadata.tables.items():
        expected = {
            (
                tuple(key.parent.name for key in constraint.elements),
                constraint.referred_table.name,
                tuple(key.column.name for key in constraint.elements),
                constraint.initially == "DEFERRED",
            )
            for constraint in table.foreign_key_constraints
        }
        found = {
            (
                tuple(key["constrained_columns"]),
                key["referred_table"],
                tuple(key["referred_columns"]),
                key["options"].get("initially") == "DEFERRED",
            )
            for key in inspector.get_foreign_keys(name)
        }
        assert found == expected, name


def test_every_unique_constraint_is_there(inspector: Inspector) -> None:
    for name, table in Base.metadata.tables.items():
        expected = {
            tuple(column.name for column in constraint.columns)
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        }
        found = {tuple(u["column_names"]) for u in inspector.get_unique_constraints(name)}
        assert found == expected, name


def _checks(table: Any) -> dict[str, str]:
    return {
        str(constraint.name): str(constraint.sqltext)
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


def test_every_check_is_there(db: Database, inspector: Inspector) -> None:
    """As many as the models have, about the same columns (PostgreSQL writes them its own way)."""
    sqlite = db.url.get_backend_name() == "sqlite"
    for name, table in Base.metadata.tables.items():
        expected = sorted(_plain(words) for words in _checks(table).values())
        found = sorted(_plain(str(c["sqltext"])) for c in inspector.get_check_constraints(name))
        if sqlite:
            assert found == expected, name
        else:
            assert len(found) == len(expected), name


def _plain(words: str) -> str:
    return re.sub(r"[\s()]+", "", words).lower()


def test_every_check_has_its_name(inspector: Inspector) -> None:
    """A later migration drops a constraint by the name that the models give."""
    for name, table in Base.metadata.tables.items():
        found = {check["name"] for check in inspector.get_check_constraints(name)}
        assert found == set(_checks(table)), name


def test_every_other_constraint_has_its_name(db: Database, inspector: Inspector) -> None:
    """SQLite keeps them in the table's own text, PostgreSQL in its catalogue."""
    for name, table in Base.metadata.tables.items():
        expected = {
            str(constraint.name)
            for constraint in table.constraints
            if not isinstance(constraint, CheckConstraint)
        }
        with db.reading() as session:
            if db.url.get_backend_name() == "sqlite":
                query = text("SELECT sql FROM sqlite_master WHERE name = :table")
                words = session.execute(query, {"table": name}).scalar_one()
                found = {n for n in expected if re.search(rf"\bCONSTRAINT {n}\b", words)}
            else:
                query = text(
                    "SELECT conname FROM pg_constraint "
                    "WHERE conrelid = CAST(:table AS regclass) AND contype IN ('p', 'u', 'f')"
                )
                found = set(session.execute(query, {"table": name}).scalars())
        assert found == expected, name


def test_what_is_written_once_has_its_triggers(db: Database) -> None:
    with db.reading() as session:
        if db.url.get_backend_name() == "sqlite":
            query = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
            found = {(row[0], row[1]) for row in session.execute(text(query))}
            expected = {(t, f"{t}_no_{act}") for t in WRITTEN_ONCE for act in ("update", "delete")}
        else:
            query = (
                "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger "
                "WHERE NOT tgisinternal"
            )
            given = session.execute(text(query)).all()
            found = {(row[0], row[1]) for row in given}
            expected = {
                (t, f"{t}_{what}") for t in WRITTEN_ONCE for what in ("written_once", "not_emptied")
            }
            assert {row[2] for row in given} <= {"O", b"O"}, "each fires"
    assert found == expected | {FILLS_SEARCH}


def _make_empty(db: Database) -> None:
    with db.unit_of_work() as session:
        if db.url.get_backend_name() == "postgresql":
            session.execute(text("DROP SCHEMA public CASCADE"))
            session.execute(text("CREATE SCHEMA public"))
            return
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(text(f"DROP TABLE {SEARCH}"))
        for name in (*(t.name for t in reversed(Base.metadata.sorted_tables)), "alembic_version"):
            session.execute(text(f'DROP TABLE "{name}"'))


def test_a_migration_is_made_whole_or_not_at_all(db: Database) -> None:
    """Interrupted in the middle, it leaves nothing; run again, it finishes."""
    _make_empty(db)
    assert migrations.age(db.writer, SCRIPTS) is Age.EMPTY
    with db.unit_of_work() as session:
        session.execute(text("CREATE TABLE votes (in_the_way INTEGER)"))
    assert migrations.age(db.writer, SCRIPTS) is Age.FOREIGN
    with pytest.raises(DBAPIError, match="votes"):
        migrations.upgrade(db.writer, SCRIPTS)
    with db.writer.connect() as connection:
        assert inspect(connection).get_table_names() == ["votes"]
    with db.unit_of_work() as session:
        session.execute(text("DROP TABLE votes"))
    migrations.upgrade(db.writer, SCRIPTS)
    assert migrations.age(db.writer, SCRIPTS) is Age.CURRENT
    migrations.upgrade(db.writer, SCRIPTS)
    assert migrations.age(db.writer, SCRIPTS) is Age.CURRENT
