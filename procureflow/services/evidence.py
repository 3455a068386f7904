"""The security log, and carrying the outbox's news to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from procureflow.models import SecurityEntry

LONGEST_ADDRESS = 64


def log_security(
    session: Session,
    *,
    kind: str,
    address: str,
    now: datetime,
    person_id: int | None = None,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """Append to the security log. `subject` is a keyed hash, never what was typed."""
    session.add(
        SecurityEntry(
            at=now,
            kind=kind,
            person_id=person_id,
            subject=subject,
            address=address[:LONGEST_ADDRESS],
            detail=detail,
        )
    )
    session.flush()
