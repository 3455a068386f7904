"""What a request said at two times: in its submissions, and as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procureflow.domain.errors import NotFound
from procureflow.models import Endorsement, Review, SectionVersion, Submission
from procureflow.queries import business_cases
from procureflow.queries.requests.page import RequestPage

#: How the text as it stands is named beside the numbers of submissions.
NOW = "now"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the whole text. `name` is a submission's number, or NOW."""

    name: str
    at: datetime
    by: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions with the answers of each, by question."""

    versions: tuple[Version, ...]
    before: Version
    after: Version
    answers_before: Mapping[str, Any]
    answers_after: Mapping[str, Any]


def compared(
    session: Session, page: RequestPage, before: str | None, after: str | None
) -> Compared | None:
    """The two versions asked for. Where none is named: the newest, and the one before it that a
    sponsor or the group answered last, because that is what they remember. None where there is but
    one. Raises NotFound where there is no such version."""
    submissions = {
        str(row.number): row
        for row in session.scalars(
            select(Submission)
            .where(Submission.request_id == page.request.id)
            .order_by(Submission.number)
        )
    }
    versions = [Version(name, row.at, row.submitted_by) for name, row in submissions.items()]
    if not page.unchanged_since_submission:
        written = select(func.max(SectionVersion.at)).where(
            SectionVersion.request_id == page.request.id
        )
        # What else happens to a request doesn't change its text.
        versions.append(Version(NOW, session.scalar(written) or page.request.created_at, None))
    if len(versions) < 2:  # noqa: PLR2004 (it takes two to compare)
        return None
    named = {version.name: version for version in versions}
    try:
        old = named[before] if before else _last_answered(session, versions, submissions)
        new = named[after] if after else versions[-1]
    except KeyError:
        raise NotFound("There is no such version.", remedy="Choose two from the list.") from None

    def answers(version: Version) -> dict[str, Any]:
        if version.name == NOW:
            return page.answers
        pinned = business_cases.pinned_sections(session, submissions[version.name].id)
        return business_cases.answers_of(pinned)

    return Compared(tuple(versions), old, new, answers(old), answers(new))


def _last_answered(
    session: Session, versions: list[Version], submissions: Mapping[str, Submission]
) -> Version:
    """Of all but the newest, the last that somebody answered; the last where nobody did."""
    ids = [row.id for row in submissions.values()]
    answered = {
        *session.scalars(
            select(Endorsement.submission_id).where(Endorsement.submission_id.in_(ids))
        ),
        *session.scalars(select(Review.submission_id).where(Review.submission_id.in_(ids))),
    }
    earlier = versions[:-1]
    found = [v for v in earlier if v.name in submissions and submissions[v.name].id in answered]
    return (found or earlier)[-1]
