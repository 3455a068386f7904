"""What a case is asked grows with its cost: the tiers of the default council's business case."""

from __future__ import annotations

from typing import Any

import pytest

from procureflow.domain.definitions.facts import Circumstances, derive
from procureflow.domain.definitions.questions import QuestionType
from procureflow.domain.guards import GUARDS, Situation
from tests.factories.council import CASE, CHECK, DESKTOP
from tests.unit._documents import TODAY, council

#: What a case under £12,000 was asked before there was a standard tier, and is asked today.
LIGHT = {
    "strategic": ("case_need", "why_now", "standard_why_not"),
    "economic": ("benefits",),
    "commercial": ("case_supplier", "quote", "framework"),
    "financial": ("budget_code", "budget_holder", "project_management_cost", "training_cost"),
    "management": ("go_live", "training"),
}
STANDARD = {
    "strategic": (
        *("council_plan", "priority_project", "objectives", "if_nothing_is_done"),
        *("depends_on", "belongs_to"),
    ),
    "economic": ("options_considered", "preferred_option"),
    "commercial": (
        *("route_to_market", "contract_length", "contract_manager", "way_out"),
        "small_supplier",
    ),
    "financial": ("funding_source", "running_cost_owner"),
    "management": (
        *("plan", "project_manager", "project_board"),
        *("review_on", "technical_appraisal", "financial_appraisal", "main_risks"),
        *("data_protection", "equality"),
    ),
}
OPTIONAL = {"depends_on", "belongs_to"}


def written(**changed: Any) -> dict[str, Any]:
    """The answers of a whole case, with the check's changed."""
    case = {key: value for answers in CASE.values() for key, value in answers.items()}
    return {**case, **CHECK, **changed}


def without_standard(**changed: Any) -> dict[str, Any]:
    """The answers of a case that answers what the light tier asks, and nothing else."""
    more = {key for keys in STANDARD.values() for key in keys}
    return {key: value for key, value in written(**changed).items() if key not in more}


def facts_of(answers: dict[str, Any]) -> dict[str, Any]:
    """The facts of a request with these answers."""
    return derive(council(), answers, Circumstances("environment", TODAY))


def asked(answers: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """What each section of the case asks."""
    facts = facts_of(answers)
    return {s: council().asked(s, facts) for s in council().sections_of("case")}


def incomplete(answers: dict[str, Any]) -> list[tuple[str, str]]:
    """(section, words) of each finding that says what the case hasn't answered."""
    facts = facts_of(answers)
    evaluation = council().evaluate(facts)
    situation = Situation(bundle=council(), facts=facts, answers=answers, evaluation=evaluation)
    return [(str(f.section), f.words) for f in GUARDS["case_complete"](situation)]


def label(section: str, question: str) -> str:
    """A question as it is put."""
    return council().questions.sections[section].questions[question].label


@pytest.mark.parametrize("cost", ["0.00", "11999.00", "11999.99"])
def test_a_light_case_is_asked_what_it_always_was(cost: str) -> None:
    assert asked(written(whole_life_cost=cost)) == LIGHT
    assert incomplete(without_standard(whole_life_cost=cost)) == []


@pytest.mark.parametrize("cost", ["12000.00", "64415.00", "250000.00", "250000.01"])
def test_from_the_standard_tier_on_more_is_asked_after_that(cost: str) -> None:
    expected = {section: (*LIGHT[section], *STANDARD[section]) for section in LIGHT}
    assert asked(written(whole_life_cost=cost)) == expected
    assert incomplete(written(whole_life_cost=cost)) == []


def test_a_pilot_is_asked_more_whatever_it_costs() -> None:
    assert asked(written(whole_life_cost="900.00", novel=True)) == asked(written())


@pytest.mark.parametrize("novel", [True, False, None])
def test_while_the_cost_is_unknown_no_more_is_asked(novel: bool | None) -> None:
    assert asked(written(whole_life_cost=None, novel=novel)) == LIGHT


def test_a_pound_more_makes_a_case_incomplete_and_says_what_is_missing() -> None:
    answers = without_standard(whole_life_cost="11999.00")
    assert incomplete(answers) == []
    missing = incomplete({**answers, "whole_life_cost": "12000.00"})
    assert missing == [
        (section, f"“{label(section, question)}” has no answer yet.")
        for section, questions in STANDARD.items()
        for question in questions
        if question not in OPTIONAL
    ]


@pytest.mark.parametrize("question", sorted(OPTIONAL))
def test_what_there_may_be_none_of_holds_nothing_back(question: str) -> None:
    assert incomplete(written(**{question: ""})) == []


def test_what_is_asked_no_more_may_stay_as_it_is_or_go() -> None:
    """The cost falls: what was written stands, and none of it is needed."""
    fallen = written(whole_life_cost="11999.00")
    assert incomplete(fallen) == []
    for question in (key for keys in STANDARD.values() for key in keys):
        assert incomplete({**fallen, question: None}) == []


def test_a_standard_desktop_is_cleared_whatever_it_costs() -> None:
    """It needs no exception, so that nobody asks for a case."""
    for cost in ("612.00", "12240.00"):
        answers = {**DESKTOP, "whole_life_cost": cost}
        facts = facts_of(answers)
        situation = Situation(
            bundle=council(), facts=facts, answers=answers, evaluation=council().evaluate(facts)
        )
        assert GUARDS["no_exception_needed"](situation) == ()
        assert GUARDS["exception_possible"](situation) != ()


def test_each_question_of_the_standard_tier_helps_to_answer_it() -> None:
    """A hint or an example for what is written; choices enough to be true of anybody."""
    for section, keys in STANDARD.items():
        for key in keys:
            question = council().questions.sections[section].questions[key]
            assert question.tier == "standard"
            if question.type is QuestionType.CHOICE:
                assert len(question.options) > 2, key
            else:
                assert question.hint or question.example, key


def test_the_summary_stays_on_one_page() -> None:
    chosen = [
        key
        for keys in STANDARD.values()
        for key in keys
        if council().questions.all()[key][1].in_summary
    ]
    assert chosen == ["preferred_option", "funding_source"]
