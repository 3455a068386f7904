"""Named guards: what the workflow may ask before a step. Each gives findings, never a bare False.

An empty answer lets the step pass. A council's `workflow.yaml` names them on its triggers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from procureflow.domain.findings import Finding, Verdict
from procureflow.domain.policy import Answer, Evaluation

if TYPE_CHECKING:
    from procureflow.domain.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Situation:
    """What a guard sees. `answers` are the request's current answers by question id;
    `endorsed` says whether the sponsor stands behind exactly this content; `returned` are the
    sections that a body sent back and that haven't changed since; `assessed` are the kinds of
    assessment recorded in the open review, `needed` those its stage asks for."""

    bundle: Bundle
    facts: Mapping[str, Any]
    answers: Mapping[str, Any]
    evaluation: Evaluation
    endorsed: bool = False
    returned: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    assessed: frozenset[str] = frozenset()


Guard = Callable[[Situation], tuple[Finding, ...]]


def _refuse(code: str, words: str, remedy: str, section: str | None = None) -> Finding:
    return Finding(code, Verdict.REFUSE, words, remedy, section=section)


def no_exception_needed(situation: Situation) -> tuple[Finding, ...]:
    """The policy allows it as it stands."""
    if situation.evaluation.answer is Answer.ALLOWED:
        return asked_of_the_check(situation.bundle, situation.evaluation)
    return tuple(f for f in situation.evaluation.findings if _against(f))


def asked_of_the_check(bundle: Bundle, evaluation: Evaluation) -> tuple[Finding, ...]:
    """What rules ask of the check itself and don't have: it can be put right there, and holds back
    also what needs no exception."""
    check = bundle.sections_of("check")
    return tuple(f for f in evaluation.findings if f.holds_back and f.section in check)


def exception_possible(situation: Situation) -> tuple[Finding, ...]:
    """The policy asks for an exception and nothing in it refuses outright."""
    answer = situation.evaluation.answer
    if answer is Answer.ALLOWED:
        return (
            _refuse(
                "exception_possible",
                "This needs no exception, so it needs no business case.",
                "Record that no exception is needed.",
            ),
        )
    if answer is Answer.EXCEPTION:
        return ()
    return tuple(
        f for f in situation.evaluation.findings if f.verdict in (Verdict.REFUSE, Verdict.UNKNOWN)
    )


def case_complete(situation: Situation) -> tuple[Finding, ...]:
    """Every question that this case is asked has its answer."""
    bundle = situation.bundle
    findings = []
    for section, question in bundle.unanswered(situation.answers, situation.facts):
        label = bundle.questions.sections[section].questions[question].label
        findings.append(
            _refuse("case_complete", f"“{label}” has no answer yet.", "Answer it.", section)
        )
    return tuple(findings)


def requirements_met(situation: Situation) -> tuple[Finding, ...]:
    """Every rule that asks for something in the case has it, and none refuses."""
    return tuple(f for f in situation.evaluation.findings if f.holds_back)


def endorsed(situation: Situation) -> tuple[Finding, ...]:
    """The sponsor endorsed exactly what is sent on: a changed section voids an endorsement."""
    if situation.endorsed:
        return ()
    return (
        _refuse(
            "endorsed",
            "Your sponsor hasn’t endorsed this version.",
            "Ask your sponsor to endorse it.",
        ),
    )


def return_answered(situation: Situation) -> tuple[Finding, ...]:
    """Every section that the group sent back has been changed since."""
    sections = situation.bundle.questions.sections
    return tuple(
        _refuse(
            "return_answered",
            f"The group needs more in “{sections[section].title}”, and it hasn’t changed since.",
            "Answer what the group asked.",
            section,
        )
        for section in situation.returned
    )


def assessments_recorded(situation: Situation) -> tuple[Finding, ...]:
    """Every assessment that the stage asks for is there."""
    kinds = situation.bundle.workflow.assessments
    return tuple(
        _refuse(
            "assessments_recorded",
            f"The {kinds[kind].name.lower()} isn’t recorded yet.",
            "Wait for it, or remind the assessor.",
        )
        for kind in situation.needed
        if kind not in situation.assessed
    )


def in_words(guard: str) -> str:
    """What a guard asks for, in a sentence."""
    return (GUARDS[guard].__doc__ or guard).partition("\n")[0]


def _against(finding: Finding) -> bool:
    return finding.verdict in (Verdict.REFUSE, Verdict.UNKNOWN, Verdict.REQUIRE)


GUARDS: dict[str, Guard] = {
    guard.__name__: guard
    for guard in (
        no_exception_needed,
        exception_possible,
        case_complete,
        requirements_met,
        return_answered,
        endorsed,
        assessments_recorded,
    )
}
