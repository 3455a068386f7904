"""Non-compliance records and their directorate actions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from procureflow.domain.errors import NotFound
from procureflow.domain.permissions import Actor, Permission, Role, Subject, allows, ensure
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
    view = RecordView(*row.tuple())
    ensure(Permission.NON_COMPLIANCE_VIEW, actor, subject_of(session, view.record, view.action))
    return view


def _visible(actor: Actor) -> object:
    """What the actor may see of the list, as a condition; None where that is all of it."""
    if actor.holds(Role.AUDITOR):
        return None
    own = [
        NonComplianceRecord.directorate == grant.directorate
        for grant in actor.grants
        if grant.directorate is not None
    ]
    bodies = [grant.body for grant in actor.grants if grant.body is not None]
    if bodies:
        before = select(Review.request_id).where(Review.body.in_(bodies))
        own.append(NonComplianceRecord.request_id.in_(before))
    return or_(*own) if own else NonComplianceRecord.id.is_(None)


def records(session: Session, actor: Actor, *, before: int | None = None) -> list[RecordView]:
    """A page of the records that the actor may see: those open first, the longest due on top."""
    query = (
        select(NonComplianceRecord, DirectorateAction, Request)
        .join(DirectorateAction, DirectorateAction.record_id == NonComplianceRecord.id)
        .outerjoin(Request, Request.id == NonComplianceRecord.request_id)
        .order_by(
            DirectorateAction.closed_at.is_not(None),
            DirectorateAction.due_on,
            NonComplianceRecord.id,
        )
        .limit(PAGE)
    )
    visible = _visible(actor)
    if visible is not None:
        query = query.where(visible)  # type: ignore[arg-type]
    if before is not None:
        query = query.where(NonComplianceRecord.id < before)
    return [RecordView(*row.tuple()) for row in session.execute(query)]


def of_request(session: Session, request_id: int) -> list[NonComplianceRecord]:
    """The records that came from a request."""
    query = select(NonComplianceRecord).where(NonComplianceRecord.request_id == request_id)
    return list(session.scalars(query.order_by(NonComplianceRecord.id)))


def open_actions(session: Session, directorates: list[str]) -> int:
    """How many actions of these directorates are not closed."""
    return (
        session.scalar(
            select(func.count())
            .select_from(DirectorateAction)
            .join(NonComplianceRecord, NonComplianceRecord.id == DirectorateAction.record_id)
            .where(
                NonComplianceRecord.directorate.in_(directorates),
                DirectorateAction.closed_at.is_(None),
            )
        )
        or 0
    )


def may(session: Session, permission: Permission, actor: Actor, view: RecordView) -> bool:
    """Whether the actor may do that to the record."""
    return allows(permission, actor, subject_of(session, view.record, view.action))
