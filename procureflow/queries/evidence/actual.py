"""The rows as the tables have them, in the form that a replay leaves them in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, type_coerce
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import NullType

from procureflow.domain.chain import canonical, digest, instant
from procureflow.domain.likeness import key_of
from procureflow.domain.replay import Rows
from procureflow.models import (
    Assessment,
    Asset,
    Bundle,
    Condition,
    Decision,
    Declaration,
    DirectorateAction,
    Endorsement,
    Grant,
    NonComplianceRecord,
    Person,
    Proposal,
    Publication,
    PurchaseReport,
    Request,
    Review,
    SectionVersion,
    Submission,
    SubmissionSection,
    Vote,
)

#: Columns that hold canonical JSON.
_JSON = frozenset({"rules", "sections", "tally", "co_authors", "wrote", "answered"})
_REQUEST = (
    "bundle directorate requester_id sponsor_id co_authors wrote answered decision_id created_at "
    "updated_at state state_since version head"
)
_DECISION = (
    "review_id submission_id outcome decided_by decided_at tally casting_vote_used reasons "
    "rules sections"
)
_REPORT = "what supplier amount bought_on evidence reported_by"
_ACTION = "due_on done done_by done_at closed_by closed_at closing_note"


_before = aliased(Request)


def raw(*columns: Any) -> Any:
    """Columns as the driver gives them: whatever stands there, reading it must not fail."""
    return select(*(type_coerce(column, NullType()).label(column.key) for column in columns))


def plain(name: str, value: Any) -> Any:
    """A raw value as an event would hold it; nonsense stays what it is, and so differs."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if name in _JSON and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _columns(model: Any, names: str) -> list[Any]:
    return [getattr(model, name) for name in names.split()]


def _take(rows: Rows, table: str, key: tuple[Any, ...], row: Any, names: str) -> None:
    rows[table, key] = {name: plain(name, getattr(row, name)) for name in names.split()}


def request_rows(session: Session, references: Sequence[str]) -> dict[str, Rows]:
    """Every row of these requests, by reference."""
    found: dict[str, Rows] = {reference: {} for reference in references}
    of: dict[int, str] = {}
    query = (
        raw(Request.id, Request.reference, *_columns(Request, _REQUEST))
        .add_columns(_before.reference.label("previous"))
        .outerjoin(_before, _before.id == Request.previous_id)
        .where(Request.reference.in_(references))
    )
    for row in session.execute(query):
        of[row.id] = row.reference
        _take(found[row.reference], "requests", (row.reference,), row, f"{_REQUEST} previous")
    _sections(session, of, found)
    _submissions(session, of, found)
    _reviews(session, of, found)
    _decisions(session, of, found)
    return found


def _of_requests(session: Session, model: Any, names: str, of: dict[int, str]) -> Any:
    """(reference of the request, row) of every row of a table that names one of these."""
    query = raw(*_columns(model, f"request_id {names}")).where(model.request_id.in_(of))
    return ((of[row.request_id], row) for row in session.execute(query))


def _sections(session: Session, of: dict[int, str], found: dict[str, Rows]) -> None:
    names = "section version author_id at hash answers"
    for reference, row in _of_requests(session, SectionVersion, names, of):
        key = (reference, row.section, row.version)
        _take(found[reference], "section_versions", key, row, "author_id at")
        # The hash that counts is that of the text; the column must agree with it.
        seal = digest(str(row.answers))
        found[reference]["section_versions", key]["hash"] = (
            seal if seal == row.hash else f"{row.hash}, but its text has {seal}"
        )


def _submissions(session: Session, of: dict[int, str], found: dict[str, Rows]) -> None:
    names = "id number bundle content submitted_by at facts"
    for reference, row in _of_requests(session, Submission, names, of):
        rows, key = found[reference], (row.id,)
        _take(rows, "submissions", key, row, "number bundle content submitted_by at")
        rows["submissions", key]["facts"] = digest(str(row.facts))
    names = "submission_id section version"
    for reference, row in _of_requests(session, SubmissionSection, names, of):
        pin = (row.submission_id, row.section)
        _take(found[reference], "submission_sections", pin, row, "version")
    names = "submission_id sponsor_id verdict note at"
    for reference, row in _of_requests(session, Endorsement, names, of):
        names = "sponsor_id verdict note at"
        _take(found[reference], "endorsements", (row.submission_id,), row, names)


def _reviews(session: Session, of: dict[int, str], found: dict[str, Rows]) -> None:
    names = "submission_id body stage round opened_at closed_at"
    review_of = {}
    for reference, row in _of_requests(session, Review, f"id {names}", of):
        review_of[row.id] = reference
        _take(found[reference], "reviews", (row.id,), row, names)
    tables: tuple[tuple[Any, str, str, str], ...] = (
        (Assessment, "assessments", "kind", "submission_id verdict note assessor_id at"),
        (Declaration, "declarations", "person_id", "interest note at"),
        (Vote, "votes", "person_id", "submission_id interest choice reason at"),
    )
    for model, table, key, columns in tables:
        query = raw(*_columns(model, f"review_id {key} {columns}"))
        for row in session.execute(query.where(model.review_id.in_(review_of))):
            rows = found[review_of[row.review_id]]
            _take(rows, table, (row.review_id, getattr(row, key)), row, columns)


def _decisions(session: Session, of: dict[int, str], found: dict[str, Rows]) -> None:
    decision_of = {}
    for reference, row in _of_requests(session, Decision, f"id {_DECISION}", of):
        decision_of[row.id] = reference
        _take(found[reference], "decisions", (row.id,), row, _DECISION)
    query = raw(*_columns(Condition, "decision_id number words"))
    for row in session.execute(query.where(Condition.decision_id.in_(decision_of))):
        rows = found[decision_of[row.decision_id]]
        _take(rows, "conditions", (row.decision_id, row.number), row, "words")


def record_rows(session: Session, references: Sequence[str]) -> dict[str, Rows]:
    """Every row of these non-compliance records, by reference."""
    found: dict[str, Rows] = {reference: {} for reference in references}
    names = "directorate rules decision_id opened_at version head"
    record = NonComplianceRecord
    query = (
        raw(record.id, record.reference, *_columns(record, names))
        .add_columns(Request.reference.label("request"))
        .outerjoin(Request, Request.id == record.request_id)
        .where(record.reference.in_(references))
    )
    of: dict[int, str] = {}
    for row in session.execute(query):
        of[row.id] = row.reference
        rows, key = found[row.reference], (row.reference,)
        _take(rows, "non_compliance_records", key, row, names)
        rows["non_compliance_records", key]["request"] = row.request
    actions = raw(*_columns(DirectorateAction, f"record_id {_ACTION}"))
    for row in session.execute(actions.where(DirectorateAction.record_id.in_(of))):
        reference = of[row.record_id]
        _take(found[reference], "directorate_actions", (reference,), row, _ACTION)
    reports = raw(*_columns(PurchaseReport, f"record_id {_REPORT}"))
    for row in session.execute(reports.where(PurchaseReport.record_id.in_(of))):
        reference = of[row.record_id]
        _take(found[reference], "purchase_reports", (reference,), row, _REPORT)
    return found


def people_rows(session: Session, streams: Sequence[str]) -> dict[str, Rows]:
    """Everybody and their roles, under the one stream of people."""
    rows: Rows = {}
    tables: tuple[tuple[str, Any, str], ...] = (
        ("people", Person, "closes_on created_at"),
        ("grants", Grant, "person_id role directorate body starts_on ends_on"),
    )
    for table, model, names in tables:
        for row in session.execute(raw(*_columns(model, f"id {names}"))):
            _take(rows, table, (row.id,), row, names)
    return dict.fromkeys(streams, rows)


def publication_rows(session: Session, streams: Sequence[str]) -> dict[str, Rows]:
    """Everything proposed and published, and each bundle with the hash that its texts have."""
    rows: Rows = {}
    for row in session.execute(raw(*_columns(Bundle, "hash documents"))):
        rows["bundles", (row.hash,)] = {"documents": digest(str(row.documents))}
    tables: tuple[tuple[str, Any, str, str], ...] = (
        (
            "proposals",
            Proposal,
            "id",
            "bundle after effective_from why proposed_by proposed_at outcome ended_by ended_at",
        ),
        (
            "publications",
            Publication,
            "number",
            "bundle effective_from published_at published_by why proposal_id",
        ),
    )
    for table, model, key, names in tables:
        for row in session.execute(raw(*_columns(model, f"{key} {names}"))):
            _take(rows, table, (getattr(row, key),), row, names)
    return dict.fromkeys(streams, rows)


_ASSET = "tag category name directorate place post job_role bought_on in_use"


def asset_rows(session: Session, streams: Sequence[str]) -> dict[str, Rows]:
    """The register of assets as one row: the hash of all of them."""
    found = []
    query = raw(*_columns(Asset, f"{_ASSET} place_key")).order_by(Asset.tag)
    for row in session.execute(query):
        asset = {name: plain(name, getattr(row, name)) for name in _ASSET.split()}
        if asset["in_use"] in (0, 1):  # As SQLite has it.
            asset["in_use"] = bool(asset["in_use"])
        if row.place_key != key_of(str(row.place)):
            asset["place_key"] = row.place_key
        found.append(asset)
    rows: Rows = {}
    if found:
        rows["assets", ("register",)] = {"rows": digest(canonical(found))}
    return dict.fromkeys(streams, rows)


Read = Callable[[Session, Sequence[str]], dict[str, Rows]]
