"""References without gaps: a counter by prefix and year, raised in the inserting transaction."""

from __future__ import annotations

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from procureflow.domain.reference import reference
from procureflow.models import ReferenceCounter
from procureflow.models.statements import Prepared


def _raise_counter(insert: type[sqlite.Insert] | type[postgresql.Insert]) -> Prepared:
    statement = insert(ReferenceCounter).values(
        prefix=bindparam("prefix"), year=bindparam("year"), last=1
    )
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=["prefix", "year"], set_={"last": ReferenceCounter.last + 1}
        ).returning(ReferenceCounter.last)
    )


_RAISE = {
    "sqlite": _raise_counter(sqlite.Insert),
    "postgresql": _raise_counter(postgresql.Insert),
}


def next_reference(session: Session, prefix: str, year: int) -> str:
    """The next reference. Its row stays locked until the transaction ends, so that a number is
    given out once and none is skipped: call it as late as can be."""
    connection = session.connection()
    raised = _RAISE[connection.dialect.name].run(connection, prefix=prefix, year=year)
    return reference(prefix, year, raised.scalar_one())
