"""Full-text search over what requests say: each database's own, over an index that it keeps itself.

A request has one entry, of all that its sections say now, which a trigger writes: in an FTS5 table
on SQLite, as a tsvector on PostgreSQL. Both stem English words and match their beginnings; every
word asked for must be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import ColumnElement, bindparam, column, false, or_, select, table, text
from sqlalchemy.orm import Session

from procureflow.models import Request

MOST_WORDS = 12
_WORDS = re.compile(r"[^\W_]+")
_REFERENCE = re.compile(r"[A-Z]{2,4}-[0-9-]*")
_INDEX = table("request_search", column("rowid"), column("request_id"))
_SQLITE = text("request_search MATCH :words")
_POSTGRESQL = text("words @@ to_tsquery('english', :words)")


def matches(session: Session) -> Callable[[str], ColumnElement[bool]]:
    """The condition that a request says these words, or has a reference that begins so."""
    sqlite = session.get_bind().dialect.name == "sqlite"

    def condition(asked: str) -> ColumnElement[bool]:
        words = _WORDS.findall(asked.lower())[:MOST_WORDS]
        if sqlite:
            said = _SQLITE.bindparams(bindparam("words", " ".join(f'"{w}"*' for w in words)))
            found = select(_INDEX.c.rowid).where(said)
        else:
            said = _POSTGRESQL.bindparams(bindparam("words", " & ".join(f"{w}:*" for w in words)))
            found = select(_INDEX.c.request_id).where(said)
        ways: list[ColumnElement[bool]] = [Request.id.in_(found)] if words else []
        if _REFERENCE.fullmatch(asked.upper()):
            ways.append(Request.reference.startswith(asked.upper(), autoescape=True))
        return or_(false(), *ways)

    return condition
