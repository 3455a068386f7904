"""A council with as many requests as a part asks for, in seconds.

A few dozen requests come about through the product's own services: one at each point of its way,
and more that have ended. Their rows are then copied in bulk with other ids, references, titles,
words, directorates, requesters and times. Of what is open there are OPEN copies, as a council has
it; the rest has ended. Chains are copied as they stand: pages show them, nothing verifies them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from procureflow.adapters import migrations
from procureflow.db import Database
from procureflow.domain.chain import instant
from procureflow.domain.permissions import Role
from procureflow.models import Base
from procureflow.models.base import Moment
from procureflow.services import people, requests
from procureflow.settings import resource
from tests.bench.peers._driver import Driver
from tests.factories.council import BEGINNING, DESKTOP, Council, found
from tests.factories.web import email, populate, settle

#: Copies of each request that hasn't ended.
OPEN = 30
#: Requests that needed no exception, for one each of the rest: most of what people ask is a check.
CLEARED = 15
COLLEAGUES = 100
#: Every id of the originals is smaller.
BLOCK = 2_000
BATCH = 500
DIRECTORATES = (
    "corporate_customer",
    "resources",
    "children_young_people",
    "adult_community",
    "environment",
)
#: Costs are spread up to so much more: a prime takes them all over it.
MOST_PENCE, PRIME = 5_000_000, 104_729
#: Put in the place of “drawings” and “desktop”, so that some words are rare and others are not.
THINGS = (
    *("drawings", "spreadsheets", "maps", "recordings", "ledgers", "timetables", "surveys"),
    *("invoices", "photographs", "minutes", "permits", "rotas", "archives", "plans", "returns"),
)
RARE = "theodolites"
#: One in so many sections has it.
RARE_EACH = 1_000

#: Which of a request's rows are copied (of a table, those that belong to it), and the columns
#: that name something copied with them.
_OF_REQUEST = "request_id = ?"
_OF_REVIEW = "review_id IN (SELECT id FROM reviews WHERE request_id = ?)"
_OF_RECORD = "record_id IN (SELECT id FROM non_compliance_records WHERE request_id = ?)"
COPIED: tuple[tuple[str, str, frozenset[str]], ...] = tuple(
    (table, condition, frozenset(ids.split()))
    for table, condition, ids in (
        ("requests", "id = ?", "id previous_id decision_id"),
        ("section_versions", _OF_REQUEST, "request_id"),
        ("submissions", _OF_REQUEST, "id request_id"),
        ("submission_sections", _OF_REQUEST, "submission_id request_id"),
        ("endorsements", _OF_REQUEST, "submission_id request_id"),
        ("reviews", _OF_REQUEST, "id request_id submission_id"),
        ("assessments", _OF_REVIEW, "review_id submission_id"),
        ("declarations", _OF_REVIEW, "review_id"),
        ("votes", _OF_REVIEW, "review_id submission_id"),
        ("decisions", _OF_REQUEST, "id review_id request_id submission_id"),
        (
            "conditions",
            "decision_id IN (SELECT id FROM decisions WHERE request_id = ?)",
            "decision_id",
        ),
        ("non_compliance_records", _OF_REQUEST, "id request_id decision_id"),
        ("directorate_actions", _OF_RECORD, "record_id"),
        (
            "events",
            "stream IN (SELECT reference FROM requests WHERE id = ? UNION ALL "
            "SELECT reference FROM non_compliance_records WHERE request_id = ?)",
            "id",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class _Original:
    """A request whose rows are copied: table → rows, each column → value."""

    ended: bool
    rows: dict[str, list[dict[str, Any]]]


def fill(target: str, wanted: int) -> tuple[Council, dict[str, str]]:
    """Fill the empty database at `target` with about that many requests. Returns the council,
    everybody of it able to sign in, and where to find a request of each kind (`populate`)."""
    db = Database(target)
    migrations.upgrade(db.writer, resource("migrations"))
    council = found(db)
    settle(council)
    places = populate(council)
    for number in range(CLEARED):
        request = council.opened(**{**DESKTOP, "title": f"A desktop for post {number + 1}"})
        council.act(requests.take_step, by="requester", request_id=request, trigger="clear")
    colleagues = [_colleague(council, number) for number in range(COLLEAGUES)]
    driver = Driver(target)
    if driver.sqlite:
        driver.cursor.execute("PRAGMA synchronous=OFF")
    # Rows go in table by table, while they name one another in a circle.
    driver.cursor.execute(
        "PRAGMA foreign_keys=OFF" if driver.sqlite else "SET session_replication_role = replica"
    )
    driver.connection.commit()
    originals = _originals(driver)
    ended = sum(original.ended for original in originals)
    copies = max(0, wanted - len(originals) * OPEN) // ended + OPEN if wanted > OPEN else 0
    for first in range(1, copies + 1, BATCH):
        with driver.transaction():
            _copy(driver, originals, range(first, min(first + BATCH, copies + 1)), colleagues)
    if not driver.sqlite:
        # The server does that itself after a while; SQLite has no such thing.
        driver.cursor.execute("ANALYZE")
        driver.connection.commit()
    driver.connection.close()
    return council, places


def _colleague(council: Council, number: int) -> int:
    person: int = council.act(
        people.add_person,
        email=email(f"colleague{number + 1}"),
        name=f"Colleague {number + 1}",
        job_title="Officer",
        actor_id=people.CONSOLE,
    )
    council.act(
        people.grant_role,
        person_id=person,
        role=Role.REQUESTER,
        actor_id=people.CONSOLE,
        starts_on=BEGINNING.date(),
        directorate=DIRECTORATES[number % len(DIRECTORATES)],
    )
    return person


def _originals(driver: Driver) -> list[_Original]:
    driver.cursor.execute("SELECT id, state_kind FROM requests ORDER BY id")
    return [
        _Original(
            kind in ("decided", "final"),
            {table: _rows(driver, table, condition, number) for table, condition, _ in COPIED},
        )
        for number, kind in driver.cursor.fetchall()
    ]


def _rows(driver: Driver, table: str, condition: str, number: int) -> list[dict[str, Any]]:
    columns = _columns(table)
    statement = driver.statement(f"SELECT {', '.join(columns)} FROM {table} WHERE {condition}")
    driver.cursor.execute(statement, (number,) * condition.count("?"))
    return [dict(zip(columns, row, strict=True)) for row in driver.cursor.fetchall()]


def _columns(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns]


def _copy(
    driver: Driver, originals: list[_Original], numbers: range, colleagues: list[int]
) -> None:
    for table, _, ids in COPIED:
        columns = _columns(table)
        moments = {c.name for c in Base.metadata.tables[table].columns if type(c.type) is Moment}
        marks = ", ".join("?" for _ in columns)
        statement = driver.statement(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})")
        driver.cursor.executemany(
            statement,
            (
                tuple(_changed(row, number, ids, moments, colleagues).values())
                for number, original in _chosen(originals, numbers)
                for row in original.rows[table]
            ),
        )


def _chosen(originals: list[_Original], numbers: range) -> Iterator[tuple[int, _Original]]:
    for number in numbers:
        for original in originals:
            if original.ended or number <= OPEN:
                yield number, original


def _changed(
    row: dict[str, Any],
    number: int,
    ids: frozenset[str],
    moments: set[str],
    colleagues: list[int],
) -> dict[str, Any]:
    """A row as the copy of that number has it."""
    found = dict(row)
    for name, value in row.items():
        if value is None:
            continue
        if name in ids:
            found[name] = value + number * BLOCK
        elif name in moments:
            found[name] = _earlier(value, number)
        elif name in ("reference", "stream"):
            prefix, year, serial = value.split("-")
            found[name] = f"{prefix}-{year}-{int(serial) + number * BLOCK:04d}"
        elif name in ("title", "answers"):
            found[name] = _other_words(value, number)
    if "directorate" in row:
        found["directorate"] = DIRECTORATES[number % len(DIRECTORATES)]
    # The first few are the requester's own still.
    if "requester_id" in row and number > 1:
        found["requester_id"] = colleagues[number % len(colleagues)]
    if found.get("whole_life_cost"):
        found["whole_life_cost"] += number * PRIME % MOST_PENCE
    return found


def _earlier(value: Any, number: int) -> Any:
    """A moment so many hours back."""
    back = timedelta(hours=number)
    if isinstance(value, datetime):
        return value - back
    return instant(datetime.fromisoformat(value) - back)


def _other_words(text: str, number: int) -> str:
    thing = RARE if number % RARE_EACH == 0 else THINGS[number % len(THINGS)]
    return text.replace("drawings", thing).replace("desktop for", f"desktop with {thing} for")
