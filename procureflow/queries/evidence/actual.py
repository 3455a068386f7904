"""The rows as the tables have them, in the form that a replay leaves them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session

from procureflow.domain.chain import digest, instant
from procureflow.domain.replay import Rows
from procureflow.models import (
    Assessment,
    Bundle,
    Condition,
    Decision,
    Declaration,
    DirectorateAction,
    Endorsement,
    Grant,
    NonComplianceRecord,
    Person,
    Request,
    Review,
    SectionVersion,
    Submission,
    SubmissionSection,
    Vote,
)


def plain(value: Any) -> Any:
    """A column's value as an event would hold it."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _take(rows: Rows, table: str, key: tuple[Any, ...], source: Any, names: str) -> None:
    rows[table, key] = {name: plain(getattr(source, name)) for name in names.split()}


def request_rows(session: Session, references: Sequence[str]) -> dict[str, Rows]:
    """Every row of these requests, by reference."""
    found: dict[str, Rows] = {reference: {} for reference in references}
    of: dict[int, str] = {}
    names = (
        "bundle directorate requester_id sponsor_id decision_id created_at updated_at state "
        "state_since version head"
    )
    query = select(Request).where(Request.reference.in_(references))
    for request in session.scalars(query.execution_options(populate_existing=True)):
        of[request.id] = request.reference
        rows = found[request.reference]
        _take(rows, "requests", (request.reference,), request, names)
    ids = list(of)
    review_of: dict[int, str] = {}
    decision_of: dict[int, str] = {}
    _sections(session, ids, of, found)
    _submissions(session, ids, of, found)
    for row in session.scalars(select(Review).where(Review.request_id.in_(ids))):
        review_of[row.id] = of[row.request_id]
        columns = "submission_id body stage round opened_at closed_at"
        _take(found[of[row.request_id]], "reviews", (row.id,), row, columns)
    _of_reviews(session, review_of, found)
    for decision in session.scalars(select(Decision).where(Decision.request_id.in_(ids))):
        decision_of[decision.id] = of[decision.request_id]
        columns = (
            "review_id submission_id outcome decided_by decided_at tally casting_vote_used "
            "reasons rules sections"
        )
        _take(found[of[decision.request_id]], "decisions", (decision.id,), decision, columns)
    conditions = select(Condition).where(Condition.decision_id.in_(decision_of))
    for condition in session.scalars(conditions):
        key = (condition.decision_id, condition.number)
        rows = found[decision_of[condition.decision_id]]
        _take(rows, "conditions", key, condition, "words")
    return found


def _sections(
    session: Session, ids: Sequence[int], of: dict[int, str], found: dict[str, Rows]
) -> None:
    query = select(
        SectionVersion.request_id,
        SectionVersion.section,
        SectionVersion.version,
        SectionVersion.author_id,
        SectionVersion.at,
        SectionVersion.hash,
        type_coerce(SectionVersion.answers, Text).label("text"),
    ).where(SectionVersion.request_id.in_(ids))
    for row in session.execute(query):
        key = (of[row.request_id], row.section, row.version)
        rows = found[of[row.request_id]]
        _take(rows, "section_versions", key, row, "author_id at")
        # The hash that counts is that of the text; the column must agree with it.
        seal = digest(row.text)
        rows["section_versions", key]["hash"] = (
            seal if seal == row.hash else f"{row.hash}, but its text has {seal}"
        )


def _submissions(
    session: Session, ids: Sequence[int], of: dict[int, str], found: dict[str, Rows]
) -> None:
    query = select(
        Submission.id,
        Submission.request_id,
        Submission.number,
        Submission.content,
        Submission.submitted_by,
        Submission.at,
        type_coerce(Submission.facts, Text).label("text"),
    ).where(Submission.request_id.in_(ids))
    for row in session.execute(query):
        rows = found[of[row.request_id]]
        _take(rows, "submissions", (row.id,), row, "number content submitted_by at")
        rows["submissions", (row.id,)]["facts"] = digest(row.text)
    pins = select(SubmissionSection).where(SubmissionSection.request_id.in_(ids))
    for pin in session.scalars(pins):
        key = (pin.submission_id, pin.section)
        _take(found[of[pin.request_id]], "submission_sections", key, pin, "version")
    endorsements = select(Endorsement).where(Endorsement.request_id.in_(ids))
    for answer in session.scalars(endorsements):
        rows = found[of[answer.request_id]]
        _take(rows, "endorsements", (answer.submission_id,), answer, "sponsor_id verdict note at")


def _of_reviews(session: Session, review_of: dict[int, str], found: dict[str, Rows]) -> None:
    tables: tuple[tuple[Any, str, str, str], ...] = (
        (Assessment, "assessments", "kind", "submission_id verdict note assessor_id at"),
        (Declaration, "declarations", "person_id", "interest note at"),
        (Vote, "votes", "person_id", "submission_id interest choice reason at"),
    )
    for model, table, key, columns in tables:
        for row in session.scalars(select(model).where(model.review_id.in_(review_of))):
            rows = found[review_of[row.review_id]]
            _take(rows, table, (row.review_id, getattr(row, key)), row, columns)


def record_rows(session: Session, references: Sequence[str]) -> dict[str, Rows]:
    """Every row of these non-compliance records, by reference."""
    found: dict[str, Rows] = {reference: {} for reference in references}
    query = (
        select(NonComplianceRecord, DirectorateAction, Request.reference)
        .outerjoin(DirectorateAction, DirectorateAction.record_id == NonComplianceRecord.id)
        .outerjoin(Request, Request.id == NonComplianceRecord.request_id)
        .where(NonComplianceRecord.reference.in_(references))
    )
    for record, action, request in session.execute(query):
        rows, key = found[record.reference], (record.reference,)
        columns = "directorate rules decision_id opened_at version head"
        _take(rows, "non_compliance_records", key, record, columns)
        rows["non_compliance_records", key]["request"] = request
        if action is not None:
            columns = "due_on done done_by done_at closed_by closed_at closing_note"
            _take(rows, "directorate_actions", key, action, columns)
    return found


def people_rows(session: Session, streams: Sequence[str]) -> dict[str, Rows]:
    """Everybody and their roles, under the one stream of people."""
    rows: Rows = {}
    for person in session.scalars(select(Person)):
        _take(rows, "people", (person.id,), person, "active created_at")
    for grant in session.scalars(select(Grant)):
        columns = "person_id role directorate body starts_on ends_on"
        _take(rows, "grants", (grant.id,), grant, columns)
    return dict.fromkeys(streams, rows)


def publication_rows(session: Session, streams: Sequence[str]) -> dict[str, Rows]:
    """Every published bundle, under the hash that its texts have."""
    rows: Rows = {}
    query = select(Bundle, type_coerce(Bundle.documents, Text).label("text"))
    for bundle, text in session.execute(query):
        seal = digest(text)
        key = bundle.hash if bundle.hash == seal else f"{bundle.hash}, but its texts have {seal}"
        columns = "number effective_from published_at published_by why"
        _take(rows, "bundles", (key,), bundle, columns)
    return dict.fromkeys(streams, rows)


Read = Callable[[Session, Sequence[str]], dict[str, Rows]]
