"""What must hold between the parts of a council's documents. Each check appends its faults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword

from procureflow.domain.definitions.catalogue import Catalogue
from procureflow.domain.definitions.facts import NONE_OF_THESE, decode, derived_types
from procureflow.domain.definitions.organisation import Organisation
from procureflow.domain.definitions.parameters import Parameters
from procureflow.domain.definitions.policy import Policy, Rule, Standing
from procureflow.domain.definitions.questions import Question, Questions, QuestionType
from procureflow.domain.definitions.source import Fault, Path, Source
from procureflow.domain.definitions.workflow import Workflow
from procureflow.domain.expressions import (
    Expression,
    ExpressionError,
    Schema,
    compile_expression,
)
from procureflow.domain.findings import Verdict
from procureflow.domain.policy import CompiledRule, placeholders
from procureflow.domain.voting import Choice

#: What lists and reports show of every request: these questions must be asked, of these types.
COLUMNS: dict[str, QuestionType] = {
    "title": QuestionType.TEXT,
    "category": QuestionType.CHOICE,
    "supplier": QuestionType.TEXT,
    "whole_life_cost": QuestionType.MONEY,
}

READABLE = 4.5


#: A policy document may carry its first day in its name.
_DATED = re.compile(r"policy/(\d{4}-\d{2}-\d{2})-")


@dataclass
class Context:
    """The documents under check, and what the checks find."""

    sources: Mapping[str, Source]
    schema: Schema
    faults: list[Fault]
    organisation: Organisation
    workflow: Workflow
    questions: Questions
    catalogue: Catalogue
    parameters: Parameters
    asked_when: dict[str, Expression] = field(default_factory=dict)
    moves_up: Expression | None = None

    def fault(self, document: str, path: Path, what: str, remedy: str) -> None:
        """Add a fault at that part of the document."""
        self.faults.append(self.sources[document].fault(path, what, remedy))

    def known(self, document: str, path: Path, key: str, among: Iterable[str], noun: str) -> bool:
        """Whether `key` is among what is defined; a fault where it isn't."""
        defined = list(among)
        if key in defined:
            return True
        self.fault(document, path, f"“{key}” is not {noun}", f"use one of: {', '.join(defined)}")
        return False

    def compile(
        self, document: str, path: Path, text: str, schema: Schema | None = None
    ) -> Expression | None:
        """The expression, or None and a fault."""
        try:
            return compile_expression(text, self.schema if schema is None else schema)
        except ExpressionError as error:
            self.fault(document, path, error.what, error.remedy)
            return None


def organisation(context: Context) -> None:
    """Directorates say where they are from; the handover names bodies, in order of date."""
    document, org = "organisation.yaml", context.organisation
    if _contrast_with_white(org.council.colour) < READABLE:
        what = f"white text can’t be read on {org.council.colour}"
        context.fault(document, ("council", "colour"), what, "choose a darker colour")
    for key, directorate in org.directorates.items():
        if (directorate.source is None) is (directorate.assumed is None):
            context.fault(
                document,
                ("directorates", key),
                f"`{key}` must say either which source names it or that it is assumed",
                "add `source:` or `assumed:`",
            )
    previous = None
    for index, entry in enumerate(org.in_charge):
        path: Path = ("in_charge", index)
        context.known(document, (*path, "body"), entry.body, org.bodies, "a body")
        if previous is not None and entry.from_ <= previous:
            context.fault(
                document,
                (*path, "from"),
                f"{entry.from_} is not after {previous}",
                "list the bodies in charge in order of date, each day once",
            )
        previous = entry.from_
        if index and entry.body == org.in_charge[index - 1].body:
            what = f"`{entry.body}` hands over to itself"
            context.fault(document, (*path, "body"), what, "remove this line, or name another body")
    for key, body in org.bodies.items():
        if body.no_majority is Choice.ABSTAIN:
            context.fault(
                document,
                ("bodies", key, "no_majority"),
                "“abstain” is no outcome",
                "use approve, reject or return",
            )


def questions(context: Context) -> None:
    """Ids are facts: each once, none taken, and those that lists show are asked."""
    document, sections = "questions.yaml", context.questions.sections
    seen: dict[str, str] = {}
    types: dict[QuestionType, list[str]] = {}
    for section_key, section in sections.items():
        for key, question in section.questions.items():
            path: Path = ("sections", section_key, "questions", key)
            if key in seen:
                context.fault(
                    document, path, f"`{key}` is asked twice", f"rename it; see {seen[key]}"
                )
            seen[key] = section_key
            types.setdefault(question.type, []).append(key)
            _question(context, path, key, question)
            _beginning(context, path, section.phase, question)
    for key, wanted in COLUMNS.items():
        found = context.questions.all().get(key)
        if found is None:
            what = f"no question `{key}` of type {wanted.value}"
            context.fault(document, ("sections",), what, "lists need it: ask it")
        elif found[1].type is not wanted:
            path = ("sections", found[0], "questions", key)
            what = f"`{key}` is of type {found[1].type.value}"
            context.fault(document, path, what, f"lists need it: make it {wanted.value}")
        elif sections[found[0]].phase != "check" and found[1].required:
            what = f"`{key}` is not asked in the check"
            context.fault(document, ("sections", found[0], "questions", key), what, "ask it there")
    if len(types.get(QuestionType.CATALOGUE_OPTION, [])) != 1:
        context.fault(
            document, ("sections",), "not exactly one question of type catalogue_option", "ask one"
        )
    for kind in (QuestionType.BENEFITS, QuestionType.PLACE, QuestionType.ASSET):
        if len(types.get(kind, [])) > 1:
            what = f"more than one question of type {kind.value}"
            context.fault(document, ("sections",), what, "keep one")
    for phase in ("check", "case"):
        if not any(section.phase == phase for section in sections.values()):
            context.fault(document, ("sections",), f"no section of phase {phase}", "add one")


def _question(context: Context, path: Path, key: str, question: Question) -> None:
    document = "questions.yaml"
    if key in derived_types(context.organisation) or key in ("true", "false", "known"):
        context.fault(document, path, f"`{key}` is a fact of its own", "rename it")
    if iskeyword(key):
        context.fault(document, path, f"no rule can be written about `{key}`", "rename it")
    if (question.type is QuestionType.CHOICE) is not bool(question.options):
        what = "only a choice has options, and it needs them"
        context.fault(document, path, f"`{key}`: {what}", "add `options:` or change the type")
    low, high = question.at_least, question.at_most
    if low is not None and high is not None and low > high:
        context.fault(document, (*path, "at_least"), "more than `at_most`", "swap the two")
    if question.asked_when is not None:
        where = (*path, "asked_when")
        compiled = context.compile(document, where, question.asked_when)
        if compiled is not None:
            if key in compiled.facts:
                context.fault(document, where, f"`{key}` waits for its own answer", "ask another")
            context.asked_when[key] = compiled


def _beginning(context: Context, path: Path, phase: str, question: Question) -> None:
    """A case may begin with what the check was told, in words or in pounds as they were given."""
    if question.begins_with is None:
        return
    document, where = "questions.yaml", (*path, "begins_with")
    asked = context.questions.all()
    if not context.known(document, where, question.begins_with, asked, "a question"):
        return
    section, other = asked[question.begins_with]
    if phase != "case" or context.questions.sections[section].phase != "check":
        what = "only a question of the case begins with an answer, and with one of the check"
        context.fault(document, where, what, "remove it")
    elif other.type is not question.type or other.options != question.options:
        what = f"`{question.begins_with}` is answered in another way"
        context.fault(document, where, what, "name a question of the same type, or remove it")
    elif other.max_length > question.max_length:
        what = f"an answer to `{question.begins_with}` may be too long for it"
        context.fault(document, where, what, "raise `max_length:`")


def catalogue(context: Context) -> None:
    """Options belong to categories and job roles that exist."""
    document = "catalogue.yaml"
    category = context.questions.all().get("category")
    categories = category[1].options if category else {}
    for key, option in context.catalogue.options.items():
        path: Path = ("options", key)
        if key == NONE_OF_THESE:
            context.fault(document, path, f"`{key}` means “none of these”", "rename the option")
        context.known(document, (*path, "category"), option.category, categories, "a category")
        for index, role in enumerate(option.job_roles):
            where = (*path, "job_roles", index)
            context.known(document, where, role, context.organisation.job_roles, "a job role")


def parameters(context: Context) -> None:
    """The tier can't depend on itself."""
    text = context.parameters.tiers.moves_up_when
    if text is not None:
        schema = {name: kind for name, kind in context.schema.items() if name != "tier"}
        where = ("tiers", "moves_up_when")
        context.moves_up = context.compile("parameters.yaml", where, text, schema)


def policy(context: Context, document: str, policy: Policy) -> tuple[CompiledRule, ...]:
    """Each rule's names are known, its expressions typed, its examples true."""
    compiled = []
    homes = {key: section for key, (section, _) in context.questions.all().items()}
    for rule_id, rule in policy.rules.items():
        path: Path = ("rules", rule_id)
        _source(context, document, path, rule, policy)
        before = len(context.faults)
        when = context.compile(document, (*path, "when"), rule.when)
        met = _requirement(context, document, path, rule)
        for part, words in rule.texts():
            _placeholders(context, document, (*path, part), words)
        if when is not None:
            ready = CompiledRule(rule_id, rule, policy.name, when, met, homes)
            compiled.append(ready)
            if len(context.faults) == before:
                _examples(context, document, path, ready)
    return tuple(compiled)


def policy_names(context: Context, policies: Mapping[str, Policy]) -> None:
    """Two documents can't share a name or a first day: which of them holds would be chance."""
    for part in ("name", "effective_from"):
        seen: dict[str, str] = {}
        for document, policy in policies.items():
            said = str(getattr(policy, part))
            if said in seen:
                what = f"“{said}” is also said by {seen[said]}"
                context.fault(document, (part,), what, "give each document its own")
            seen[said] = document
    for document, policy in policies.items():
        dated = _DATED.match(document)
        if dated and dated[1] != policy.effective_from.isoformat():
            what = f"it takes effect on another day than {dated[1]}, which its name says"
            context.fault(document, ("effective_from",), what, "correct one of the two")


def _source(context: Context, document: str, path: Path, rule: Rule, policy: Policy) -> None:
    if (rule.quote is None) is not (rule.source is None):
        what = "`quote` and `source` go together"
        context.fault(document, path, what, "give both, or neither for a rule of standing `ours`")
    elif rule.source is not None:
        context.known(document, (*path, "source"), rule.source, policy.sources, "a source")
    elif rule.standing is not Standing.OURS:
        what = f"`{rule.standing.value}` says that a source stands behind it, and none is quoted"
        context.fault(document, path, what, "quote it, or change the standing to `ours`")


def _requirement(context: Context, document: str, path: Path, rule: Rule) -> Expression | None:
    requires, where = rule.requires, (*path, "requires")
    if (requires is not None) is not (rule.verdict is Verdict.REQUIRE):
        what = "a rule that requires says what, and only that one does"
        context.fault(document, path, what, "add `requires:` or change the verdict")
        return None
    if requires is None:
        return None
    if sum((requires.exception, requires.assessment is not None, requires.met is not None)) != 1:
        what = "a rule requires one thing: an exception, an assessment, or answers (`met`)"
        context.fault(document, where, what, "keep one of the three")
    if requires.assessment is not None:
        heard = {k for state in context.workflow.states.values() for k in state.assessments}
        where_kind = (*where, "assessment")
        noun = "an assessment that some group hears"
        context.known(document, where_kind, requires.assessment, sorted(heard), noun)
    if (requires.section is not None) is not (requires.met is not None):
        context.fault(document, where, "`met` and `section` go together", "give both, or neither")
    if requires.section is not None:
        sections = context.questions.sections
        context.known(document, (*where, "section"), requires.section, sections, "a section")
    if requires.met is None:
        return None
    return context.compile(document, (*where, "met"), requires.met)


def _placeholders(context: Context, document: str, path: Path, words: str) -> None:
    try:
        names = placeholders(words)
    except ValueError:
        what = "braces that hold no fact, or more than its name"
        context.fault(document, path, what, "write {fact}, or no brace")
        return
    for name in names:
        context.known(document, path, name, context.schema, "a fact that words can name")


def _examples(context: Context, document: str, path: Path, compiled: CompiledRule) -> None:
    gives = {example.gives for example in compiled.rule.examples}
    if compiled.rule.verdict.value not in gives:
        what = f"no example of {compiled.id} shows that it fires"
        remedy = f"add one that gives {compiled.rule.verdict.value}"
        context.fault(document, (*path, "examples"), what, remedy)
    if not gives - {compiled.rule.verdict.value, "unknown"}:
        what = f"no example of {compiled.id} shows where it doesn’t fire"
        context.fault(document, (*path, "examples"), what, "add one that gives silent")
    for index, example in enumerate(compiled.rule.examples):
        where = (*path, "examples", index)
        unknown = [name for name in example.facts if name not in context.schema]
        for name in unknown:
            what = f"example {index + 1}: `{name}` is not a fact"
            context.fault(document, (*where, "facts", name), what, "`config facts` lists them")
        if unknown:
            continue
        try:
            facts = decode(example.facts, context.schema)
        except ValueError as error:
            context.fault(document, where, f"example {index + 1}: {error}", "correct the fact")
            continue
        finding = compiled.evaluate(facts)
        given = "silent" if finding is None else finding.verdict.value
        if given != example.gives:
            context.fault(
                document,
                where,
                f"example {index + 1} of {compiled.id} gives “{given}”, not “{example.gives}”",
                "correct the rule or its example",
            )


def _contrast_with_white(colour: str) -> float:
    """WCAG 2.2 contrast ratio of white on a #rrggbb colour."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    knee = 0.04045
    linear = [c / 12.92 if c <= knee else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)
