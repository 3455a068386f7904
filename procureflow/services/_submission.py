"""Pinning: a submission names a version of every section and stores the facts as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert
from sqlalchemy.orm import Session

from procureflow.domain.chain import canonical, digest
from procureflow.models import Submission, SubmissionSection
from procureflow.models.statements import Prepared
from procureflow.services._situation import Current
from procureflow.services._transition import Held

_SUBMIT = Prepared(
    insert(Submission)
    .values(
        {
            name: bindparam(name)
            for name in (
                *("request_id", "number", "bundle", "facts", "content", "lead_section"),
                *("submitted_by", "at"),
            )
        }
    )
    .returning(Submission.id)
)
_PIN = Prepared(
    insert(SubmissionSection).values(
        {name: bindparam(name) for name in ("submission_id", "section", "request_id", "version")}
    )
)


@dataclass(frozen=True, slots=True)
class Pinned:
    """A submission as events name it: what it pins, and the hashes of its content and facts."""

    submission: int
    sections: dict[str, int]
    content: str
    facts: str

    def named(self) -> dict[str, Any]:
        """The fields of an event that names it."""
        return {
            "submission": self.submission,
            "sections": self.sections,
            "content": self.content,
            "facts": self.facts,
        }


def pin(session: Session, held: Held, current: Current, *, now: datetime) -> Pinned:
    """The latest submission where it still is the content as it stands; otherwise a new one."""
    sections = {key: section.version for key, section in current.sections.items()}
    latest, standing = current.submission, current.standing
    if standing is not None and standing.verdict != "sent_back":
        return Pinned(standing.id, sections, standing.content, digest(standing.facts))
    connection = session.connection()
    facts = {name: value for name, value in current.facts.items() if value is not None}
    submission: int = _SUBMIT.run(
        connection,
        request_id=held.id,
        number=1 + (latest.number if latest else 0),
        bundle=current.bundle.hash,
        facts=facts,
        content=current.content,
        lead_section=next(iter(sections)),
        submitted_by=held.actor.person,
        at=now,
    ).scalar_one()
    for section, version in sections.items():
        _PIN.run(
            connection,
            submission_id=submission,
            section=section,
            request_id=held.id,
            version=version,
        )
    return Pinned(submission, sections, current.content, digest(canonical(facts)))
