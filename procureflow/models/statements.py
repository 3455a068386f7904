"""Statements compiled once per database and run on the driver: for the few that are hot.

The ORM's unit of work costs about 1 ms a write, a Core statement about 70 µs, the driver's own
execution 20 µs (measured; see docs/adr/002). A Prepared statement is written in Core, so that
its columns are checked and its values go through the columns' own types, and then runs at
the driver's price. It returns raw values: select numbers and words with it, not moments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    fixed: dict[str, Any]
    convert: tuple[tuple[str, Callable[[Any], Any]], ...]
    order: tuple[str, ...] | None


class Prepared:
    """A Core statement, ready for the driver of whichever database it meets."""

    __slots__ = ("_by_dialect", "_statement")

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._by_dialect: dict[str, _Compiled] = {}

    def run(self, connection: Connection, **values: Any) -> CursorResult[Any]:
        """Execute with these values for its bindparams."""
        dialect = connection.dialect
        compiled = self._by_dialect.get(dialect.name)
        if compiled is None:
            compiled = self._by_dialect[dialect.name] = _compile(self._statement, dialect)
        given = {**compiled.fixed, **values}
        for name, convert in compiled.convert:
            given[name] = convert(given[name])
        if compiled.order is not None:
            return connection.exec_driver_sql(
                compiled.text, tuple(given[name] for name in compiled.order)
            )
        return connection.exec_driver_sql(compiled.text, given)


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
    return _Compiled(compiled.string, fixed, tuple(convert), order)
