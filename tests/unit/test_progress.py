"""Where a request is: one holder and one sentence for everything that it can be in."""

from __future__ import annotations

from typing import Any

import pytest

from procureflow.domain.findings import Finding, Verdict
from procureflow.domain.policy import Answer, Evaluation
from procureflow.domain.progress import Holder, Progress, Standing, progress
from procureflow.domain.voting import Choice, Outcome, Tally
from tests.unit._documents import council

UNMET = Finding("PM-1", Verdict.REQUIRE, "The cost.", "Add it.", "financial", met=False)
TALLY = Tally(approve=0, reject=0, return_=0, abstain=0, present=0, recused=0, absent=0, quorum=3)


def told(state: str, answer: Answer = Answer.EXCEPTION, **more: Any) -> Progress:
    """What is told of a request of the default council."""
    seen = {"evaluation": Evaluation(answer, ()), "unanswered": 0, **more}
    return progress(Standing(bundle=council(), state=state, **seen))


def outcome(choice: Choice | None, why: str = "Two more are needed.") -> Outcome:
    """What ballots give."""
    return Outcome(choice, TALLY, presiding=7, casting_vote_used=False, why=why)


@pytest.mark.parametrize("answer", Answer)
def test_a_check_is_the_requesters_whatever_the_policy_says(answer: Answer) -> None:
    words = {told("draft", answer).words for answer in Answer}
    assert len(words) == len(Answer)
    assert told("draft", answer).holder is Holder.REQUESTER


@pytest.mark.parametrize(
    ("seen", "holder", "words"),
    [
        ({"unanswered": 1}, Holder.REQUESTER, "1 question to answer"),
        ({"unanswered": 4}, Holder.REQUESTER, "4 questions to answer"),
        ({}, Holder.REQUESTER, "Ask your sponsor"),
        ({"submitted": True, "current": True}, Holder.SPONSOR, "The sponsor reads it"),
        # It was changed after the sponsor was asked: there is nothing for them to read.
        ({"submitted": True, "current": False}, Holder.REQUESTER, "Ask your sponsor"),
        (
            {"submitted": True, "current": True, "verdict": "sent_back"},
            Holder.REQUESTER,
            "The sponsor sent it back",
        ),
        (
            {"submitted": True, "current": True, "verdict": "endorsed"},
            Holder.REQUESTER,
            "Check the answers and refer it",
        ),
        # An endorsement of other content is none.
        (
            {"submitted": True, "current": False, "verdict": "endorsed"},
            Holder.REQUESTER,
            "Ask your sponsor",
        ),
        (
            {"evaluation": Evaluation(Answer.EXCEPTION, (UNMET,))},
            Holder.REQUESTER,
            "the policy asks for more",
        ),
    ],
)
def test_a_case_is_with_whoever_has_to_act(
    seen: dict[str, Any], holder: Holder, words: str
) -> None:
    found = told("business_case", **seen)
    assert (found.holder, words in found.words) == (holder, True), found


@pytest.mark.parametrize(
    ("seen", "holder", "words"),
    [
        (
            {"waiting": ("Standards assessment", "Funding assessment")},
            Holder.ASSESSORS,
            "the standards assessment and funding assessment",
        ),
        ({}, Holder.MEMBERS, "Voting is open."),
        ({"outcome": outcome(None)}, Holder.MEMBERS, "Two more are needed."),
        ({"outcome": outcome(Choice.REJECT)}, Holder.PRESIDING, "enough votes"),
        # No vote counts before the assessments are there.
        (
            {"waiting": ("Funding assessment",), "outcome": outcome(Choice.APPROVE)},
            Holder.ASSESSORS,
            "the funding assessment",
        ),
    ],
)
def test_a_review_is_with_assessors_then_members_then_the_chair(
    seen: dict[str, Any], holder: Holder, words: str
) -> None:
    found = told("group_review", **seen)
    assert (found.holder, words in found.words) == (holder, True), found


def test_every_state_of_the_workflow_has_a_holder_and_a_sentence() -> None:
    for name, state in council().workflow.states.items():
        found = told(name)
        assert found.words.endswith("."), name
        assert (found.holder is Holder.NOBODY) == (state.kind == "final"), name
