"""Guards: each lets a step pass with no finding, or says what holds it back and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from procureflow.domain.findings import Finding, Verdict
from procureflow.domain.guards import GUARDS, Situation
from procureflow.domain.policy import Answer, Evaluation
from tests.unit._documents import council, facts

ALLOW = Finding("EMB-1", Verdict.ALLOW, "Outside it.")
ADVISE = Finding("AST-2", Verdict.ADVISE, "It stays.")
EXCEPTION = Finding("EMB-1", Verdict.REQUIRE, "An exception.")
MET = Finding("BC-1", Verdict.REQUIRE, "Benefits.", met=True)
UNMET = Finding("PM-1", Verdict.REQUIRE, "The cost.", "Add it.", "financial", met=False)
UNKNOWN = Finding("STD-1", Verdict.UNKNOWN, "Not yet.", missing=("in_catalogue",))
REFUSE = Finding("T-1", Verdict.REFUSE, "Never.")
EVERYTHING = (REFUSE, UNKNOWN, EXCEPTION, MET, UNMET, ADVISE, ALLOW)


def situation(
    answer: Answer = Answer.EXCEPTION, findings: Iterable[Finding] = (), **more: Any
) -> Situation:
    """A request of the default council as a guard sees it."""
    seen: dict[str, Any] = {"facts": facts(), "answers": {}, **more}
    return Situation(bundle=council(), evaluation=Evaluation(answer, tuple(findings)), **seen)


def test_the_workflow_can_name_these_guards() -> None:
    assert set(GUARDS) == {
        "no_exception_needed",
        "exception_possible",
        "case_complete",
        "requirements_met",
        "return_answered",
        "endorsed",
        "assessments_recorded",
    }


# --- the policy's answer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "holds"),
    [
        (Answer.ALLOWED, ()),
        (Answer.EXCEPTION, (REFUSE, UNKNOWN, EXCEPTION, MET, UNMET)),
        (Answer.UNKNOWN, (REFUSE, UNKNOWN, EXCEPTION, MET, UNMET)),
        (Answer.REFUSED, (REFUSE, UNKNOWN, EXCEPTION, MET, UNMET)),
    ],
)
def test_a_request_is_cleared_only_where_the_policy_allows_it(
    answer: Answer, holds: tuple[Finding, ...]
) -> None:
    assert GUARDS["no_exception_needed"](situation(answer, EVERYTHING)) == holds


def test_what_a_rule_asks_of_the_check_holds_back_what_needs_no_exception() -> None:
    asked = Finding("RUN-1", Verdict.REQUIRE, "The years.", "Correct it.", "need", met=False)
    given = Finding("RUN-2", Verdict.REQUIRE, "The cost.", "Correct it.", "need", met=True)
    findings = (asked, given, UNMET, ADVISE)
    assert GUARDS["no_exception_needed"](situation(Answer.ALLOWED, findings)) == (asked,)


@pytest.mark.parametrize(
    ("answer", "holds"),
    [
        (Answer.EXCEPTION, ()),
        (Answer.UNKNOWN, (REFUSE, UNKNOWN)),
        (Answer.REFUSED, (REFUSE, UNKNOWN)),
    ],
)
def test_a_case_is_begun_only_where_an_exception_is_possible(
    answer: Answer, holds: tuple[Finding, ...]
) -> None:
    assert GUARDS["exception_possible"](situation(answer, EVERYTHING)) == holds


def test_what_is_allowed_needs_no_case_and_is_told_what_to_do() -> None:
    (finding,) = GUARDS["exception_possible"](situation(Answer.ALLOWED, [ALLOW]))
    assert finding.holds_back
    assert finding.words == "This needs no exception, so it needs no business case."
    assert finding.remedy == "Record that no exception is needed."


def test_before_the_group_only_what_holds_back_counts() -> None:
    found = GUARDS["requirements_met"](situation(findings=EVERYTHING))
    assert found == (REFUSE, UNKNOWN, UNMET)
    assert GUARDS["requirements_met"](situation(findings=[EXCEPTION, MET, ADVISE, ALLOW])) == ()


@pytest.mark.parametrize(
    ("known", "possible"),
    [
        ({"category": "desktop", "in_catalogue": True}, ("no_exception_needed",)),
        ({"category": "desktop", "in_catalogue": False}, ("exception_possible",)),
        ({"category": "server", "in_catalogue": True}, ("exception_possible",)),
        ({"category": "desktop"}, ()),
        ({}, ()),
    ],
)
def test_one_of_the_two_ways_on_is_open_and_never_both(
    known: dict[str, Any], possible: tuple[str, ...]
) -> None:
    told = facts(already_ordered=False, **known)
    seen = Situation(bundle=council(), facts=told, answers={}, evaluation=council().evaluate(told))
    both = ("no_exception_needed", "exception_possible")
    assert tuple(name for name in both if not GUARDS[name](seen)) == possible


# --- the case -------------------------------------------------------------------------------------


def complete() -> dict[str, Any]:
    """An answer to every question."""
    return {key: "something" for key, _ in council().questions.all().items()}


def test_a_complete_case_passes() -> None:
    assert GUARDS["case_complete"](situation(answers=complete())) == ()


@pytest.mark.parametrize("blank", ["", None, []])
def test_a_blank_answer_is_named_by_its_question_and_its_section(blank: Any) -> None:
    (finding,) = GUARDS["case_complete"](situation(answers=complete() | {"budget_code": blank}))
    assert finding == Finding(
        "case_complete",
        Verdict.REFUSE,
        "“Budget code” has no answer yet.",
        "Answer it.",
        section="financial",
    )


def test_a_question_that_may_stay_blank_or_is_not_asked_holds_nothing_back() -> None:
    answers = complete() | {"framework": "", "supplier": "", "standard_why_not": ""}
    assert len(GUARDS["case_complete"](situation(answers=answers))) == 1
    told = facts(in_catalogue=True)
    assert GUARDS["case_complete"](situation(answers=answers, facts=told)) == ()


def test_every_blank_answer_is_named() -> None:
    found = GUARDS["case_complete"](situation())
    assert len(found) == len(council().unanswered({}, facts())) > 10


# --- endorsement and assessments ------------------------------------------------------------------


def test_the_sponsor_stands_behind_exactly_this_version() -> None:
    assert GUARDS["endorsed"](situation(endorsed=True)) == ()
    (finding,) = GUARDS["endorsed"](situation())
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, "endorsed")
    assert finding.remedy == "Ask your sponsor to endorse it."


@pytest.mark.parametrize(
    ("needed", "assessed", "waits_for"),
    [
        ((), set(), []),
        (("standards", "funding"), {"standards", "funding"}, []),
        (("standards", "funding"), {"standards"}, ["funding"]),
        (("standards", "funding"), set(), ["standards", "funding"]),
        (("funding",), {"standards"}, ["funding"]),
    ],
)
def test_every_assessment_that_is_needed_is_waited_for(
    needed: tuple[str, ...], assessed: set[str], waits_for: list[str]
) -> None:
    found = GUARDS["assessments_recorded"](situation(needed=needed, assessed=frozenset(assessed)))
    names = [f"The {kind} assessment isn’t recorded yet." for kind in waits_for]
    assert [finding.words for finding in found] == names


# --- all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GUARDS)
def test_what_a_guard_finds_holds_back_and_says_so(name: str) -> None:
    needed = ("standards", "funding")
    for finding in GUARDS[name](situation(Answer.UNKNOWN, [UNKNOWN, UNMET], needed=needed)):
        assert finding.holds_back
        assert finding.words.endswith(".")


def test_what_the_group_sent_back_holds_the_case_until_it_changes() -> None:
    assert GUARDS["return_answered"](situation()) == ()
    (finding,) = GUARDS["return_answered"](situation(returned=("commercial",)))
    assert (finding.section, finding.holds_back) == ("commercial", True)
    assert "How it will be bought" in finding.words
