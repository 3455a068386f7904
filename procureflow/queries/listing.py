"""Lists: one way for all of them to be filtered, sorted, counted and read a page at a time.

A Listing says what can be filtered and sorted; a Choice says what somebody asked for. Pages go by
the sort key of the row that the page before ended with (keyset), so that the thousandth page costs
what the first does and a row that comes in between moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import Session

from procureflow.domain.calendar import LONDON

PAGE = 25
#: Counting stops here: "10,000 or more" says enough.
MOST_COUNTED = 10_000
_BATCH = 500
#: A query of whatever entities.
AnySelect = Select[*tuple[Any, ...]]


class Kind(StrEnum):
    """How a filter is given."""

    WORDS = "words"
    CHOICE = "choice"
    DATE = "date"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Filter:
    """Something to narrow a list by. `condition` makes of a given value what must hold.

    `said` reads the value back in a sentence: "over {}". Choices are value → words.
    """

    name: str
    label: str
    kind: Kind
    condition: Callable[[Any], ColumnElement[bool]]
    said: str = "{}"
    choices: Mapping[str, str] = field(default_factory=dict)
    #: The filter that begins the range which this one ends.
    begins: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort. The last of the columns is unique; all go in the same direction, and none is
    NULL."""

    label: str
    by: tuple[Any, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file that a list can be taken away in."""

    label: str
    value: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its query (with who may see what in it already), filters, orders and columns."""

    name: str
    query: AnySelect
    filters: tuple[Filter, ...]
    orders: Mapping[str, Order]
    columns: tuple[Column, ...]

    @property
    def default_order(self) -> str:
        """How it is sorted unless somebody says otherwise."""
        return next(iter(self.orders))


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody asked of a list: filters (name → value), an order, and a place to begin at
    (the sort key of a row, and whether to read on from it or back)."""

    values: Mapping[str, Any]
    order: str
    key: tuple[Any, ...] | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list. `after` and `before` are the keys of its ends where there is more there;
    `count` is of the whole list, None where there are more than MOST_COUNTED."""

    rows: Sequence[Row[Any]]
    count: int | None
    after: tuple[Any, ...] | None
    before: tuple[Any, ...] | None


def read(session: Session, listing: Listing, choice: Choice) -> Page:
    """The page that was asked for."""
    order = listing.orders[choice.order]
    rows = _rows(session, listing, choice, PAGE + 1)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if choice.backwards:
        rows.reverse()
    begun = choice.key is not None and bool(rows)
    keys = [_key(row, order) for row in rows]
    return Page(
        rows=rows,
        count=_count(session, listing, choice),
        after=keys[-1] if rows and (more or choice.backwards) else None,
        before=keys[0] if begun and (more or not choice.backwards) else None,
    )


def walk(session: Session, listing: Listing, choice: Choice) -> Iterator[Row[Any]]:
    """Every row of the list from its beginning, read in pieces."""
    order, key = listing.orders[choice.order], None
    while True:
        part = Choice(choice.values, choice.order, key)
        rows = _rows(session, listing, part, _BATCH)
        yield from rows
        if len(rows) < _BATCH:
            return
        key = _key(rows[-1], order)
        session.expunge_all()


def tally(session: Session, listing: Listing, choice: Choice, by: Any) -> dict[Any, int]:
    """How many rows of the list there are for each value of a column."""
    query = _filtered(listing, choice).with_only_columns(
        by, func.count(), maintain_column_froms=True
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(by))}


def _filtered(listing: Listing, choice: Choice) -> AnySelect:
    query = listing.query
    for narrow in listing.filters:
        if narrow.name in choice.values:
            query = query.where(narrow.condition(choice.values[narrow.name]))
    return query


def _rows(session: Session, listing: Listing, choice: Choice, most: int) -> list[Row[Any]]:
    order = listing.orders[choice.order]
    query = _filtered(listing, choice).add_columns(
        *(column.label(f"key_{n}") for n, column in enumerate(order.by))
    )
    downwards = order.descending is not choice.backwards
    if choice.key is not None:
        ends = tuple_(*order.by)
        key = tuple_(*(literal(v, c.type) for v, c in zip(choice.key, order.by, strict=True)))
        query = query.where(ends < key if downwards else ends > key)
    query = query.order_by(*(c.desc() if downwards else c.asc() for c in order.by))
    return list(session.execute(query.limit(most)))


def _key(row: Row[Any], order: Order) -> tuple[Any, ...]:
    return tuple(getattr(row, f"key_{n}") for n in range(len(order.by)))


def _count(session: Session, listing: Listing, choice: Choice) -> int | None:
    inner = _filtered(listing, choice).with_only_columns(literal(1), maintain_column_froms=True)
    counted = select(func.count()).select_from(inner.limit(MOST_COUNTED + 1).subquery())
    count = session.scalar(counted) or 0
    return None if count > MOST_COUNTED else count


# --- conditions that lists share ----------------------------------------------------------------


def contains(*columns: Any) -> Callable[[str], ColumnElement[bool]]:
    """Any of the columns has these words in it, as they stand and in either case."""

    def condition(words: str) -> ColumnElement[bool]:
        return or_(*(func.lower(c).contains(words.lower(), autoescape=True) for c in columns))

    return condition


def cites(column: Any) -> Callable[[str], ColumnElement[bool]]:
    """The rule is among those of a column of rules. Its id is capitals, digits and a dash: in the
    text that such a column holds it stands in quotes."""
    return lambda rule: type_coerce(column, Text()).contains(f'"{rule}"', autoescape=True)


def equals(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    """The column is just that."""
    return lambda value: column == value


def since(column: Any) -> Callable[[date], ColumnElement[bool]]:
    """A moment on that day, in the council's zone, or later."""
    return lambda day: column >= _midnight(day)


def until(column: Any) -> Callable[[date], ColumnElement[bool]]:
    """A moment on that day, in the council's zone, or earlier."""
    return lambda day: column < _midnight(date.fromordinal(day.toordinal() + 1))


def at_least(column: Any) -> Callable[[Decimal], ColumnElement[bool]]:
    """That amount or more."""
    return lambda value: column >= value


def at_most(column: Any) -> Callable[[Decimal], ColumnElement[bool]]:
    """That amount or less."""
    return lambda value: column <= value


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)
