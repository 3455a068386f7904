"""Where a request is: who holds the ball, what they have to do, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.guards import asked_of_the_check
from procureflow.domain.policy import Answer, Evaluation
from procureflow.domain.voting import Outcome

if TYPE_CHECKING:
    from procureflow.domain.bundle import Bundle


class Holder(StrEnum):
    """Who has to act next."""

    REQUESTER = "requester"
    SPONSOR = "sponsor"
    ASSESSORS = "assessors"
    MEMBERS = "members"
    PRESIDING = "presiding"
    SECRETARY = "secretary"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Standing:
    """What progress is told from. `verdict` is the sponsor's on the latest submission (None: not
    answered); `current` says whether that submission is still the content as it is; `waiting`
    are the names of the assessments still to come; `outcome` is what the ballots give by now."""

    bundle: Bundle
    state: str
    evaluation: Evaluation
    unanswered: int
    submitted: bool = False
    current: bool = False
    verdict: str | None = None
    waiting: tuple[str, ...] = ()
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Who holds the request, and one sentence on what they have to do."""

    holder: Holder
    words: str


def progress(standing: Standing) -> Progress:
    """Who holds the ball, told from the request as it stands."""
    definition = standing.bundle.workflow.states[standing.state]
    if definition.kind is StateKind.FINAL:
        return Progress(Holder.NOBODY, definition.words)
    if standing.bundle.lifecycle.provisional(standing.state):
        return Progress(Holder.SECRETARY, definition.words)
    if definition.kind is StateKind.DECIDED:
        return Progress(
            Holder.REQUESTER, "It can be bought, within any conditions of the decision."
        )
    if definition.kind is StateKind.GROUP:
        return _in_review(standing)
    if definition.phase == "check":
        return _in_check(standing)
    return _in_case(standing)


def _in_check(standing: Standing) -> Progress:
    if asked_of_the_check(standing.bundle, standing.evaluation):
        return Progress(Holder.REQUESTER, "Change what the policy names.")
    words = {
        Answer.ALLOWED: "Record that no exception is needed, and then order it.",
        Answer.EXCEPTION: "Start the business case for it.",
        Answer.UNKNOWN: "Answer what is missing.",
        Answer.REFUSED: "Change what the policy names.",
    }
    return Progress(Holder.REQUESTER, words[standing.evaluation.answer])


def _in_case(standing: Standing) -> Progress:
    if standing.submitted and standing.current and standing.verdict is None:
        return Progress(Holder.SPONSOR, "The sponsor reads it and endorses it or sends it back.")
    if standing.current and standing.verdict == "endorsed":
        return Progress(
            Holder.REQUESTER, "The sponsor endorsed it. Check the answers and refer it."
        )
    if standing.unanswered:
        questions = "question" if standing.unanswered == 1 else "questions"
        return Progress(
            Holder.REQUESTER, f"{standing.unanswered} {questions} to answer in the business case."
        )
    if standing.current and standing.verdict == "sent_back":
        return Progress(Holder.REQUESTER, "The sponsor sent it back to be changed.")
    if any(f.holds_back for f in standing.evaluation.findings):
        return Progress(Holder.REQUESTER, "The case is written, but the policy asks for more.")
    return Progress(Holder.REQUESTER, "The case is written. Ask your sponsor to endorse it.")


def _in_review(standing: Standing) -> Progress:
    if standing.waiting:
        kinds = " and ".join(name.lower() for name in standing.waiting)
        return Progress(Holder.ASSESSORS, f"Waiting for the {kinds}.")
    result = standing.outcome
    if result is None or result.choice is None:
        why = result.why if result else "Voting is open."
        return Progress(Holder.MEMBERS, f"Members declare their interests and vote. {why}")
    return Progress(
        Holder.PRESIDING, "There are enough votes to decide. Voting is open until it is closed."
    )
