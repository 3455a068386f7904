"""Non-compliance records and their directorate actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select, true
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.errors import NotFound
from procureflow.domain.permissions import (
    GROUP,
    STAFF,
    Actor,
    Permission,
    Role,
    Subject,
    allows,
    ensure,
)
from procureflow.models import DirectorateAction, NonComplianceRecord, Request, Review
from procureflow.queries import listing
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record with its action and the request it came from."""

    record: NonComplianceRecord
    action: DirectorateAction
    request: Request | None


def subject_of(session: Session, record: NonComplianceRecord, action: DirectorateAction) -> Subject:
    """The record as permissions see it."""
    request = session.get(Request, record.request_id) if record.request_id else None
    bodies = (
        session.scalars(select(Review.body).where(Review.request_id == request.id))
        if request
        else ()
    )
    return Subject(
        directorate=record.directorate,
        authors=frozenset({request.requester_id}) if request else frozenset(),
        sponsor=request.sponsor_id if request else None,
        bodies=frozenset(bodies),
        answered_by=action.done_by,
    )


def record_by_reference(session: Session, reference: str, actor: Actor) -> RecordView:
    """One record, if the actor may see it. Raises NotFound or NotPermitted."""
    row = session.execute(
        select(NonComplianceRecord, DirectorateAction, Request)
        .join(DirectorateAction, DirectorateAction.record_id == NonComplianceRecord.id)
        .outerjoin(Request, Request.id == NonComplianceRecord.request_id)
        .where(NonComplianceRecord.reference == reference)
    ).first()
    if row is None:
        raise NotFound(f"There is no record {reference}.", remedy="Check the reference.")
    view = RecordView(*row)
    ensure(Permission.NON_COMPLIANCE_VIEW, actor, subject_of(session, view.record, view.action))
    return view


def visible(actor: Actor) -> ColumnElement[bool]:
    """The records that the law lets this actor view (NON_COMPLIANCE_VIEW), as a condition."""
    if actor.holds(Role.AUDITOR):
        return true()
    directorates = {g.directorate for g in actor.grants if g.role in STAFF}
    bodies = {g.body for g in actor.grants if g.role in GROUP}
    before = select(Review.request_id).where(Review.body.in_(sorted(filter(None, bodies))))
    return or_(
        NonComplianceRecord.directorate.in_(sorted(filter(None, directorates))),
        NonComplianceRecord.request_id.in_(before),
    )


STATUSES = {"open": "Open", "overdue": "Overdue", "answered": "Answered", "closed": "Closed"}


def records_listing(actor: Actor, bundle: Bundle, today: date) -> Listing:
    """The list of what the actor may see: open first, the longest due on top."""
    directorates = {key: d.name for key, d in bundle.organisation.directorates.items()}
    rules = {rule.id: f"{rule.id}: {rule.rule.title}" for rule in bundle.rules_on(today)}
    record, action = NonComplianceRecord, DirectorateAction
    closed = case((action.closed_at.is_(None), 0), else_=1)
    unanswered = and_(action.closed_at.is_(None), action.done.is_(None))
    statuses = {
        "open": unanswered,
        "overdue": and_(unanswered, action.due_on < today),
        "answered": and_(action.closed_at.is_(None), action.done.is_not(None)),
        "closed": action.closed_at.is_not(None),
    }
    return Listing(
        name="non-compliance",
        query=select(record, action, Request)
        .join(action, action.record_id == record.id)
        .outerjoin(Request, Request.id == record.request_id)
        .where(visible(actor)),
        filters=(
            Filter(
                "words",
                "Words",
                Kind.WORDS,
                listing.contains(record.summary, Request.title, record.reference),
                "about {}",
            ),
            Filter("status", "Action", Kind.CHOICE, lambda key: statuses[key], choices=STATUSES),
            Filter(
                "directorate",
                "Directorate",
                Kind.CHOICE,
                listing.equals(record.directorate),
                "in {}",
                directorates,
            ),
            Filter(
                "rule",
                "Rule broken",
                Kind.CHOICE,
                lambda rule: listing.raw_text(record.rules).contains(f'"{rule}"', autoescape=True),
                "under {}",
                rules,
            ),
            Filter("from", "Opened from", Kind.DATE, listing.since(record.opened_at), "from {}"),
            Filter("to", "Opened until", Kind.DATE, listing.until(record.opened_at), "until {}"),
        ),
        orders={
            "due": Order("Open and longest due first", (closed, action.due_on, record.id)),
            "newest": Order("Newest first", (record.opened_at, record.id), descending=True),
        },
        columns=(
            Column("Reference", lambda row: row.NonComplianceRecord.reference),
            Column("What", lambda row: row.Request.title if row.Request else _summary(row)),
            Column("Why", _summary),
            Column("Request", lambda row: row.Request.reference if row.Request else None),
            Column(
                "Directorate",
                lambda row: directorates.get(
                    row.NonComplianceRecord.directorate, row.NonComplianceRecord.directorate
                ),
            ),
            Column("Rules", lambda row: ", ".join(row.NonComplianceRecord.rules)),
            Column("Opened", lambda row: row.NonComplianceRecord.opened_at),
            Column("Action", lambda row: row.DirectorateAction.status),
            Column("Due", lambda row: row.DirectorateAction.due_on),
            Column("What was done", lambda row: row.DirectorateAction.done),
            Column("Closed", lambda row: row.DirectorateAction.closed_at),
        ),
    )


def _summary(row: Any) -> Any:
    return row.NonComplianceRecord.summary


def of_request(session: Session, request_id: int) -> list[NonComplianceRecord]:
    """The records that came from a request."""
    query = select(NonComplianceRecord).where(NonComplianceRecord.request_id == request_id)
    return list(session.scalars(query.order_by(NonComplianceRecord.id)))


def may(session: Session, permission: Permission, actor: Actor, view: RecordView) -> bool:
    """Whether the actor may do that to the record."""
    return allows(permission, actor, subject_of(session, view.record, view.action))


def ensure_may(session: Session, permission: Permission, actor: Actor, view: RecordView) -> None:
    """Raise NotPermitted unless the actor may do that to the record."""
    ensure(permission, actor, subject_of(session, view.record, view.action))
