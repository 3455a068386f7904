"""Lists on a page: what the address asks for is read and checked, what cannot be had is named, and
the whole list can be taken away as CSV.

Everything that a list shows stands in its address, so that it can be bookmarked and sent.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from defusedcsv import csv
from flask import Response, render_template, request, stream_with_context
from itsdangerous import BadSignature, URLSafeSerializer

from procureflow.domain.answers import FIRST_YEAR, LAST_YEAR
from procureflow.domain.calendar import LONDON
from procureflow.domain.money import parse_pounds
from procureflow.queries import saved_lists
from procureflow.queries.listing import Choice, Filter, Kind, Listing, Page, read, walk
from procureflow.web import context, formatting

ORDER, PLACE, DOWNLOAD = "sort", "page", "download"
_RESERVED = (ORDER, PLACE, DOWNLOAD)
#: What a word is made of: a search for less finds nothing.
_WORD = re.compile(r"\w")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True)
class ListView:
    """A list as the address asks for it. `typed` is what stands in the filters' fields."""

    listing: Listing
    typed: dict[str, str]
    values: dict[str, Any]
    order: str
    page: Page | None
    problems: list[tuple[str | None, str]] = field(default_factory=list)

    @property
    def rows(self) -> list[Any]:
        """The rows of this page; none while something in the address is wrong."""
        return list(self.page.rows) if self.page else []

    @property
    def sentence(self) -> str:
        """What is listed, as a sentence reads it: "in group review, over £50,000"."""
        return ", ".join(
            narrow.said.format(_said(narrow, self.values[narrow.name]))
            for narrow in self.listing.filters
            if narrow.name in self.values
        )

    @property
    def query(self) -> str:
        """The address's own part, without the place in the list: what a saved view keeps."""
        given = {name: text for name, text in self.typed.items() if text}
        if self.order != self.listing.default_order:
            given[ORDER] = self.order
        return urlencode(given)

    def url(self, **more: str) -> str:
        """The address of this list with something more in it."""
        query = "&".join(filter(None, (self.query, urlencode(more))))
        return f"{request.path}?{query}" if query else request.path

    @property
    def next_url(self) -> str | None:
        """The next page, if there is one."""
        return self._turned(self.page.after, backwards=False) if self.page else None

    @property
    def previous_url(self) -> str | None:
        """The page before, if there is one."""
        return self._turned(self.page.before, backwards=True) if self.page else None

    def _turned(self, key: tuple[Any, ...] | None, *, backwards: bool) -> str | None:
        if key is None:
            return None
        token = _tokens(self.listing, self.order).dumps([backwards, *map(_plain, key)])
        return self.url(**{PLACE: token})


def render_list(template: str, listing: Listing, **more: Any) -> Any:
    """The page of a list, or the whole of it as CSV."""
    view = _view(listing)
    if view.page is not None and request.args.get(DOWNLOAD) == "csv":
        return _csv(view)
    saved = saved_lists.of_person(context.reading(), context.actor().person, listing.name)
    body = render_template(template, view=view, saved=saved, **more)
    return body, 400 if view.problems else 200


def _view(listing: Listing) -> ListView:
    known = {narrow.name: narrow for narrow in listing.filters}
    problems: list[tuple[str | None, str]] = [
        (None, f"This list has no filter “{name}”.")
        for name in request.args
        if name not in known and name not in _RESERVED
    ]
    typed = {name: request.args.get(name, "").strip() for name in known}
    values: dict[str, Any] = {}
    for name, text in typed.items():
        if not text:
            continue
        try:
            values[name] = _value(known[name], text)
        except ValueError as error:
            problems.append((name, str(error)))
    problems += [
        (narrow.name, _nothing_between(known[narrow.begins], narrow))
        for narrow in listing.filters
        if narrow.name in values
        and narrow.begins in values
        and values[narrow.name] < values[narrow.begins]
    ]
    order = request.args.get(ORDER) or listing.default_order
    if order not in listing.orders:
        problems.append((ORDER, "This list can’t be sorted like that. Choose one of the ways."))
        order = listing.default_order
    if request.args.get(DOWNLOAD, "csv") != "csv":
        problems.append((None, "This list can be taken away as CSV only."))
    choice = Choice(values, order)
    if request.args.get(PLACE):
        try:
            choice = _placed(listing, choice, request.args[PLACE])
        except (BadSignature, ValueError):
            problems.append((None, "There is no such page of this list. Begin with the first."))
    return ListView(
        listing=listing,
        typed=typed,
        values=values,
        order=order,
        page=None if problems else read(context.reading(), listing, choice),
        problems=problems,
    )


def _nothing_between(begins: Filter, ends: Filter) -> str:
    relation = "before" if ends.kind is Kind.DATE else "below"
    return f"{ends.label}: this is {relation} “{begins.label}”, so nothing fits."


def _value(narrow: Filter, text: str) -> Any:
    if narrow.kind is Kind.CHOICE:
        if text not in narrow.choices:
            raise ValueError(f"{narrow.label}: “{text}” can’t be chosen any more. Choose another.")
        return text
    if narrow.kind is Kind.DATE:
        return read_day(narrow.label, text)
    if narrow.kind is Kind.MONEY:
        try:
            return parse_pounds(text)
        except ValueError:
            raise ValueError(f"{narrow.label}: enter an amount in pounds, like 50,000.") from None
    if not _WORD.search(text):
        raise ValueError(f"{narrow.label}: enter a word or a number to look for.")
    return text


def read_day(label: str, text: str) -> date:
    """A day as an address has it. Raises ValueError that says, under that label, what to enter."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{label}: enter a real date, like 2027-03-31.")
    return day


def _said(narrow: Filter, value: Any) -> str:
    if narrow.kind is Kind.CHOICE:
        return narrow.choices[value]
    if narrow.kind is Kind.DATE:
        return formatting.day(value)
    return formatting.money(value) if narrow.kind is Kind.MONEY else f"“{value}”"


# --- places in a list ---------------------------------------------------------------------------


def _tokens(listing: Listing, order: str) -> URLSafeSerializer:
    """A place is signed for its list and its order: one from elsewhere leads nowhere."""
    return URLSafeSerializer(context.settings().secret_key, salt=f"{listing.name}:{order}")


def _placed(listing: Listing, choice: Choice, token: str) -> Choice:
    backwards, *key = _tokens(listing, choice.order).loads(token)
    return Choice(choice.values, choice.order, tuple(map(_typed, key)), bool(backwards))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return {"amount": str(value)} if isinstance(value, Decimal) else value


def _typed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    if kind == "moment":
        return datetime.fromisoformat(text)
    return date.fromisoformat(text) if kind == "day" else Decimal(text)


# --- taken away -----------------------------------------------------------------------------------


def _csv(view: ListView) -> Response:
    """The whole list, a line a row, as it is read. What looks like a formula is defused."""
    listing, choice = view.listing, Choice(view.values, view.order)

    def rows() -> Iterator[list[Any]]:
        # Read while it is sent: by then the session of the request itself is closed.
        for row in walk(context.reading(), listing, choice):
            yield [column.value(row) for column in listing.columns]

    return csv_file(listing.name, view.query, [c.label for c in listing.columns], rows())


def csv_file(
    name: str, query: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Response:
    """A table as a file, written as it is read."""

    def lines() -> Iterator[str]:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(headings)
        for row in rows:
            writer.writerow([_cell(value) for value in row])
            yield _taken(buffer)
        yield _taken(buffer)

    # What was asked is in the name, so that two files of one list can be told apart.
    asked = _NOT_PLAIN.sub("-", query.lower()).strip("-")[:80]
    file = "-".join(filter(None, (name, asked, context.today().isoformat()))) + ".csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    body = stream_with_context(_marked(lines()))
    return Response(body, mimetype="text/csv", headers=headers)


def _marked(lines: Iterator[str]) -> Iterator[str]:
    yield "\ufeff"
    yield from lines


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(LONDON).isoformat(sep=" ", timespec="minutes")[:16]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).strip()
