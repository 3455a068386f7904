"""All that one request's page shows, as one actor may see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.definitions.facts import decode
from procureflow.domain.definitions.questions import Question
from procureflow.domain.definitions.workflow import State, StateKind
from procureflow.domain.errors import NotFound
from procureflow.domain.permissions import OF_ONE_BODY, Actor, Permission, Subject, allows, ensure
from procureflow.domain.policy import Evaluation
from procureflow.domain.progress import Progress, Standing, progress
from procureflow.domain.voting import Ballot, Outcome, outcome
from procureflow.models import (
    Assessment,
    AuditEvent,
    Decision,
    Declaration,
    Endorsement,
    NonComplianceRecord,
    Person,
    Request,
    Review,
    Submission,
    Vote,
)
from procureflow.queries import business_cases, compliance, evidence, people, policies, reviews
from procureflow.queries.comments import Comment, comments_in
from procureflow.queries.requests.facts import facts_of


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A review with everything recorded in it."""

    review: Review
    assessments: list[Assessment]
    declarations: list[Declaration]
    votes: list[Vote]
    ballots: tuple[Ballot, ...]
    outcome: Outcome
    needed: tuple[str, ...]

    @property
    def waiting(self) -> tuple[str, ...]:
        """The kinds of assessment still to come."""
        given = {assessment.kind for assessment in self.assessments}
        return tuple(kind for kind in self.needed if kind not in given)


@dataclass(slots=True)
class RequestPage:
    """All that one request's page shows, as one actor may see it."""

    actor: Actor
    day: date
    request: Request
    bundle: Bundle
    state: State
    sections: dict[str, business_cases.CurrentSection]
    answers: dict[str, Any]
    facts: dict[str, Any]
    evaluation: Evaluation
    submission: Submission | None
    endorsement: Endorsement | None
    content: str
    reviews: list[ReviewPage]
    decisions: list[Decision]
    records: list[NonComplianceRecord]
    events: list[AuditEvent]
    people: Mapping[int, Person]
    #: The request that this one began with, and those that began with this one: references.
    previous: str | None
    following: list[str]
    #: The sections that the group sent back and that nobody has changed since.
    returned: tuple[str, ...] = ()
    _bodies: frozenset[str] = field(default_factory=frozenset)

    @property
    def comments(self) -> list[Comment]:
        """What was said about it, the first first."""
        return comments_in(self.events)

    @property
    def open_review(self) -> ReviewPage | None:
        """The review that is open, if one is."""
        return next((page for page in self.reviews if page.review.closed_at is None), None)

    @property
    def decision(self) -> Decision | None:
        """The last decision, if there is one."""
        return self.decisions[-1] if self.decisions else None

    @property
    def unchanged_since_submission(self) -> bool:
        """Whether the latest submission is still the content as it is, under its documents."""
        latest = self.submission
        return latest is not None and (latest.content, latest.bundle) == (
            self.content,
            self.request.bundle,
        )

    @property
    def endorsed(self) -> bool:
        """Whether the sponsor endorsed exactly this content."""
        return (
            self.unchanged_since_submission
            and self.endorsement is not None
            and self.endorsement.verdict == "endorsed"
        )

    def subject(self, **more: Any) -> Subject:
        """The request as permissions see it."""
        return _subject(self.request, self._bodies, **more)

    def may(self, permission: Permission, **more: Any) -> bool:
        """Whether the actor may do that here; for a review, within the open one."""
        return allows(permission, self.actor, self._as_asked(permission, more))

    def ensure(self, permission: Permission, **more: Any) -> None:
        """Raise NotPermitted unless the actor may do that here."""
        ensure(permission, self.actor, self._as_asked(permission, more))

    def follows(self, review: ReviewPage) -> bool:
        """Whether the votes of a review are open to the actor: once it is closed, to all."""
        return review.review.closed_at is not None or self.may(Permission.REVIEW_FOLLOW)

    @property
    def own_ballot(self) -> Ballot | None:
        """Where the actor stands in the open review, as a member who has no part in the request."""
        seats = self.open_review.ballots if self.open_review else ()
        return next((b for b in seats if b.member == self.actor.person and not b.party), None)

    @property
    def left(self) -> frozenset[int]:
        """Whose declared interest keeps them out of what was submitted last, whichever body they
        declared it to."""
        return reviews.kept_out(self.bundle, ((one.review, one.declarations) for one in self.heard))

    @property
    def heard(self) -> list[ReviewPage]:
        """The reviews of what was submitted last, each body's in its turn."""
        last = self.reviews[-1].review.submission_id if self.reviews else None
        return [one for one in self.reviews if one.review.submission_id == last]

    def _as_asked(self, permission: Permission, more: dict[str, Any]) -> Subject:
        """The request as that permission sees it: an act in the open review is for its body's
        members, whichever had it before."""
        review = self.open_review
        found = self.subject(
            presiding=review.outcome.presiding if review else None, left=self.left, **more
        )
        if review is not None and permission in OF_ONE_BODY:
            return replace(found, bodies=frozenset({review.review.body}))
        return found

    @property
    def progress(self) -> Progress:
        """Who holds it, and what they have to do."""
        review = self.open_review
        kinds = self.bundle.workflow.assessments
        return progress(
            Standing(
                bundle=self.bundle,
                state=self.request.state,
                evaluation=self.evaluation,
                unanswered=len(self.bundle.unanswered(self.answers, self.facts)),
                submitted=self.submission is not None,
                current=self.unchanged_since_submission,
                verdict=self.endorsement.verdict if self.endorsement else None,
                waiting=tuple(kinds[kind].name for kind in review.waiting) if review else (),
                outcome=review.outcome if review else None,
            )
        )

    def triggers(self) -> tuple[str, ...]:
        """The steps by themselves that the workflow knows from here."""
        lifecycle = self.bundle.lifecycle
        outcomes = set(self.state.outcomes.values())
        return tuple(
            trigger
            for trigger in lifecycle.triggers_from(self.request.state)
            if trigger not in outcomes
            and lifecycle.kind(lifecycle.next_state(trigger, self.request.state))
            is not StateKind.GROUP
        )

    def editable_sections(self) -> tuple[str, ...]:
        """The sections that can be written in this state, the check first."""
        if self.state.kind is not StateKind.EDITING:
            return ()
        check = self.bundle.sections_of("check")
        return check if self.state.phase == "check" else check + self.bundle.sections_of("case")

    def summary(self) -> list[tuple[Question, Any]]:
        """What sponsor, assessors and members read first: the questions chosen for it that are
        answered, in the order of the document."""
        return [
            (question, self.answers[key])
            for section, definition in self.bundle.questions.sections.items()
            for key in self.bundle.asked(section, self.facts)
            if (question := definition.questions[key]).in_summary and self.answers.get(key)
        ]

    def shown_sections(self) -> tuple[str, ...]:
        """The sections with something to show, in the order of the document."""
        return tuple(
            key
            for key in self.bundle.questions.sections
            if key in self.sections or key in self.editable_sections()
        )


def request_page(session: Session, reference: str, actor: Actor, day: date) -> RequestPage:
    """One request, if the actor may see it. Raises NotFound or NotPermitted."""
    request = session.scalars(select(Request).where(Request.reference == reference)).first()
    if request is None:
        raise NotFound(f"There is no request {reference}.", remedy="Check the reference.")
    found = reviews.reviews_of(session, request.id)
    bodies = frozenset(review.body for review in found)
    ensure(Permission.REQUEST_VIEW, actor, _subject(request, bodies))
    bundle = policies.governing(session, request.bundle, policies.in_force(session, day))
    sections = business_cases.current_sections(session, request.id)
    answers = business_cases.answers_of(sections)
    submission = session.scalars(
        select(Submission)
        .where(Submission.request_id == request.id)
        .order_by(Submission.number.desc())
        .limit(1)
    ).first()
    endorsement = business_cases.endorsement_of(session, submission.id) if submission else None
    editing = request.state_kind == StateKind.EDITING.value
    facts = (
        decode(submission.facts, bundle.schema)
        if submission is not None and not editing
        else facts_of(
            session,
            bundle,
            answers,
            directorate=request.directorate,
            day=day,
            request=request.id,
        )
    )
    pages = [_review_page(session, bundle, request, review, day) for review in found]
    decisions = reviews.decisions_of(session, request.id)
    records = compliance.of_request(session, request.id)
    events = evidence.events_of(session, [request.reference, *(r.reference for r in records)])
    evaluation = bundle.evaluate(facts)
    return RequestPage(
        actor=actor,
        day=day,
        request=request,
        bundle=bundle,
        state=bundle.workflow.states[request.state],
        sections=sections,
        answers=answers,
        facts=facts,
        evaluation=evaluation,
        submission=submission,
        endorsement=endorsement,
        content=business_cases.content_hash(sections),
        reviews=pages,
        decisions=decisions,
        records=records,
        events=events,
        previous=next(iter(_references(session, Request.id == request.previous_id)), None),
        following=_references(session, Request.previous_id == request.id),
        people=people.names(session, _everybody(request, pages, decisions, events)),
        returned=reviews.unanswered_return(session, request.id) if editing and found else (),
        _bodies=bodies,
    )


def may_view(session: Session, request: Request, actor: Actor) -> bool:
    """Whether the law lets this actor view the request."""
    bodies = frozenset(review.body for review in reviews.reviews_of(session, request.id))
    return allows(Permission.REQUEST_VIEW, actor, _subject(request, bodies))


def _subject(request: Request, bodies: frozenset[str], **more: Any) -> Subject:
    """The request as permissions see it."""
    return Subject(
        directorate=request.directorate,
        parties=request.parties,
        bodies=bodies,
        **more,
    )


def _references(session: Session, condition: ColumnElement[bool]) -> list[str]:
    return list(session.scalars(select(Request.reference).where(condition).order_by(Request.id)))


def _review_page(
    session: Session, bundle: Bundle, request: Request, review: Review, day: date
) -> ReviewPage:
    # Who could vote is told by the day on which the voting closed, or by today.
    on = local_day(review.closed_at) if review.closed_at else day
    ballots = reviews.ballots(
        session,
        review_id=review.id,
        body=review.body,
        parties=request.parties.ever,
        day=on,
    )
    return ReviewPage(
        review=review,
        assessments=reviews.assessments_of(session, review.id),
        declarations=reviews.declarations_of(session, review.id),
        votes=reviews.votes_of(session, review.id),
        ballots=ballots,
        outcome=outcome(bundle.organisation.bodies[review.body], ballots),
        needed=bundle.workflow.states[review.stage].assessments,
    )


#: Events that name somebody besides who acted.
_NAMING = frozenset({"EndorsementAsked", "RequestHandedOver", "CoAuthorAdded", "CoAuthorRemoved"})


def _everybody(
    request: Request, pages: list[ReviewPage], decisions: list[Decision], events: list[AuditEvent]
) -> set[int | None]:
    ids: set[int | None] = {request.requester_id, request.sponsor_id}
    ids |= {event.actor_id for event in events}
    for event in events:
        if event.kind in _NAMING:
            said = json.loads(event.payload)
            ids |= {said.get(field) for field in ("requester", "sponsor", "person")}
    ids |= {decision.decided_by for decision in decisions}
    for page in pages:
        ids |= {ballot.member for ballot in page.ballots}
        ids |= {vote.person_id for vote in page.votes}
        ids |= {declaration.person_id for declaration in page.declarations}
        ids |= {assessment.assessor_id for assessment in page.assessments}
    return ids
