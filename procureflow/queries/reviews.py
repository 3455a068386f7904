"""Reviews: the one that is open, its ballots, assessments, declarations and votes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, not_, or_, select
from sqlalchemy.orm import Session, selectinload

from procureflow.domain.bundle import Bundle
from procureflow.domain.permissions import ASSESSORS, GROUP, VOTERS, Actor
from procureflow.domain.voting import Ballot, Choice, Ending, Interest, Office, left
from procureflow.models import (
    Assessment,
    Decision,
    Declaration,
    Person,
    Request,
    Review,
    SectionVersion,
    SubmissionSection,
    Vote,
)
from procureflow.models import Grant as GrantRow
from procureflow.models.statements import Prepared
from procureflow.queries import people

_BODIES = Prepared(select(Review.body).where(Review.request_id == bindparam("request")))
_ORDER = {Office.CHAIR: 0, Office.VICE_CHAIR: 1, Office.MEMBER: 2}

_REVIEW = Prepared(
    select(
        Review.id,
        Review.submission_id,
        Review.body,
        Review.stage,
        Review.closed_at.is_(None).label("open"),
        Declaration.interest,
    )
    .outerjoin(
        Declaration,
        and_(Declaration.review_id == Review.id, Declaration.person_id == bindparam("person")),
    )
    .where(Review.id == bindparam("review"))
)
_ASSESSED = Prepared(select(Assessment.kind).where(Assessment.review_id == bindparam("review")))
_BALLOTS = Prepared(
    select(GrantRow.person_id, GrantRow.role, Declaration.interest, Vote.choice)
    .join(Person, and_(Person.id == GrantRow.person_id, people.account_open(bindparam("day"))))
    .outerjoin(
        Declaration,
        and_(
            Declaration.review_id == bindparam("review"),
            Declaration.person_id == GrantRow.person_id,
        ),
    )
    .outerjoin(
        Vote,
        and_(Vote.review_id == bindparam("review"), Vote.person_id == GrantRow.person_id),
    )
    .where(
        GrantRow.body == bindparam("body"),
        or_(*(GrantRow.role == role.value for role in sorted(VOTERS))),
        GrantRow.starts_on <= bindparam("day"),
        or_(GrantRow.ends_on.is_(None), GrantRow.ends_on > bindparam("day")),
    )
    .order_by(GrantRow.person_id)
)


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A review's own columns, read after the lock on its request, and what interest somebody
    declared in it (None: they haven't declared)."""

    id: int
    submission_id: int
    body: str
    stage: str
    open: bool
    declared: Interest | None


def review_row(session: Session, review_id: int, *, person: int) -> OpenReview | None:
    """The review with that person's declaration, or None."""
    row = _REVIEW.run(session.connection(), review=review_id, person=person).first()
    if row is None:
        return None
    declared = None if row.interest is None else Interest(row.interest)
    return OpenReview(row.id, row.submission_id, row.body, row.stage, bool(row.open), declared)


def assessed_kinds(session: Session, review_id: int) -> frozenset[str]:
    """The kinds of assessment recorded in a review."""
    return frozenset(_ASSESSED.run(session.connection(), review=review_id).scalars())


def ballots(
    session: Session, *, review_id: int, body: str, parties: Iterable[int], day: date
) -> tuple[Ballot, ...]:
    """Where every member of the body stands in a review. Members are those of that day."""
    rows = _BALLOTS.run(session.connection(), review=review_id, body=body, day=day)
    return _fold(rows, frozenset(parties))


def ballots_by_review(
    session: Session, rows: Sequence[tuple[Request, Review]], day: date
) -> dict[int, tuple[Ballot, ...]]:
    """The ballots of several reviews, in one query."""
    found: dict[int, list[Any]] = {review.id: [] for _, review in rows}
    query = (
        select(Review.id, GrantRow.person_id, GrantRow.role, Declaration.interest, Vote.choice)
        .join(GrantRow, GrantRow.body == Review.body)
        .join(Person, and_(Person.id == GrantRow.person_id, people.account_open(day)))
        .outerjoin(
            Declaration,
            and_(Declaration.review_id == Review.id, Declaration.person_id == GrantRow.person_id),
        )
        .outerjoin(Vote, and_(Vote.review_id == Review.id, Vote.person_id == GrantRow.person_id))
        .where(
            Review.id.in_(found),
            GrantRow.role.in_(sorted(VOTERS)),
            GrantRow.starts_on <= day,
            or_(GrantRow.ends_on.is_(None), GrantRow.ends_on > day),
        )
        .order_by(Review.id, GrantRow.person_id)
    )
    for row in session.execute(query):
        found[row.id].append(row)
    return {review.id: _fold(found[review.id], request.parties.ever) for request, review in rows}


def _fold(rows: Iterable[Any], excluded: frozenset[int]) -> tuple[Ballot, ...]:
    """One ballot a member; somebody with two offices sits in the higher."""
    members: dict[int, Ballot] = {}
    for row in rows:
        person, office = row.person_id, Office(row.role)
        known = members.get(person)
        if known is not None and _ORDER[known.office] <= _ORDER[office]:
            continue
        members[person] = Ballot(
            member=person,
            office=office,
            interest=Interest(row.interest) if row.interest else None,
            choice=Choice(row.choice) if row.choice else None,
            party=person in excluded,
        )
    return tuple(members.values())


def reviews_of(session: Session, request_id: int) -> list[Review]:
    """Every review of a request, the first one first."""
    return list(
        session.scalars(select(Review).where(Review.request_id == request_id).order_by(Review.id))
    )


def bodies_of(session: Session, request_id: int) -> frozenset[str]:
    """The bodies that have, or had, a request before them."""
    return frozenset(_BODIES.run(session.connection(), request=request_id).scalars())


def left_latest(session: Session, bundle: Bundle, request_id: int) -> frozenset[int]:
    """Whose declared interest keeps them out of what was submitted last on a request."""
    found = reviews_of(session, request_id)
    heard = [one for one in found if one.submission_id == found[-1].submission_id]
    return kept_out(bundle, ((one, declarations_of(session, one.id)) for one in heard))


def kept_out(
    bundle: Bundle, heard: Iterable[tuple[Review, Iterable[Declaration]]]
) -> frozenset[int]:
    """Whose interest keeps them out, whichever of these bodies they declared it to."""
    gone: frozenset[int] = frozenset()
    for review, declarations in heard:
        rules = bundle.organisation.bodies[review.body]
        gone |= left(rules, {d.person_id: d.interest for d in declarations})
    return gone


def assessments_of(session: Session, review_id: int) -> list[Assessment]:
    """The assessments recorded in a review, by kind."""
    query = select(Assessment).where(Assessment.review_id == review_id)
    return list(session.scalars(query.order_by(Assessment.kind)))


def declarations_of(session: Session, review_id: int) -> list[Declaration]:
    """The interests declared in a review."""
    query = select(Declaration).where(Declaration.review_id == review_id)
    return list(session.scalars(query.order_by(Declaration.at, Declaration.person_id)))


def votes_of(session: Session, review_id: int) -> list[Vote]:
    """The votes as they stand in a review."""
    query = select(Vote).where(Vote.review_id == review_id)
    return list(session.scalars(query.order_by(Vote.at, Vote.person_id)))


@dataclass(frozen=True, slots=True)
class Sitting:
    """The open reviews that a member has before them, as an evening's reading: which one this is,
    counted from 1, of how many, and the requests before and after it (references)."""

    number: int
    count: int
    previous: str | None
    following: str | None


def sitting(session: Session, actor: Actor, reference: str) -> Sitting | None:
    """Where a request stands among the open reviews of the actor's bodies, the longest open first.
    None where it is none of them, or the actor has a part in it."""
    bodies = {g.body for g in actor.grants if g.role in VOTERS}
    if not bodies:
        return None
    query = (
        select(Request.reference)
        .join(Review, and_(Review.request_id == Request.id, Review.closed_at.is_(None)))
        .where(
            Review.body.in_(sorted(filter(None, bodies))),
            not_(people.had_a_part(actor.person)),
        )
        .order_by(Review.opened_at, Review.id)
    )
    found = list(session.scalars(query))
    if reference not in found:
        return None
    at = found.index(reference)
    return Sitting(
        number=at + 1,
        count=len(found),
        previous=found[at - 1] if at else None,
        following=found[at + 1] if at + 1 < len(found) else None,
    )


def ended_lately(session: Session, actor: Actor, most: int) -> list[tuple[Request, Decision]]:
    """The last decisions of the actor's bodies and of what they assessed, the newest first: how it
    ended, and why."""
    bodies = {g.body for g in actor.grants if g.role in GROUP}
    if not (bodies or actor.holds(*ASSESSORS)):
        return []
    assessed = select(Assessment.review_id).where(Assessment.assessor_id == actor.person)
    query = (
        select(Request, Decision)
        .join(Decision, Decision.request_id == Request.id)
        .join(Review, Review.id == Decision.review_id)
        .where(or_(Review.body.in_(sorted(filter(None, bodies))), Review.id.in_(assessed)))
        .options(selectinload(Decision.conditions))
        .order_by(Decision.id.desc())
        .limit(most)
    )
    return [(request, decision) for request, decision in session.execute(query)]


def unanswered_return(session: Session, request_id: int) -> tuple[str, ...]:
    """The sections that the last decision sent back and that have no newer version since."""
    decision = session.scalars(
        select(Decision)
        .where(Decision.request_id == request_id)
        .order_by(Decision.id.desc())
        .limit(1)
    ).first()
    if decision is None or decision.outcome != Ending.RETURNED:
        return ()
    newer = (
        select(SectionVersion.section)
        .join(
            SubmissionSection,
            and_(
                SubmissionSection.submission_id == decision.submission_id,
                SubmissionSection.section == SectionVersion.section,
            ),
        )
        .where(
            SectionVersion.request_id == request_id,
            SectionVersion.version > SubmissionSection.version,
        )
    )
    changed = set(session.scalars(newer))
    return tuple(section for section in decision.sections if section not in changed)


def decisions_of(session: Session, request_id: int) -> list[Decision]:
    """The decisions on a request, the first one first."""
    query = select(Decision).where(Decision.request_id == request_id)
    return list(session.scalars(query.order_by(Decision.id)))
