"""Every chain verified, and replayed against what the tables say. Every bad row is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from procureflow.domain.chain import GENESIS, instant, seal
from procureflow.domain.reference import (
    ASSETS_STREAM,
    NON_COMPLIANCE,
    PEOPLE_STREAM,
    PUBLICATIONS_STREAM,
    REQUEST,
)
from procureflow.domain.replay import Happened, Replay, Rows
from procureflow.models import AuditEvent, NonComplianceRecord, Request
from procureflow.queries.evidence import actual

#: Streams replayed together: one set of queries for each of these many.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is not as the history has it."""

    table: str
    row: str
    what: str


@dataclass(slots=True)
class Report:
    """What verification found."""

    events: int = 0
    streams: int = 0
    requests: int = 0
    faults: list[Fault] = field(default_factory=list)


def verify(session: Session) -> Report:
    """Verify every chain and replay every stream. One snapshot, in batches."""
    report = Report()
    batch: dict[str, Replay] = {}
    # Compared also where not one event of theirs is left.
    always = {PEOPLE_STREAM, PUBLICATIONS_STREAM, ASSETS_STREAM}
    for stream, events in groupby(_events(session), key=lambda row: row.stream):
        report.streams += 1
        batch[stream] = _chain(stream, events, report)
        always.discard(stream)
        if len(batch) >= BATCH:
            _compare(session, batch, report)
            batch = {}
    _compare(session, {**batch, **{stream: Replay() for stream in always}}, report)
    _without_history(session, report)
    return report


def verify_stream(session: Session, stream: str) -> Report:
    """Verify one history by itself: its chain, and what the tables say against it."""
    report = Report(streams=1)
    found = list(_events(session, stream))
    _compare(session, {stream: _chain(stream, iter(found), report)}, report)
    return report


def _events(session: Session, stream: str | None = None) -> Iterator[Row[Any]]:
    query = (
        actual.raw(
            AuditEvent.stream,
            AuditEvent.seq,
            AuditEvent.at,
            AuditEvent.actor_id,
            AuditEvent.kind,
            AuditEvent.payload,
            AuditEvent.state_from,
            AuditEvent.state_to,
            AuditEvent.previous,
            AuditEvent.hash,
        )
        .order_by(AuditEvent.stream, AuditEvent.seq)
        .execution_options(yield_per=1000)
    )
    if stream is not None:
        query = query.where(AuditEvent.stream == stream)
    return iter(session.execute(query))


def _chain(stream: str, events: Iterator[Row[Any]], report: Report) -> Replay:
    """Check each event's place and seal; fold those that can be folded."""
    replay = Replay()
    previous, expected = GENESIS, 1
    for row in events:
        report.events += 1
        name = f"{stream} {row.seq}"
        at = row.at if isinstance(row.at, str) else instant(row.at)
        if row.seq != expected:
            report.faults.append(Fault("events", name, f"event {expected} is missing before it"))
        elif row.previous != previous:
            report.faults.append(Fault("events", name, "it doesn’t follow the event before it"))
        sealed = seal(
            row.previous,
            stream=stream,
            seq=row.seq,
            at=at,
            actor=row.actor_id,
            kind=row.kind,
            body=row.payload,
            state_from=row.state_from,
            state_to=row.state_to,
        )
        if sealed != row.hash:
            report.faults.append(Fault("events", name, "it was changed: its seal is broken"))
        previous, expected = row.hash, row.seq + 1
        try:
            replay.fold(
                Happened(
                    stream,
                    row.seq,
                    at,
                    row.actor_id,
                    row.kind,
                    json.loads(row.payload),
                    row.state_from,
                    row.state_to,
                    row.hash,
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            report.faults.append(Fault("events", name, f"it can’t have happened then: {error}"))
    return replay


def _compare(session: Session, batch: dict[str, Replay], report: Report) -> None:
    """What the history leaves behind, against what the tables have."""
    readers: dict[str, actual.Read] = {
        f"{REQUEST}-": actual.request_rows,
        f"{NON_COMPLIANCE}-": actual.record_rows,
        PEOPLE_STREAM: actual.people_rows,
        PUBLICATIONS_STREAM: actual.publication_rows,
        ASSETS_STREAM: actual.asset_rows,
    }
    for prefix, read in readers.items():
        streams = [stream for stream in batch if stream.startswith(prefix)]
        if not streams:
            continue
        if prefix == f"{REQUEST}-":
            report.requests += len(streams)
        for stream, rows in read(session, streams).items():
            _differences(stream, batch[stream].rows, rows, report)
    known = tuple(readers)
    for stream in batch:
        if not stream.startswith(known):
            report.faults.append(Fault("events", stream, "it is the history of nothing"))


#: Tables of which one stream tells all rows.
_OF_ALL = frozenset({"people", "grants", "bundles", "proposals", "publications", "assets"})


def _differences(stream: str, expected: Rows, found: Rows, report: Report) -> None:
    for key in sorted(expected.keys() | found.keys(), key=str):
        table, row = key
        name = " ".join(str(part) for part in row)
        if stream not in name and table not in _OF_ALL:
            name = f"{name} of {stream}"
        if key not in found:
            report.faults.append(Fault(table, name, "the history has it, the table doesn’t"))
        elif key not in expected:
            report.faults.append(Fault(table, name, "the table has it, the history doesn’t"))
        else:
            for column, value in expected[key].items():
                given = found[key].get(column)
                if given != value:
                    what = f"{column} is {given!r}; the history says {value!r}"
                    report.faults.append(Fault(table, name, what))


def _without_history(session: Session, report: Report) -> None:
    """Rows whose whole stream is gone."""
    for model, table in ((Request, "requests"), (NonComplianceRecord, "non_compliance_records")):
        told = exists().where(AuditEvent.stream == model.reference)
        for reference in session.scalars(select(model.reference).where(~told)):
            report.faults.append(Fault(table, reference, "it has no history"))
