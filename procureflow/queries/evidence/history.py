"""History: a stream's events, and the security log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procureflow.domain.chain import canonical
from procureflow.domain.events import Event
from procureflow.models import AuditEvent, SecurityEntry


def events_of(session: Session, streams: Sequence[str]) -> list[AuditEvent]:
    """Everything that happened in these streams, the first first."""
    query = select(AuditEvent).where(AuditEvent.stream.in_(streams))
    return list(session.scalars(query.order_by(AuditEvent.at, AuditEvent.id)))


def entries(
    session: Session,
    kind: str,
    *,
    since: datetime,
    subject: str | None = None,
    address: str | None = None,
) -> int:
    """How many entries of a kind the security log has since a moment, about that subject or from
    that address."""
    query = select(func.count()).where(SecurityEntry.kind == kind, SecurityEntry.at > since)
    if subject is not None:
        query = query.where(SecurityEntry.subject == subject)
    if address is not None:
        query = query.where(SecurityEntry.address == address)
    return session.scalar(query) or 0


def last_of(session: Session, kind: str, *, subject: str) -> datetime | None:
    """When the security log last has an entry of a kind about that subject."""
    return session.scalar(
        select(SecurityEntry.at)
        .where(SecurityEntry.kind == kind, SecurityEntry.subject == subject)
        .order_by(SecurityEntry.at.desc())
        .limit(1)
    )


def was_last(session: Session, reference: str, event: Event, person: int) -> bool:
    """Whether just this is the last thing that happened there: said twice in a row, it is said
    once."""
    last = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.stream == reference)
        .order_by(AuditEvent.seq.desc())
        .limit(1)
    ).one()
    same = (event.kind(), person, canonical(event.payload()))
    return (last.kind, last.actor_id, last.payload) == same
