"""What waits for somebody: what they can act on now, and nothing they can't."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from sqlalchemy import and_, func, literal, not_, or_, select, true, tuple_
from sqlalchemy.orm import Session, aliased

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import in_words
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.events import ASIDE
from procureflow.domain.permissions import (
    ASSESSORS,
    VOTERS,
    Actor,
    Permission,
    Role,
    Subject,
    allows,
)
from procureflow.domain.voting import Ballot, left, outcome
from procureflow.models import (
    Assessment,
    AuditEvent,
    Decision,
    Declaration,
    DirectorateAction,
    NonComplianceRecord,
    Request,
    Review,
)
from procureflow.queries import administration, compliance, people, policies, reviews

MOST = 25
_earlier = aliased(AuditEvent)
#: The last thing that happened to a request and changed with whom it is, or what they have to do.
_LATEST = and_(
    AuditEvent.stream == Request.reference,
    AuditEvent.seq
    == select(func.max(_earlier.seq))
    .where(_earlier.stream == Request.reference, _earlier.kind.not_in(ASIDE))
    .correlate(Request)
    .scalar_subquery(),
)
#: What its author has to do after that, until they write again.
_AFTER = {
    "RequestSentBack": "Change what your sponsor asked for",
    "RequestEndorsed": "Refer it to the group",
    "VotingClosed": "Answer what the group asked",
}


class About(Enum):
    """What a thing that waits is about: what its reference is one of."""

    REQUEST = "request"
    RECORD = "record"
    PERSON = "person"
    PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: what it is about, what to do, and since when."""

    reference: str
    title: str
    words: str
    since: datetime
    about: About = About.REQUEST


def waiting_for(session: Session, actor: Actor, day: date) -> list[Waiting]:
    """What this person can act on now, the longest waiting first."""
    rows = [
        *_to_write(session, actor),
        *_to_endorse(session, actor),
        *_in_review(session, actor, day),
        *_to_confirm(session, actor, day),
        *_directorate_actions(session, actor, day),
        *_leavers(session, actor, day),
        *_to_publish(session, actor),
    ]
    return sorted(rows, key=lambda row: (row.since, row.reference))


def _waiting(request: Request, words: str, since: datetime) -> Waiting:
    return Waiting(request.reference, request.title, words, since)


def _to_write(session: Session, actor: Actor) -> list[Waiting]:
    writes_for = {g.directorate for g in actor.grants if g.role is Role.REQUESTER}
    query = (
        select(Request, AuditEvent.kind, AuditEvent.at)
        .join(AuditEvent, _LATEST)
        .where(
            or_(
                Request.requester_id == actor.person,
                people.among(Request.co_authors, actor.person),
            ),
            Request.directorate.in_(sorted(filter(None, writes_for))),
            Request.state_kind == StateKind.EDITING.value,
            AuditEvent.kind != "EndorsementAsked",
        )
        .order_by(AuditEvent.at, Request.id)
        .limit(MOST)
    )
    found = []
    for request, happened, since in session.execute(query):
        state = policies.bundle(session, request.bundle).workflow.states[request.state]
        usual = "See the answer and go on" if state.phase == "check" else "Go on with the case"
        found.append(_waiting(request, _AFTER.get(happened, usual), since))
    return found


def _to_endorse(session: Session, actor: Actor) -> list[Waiting]:
    """With their sponsor are those to which nothing has happened since the asking."""
    query = (
        select(Request, AuditEvent.at)
        .join(AuditEvent, _LATEST)
        .where(
            Request.sponsor_id == actor.person,
            Request.state_kind == StateKind.EDITING.value,
            AuditEvent.kind == "EndorsementAsked",
        )
        .order_by(AuditEvent.at, Request.id)
        .limit(MOST)
    )
    return [
        _waiting(request, "Endorse it, or send it back", since)
        for request, since in session.execute(query)
    ]


def _in_review(session: Session, actor: Actor, day: date) -> list[Waiting]:
    """Assessments to record, interests to declare, votes to cast, votings to close."""
    bodies = {g.body for g in actor.grants if g.role.value in VOTERS}
    assesses = actor.holds(*ASSESSORS)
    if not bodies and not assesses:
        return []
    mine = true() if assesses else Review.body.in_(sorted(filter(None, bodies)))
    query = (
        select(Request, Review)
        .join(Review, and_(Review.request_id == Request.id, Review.closed_at.is_(None)))
        .where(mine)
        .order_by(Review.opened_at, Review.id)
        .limit(MOST)
    )
    found: list[Waiting] = []
    # What somebody has done already can't be told from the row: they are read on until there is
    # enough, or no more.
    place = tuple_(Review.opened_at, Review.id)
    rows: list[tuple[Request, Review]] = []
    while True:
        after = query
        if rows:
            last = rows[-1][1]
            opened = literal(last.opened_at, Review.opened_at.type)
            after = query.where(place > tuple_(opened, literal(last.id)))
        rows = [(request, review) for request, review in session.execute(after)]
        found += _of_reviews(session, actor, rows, bodies, day)
        if len(rows) < MOST or len(found) >= MOST:
            return found


def _of_reviews(
    session: Session,
    actor: Actor,
    rows: Sequence[tuple[Request, Review]],
    bodies: Collection[str | None],
    day: date,
) -> list[Waiting]:
    ids = [review.id for _, review in rows]
    if not ids:
        return []
    given: dict[int, set[str]] = {}
    for review_id, kind in session.execute(
        select(Assessment.review_id, Assessment.kind).where(Assessment.review_id.in_(ids))
    ):
        given.setdefault(review_id, set()).add(kind)
    ballots = reviews.ballots_by_review(session, rows, day)
    declared = {
        row.review_id: row.interest
        for row in session.execute(
            select(Declaration.review_id, Declaration.interest).where(
                Declaration.review_id.in_(ids), Declaration.person_id == actor.person
            )
        )
    }
    found = []
    current = policies.in_force(session, day)
    for request, review in rows:
        bundle = policies.governing(session, request.bundle, current)
        done = given.get(review.id, set())
        found += _to_assess(bundle, actor, request, review, done, declared.get(review.id))
        if review.body in bodies:
            found += _to_vote(bundle, actor, request, review, done, ballots[review.id])
    return found


def _to_assess(
    bundle: Bundle,
    actor: Actor,
    request: Request,
    review: Review,
    done: set[str],
    declared: str | None,
) -> list[Waiting]:
    flow, rules = bundle.workflow, bundle.organisation.bodies[review.body]
    found = []
    for kind in flow.states[review.stage].assessments:
        definition = flow.assessments[kind]
        subject = Subject(
            parties=request.parties,
            assessor_role=Role(definition.role),
            left=left(rules, {actor.person: declared} if declared else {}),
        )
        if kind not in done and allows(Permission.REVIEW_ASSESS, actor, subject):
            words = f"Record the {definition.name.lower()}"
            found.append(_waiting(request, words, review.opened_at))
    return found


def _to_vote(
    bundle: Bundle,
    actor: Actor,
    request: Request,
    review: Review,
    done: set[str],
    ballots: tuple[Ballot, ...],
) -> list[Waiting]:
    ballot = next((b for b in ballots if b.member == actor.person), None)
    if ballot is None or ballot.party:
        return []
    if ballot.interest is None:
        return [_waiting(request, "Declare your interests", review.opened_at)]
    if not set(bundle.workflow.states[review.stage].assessments) <= done:
        return []
    rules = bundle.organisation.bodies[review.body]
    if ballot.choice is None and rules.may_vote(ballot.interest):
        return [_waiting(request, "Vote", review.opened_at)]
    result = outcome(rules, ballots)
    if result.choice is not None and result.presiding == actor.person:
        return [_waiting(request, "Close the voting", review.opened_at)]
    return []


def _to_confirm(session: Session, actor: Actor, day: date) -> list[Waiting]:
    """What was approved and may not be bought now: the body's secretary says when it may."""
    bodies = {g.body for g in actor.grants if g.role is Role.SECRETARY}
    if not bodies:
        return []
    bundle = policies.bundle_in_force(session, day)
    states = [state for state in bundle.workflow.states if bundle.lifecycle.provisional(state)]
    if not states:
        return []
    query = (
        select(Request)
        .join(Decision, Decision.id == Request.decision_id)
        .join(Review, Review.id == Decision.review_id)
        .where(
            Request.state.in_(states),
            Review.body.in_(sorted(filter(None, bodies))),
            not_(people.had_a_part(actor.person)),
        )
        .order_by(Request.state_since, Request.id)
        .limit(MOST)
    )
    words = "Say when it can be bought, or end it"
    return [_waiting(request, words, request.state_since) for request in session.scalars(query)]


def _directorate_actions(session: Session, actor: Actor, day: date) -> list[Waiting]:
    if not actor.holds(Role.DIRECTOR, Role.CHAIR, Role.SECRETARY):
        return []
    in_charge = policies.bundle_in_force(session, day).organisation.body_in_charge(day)
    query = (
        compliance.with_what_they_are_about()
        .where(DirectorateAction.closed_at.is_(None), compliance.visible(actor, in_charge))
        .order_by(DirectorateAction.due_on, NonComplianceRecord.id)
        .limit(MOST)
    )
    views = [compliance.RecordView(*row) for row in session.execute(query)]
    found = []
    sent_back = compliance.sent_back(session, [view.record.reference for view in views])
    subjects = compliance.subjects_of(session, views, day)
    for view, subject in zip(views, subjects, strict=True):
        record, action = view.record, view.action
        needed = Permission.ACTION_ANSWER if action.done is None else Permission.ACTION_CLOSE
        if not allows(needed, actor, subject):
            continue
        words = "Close it, or ask for more"
        if action.status == "open":
            late = ". It is overdue" if action.due_on < day else ""
            again = record.reference in sent_back
            do = "Answer what was asked" if again else "Record what was done"
            words = f"{do}, by {in_words(action.due_on)}{late}"
        since = action.done_at or record.opened_at
        found.append(Waiting(record.reference, view.what, words, since, About.RECORD))
    return found


def _leavers(session: Session, actor: Actor, day: date) -> list[Waiting]:
    if not actor.holds(Role.ADMINISTRATOR):
        return []
    found = []
    for leaver in administration.leavers(session, day):
        if leaver.person.id == actor.person:
            continue  # Nobody gives a role to themselves, or takes over from themselves.
        verb = "was" if leaver.closes_on <= day else "is"
        last = in_words(leaver.closes_on - timedelta(days=1))
        to_do = " and ".join(leaver.to_do)
        found.append(
            Waiting(
                str(leaver.person.id),
                leaver.person.name,
                f"{to_do[:1].upper()}{to_do[1:]}. Their last day {verb} {last}",
                leaver.since,
                About.PERSON,
            )
        )
    return found


def _to_publish(session: Session, actor: Actor) -> list[Waiting]:
    if not actor.holds(Role.POLICY_OFFICER):
        return []
    return [
        Waiting(
            str(proposal.id),
            f"Proposal {proposal.id}: {proposal.why}",
            "Publish it, or withdraw it",
            proposal.proposed_at,
            About.PROPOSAL,
        )
        for proposal in policies.proposals(session)
        if allows(Permission.POLICY_PUBLISH, actor, Subject(proposed_by=proposal.proposed_by))
    ]
