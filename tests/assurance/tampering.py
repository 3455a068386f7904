"""A tamperer with the database in their hands: whatever guards the rows is taken off first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Integer,
    NullPool,
    Table,
    column,
    create_engine,
    inspect,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement, TableClause

from procureflow.domain.chain import GENESIS, canonical, instant, seal
from procureflow.models import Base
from procureflow.models.base import Json, Moment, Pence
from procureflow.queries.evidence import Fault, verify

TABLES: dict[str, Table] = {t.name: t for t in Base.metadata.sorted_tables}
#: The same tables without types: what is written is what the driver is given.
BARE: dict[str, TableClause] = {
    name: table(name, *[column(c.name) for c in t.columns]) for name, t in TABLES.items()
}
#: How a row of each table is named among the faults: by these of its columns, and by its request.
NAMED_BY: dict[str, tuple[str, ...]] = {
    "requests": ("reference",),
    "section_versions": ("request", "section", "version"),
    "submissions": ("id",),
    "submission_sections": ("submission_id", "section"),
    "endorsements": ("submission_id",),
    "reviews": ("id",),
    "assessments": ("review_id", "kind"),
    "declarations": ("review_id", "person_id"),
    "votes": ("review_id", "person_id"),
    "decisions": ("id",),
    "conditions": ("decision_id", "number"),
    "non_compliance_records": ("reference",),
    "directorate_actions": ("record",),
    "purchase_reports": ("record",),
    "people": ("id",),
    "grants": ("id",),
    "bundles": ("hash",),
    "publications": ("number",),
    "proposals": ("id",),
    "assets": ("register",),
    "events": ("stream", "seq"),
}
Row = dict[str, Any]
#: The search index: the database's own copy, which proves nothing.
SEARCH = "request_search"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is: its table and its primary key, as it was before anybody touched it."""

    table: str
    key: tuple[tuple[str, Any], ...]

    @property
    def where(self) -> ColumnElement[bool]:
        """The row itself."""
        bare = BARE[self.table]
        found: ColumnElement[bool] = text("1 = 1")  # type: ignore[assignment]
        for name, value in self.key:
            found = found & (bare.c[name] == value)
        return found


class Tamperer:
    """A connection that nothing holds back. Each `attempt` is rolled back."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.sqlite = connection.dialect.name == "sqlite"

    @contextmanager
    def attempt(self) -> Iterator[Connection]:
        """Some tampering, undone at the end."""
        try:
            yield self.connection
        finally:
            self.connection.rollback()

    def faults(self) -> list[Fault]:
        """What verification finds of it, before it is undone."""
        with Session(self.connection, join_transaction_mode="rollback_only") as session:
            return verify(session).faults

    def chain_faults(self) -> int:
        """What a check of the chains alone finds, which never looks at the tables: the unsafe
        twin of verification."""
        found, last = 0, ("", 0, GENESIS)
        for row in self.rows("events", "stream", "seq"):
            stream, seq, previous = (
                last if last[0] == row["stream"] else (row["stream"], 0, GENESIS)
            )
            at = row["at"]
            sealed = seal(
                previous,
                stream=stream,
                seq=row["seq"],
                at=at if isinstance(at, str) else instant(at),
                actor=row["actor_id"],
                kind=row["kind"],
                body=row["payload"],
                state_from=row["state_from"],
                state_to=row["state_to"],
            )
            linked = row["seq"] == seq + 1 and row["previous"] == previous
            found += not linked or sealed != row["hash"]
            last = (stream, row["seq"], row["hash"])
        return found

    def rows(self, name: str, *order: str) -> list[Row]:
        """Every row of a table, as the driver gives it."""
        bare = BARE[name]
        keys = [bare.c[c] for c in order or [c.name for c in TABLES[name].primary_key]]
        found = self.connection.execute(select(bare).order_by(*keys))
        return [dict(row) for row in found.mappings()]

    def edit(self, place: Place, /, **values: Any) -> None:
        """Change a row."""
        bare = BARE[place.table]
        assert self.connection.execute(bare.update().where(place.where).values(values)).rowcount

    def delete(self, place: Place) -> None:
        """Take a row away."""
        bare = BARE[place.table]
        assert self.connection.execute(bare.delete().where(place.where)).rowcount == 1

    def insert(self, name: str, row: Mapping[str, Any]) -> None:
        """Put a row in."""
        self.connection.execute(BARE[name].insert().values(dict(row)))


@contextmanager
def unguarded(url: str) -> Iterator[Tamperer]:
    """The database of that address without its triggers, foreign keys and checks."""
    sqlite = make_url(url).get_backend_name() == "sqlite"
    address = url if sqlite else make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as connection:
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            query = "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'"
        else:
            query = """
                SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
                FROM pg_trigger WHERE NOT tgisinternal
                UNION ALL
                SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
                FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid <> 0
            """
        for (statement,) in connection.execute(text(query)).all():
            connection.exec_driver_sql(statement)
        connection.commit()
        found = {n for n in inspect(connection).get_table_names() if not n.startswith(SEARCH)}
        assert found - {"alembic_version"} == set(TABLES)
        connection.commit()
        yield Tamperer(connection)
    engine.dispose()


def place_of(name: str, row: Row) -> Place:
    """Where a row is."""
    return Place(name, tuple((c.name, row[c.name]) for c in TABLES[name].primary_key))


class Names:
    """How each row is named among the faults, from the tables as they were."""

    def __init__(self, tamperer: Tamperer) -> None:
        requests = {r["id"]: r["reference"] for r in tamperer.rows("requests")}
        self.request: dict[str, dict[Any, str]] = {
            "request_id": requests,
            "submission_id": {
                r["id"]: requests[r["request_id"]] for r in tamperer.rows("submissions")
            },
            "review_id": {r["id"]: requests[r["request_id"]] for r in tamperer.rows("reviews")},
            "decision_id": {r["id"]: requests[r["request_id"]] for r in tamperer.rows("decisions")},
        }
        records = tamperer.rows("non_compliance_records")
        self.record = {r["id"]: r["reference"] for r in records}

    def of(self, name: str, row: Row) -> str:
        """The name of a row."""
        known = {
            **row,
            "request": self.request["request_id"].get(row.get("request_id")),
            "record": self.record.get(row.get("record_id")),
            "register": "register",  # Its hash is one for all.
        }
        said = " ".join(str(known[part]) for part in NAMED_BY[name])
        if {"reference", "request", "record"} & set(NAMED_BY[name]):
            return said
        for owner in self.request:
            if owner in row:
                return f"{said} of {self.request[owner].get(row[owner])}"
        return said


def forged(name: str, column_name: str, value: Any) -> Any:
    """Another value that could stand there: no nonsense, which anything would notice."""
    kind = TABLES[name].c[column_name].type
    if isinstance(kind, Boolean):
        return not value if not isinstance(value, int) or isinstance(value, bool) else 1 - value
    if isinstance(kind, (Integer, Pence)):
        # What no two rows may share would be noticed by the database itself.
        alone = (name, column_name) == ("publications", "proposal_id")
        return 1 if value is None and not alone else (value or 0) + 1000
    if isinstance(kind, Json):
        return _other_json(json.loads(value))
    if isinstance(kind, Date):
        return _later(value, timedelta(days=1), "2027-01-01")
    if isinstance(kind, Moment):
        return _later(value, timedelta(seconds=1), "2027-01-01T00:00:00.000000Z")
    if value is None:
        return "environment"
    if value.startswith("{"):
        return _other_json(json.loads(value))
    return value[:-1] + ("x" if value[-1:] != "x" else "y")


def _later(value: Any, by: timedelta, first: str) -> Any:
    if value is None:
        return first
    if not isinstance(value, str):
        return value + by
    if len(value) == len("2027-01-01"):
        return (date.fromisoformat(value) + by).isoformat()
    return instant(datetime.fromisoformat(value) + by)


def _other_json(value: Any) -> str:
    """Canonical text of a value that differs in one place."""
    if isinstance(value, list):
        return canonical([*value, "NC-1"])
    changed = dict(value)
    key = sorted(changed)[0] if changed else "note"
    old = changed.get(key)
    changed[key] = old + 1 if isinstance(old, int) else f"{old}1"
    return canonical(changed)
