"""Non-compliance records and their directorate actions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

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

PAGE = 25


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


def records(session: Session, actor: Actor, *, page: int = 1) -> list[RecordView]:
    """A page (and one more) of what the actor may see: open first, the longest due on top."""
    query = (
        select(NonComplianceRecord, DirectorateAction, Request)
        .join(DirectorateAction, DirectorateAction.record_id == NonComplianceRecord.id)
        .outerjoin(Request, Request.id == NonComplianceRecord.request_id)
        .order_by(
            DirectorateAction.closed_at.is_not(None),
            DirectorateAction.due_on,
            NonComplianceRecord.id,
        )
        .where(visible(actor))
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    )
    return [RecordView(*row) for row in session.execute(query)]


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
