"""The content of requests: current sections, submissions, endorsements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from procureflow.domain.chain import canonical, digest
from procureflow.models import (
    Endorsement,
    SectionDraft,
    SectionVersion,
    Submission,
    SubmissionSection,
)
from procureflow.models.statements import Prepared

_newer = aliased(SectionVersion)
_CURRENT = Prepared(
    select(
        SectionVersion.section, SectionVersion.version, SectionVersion.answers, SectionVersion.hash
    )
    .where(
        SectionVersion.request_id == bindparam("request"),
        SectionVersion.version
        == select(func.max(_newer.version))
        .where(_newer.request_id == SectionVersion.request_id)
        .where(_newer.section == SectionVersion.section)
        .scalar_subquery(),
    )
    .order_by(SectionVersion.section)
)
_LATEST = Prepared(
    select(
        Submission.id,
        Submission.number,
        Submission.content,
        Submission.bundle,
        Submission.facts,
        Endorsement.verdict,
    )
    .outerjoin(Endorsement, Endorsement.submission_id == Submission.id)
    .where(Submission.request_id == bindparam("request"))
    .order_by(Submission.number.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class CurrentSection:
    """The latest version of a section."""

    version: int
    answers: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class LatestSubmission:
    """The last submission of a request and what its sponsor said of it (None: nothing yet).
    `facts` is the text that it stores."""

    id: int
    number: int
    content: str
    bundle: str
    facts: str
    verdict: str | None


def current_sections(session: Session, request_id: int) -> dict[str, CurrentSection]:
    """The latest version of every section of a request."""
    return {
        row.section: CurrentSection(row.version, json.loads(row.answers), row.hash)
        for row in _CURRENT.run(session.connection(), request=request_id)
    }


def section_version(
    session: Session, request_id: int, section: str, version: int
) -> SectionVersion | None:
    """That version of a section, with who wrote it and when, or None."""
    return session.get(SectionVersion, (request_id, section, version))


def content_hash(sections: Mapping[str, CurrentSection]) -> str:
    """One hash over exactly these versions of these sections."""
    return digest(canonical({key: [s.version, s.hash] for key, s in sections.items()}))


def answers_of(sections: Mapping[str, CurrentSection]) -> dict[str, Any]:
    """All answers by question, whatever section they stand in."""
    return {key: value for section in sections.values() for key, value in section.answers.items()}


def latest_submission(session: Session, request_id: int) -> LatestSubmission | None:
    """The last submission, or None."""
    row = _LATEST.run(session.connection(), request=request_id).first()
    return None if row is None else LatestSubmission(*tuple(row))


def draft_of(session: Session, person: int, request_id: int, section: str) -> SectionDraft | None:
    """What somebody has typed into a section and not saved, or None."""
    return session.get(SectionDraft, (person, request_id, section))


def endorsement_of(session: Session, submission_id: int) -> Endorsement | None:
    """What the sponsor said of a submission, or None."""
    return session.get(Endorsement, submission_id)


def last_sent_back(session: Session, request_id: int, sponsor: int) -> Endorsement | None:
    """When that sponsor sent the request back last, with what they said; or None."""
    query = (
        select(Endorsement)
        .where(
            Endorsement.request_id == request_id,
            Endorsement.sponsor_id == sponsor,
            Endorsement.verdict == "sent_back",
        )
        .order_by(Endorsement.submission_id.desc())
    )
    return session.scalars(query.limit(1)).first()


def pinned_sections(session: Session, submission_id: int) -> dict[str, CurrentSection]:
    """The sections as that submission pins them."""
    rows = session.execute(
        select(SectionVersion)
        .join(
            SubmissionSection,
            and_(
                SubmissionSection.request_id == SectionVersion.request_id,
                SubmissionSection.section == SectionVersion.section,
                SubmissionSection.version == SectionVersion.version,
            ),
        )
        .where(SubmissionSection.submission_id == submission_id)
        .order_by(SectionVersion.section)
    ).scalars()
    return {r.section: CurrentSection(r.version, r.answers, r.hash) for r in rows}
