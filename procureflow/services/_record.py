"""An event → its audit row, sealed to the one before it, and its outbox row. In one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from procureflow.domain.chain import GENESIS, canonical, instant, seal
from procureflow.domain.events import Event
from procureflow.models import AuditEvent, OutboxItem
from procureflow.models.statements import Prepared


def _insert(model: type, *columns: str) -> Prepared:
    return Prepared(insert(model).values({name: bindparam(name) for name in columns}))


_EVENT = _insert(
    AuditEvent,
    *("stream", "seq", "at", "actor_id", "kind", "payload"),
    *("state_from", "state_to", "previous", "hash"),
)
_OUTBOX = _insert(OutboxItem, "stream", "seq", "kind", "created_at")
_LAST = Prepared(
    select(AuditEvent.seq, AuditEvent.hash)
    .where(AuditEvent.stream == bindparam("stream"))
    .order_by(AuditEvent.seq.desc())
    .limit(1)
)


def seal_event(
    *,
    stream: str,
    seq: int,
    previous: str,
    event: Event,
    actor: int | None,
    now: datetime,
    state_from: str | None = None,
    state_to: str | None = None,
) -> tuple[str, str]:
    """(payload, hash) of the event at that place of its stream."""
    payload = canonical(event.payload())
    return payload, seal(
        previous,
        stream=stream,
        seq=seq,
        at=instant(now),
        actor=actor,
        kind=event.kind(),
        body=payload,
        state_from=state_from,
        state_to=state_to,
    )


def write_event(
    session: Session,
    *,
    stream: str,
    seq: int,
    previous: str,
    payload: str,
    sealed: str,
    event: Event,
    actor: int | None,
    now: datetime,
    state_from: str | None = None,
    state_to: str | None = None,
) -> None:
    """The audit row and the outbox row of a sealed event."""
    connection = session.connection()
    kind = event.kind()
    _EVENT.run(
        connection,
        stream=stream,
        seq=seq,
        at=now,
        actor_id=actor,
        kind=kind,
        payload=payload,
        state_from=state_from,
        state_to=state_to,
        previous=previous,
        hash=sealed,
    )
    _OUTBOX.run(connection, stream=stream, seq=seq, kind=kind, created_at=now)


def record(
    session: Session,
    *,
    stream: str,
    event: Event,
    actor: int | None,
    now: datetime,
) -> tuple[int, str]:
    """Append to a stream whose last event is its head. Returns (seq, hash).

    Two at once meet at UNIQUE (stream, seq): one of them fails and nothing of it stays.
    """
    last = _LAST.run(session.connection(), stream=stream).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    payload, sealed = seal_event(
        stream=stream, seq=seq, previous=previous, event=event, actor=actor, now=now
    )
    write_event(
        session,
        stream=stream,
        seq=seq,
        previous=previous,
        payload=payload,
        sealed=sealed,
        event=event,
        actor=actor,
        now=now,
    )
    return seq, sealed
