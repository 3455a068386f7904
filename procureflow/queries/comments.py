"""Comments on a request, as its history has them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.domain.events import CommentMade
from procureflow.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said about a section, or (None) about the request as a whole."""

    section: str | None
    words: str
    person: int | None
    at: datetime


def comments_in(events: Iterable[AuditEvent]) -> list[Comment]:
    """The comments among these events, in their order."""
    found = []
    for event in events:
        if event.kind == CommentMade.kind():
            said = json.loads(event.payload)
            found.append(Comment(said["section"], said["words"], event.actor_id, event.at))
    return found


def commented(session: Session, reference: str) -> set[int]:
    """Who has commented on the request."""
    query = select(AuditEvent.actor_id).where(
        AuditEvent.stream == reference, AuditEvent.kind == CommentMade.kind()
    )
    return {person for person in session.scalars(query) if person is not None}
