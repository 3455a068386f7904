"""Statements compiled once per database and run on the driver: for the few that are hot.

The ORM's unit of work costs about 1 ms a write, a Core statement about 70 µs, `exec_driver_sql`
40 µs, the driver's own execution 10 to 20 (measured; see docs/adr/002). A Prepared statement is
written in Core, so that its columns are checked and its values go through the columns' own types,
and then runs at the driver's price, in SQLAlchemy's transaction. It returns raw values: select
numbers and words with it, not moments.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    fixed: dict[str, Any]
    convert: tuple[tuple[str, Callable[[Any], Any]], ...]
    order: tuple[str, ...] | None
    #: Makes a row of its values, with the columns' names; None where the statement returns none.
    row: Callable[..., Any] | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave: how many rows it touched, and those that it returned."""

    rowcount: int
    rows: list[Any]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def all(self) -> list[Any]:
        """Every row, with its columns by name."""
        return self.rows

    def first(self) -> Any:
        """The first row, or None."""
        return self.rows[0] if self.rows else None

    def scalars(self) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.rows]

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self.rows[0][0] if self.rows else None

    def scalar_one(self) -> Any:
        """The first column of the only row."""
        (row,) = self.rows
        return row[0]


class Prepared:
    """A Core statement, ready for the driver of whichever database it meets."""

    __slots__ = ("_by_dialect", "_statement")

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._by_dialect: dict[str, _Compiled] = {}

    def run(self, connection: Connection, **values: Any) -> Result:
        """Execute with these values for its bindparams; others are left alone.

        Raises SQLAlchemy's own errors; InvalidRequestError outside a transaction, where SQLite
        would commit each statement by itself.
        """
        dialect = connection.dialect
        compiled = self._by_dialect.get(dialect.name)
        if compiled is None:
            compiled = self._by_dialect[dialect.name] = _compile(self._statement, dialect)
        given: Any = {**compiled.fixed, **values}
        for name, convert in compiled.convert:
            given[name] = convert(given[name])
        if compiled.order is not None:
            given = tuple([given[name] for name in compiled.order])
        if not connection.in_transaction():
            raise InvalidRequestError("The transaction has ended.")
        cursor = execute(connection, compiled.text, given)
        rows = [] if compiled.row is None else [compiled.row(*row) for row in cursor.fetchall()]
        return Result(cursor.rowcount, rows)


def execute(connection: Connection, text: str, values: Any = ()) -> Any:
    """Run a driver's own statement on the connection and return the driver's cursor.

    Raises SQLAlchemy's own errors.
    """
    cursor = connection.connection.cursor()
    dialect = connection.dialect
    try:
        cursor.execute(text, values)
    except dialect.loaded_dbapi.Error as error:
        base = dialect.loaded_dbapi.Error
        raise DBAPIError.instance(text, values, error, base, dialect=dialect) from error
    return cursor


def _compile(statement: Any, dialect: Dialect) -> _Compiled:
    compiled: SQLCompiler = statement.compile(dialect=dialect)
    convert = []
    for name, bind in compiled.binds.items():
        processor = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if processor is not None:
            convert.append((name, processor))
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    order = tuple(compiled.positiontup) if compiled.positional and compiled.positiontup else None
    if order is None and compiled.positional:
        order = ()
    names = statement.exported_columns.keys()
    row = namedtuple("Row", names, rename=True) if names else None
    return _Compiled(compiled.string, fixed, tuple(convert), order, row)
