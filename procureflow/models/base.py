"""The declarative base and the types of columns: pence, moments and canonical JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

from procureflow.domain.chain import canonical, instant
from procureflow.domain.money import from_pence, to_pence


class Base(DeclarativeBase):
    """Base of all mapped classes. Constraints are named, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


#: A surrogate key: 64 bits on PostgreSQL, SQLite's own rowid (an INTEGER) there.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Pence(TypeDecorator[Decimal]):
    """Pounds as Decimal in Python, integer pence in the database: SQLite's NUMERIC is a float."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Decimal pounds → pence."""
        return None if value is None else to_pence(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Pence → Decimal pounds."""
        return None if value is None else from_pence(value)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC: timestamptz on PostgreSQL, sortable ISO text on SQLite. Never naive."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on that database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """An aware datetime → what the column holds."""
        if value is None:
            return None
        text = instant(value)
        return text if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What the column holds → an aware datetime in UTC."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """Plain values as canonical JSON text: the same text on every database, ready to hash."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Plain values → canonical text."""
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Text → plain values."""
        return None if value is None else json.loads(value)


def one_of(column: str, values: type[Any] | tuple[str, ...]) -> str:
    """A CHECK that a column holds one of these words."""
    words = [str(getattr(value, "value", value)) for value in values]
    return f"{column} IN ({', '.join(repr(word) for word in words)})"
