"""Full-text search over what requests say: each database's own, over an index that it keeps itself.

SQLite: an FTS5 table that a trigger fills. PostgreSQL: an index over `jsonb_to_tsvector`. Both
stem English words and match their beginnings; every word asked for must be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    column,
    false,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session, aliased

from procureflow.models import Request, SectionVersion

MOST_WORDS = 12
_WORDS = re.compile(r"[^\W_]+")
_REFERENCE = re.compile(r"[A-Z]{2,4}-[0-9-]*")
_newer = aliased(SectionVersion)
#: SQLite's index, which says itself what each of its entries is of: looking each up among the
#: sections costs three times as much where a word is in every request.
_INDEX = table("section_search", column("request_id"), column("section"), column("version"))

_SQLITE = text("section_search MATCH :words")
_POSTGRESQL = text(
    "jsonb_to_tsvector('english', answers::jsonb, '[\"string\"]') @@ to_tsquery('english', :words)"
)


def matches(session: Session) -> Callable[[str], ColumnElement[bool]]:
    """The condition that a request says these words, or has a reference that begins so."""
    sqlite = session.get_bind().dialect.name == "sqlite"

    def condition(asked: str) -> ColumnElement[bool]:
        words = _WORDS.findall(asked.lower())[:MOST_WORDS]
        if sqlite:
            said = _SQLITE.bindparams(bindparam("words", " ".join(f'"{w}"*' for w in words)))
            found = _standing(_INDEX.c).where(said)
        else:
            said = _POSTGRESQL.bindparams(bindparam("words", " & ".join(f"{w}:*" for w in words)))
            # OFFSET 0 has what is said found first, by the index: PostgreSQL takes a rare word
            # for a common one, and would read every section instead, for seconds.
            versions = select(
                SectionVersion.request_id, SectionVersion.section, SectionVersion.version
            ).where(said)
            found = _standing(versions.offset(0).subquery().c)
        ways: list[ColumnElement[bool]] = [Request.id.in_(found)] if words else []
        if _REFERENCE.fullmatch(asked.upper()):
            ways.append(Request.reference.startswith(asked.upper(), autoescape=True))
        return or_(false(), *ways)

    return condition


def _standing(of: Any) -> Select[Any]:
    """The requests of those versions that none came after."""
    newer = select(_newer.version).where(
        _newer.request_id == of.request_id,
        _newer.section == of.section,
        _newer.version > of.version,
    )
    return select(of.request_id).where(~newer.exists())
