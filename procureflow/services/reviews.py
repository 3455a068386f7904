"""A body's review: assessments, declarations, votes, and the close that the rules decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from procureflow.domain import voting
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import GuardRefused, InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.events import (
    AssessmentRecorded,
    InterestDeclared,
    ReviewPassedOn,
    VoteCast,
    VotingClosed,
)
from procureflow.domain.findings import Finding, Verdict
from procureflow.domain.guards import Situation
from procureflow.domain.permissions import Permission, Role
from procureflow.domain.voting import Choice, Ending, Interest
from procureflow.models import (
    Assessment,
    Declaration,
    Vote,
)
from procureflow.models.reviews import AssessmentVerdict
from procureflow.models.statements import Prepared
from procureflow.queries import reviews as reading
from procureflow.services import compliance
from procureflow.services._decision import decide, particulars, tally_of
from procureflow.services._review import HeldReview, hold_open, open_review
from procureflow.services._situation import (
    ensure_allowed,
    ensure_unguarded,
    next_state,
    read_current,
)
from procureflow.services._transition import apply
from procureflow.services._words import words

LONGEST_NOTE = 4000


def _cast(dialect_insert: type[sqlite.Insert] | type[postgresql.Insert]) -> Prepared:
    columns = ("review_id", "person_id", "submission_id", "interest", "choice", "reason", "at")
    statement = dialect_insert(Vote).values({name: bindparam(name) for name in columns})
    given = statement.excluded
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=["review_id", "person_id"],
            set_={name: given[name] for name in columns[2:]},
            where=or_(Vote.choice != given.choice, Vote.reason != given.reason),
        )
    )


_CAST = {"sqlite": _cast(sqlite.Insert), "postgresql": _cast(postgresql.Insert)}


def record_assessment(
    session: Session,
    *,
    review_id: int,
    kind: str,
    verdict: str,
    note: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Record an assessment, or change it while the review is open. Said again, it is no news."""
    it = hold_open(session, review_id, actor_id, now)
    definition = it.bundle.workflow.assessments.get(kind)
    if definition is None or kind not in it.bundle.workflow.states[it.review.stage].assessments:
        raise NotFound(
            "This review asks for no such assessment.",
            remedy="Look at the request’s page: it says which are asked for.",
        )
    ensure_allowed(
        Permission.REVIEW_ASSESS,
        it.held,
        bodies=frozenset({it.review.body}),
        assessor_role=Role(definition.role),
        left=it.left,
    )
    note = words("note", note, LONGEST_NOTE)
    if verdict not in set(AssessmentVerdict):
        raise InvalidInput({"verdict": "Choose one of the verdicts."})
    if verdict != AssessmentVerdict.SATISFIED and not note:
        raise InvalidInput({"note": "Say on what condition, or why not."})
    known = session.get(Assessment, (review_id, kind))
    if known and (known.assessor_id, known.verdict, known.note) == (it.actor, verdict, note):
        return
    session.merge(
        Assessment(
            review_id=review_id,
            kind=kind,
            submission_id=it.review.submission_id,
            verdict=verdict,
            note=note,
            assessor_id=it.actor,
            at=now,
        )
    )
    session.flush()
    event = AssessmentRecorded(review_id, kind, verdict, note)
    apply(session, it.held, event, now=now)


def declare_interest(
    session: Session,
    *,
    review_id: int,
    interest: str,
    note: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Declare an interest, or that there is none; it comes before any vote.

    A member may change it while the review is open. A vote cast under another interest is
    removed: it has to be cast again under the new one, if that still allows it.
    """
    it = hold_open(session, review_id, actor_id, now)
    ensure_allowed(
        Permission.REVIEW_DECLARE,
        it.held,
        bodies=frozenset({it.review.body}),
    )
    note = words("note", note, LONGEST_NOTE)
    if interest not in set(Interest):
        raise InvalidInput({"interest": "Choose one of the answers."})
    if interest != Interest.NONE and not note:
        raise InvalidInput({"note": "Say what your interest is."})
    if interest == Interest.NONE and note:
        raise InvalidInput(
            {"interest": "You wrote about an interest. Choose which it is, or clear the words."}
        )
    declared = session.get(Declaration, (review_id, it.actor))
    removed = False
    if declared is None:
        session.add(
            Declaration(
                review_id=review_id, person_id=it.actor, interest=interest, note=note, at=now
            )
        )
    elif (declared.interest, declared.note) == (interest, note):
        return
    else:
        if declared.interest != interest:
            cast = session.get(Vote, (review_id, it.actor))
            if cast is not None:
                session.delete(cast)
                session.flush()
                removed = True
        declared.interest, declared.note, declared.at = interest, note, now
    session.flush()
    event = InterestDeclared(review_id, interest, note, removed)
    apply(session, it.held, event, now=now)


def cast_vote(
    session: Session,
    *,
    review_id: int,
    choice: str,
    reason: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Vote, or change one's vote, until the voting is closed. The same again is no news."""
    it = hold_open(session, review_id, actor_id, now)
    ensure_allowed(
        Permission.REVIEW_VOTE,
        it.held,
        bodies=frozenset({it.review.body}),
    )
    reason = words("reason", reason, LONGEST_NOTE)
    if choice not in set(Choice):
        raise InvalidInput({"choice": "Choose how you vote."})
    if choice not in (Choice.APPROVE, Choice.ABSTAIN) and not reason:
        raise InvalidInput({"reason": "Give your reason in a sentence."})
    connection = session.connection()
    declared = it.review.declared
    if declared is None:
        raise WrongState(
            "You haven’t declared yet whether you have an interest.",
            remedy="Declare your interests first, then vote.",
        )
    if not it.rules.may_vote(declared):
        raise WrongState(
            "You declared an interest that keeps you out of this item, so you can’t vote on it.",
            remedy="If the declaration is wrong, change it first.",
        )
    _ensure_assessed(session, it)
    cast = _CAST[connection.dialect.name].run(
        connection,
        review_id=review_id,
        person_id=it.actor,
        submission_id=it.review.submission_id,
        interest=declared.value,
        choice=choice,
        reason=reason,
        at=now,
    )
    if not cast.rowcount:
        return
    event = VoteCast(review_id, it.review.submission_id, choice, reason)
    apply(session, it.held, event, now=now)


def close_voting(
    session: Session,
    *,
    review_id: int,
    expected: str,
    reasons: str,
    actor_id: int | None,
    now: datetime,
    conditions: Sequence[str] = (),
    rules: Sequence[str] = (),
    sections: Sequence[str] = (),
) -> voting.Outcome:
    """Close the voting and record what the rules give for these ballots.

    `expected` is the outcome that the presiding member was shown: where the votes give another
    by now, Stale is raised and nothing happens. An approval may carry `conditions`; a rejection
    cites `rules`; a return names `sections`. Where another body decides after this one, its review
    begins at once.
    """
    it = hold_open(session, review_id, actor_id, now)
    parties = it.held.parties.ever
    ballots = reading.ballots(
        session, review_id=review_id, body=it.review.body, parties=parties, day=it.day
    )
    result = voting.outcome(it.rules, ballots)
    ensure_allowed(
        Permission.REVIEW_CLOSE,
        it.held,
        bodies=frozenset({it.review.body}),
        presiding=result.presiding,
    )
    if result.choice is None:
        finding = Finding("quorum", Verdict.REFUSE, result.why, "Wait for more members to vote.")
        raise GuardRefused("The voting can’t be closed yet.", [finding], remedy=result.why)
    if result.choice.value != expected:
        raise Stale(
            f"The votes have changed: they now give “{result.choice.value}”.",
            remedy="Look at the votes again before you close.",
        )
    trigger = it.bundle.workflow.states[it.held.state].outcomes[result.choice]
    definition, to = next_state(it.bundle, it.held, trigger)
    if definition.guards:
        ensure_unguarded(definition, _review_situation(session, it, now))
    kept = particulars(it, result.choice, reasons, conditions, rules, sections)
    onward = to[1] is StateKind.GROUP
    ending = Ending.RECOMMENDED if onward else Ending(result.choice)
    decision = decide(session, it, result, kept, ending, now)
    event = VotingClosed(
        trigger=trigger,
        review=review_id,
        submission=it.review.submission_id,
        decision=decision,
        outcome=ending.value,
        tally=tally_of(result.tally),
        casting_vote_used=result.casting_vote_used,
        reasons=kept.reasons,
        conditions=kept.conditions,
        rules=kept.rules,
        sections=kept.sections,
    )
    apply(session, it.held, event, now=now, to=to, decision_id=decision)
    if onward:
        _pass_on(session, it, to[0], now)
    if result.choice is Choice.REJECT:
        compliance.open_for_decision(
            session, held=it.held, bundle=it.bundle, decision=decision, rules=kept.rules, now=now
        )
    return result


def _pass_on(session: Session, it: HeldReview, stage: str, now: datetime) -> None:
    """What this body recommends comes before the next, as it was submitted."""
    body, _ = it.bundle.stage(stage, it.day)
    submission = it.review.submission_id
    opened = open_review(session, it.held, submission=submission, body=body, stage=stage, now=now)
    apply(session, it.held, ReviewPassedOn(submission=submission, **opened), now=now)


def _ensure_assessed(session: Session, it: HeldReview) -> None:
    """Assessments are the prerequisites of the votes as they are of the decision."""
    needed = it.bundle.workflow.states[it.review.stage].assessments
    if not needed:
        return
    assessed = reading.assessed_kinds(session, it.review.id)
    waiting = [it.bundle.workflow.assessments[k].name for k in needed if k not in assessed]
    if waiting:
        raise WrongState(
            f"Voting opens when every assessment is in. Waiting for: {', '.join(waiting)}.",
            remedy="You will get a message when it is your turn.",
        )


def _review_situation(session: Session, it: HeldReview, now: datetime) -> Situation:
    return read_current(session, it.held, now).situation(
        needed=it.bundle.workflow.states[it.review.stage].assessments,
        assessed=reading.assessed_kinds(session, it.review.id),
    )
