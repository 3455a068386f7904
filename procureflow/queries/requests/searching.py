"""Full-text search over what requests say: each database's own, over an index that it keeps itself.

SQLite: an FTS5 table that a trigger fills. PostgreSQL: an index over `jsonb_to_tsvector`. Both
stem English words and match their beginnings; every word asked for must be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import ColumnElement, bindparam, false, or_, select, text
from sqlalchemy.orm import Session, aliased

from procureflow.models import Request, SectionVersion

MOST_WORDS = 12
_WORDS = re.compile(r"[^\W_]+")
_REFERENCE = re.compile(r"[A-Z]{2,4}-[0-9-]*")
_newer = aliased(SectionVersion)

_SQLITE = text(
    "(request_id, section, version) IN (SELECT request_id, section, version FROM section_search "
    "WHERE section_search MATCH :words)"
)
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
        else:
            said = _POSTGRESQL.bindparams(bindparam("words", " & ".join(f"{w}:*" for w in words)))
        newer = select(_newer.version).where(
            _newer.request_id == SectionVersion.request_id,
            _newer.section == SectionVersion.section,
            _newer.version > SectionVersion.version,
        )
        found = select(SectionVersion.request_id).where(said, ~newer.exists())
        ways: list[ColumnElement[bool]] = [Request.id.in_(found)] if words else []
        if _REFERENCE.fullmatch(asked.upper()):
            ways.append(Request.reference.startswith(asked.upper(), autoescape=True))
        return or_(false(), *ways)

    return condition
