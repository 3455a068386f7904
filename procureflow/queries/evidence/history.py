"""History: a stream's events, and the security log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from procureflow.models import AuditEvent, SecurityEntry


def events_of(session: Session, streams: Sequence[str]) -> list[AuditEvent]:
    """Everything that happened in these streams, the first first."""
    query = select(AuditEvent).where(AuditEvent.stream.in_(streams))
    return list(session.scalars(query.order_by(AuditEvent.at, AuditEvent.id)))


def recent_failures(
    session: Session, kind: str, *, subject: str, address: str, since: datetime
) -> tuple[int, int]:
    """(by subject, by address): entries of a kind in the security log since a moment."""
    row = session.execute(
        select(
            func.count().filter(SecurityEntry.subject == subject),
            func.count().filter(SecurityEntry.address == address),
        ).where(
            SecurityEntry.kind == kind,
            SecurityEntry.at > since,
            or_(SecurityEntry.subject == subject, SecurityEntry.address == address),
        )
    ).one()
    return row[0], row[1]
