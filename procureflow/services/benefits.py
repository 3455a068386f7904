"""Benefits: rows that have pages of their own, saved beside the text of their section."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, make_transient

from procureflow.queries import business_cases as content
from procureflow.services.requests import write_section
from procureflow.services.section_drafts import keep_draft


def write_benefits(
    session: Session,
    *,
    request_id: int,
    section: str,
    answers: Mapping[str, Any],
    seen_version: int,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Write the section with its benefits changed, as `write_section` does. What its author has
    typed on the section's own page and not saved yet is kept: this isn't the save that ends it."""
    by: dict[str, Any] = {"request_id": request_id, "section": section, "actor_id": actor_id}
    draft = content.draft_of(session, actor_id, request_id, section) if actor_id else None
    typed = draft.fields if draft is not None and draft.seen == seen_version else None
    if draft is not None:
        # The section's write deletes the row without telling the session.
        session.expunge(draft)
    changed = write_section(session, answers=answers, seen_version=seen_version, now=now, **by)
    if typed is not None:
        keep_draft(session, fields=typed, seen_version=seen_version + changed, now=now, **by)
    elif draft is not None:
        # Of older words: it stays as it is, and whoever saves it is told what stands there now.
        make_transient(draft)
        session.add(draft)
        session.flush()
