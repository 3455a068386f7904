"""A council's documents as one immutable bundle, checked as a whole.

`load_bundle` takes the documents' texts and gives a Bundle, or raises ConfigFaults with every
fault it found; nothing is ever half loaded. The bundle's hash is over the texts as published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from procureflow.domain import checks, workflow_checks
from procureflow.domain.chain import canonical, digest
from procureflow.domain.definitions.catalogue import Catalogue, Option
from procureflow.domain.definitions.facts import (
    SURROUNDINGS,
    derived_types,
    offered,
    question_types,
)
from procureflow.domain.definitions.organisation import Organisation
from procureflow.domain.definitions.parameters import TIERS, Parameters
from procureflow.domain.definitions.policy import Policy
from procureflow.domain.definitions.questions import Question, Questions, QuestionType
from procureflow.domain.definitions.source import (
    ConfigFaults,
    Definition,
    Fault,
    Source,
    parse,
    validate,
)
from procureflow.domain.definitions.workflow import Workflow
from procureflow.domain.expressions import Expression, FactType, Schema
from procureflow.domain.findings import Finding, Verdict
from procureflow.domain.lifecycle import Lifecycle
from procureflow.domain.permissions import Permission
from procureflow.domain.policy import Answer, CompiledRule, Evaluation, evaluate, placeholders

DOCUMENTS: dict[str, type[Definition]] = {
    "organisation.yaml": Organisation,
    "workflow.yaml": Workflow,
    "questions.yaml": Questions,
    "catalogue.yaml": Catalogue,
    "parameters.yaml": Parameters,
}
POLICY_FOLDER = "policy/"
#: Where nothing is in force, nothing is known to be allowed.
_NO_POLICY = Finding(
    "policy",
    Verdict.UNKNOWN,
    "No policy is in force on this day.",
    "Ask the policy officer from when the policy holds.",
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything a council decided about how it decides, in force together."""

    hash: str
    organisation: Organisation
    workflow: Workflow
    questions: Questions
    catalogue: Catalogue
    parameters: Parameters
    policies: tuple[Policy, ...]
    lifecycle: Lifecycle
    schema: Schema
    answer_types: Mapping[str, FactType]
    asked_when: Mapping[str, Expression]
    moves_up: Expression | None
    compiled: Mapping[str, tuple[CompiledRule, ...]]
    catalogue_question: str
    job_role_question: str | None
    benefits_question: str | None
    place_question: str | None
    asset_question: str | None
    #: The facts of SURROUNDINGS that some expression or some words of these documents read.
    looked_up: frozenset[str]

    def rules_on(self, day: date) -> tuple[CompiledRule, ...]:
        """The rules in force on a day: a later document's rule replaces an earlier one's."""
        rules: dict[str, CompiledRule] = {}
        for policy in self.policies:
            if policy.effective_from <= day:
                rules.update({rule.id: rule for rule in self.compiled[policy.name]})
        return tuple(rules.values())

    def evaluate(self, facts: Mapping[str, Any]) -> Evaluation:
        """What the policy in force on the facts' own day says of them. UNKNOWN where none is."""
        rules = self.rules_on(facts["today"])
        return evaluate(rules, facts) if rules else Evaluation(Answer.UNKNOWN, (_NO_POLICY,))

    def offered(self, question: Question) -> dict[str, str]:
        """What a question offers to choose from: key → words."""
        return offered(question, self.organisation, self.catalogue)

    def sections_of(self, phase: str) -> tuple[str, ...]:
        """The sections written in a phase, in the order of the document."""
        return tuple(k for k, s in self.questions.sections.items() if s.phase == phase)

    def asked(self, section: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """The questions of a section put to this request: its tier asks them, their `asked_when`
        is true or still unknown, and there is something to choose from."""
        tier = TIERS.index(facts["tier"]) if facts.get("tier") else 0
        return tuple(
            key
            for key, question in self.questions.sections[section].questions.items()
            if TIERS.index(question.tier) <= tier
            and (key not in self.asked_when or self.asked_when[key].value(facts) is not False)
            and (key != self.catalogue_question or self.standard_options(facts))
        )

    def standard_options(self, facts: Mapping[str, Any]) -> dict[str, Option]:
        """The standard options to choose from, those for the post first (STD-1, STD-2)."""
        post = facts.get(self.job_role_question) if self.job_role_question else None
        return self.catalogue.of(facts["category"], post)

    def unanswered(
        self,
        answers: Mapping[str, Any],
        facts: Mapping[str, Any],
        sections: tuple[str, ...] | None = None,
    ) -> tuple[tuple[str, str], ...]:
        """(section, question) of every required question asked and blank."""
        return tuple(
            (section, key)
            for section in (sections if sections is not None else self.questions.sections)
            for key in self.asked(section, facts)
            if self.questions.sections[section].questions[key].required
            and (
                answers.get(key) in (None, "", []) or self._of_another_category(key, answers, facts)
            )
        )

    def beginnings(
        self, section: str, answers: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the blank questions of a section begin with: answers given in the check."""
        questions = self.questions.sections[section].questions
        blank = (key for key in self.asked(section, facts) if key not in answers)
        begun = {key: questions[key].begins_with for key in blank}
        return {key: answers[other] for key, other in begun.items() if other and other in answers}

    def _of_another_category(
        self, key: str, answers: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> bool:
        """Whether this is a standard option that the category, changed since, doesn't have."""
        return (
            key == self.catalogue_question
            and answers[key] in self.catalogue.options
            and answers[key] not in self.standard_options(facts)
        )

    def stage(self, state: str, on: date) -> tuple[str, tuple[str, ...]]:
        """The body that decides in a group state on that day, and the assessments it hears."""
        definition = self.workflow.states[state]
        body = definition.body or self.organisation.body_in_charge(on)
        return body, definition.assessments

    def referred_to(self) -> tuple[str, ...]:
        """The states in which bodies decide on an exception, in their order."""
        flow, referred = self.workflow, Permission.REQUEST_REFER.value
        first = (trigger.to for trigger in flow.triggers.values() if trigger.may == referred)
        return self.lifecycle.stages_from(next(first, flow.initial))

    def route(self, on: date) -> tuple[str, ...]:
        """The bodies that decide on an exception on that day, in their order."""
        return tuple(self.stage(state, on)[0] for state in self.referred_to())


def load_bundle(texts: Mapping[str, str]) -> Bundle:
    """Documents' texts by name ("policy/2007-03-22-embargo.yaml") → a Bundle.

    Raises ConfigFaults with every fault of every document.
    """
    sources, parsed = _read(texts)
    named: dict[str, Any] = {name.removesuffix(".yaml"): parsed[name] for name in DOCUMENTS}
    policies = {n: p for n, p in parsed.items() if n.startswith(POLICY_FOLDER)}
    faults: list[Fault] = []
    questions: Questions = named["questions"]
    schema, answer_types = _schema(questions, named["organisation"], named["catalogue"])
    context = checks.Context(sources=sources, schema=schema, faults=faults, **named)
    checks.organisation(context)
    checks.questions(context)
    checks.catalogue(context)
    checks.parameters(context)
    lifecycle = workflow_checks.workflow(context)
    compiled = {
        policy.name: checks.policy(context, name, policy) for name, policy in policies.items()
    }
    checks.policy_names(context, policies)
    if faults or lifecycle is None:
        raise ConfigFaults(faults)
    blocks = {question.type: key for key, (_, question) in questions.all().items()}
    return Bundle(
        hash=digest(canonical(dict(texts))),
        **named,
        policies=tuple(sorted(policies.values(), key=lambda p: p.effective_from)),
        lifecycle=lifecycle,
        schema=schema,
        answer_types=answer_types,
        asked_when=context.asked_when,
        moves_up=context.moves_up,
        compiled=compiled,
        catalogue_question=blocks[QuestionType.CATALOGUE_OPTION],
        job_role_question=blocks.get(QuestionType.JOB_ROLE),
        benefits_question=blocks.get(QuestionType.BENEFITS),
        place_question=blocks.get(QuestionType.PLACE),
        asset_question=blocks.get(QuestionType.ASSET),
        looked_up=_looked_up(context, compiled.values()),
    )


def load_schema(texts: Mapping[str, str]) -> tuple[Schema, Mapping[str, FactType]]:
    """(all facts, those that are answers), by the documents that say which there are: whatever
    else is wrong with the others. Raises ConfigFaults."""
    names = ("questions.yaml", "organisation.yaml", "catalogue.yaml")
    faults = _missing(texts, names)
    _, parsed = _parsed({name: texts[name] for name in names if name in texts}, faults)
    return _schema(*(parsed[name] for name in names))


def _schema(
    questions: Questions, organisation: Organisation, catalogue: Catalogue
) -> tuple[Schema, Mapping[str, FactType]]:
    answers = question_types(questions, organisation, catalogue)
    return {**answers, **derived_types(organisation)}, answers


def _looked_up(
    context: checks.Context, compiled: Iterable[tuple[CompiledRule, ...]]
) -> frozenset[str]:
    rules = [rule for policy in compiled for rule in policy]
    read = [*context.asked_when.values(), context.moves_up]
    read += [part for rule in rules for part in (rule.when, rule.met)]
    names = {name for expression in read if expression for name in expression.facts}
    named = {
        name for rule in rules for _, words in rule.rule.texts() for name in placeholders(words)
    }
    return frozenset(SURROUNDINGS) & (names | named)


def _read(texts: Mapping[str, str]) -> tuple[dict[str, Source], dict[str, Any]]:
    """Every document that there has to be, and no other."""
    faults = _missing(texts, DOCUMENTS)
    if not any(name.startswith(POLICY_FOLDER) for name in texts):
        faults.append(Fault(POLICY_FOLDER, 1, "there is no policy", "add a document to it"))
    return _parsed(texts, faults)


def _missing(texts: Mapping[str, str], names: Iterable[str]) -> list[Fault]:
    what, remedy = "the document is missing", "add it to the folder"
    return [Fault(name, 1, what, remedy) for name in names if name not in texts]


def _parsed(
    texts: Mapping[str, str], faults: list[Fault]
) -> tuple[dict[str, Source], dict[str, Any]]:
    """Parse and validate each document by itself, gathering the faults of all."""
    sources: dict[str, Source] = {}
    parsed: dict[str, Any] = {}
    for name, text in texts.items():
        model = Policy if name.startswith(POLICY_FOLDER) else DOCUMENTS.get(name)
        if model is None:
            faults.append(Fault(name, 1, "this document has no place here", "move it elsewhere"))
            continue
        try:
            sources[name] = parse(name, text)
            parsed[name] = validate(sources[name], model)
        except ConfigFaults as error:
            faults.extend(error.faults)
    if faults:
        raise ConfigFaults(faults)
    return sources, parsed
