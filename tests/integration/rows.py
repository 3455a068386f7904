"""What an act left behind: every row of every table, before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from procureflow.db import Database
from procureflow.domain.errors import Refusal
from procureflow.models import AuditEvent, Base
from tests.factories.council import Council

Rows = dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]


def rows(database: Database) -> Rows:
    """Every row of every table by its key, as the driver gives them."""
    found: Rows = {}
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            keys = [column.name for column in table.primary_key]
            names = [*keys, *(c.name for c in table.columns if c.name not in keys)]
            columns = ", ".join(f'"{name}"' for name in names)
            statement = f'SELECT {columns} FROM "{table.name}"'
            given = session.connection().exec_driver_sql(statement).cursor.fetchall()
            found[table.name] = {tuple(row[: len(keys)]): tuple(row) for row in given}
    return found


def changes(before: Rows, after: Rows) -> dict[str, str]:
    """Table → "+2 ~1 -1": rows added, changed and removed. Tables left alone are left out."""
    found = {}
    for table, rows_ in after.items():
        old = before[table]
        counts = {
            "+": len(rows_.keys() - old.keys()),
            "~": sum(1 for key in rows_.keys() & old.keys() if rows_[key] != old[key]),
            "-": len(old.keys() - rows_.keys()),
        }
        told = " ".join(f"{sign}{count}" for sign, count in counts.items() if count)
        if told:
            found[table] = told
    return found


@contextmanager
def leaves(council: Council, **expected: str) -> Iterator[None]:
    """What is done here leaves exactly these changes: `leaves(council, events="+1", …)`."""
    before = rows(council.db)
    yield
    left = changes(before, rows(council.db))
    assert left == expected, f"left {left}, expected {expected}"


#: What any one act on a request leaves besides its own rows.
ACT = {"requests": "~1", "events": "+1", "outbox": "+1"}


@contextmanager
def refused(
    council: Council, kind: type[Refusal], words: str = "", *, remedy: bool = True
) -> Iterator[pytest.ExceptionInfo[Any]]:
    """What is done here is refused by that name, says so, says what to do, and leaves nothing."""
    before = rows(council.db)
    with pytest.raises(Refusal) as caught:
        yield caught
    refusal = caught.value
    assert type(refusal) is kind, f"{type(refusal).__name__}: {refusal}"
    assert words in refusal.message, refusal.message
    assert refusal.message.endswith("."), refusal.message
    assert bool(refusal.remedy) or not remedy, f"“{refusal.message}” says no next step"
    left = changes(before, rows(council.db))
    assert left == {}, f"refused, and left {left}"


def last_event(council: Council, stream: str = "") -> tuple[AuditEvent, dict[str, Any]]:
    """The latest event (of a stream) and its payload."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)
    if stream:
        query = query.where(AuditEvent.stream == stream)
    with council.db.reading() as session:
        event = session.scalars(query).one()
        session.expunge(event)
    return event, json.loads(event.payload)


def stored(council: Council, model: type[Any], key: Any) -> Any:
    """One row, detached."""
    with council.db.reading() as session:
        row = session.get_one(model, key)
        session.expunge(row)
    return row


def everything(council: Council, model: type[Any], **where: Any) -> list[Any]:
    """The rows of a table with these values, in the order of their keys."""
    query = select(model).filter_by(**where).order_by(*model.__table__.primary_key)
    with council.db.reading() as session:
        found = list(session.scalars(query))
        session.expunge_all()
    return found
