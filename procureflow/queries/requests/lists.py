"""Lists of requests, as far as the actor may see them, a page at a time."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from procureflow.domain.permissions import ASSESSORS, GROUP, STAFF, Actor, Role
from procureflow.models import Request, Review

PAGE = 25


def visible(actor: Actor) -> ColumnElement[bool]:
    """The requests that the law lets this actor view (REQUEST_VIEW), as a condition."""
    if actor.holds(Role.AUDITOR):
        return true()
    ways: list[ColumnElement[bool]] = [
        Request.requester_id == actor.person,
        Request.sponsor_id == actor.person,
    ]
    directorates = {g.directorate for g in actor.grants if g.role in STAFF}
    if directorates:
        ways.append(Request.directorate.in_(sorted(filter(None, directorates))))
    bodies = {g.body for g in actor.grants if g.role in GROUP}
    if bodies:
        before = select(Review.request_id).where(Review.body.in_(sorted(filter(None, bodies))))
        ways.append(Request.id.in_(before))
    if actor.holds(*ASSESSORS):
        ways.append(Request.id.in_(select(Review.request_id)))
    return or_(*ways)


def requests(
    session: Session, actor: Actor, *, state: str | None = None, before: int | None = None
) -> list[Request]:
    """A page (and one more, which says that there is a next) of what the actor may see, the
    newest first. `before` is the id that the page before ended with."""
    query = select(Request).where(visible(actor)).order_by(Request.id.desc()).limit(PAGE + 1)
    if state is not None:
        query = query.where(Request.state == state)
    if before is not None:
        query = query.where(Request.id < before)
    return list(session.scalars(query))
