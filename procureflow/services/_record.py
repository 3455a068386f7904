"""An event → its audit row, sealed to the one before it, and its outbox row. In one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Insert, String, bindparam, func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from procureflow.domain.chain import GENESIS, canonical, instant, seal
from procureflow.domain.events import Event
from procureflow.models import AuditEvent, OutboxItem
from procureflow.models.statements import Prepared

_EVENT_COLUMNS = (
    *("stream", "seq", "at", "actor_id", "kind", "payload"),
    *("state_from", "state_to", "previous", "hash"),
)


def event_insert() -> Insert:
    """An event, with the values of `sealed_row`."""
    return insert(AuditEvent).values({name: bindparam(name) for name in _EVENT_COLUMNS})


def event_and_outbox(moved: CTE | None = None) -> Prepared:
    """An event and its outbox row as one statement of PostgreSQL, where each costs a round trip.

    With `moved`, neither is written unless that gave a row.
    """
    columns = AuditEvent.__table__.c
    event = event_insert()
    if moved is not None:
        values = [bindparam(name, type_=columns[name].type) for name in _EVENT_COLUMNS]
        event = insert(AuditEvent).from_select(_EVENT_COLUMNS, select(*values).select_from(moved))
    recorded = event.returning(columns.stream, columns.seq, columns.kind, columns.at)
    names = ("stream", "seq", "kind", "created_at")
    return Prepared(insert(OutboxItem).from_select(names, select(recorded.cte("recorded"))))


_EVENT = Prepared(event_insert())
_OUTBOX = Prepared(
    insert(OutboxItem).values(
        stream=bindparam("stream"),
        seq=bindparam("seq"),
        kind=bindparam("kind"),
        created_at=bindparam("at"),
    )
)
_EVENT_AND_OUTBOX = event_and_outbox()
#: Held to the end of the transaction. SQLite has its one writer already.
_LOCK = Prepared(
    select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("stream", type_=String), 0)))
)
_LAST = Prepared(
    select(AuditEvent.seq, AuditEvent.hash)
    .where(AuditEvent.stream == bindparam("stream"))
    .order_by(AuditEvent.seq.desc())
    .limit(1)
)


def sealed_row(
    *,
    stream: str,
    seq: int,
    previous: str,
    event: Event,
    actor: int | None,
    now: datetime,
    state_from: str | None = None,
    state_to: str | None = None,
) -> dict[str, Any]:
    """The event at that place of its stream, by column."""
    kind, payload = event.kind(), canonical(event.payload())
    return {
        "stream": stream,
        "seq": seq,
        "at": now,
        "actor_id": actor,
        "kind": kind,
        "payload": payload,
        "state_from": state_from,
        "state_to": state_to,
        "previous": previous,
        "hash": seal(
            previous,
            stream=stream,
            seq=seq,
            at=instant(now),
            actor=actor,
            kind=kind,
            body=payload,
            state_from=state_from,
            state_to=state_to,
        ),
    }


def write_row(connection: Connection, row: dict[str, Any]) -> None:
    """The audit row and the outbox row of a sealed event."""
    if connection.dialect.name == "postgresql":
        _EVENT_AND_OUTBOX.run(connection, **row)
    else:
        _EVENT.run(connection, **row)
        _OUTBOX.run(connection, **row)


def hold_stream(session: Session, stream: str) -> None:
    """Wait for whoever writes to this stream, before reading what decides what is written."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _LOCK.run(connection, stream=stream)


def record(
    session: Session,
    *,
    stream: str,
    event: Event,
    actor: int | None,
    now: datetime,
) -> tuple[int, str]:
    """Append to a stream whose last event is its head. Returns (seq, hash).

    Two at once take turns; whoever passed the lock by would meet UNIQUE (stream, seq).
    """
    hold_stream(session, stream)
    connection = session.connection()
    last = _LAST.run(connection, stream=stream).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    row = sealed_row(stream=stream, seq=seq, previous=previous, event=event, actor=actor, now=now)
    write_row(connection, row)
    return seq, row["hash"]
