"""Non-compliance records and their directorate actions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.errors import NotFound
from procureflow.domain.permissions import (
    GROUP,
    NOBODY,
    STAFF,
    Actor,
    Permission,
    Role,
    Subject,
    allows,
    ensure,
)
from procureflow.models import (
    AuditEvent,
    DirectorateAction,
    NonComplianceRecord,
    PurchaseReport,
    Request,
    Review,
)
from procureflow.queries import listing, policies, reviews
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record with its action and the request it came from."""

    record: NonComplianceRecord
    action: DirectorateAction
    request: Request | None
    report: PurchaseReport | None

    @property
    def what(self) -> str:
        """What it is about, in a line."""
        if self.request is not None:
            return self.request.title
        return self.report.what if self.report else self.record.summary

    def subject(self, bodies: frozenset[str]) -> Subject:
        """The record as permissions see it, with the bodies that have to do with it."""
        request, report = self.request, self.report
        return Subject(
            directorate=self.record.directorate,
            parties=request.parties if request else NOBODY,
            bodies=bodies,
            answered_by=self.action.done_by,
            reported_by=report.reported_by if report else None,
        )


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What was asked of an answer that wasn't enough, and that answer."""

    why: str
    earlier: str


def sent_back(session: Session, references: Sequence[str]) -> frozenset[str]:
    """Of these records, those whose answer was sent back at least once."""
    query = select(AuditEvent.stream).where(
        AuditEvent.stream.in_(references), AuditEvent.kind == "DirectorateActionReopened"
    )
    return frozenset(session.scalars(query))


def asked_again(session: Session, record: NonComplianceRecord) -> AskedAgain | None:
    """What the director has to answer now, where an earlier answer was sent back."""
    kinds = ("DirectorateActionAnswered", "DirectorateActionReopened")
    query = (
        select(AuditEvent.kind, AuditEvent.payload)
        .where(AuditEvent.stream == record.reference, AuditEvent.kind.in_(kinds))
        .order_by(AuditEvent.seq.desc())
        .limit(2)
    )
    rows = session.execute(query).all()
    if [row.kind for row in rows] != [*reversed(kinds)]:
        return None
    reopened, answered = (json.loads(row.payload) for row in rows)
    return AskedAgain(reopened["why"], answered["done"])


def bodies_of(session: Session, record: NonComplianceRecord, day: date) -> frozenset[str]:
    """The bodies that have to do with a record: those that had its request before them; for a
    purchase that was reported, the one in charge of exceptions on that day."""
    if record.request_id is not None:
        return reviews.bodies_of(session, record.request_id)
    organisation = policies.bundle_in_force(session, day).organisation
    return frozenset((organisation.body_in_charge(day),))


def view_of(session: Session, record: NonComplianceRecord, action: DirectorateAction) -> RecordView:
    """A record and its action with what they are about."""
    request = session.get(Request, record.request_id) if record.request_id else None
    report = None if request else session.get(PurchaseReport, record.id)
    return RecordView(record, action, request, report)


def subject_of(session: Session, view: RecordView, day: date) -> Subject:
    """The record as permissions see it on that day."""
    return view.subject(bodies_of(session, view.record, day))


def subjects_of(session: Session, views: Sequence[RecordView], day: date) -> list[Subject]:
    """Several records as permissions see them, in as many queries as one."""
    organisation = policies.bundle_in_force(session, day).organisation
    in_charge = frozenset((organisation.body_in_charge(day),))
    bodies: dict[int, set[str]] = {}
    ids = [view.request.id for view in views if view.request]
    for request, body in session.execute(
        select(Review.request_id, Review.body).where(Review.request_id.in_(ids))
    ):
        bodies.setdefault(request, set()).add(body)
    return [
        view.subject(frozenset(bodies[view.request.id]) if view.request else in_charge)
        for view in views
    ]


def with_what_they_are_about() -> Select[
    NonComplianceRecord, DirectorateAction, Request, PurchaseReport
]:
    """Records as a RecordView has them."""
    return (
        select(NonComplianceRecord, DirectorateAction, Request, PurchaseReport)
        .join(DirectorateAction, DirectorateAction.record_id == NonComplianceRecord.id)
        .outerjoin(Request, Request.id == NonComplianceRecord.request_id)
        .outerjoin(PurchaseReport, PurchaseReport.record_id == NonComplianceRecord.id)
    )


def record_by_reference(session: Session, reference: str, actor: Actor, day: date) -> RecordView:
    """One record, if the actor may see it. Raises NotFound or NotPermitted."""
    query = with_what_they_are_about().where(NonComplianceRecord.reference == reference)
    row = session.execute(query).first()
    if row is None:
        raise NotFound(f"There is no record {reference}.", remedy="Check the reference.")
    view = RecordView(*row)
    ensure(Permission.NON_COMPLIANCE_VIEW, actor, subject_of(session, view, day))
    return view


def visible(actor: Actor, in_charge: str) -> ColumnElement[bool]:
    """The records that the law lets this actor view (NON_COMPLIANCE_VIEW), as a condition.
    `in_charge` is the body that decides exceptions on the day."""
    if actor.holds(Role.AUDITOR):
        return true()
    directorates = {g.directorate for g in actor.grants if g.role in STAFF}
    bodies = {g.body for g in actor.grants if g.role in GROUP}
    before = select(Review.request_id).where(Review.body.in_(sorted(filter(None, bodies))))
    own = select(PurchaseReport.record_id).where(PurchaseReport.reported_by == actor.person)
    ways = [
        NonComplianceRecord.directorate.in_(sorted(filter(None, directorates))),
        NonComplianceRecord.request_id.in_(before),
        NonComplianceRecord.id.in_(own),
    ]
    if in_charge in bodies:
        ways.append(NonComplianceRecord.request_id.is_(None))
    return or_(*ways)


STATUSES = {"open": "Open", "overdue": "Overdue", "answered": "Answered", "closed": "Closed"}


def records_listing(actor: Actor, bundle: Bundle, today: date) -> Listing:
    """The list of what the actor may see: open first, the longest due on top."""
    directorates = bundle.organisation.directorate_names
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
        query=with_what_they_are_about().where(
            visible(actor, bundle.organisation.body_in_charge(today))
        ),
        filters=(
            Filter(
                "words",
                "Words",
                Kind.WORDS,
                listing.contains(
                    record.summary,
                    record.reference,
                    # Of the two one is always missing, and NULL contains nothing.
                    func.coalesce(Request.title, PurchaseReport.what),
                    func.coalesce(Request.supplier, PurchaseReport.supplier, ""),
                ),
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
                listing.cites(record.rules),
                "under {}",
                rules,
            ),
            Filter("from", "Opened from", Kind.DATE, listing.since(record.opened_at), "from {}"),
            Filter(
                "to",
                "Opened until",
                Kind.DATE,
                listing.until(record.opened_at),
                "until {}",
                begins="from",
            ),
        ),
        orders={
            "due": Order("Open and longest due first", (closed, action.due_on, record.id)),
            "newest": Order("Newest first", (record.opened_at, record.id), descending=True),
        },
        columns=(
            Column("Reference", lambda row: row.NonComplianceRecord.reference),
            Column("What", lambda row: RecordView(*row[:4]).what),
            Column("Why", lambda row: row.NonComplianceRecord.summary),
            Column("Supplier", lambda row: (row.Request or row.PurchaseReport).supplier),
            Column(
                "Amount (£)",
                lambda row: (
                    row.Request.whole_life_cost if row.Request else row.PurchaseReport.amount
                ),
            ),
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


def of_request(session: Session, request_id: int) -> list[NonComplianceRecord]:
    """The records that came from a request."""
    query = select(NonComplianceRecord).where(NonComplianceRecord.request_id == request_id)
    return list(session.scalars(query.order_by(NonComplianceRecord.id)))


def may(
    session: Session, permission: Permission, actor: Actor, view: RecordView, day: date
) -> bool:
    """Whether the actor may do that to the record."""
    return allows(permission, actor, subject_of(session, view, day))


def ensure_may(
    session: Session, permission: Permission, actor: Actor, view: RecordView, day: date
) -> None:
    """Raise NotPermitted unless the actor may do that to the record."""
    ensure(permission, actor, subject_of(session, view, day))
