"""Rules over facts → findings: every rule evaluated, every finding kept, each with its why.

The strongest verdict wins: refuse, require, advise, allow. A rule whose answer is missing gives
an `unknown` finding that names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from string import Formatter
from typing import Any

from procureflow.domain.calendar import in_words
from procureflow.domain.definitions.policy import Rule
from procureflow.domain.expressions import Expression, Facts
from procureflow.domain.findings import STRENGTH, Finding, Settled, Verdict


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to run. `document` names the policy it stands in; `homes` says in which section
    each answer is given."""

    id: str
    rule: Rule
    document: str
    when: Expression
    met: Expression | None
    homes: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks_for_a_case(self) -> bool:
        """Whether it is about what a business case says, so that nothing else can break it."""
        return self.met is not None

    @property
    def breakable(self) -> bool:
        """Whether a rejection can cite it: what only advises or allows can't be broken."""
        return self.rule.verdict in (Verdict.REQUIRE, Verdict.REFUSE)

    def evaluate(self, facts: Facts) -> Finding | None:
        """This rule's finding, or None where it has nothing to say."""
        fires = self.when.value(facts)
        rule = self.rule
        if fires is None:
            return Finding(
                code=self.id,
                verdict=Verdict.UNKNOWN,
                words=f"{rule.title}: this can’t be judged yet.",
                remedy="Answer what is missing.",
                missing=self.when.missing(facts),
            )
        if not fires:
            other = rule.otherwise
            if other is None:
                return None
            return Finding(self.id, other.verdict, fill(other.words, facts))
        met: bool | None = None
        missing: tuple[str, ...] = ()
        if self.met is not None:
            met = self.met.value(facts) is True
            missing = () if met else self.met.missing(facts)
        return Finding(
            code=self.id,
            verdict=rule.verdict,
            words=fill(rule.words, facts),
            remedy=fill(rule.remedy, facts),
            section=self._section(missing),
            missing=missing,
            met=met,
            settled_by=_settled_by(rule),
        )

    def _section(self, missing: Iterable[str]) -> str | None:
        """Where to mend it: where an answer is missing, else where the rule says."""
        requires = self.rule.requires
        if requires is None or requires.section is None:
            return None
        return next((self.homes[name] for name in missing if name in self.homes), requires.section)


class Answer(StrEnum):
    """The policy's answer in one word."""

    ALLOWED = "allowed"
    EXCEPTION = "exception"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the policy says of one request. Findings are ordered strongest first."""

    answer: Answer
    findings: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that some rule waits for."""
        names = {m for f in self.findings if f.verdict is Verdict.UNKNOWN for m in f.missing}
        return tuple(sorted(names))


_ORDER = {Verdict.UNKNOWN: 2.5, **STRENGTH}


def evaluate(rules: Iterable[CompiledRule], facts: Facts) -> Evaluation:
    """Every rule over these facts."""
    findings: list[Finding] = []
    exception = refused = unknown = False
    for compiled in rules:
        finding = compiled.evaluate(facts)
        if finding is None:
            continue
        findings.append(finding)
        if finding.verdict is Verdict.REFUSE:
            refused = True
        elif finding.verdict is Verdict.UNKNOWN:
            unknown = True
        elif finding.verdict is Verdict.REQUIRE and _asks_for_exception(compiled, finding):
            exception = True
    answer = (
        Answer.REFUSED
        if refused
        else Answer.UNKNOWN
        if unknown
        else Answer.EXCEPTION
        if exception
        else Answer.ALLOWED
    )
    findings.sort(key=lambda f: -_ORDER[f.verdict])
    return Evaluation(answer, tuple(findings))


def _settled_by(rule: Rule) -> Settled | None:
    if rule.requires is None:
        return None
    if rule.requires.exception:
        return Settled.DECISION
    return Settled.ASSESSMENT if rule.requires.assessment else Settled.ANSWERS


def _asks_for_exception(compiled: CompiledRule, finding: Finding) -> bool:
    rule = compiled.rule
    return finding.verdict is rule.verdict and rule.requires is not None and rule.requires.exception


def fill(words: str, facts: Mapping[str, Any]) -> str:
    """Words with their {facts} filled in as people say them: 64,415, 31 March 2027, yes. An
    unknown one reads as “not known yet”."""
    if "{" not in words:
        return words
    return Formatter().vformat(words, (), _Known(facts))


def placeholders(words: str) -> tuple[str, ...]:
    """The names in braces. Raises ValueError where the braces don't match or hold more."""
    names = []
    for _, name, form, conversion in Formatter().parse(words):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} is not a fact and nothing else")
        names.append(name)
    return tuple(names)


class _Known(dict[str, Any]):
    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__(facts)

    def __missing__(self, key: str) -> str:
        return "not known yet"

    def __getitem__(self, key: str) -> Any:
        return _spoken(super().get(key))


def _spoken(value: Any) -> str:
    match value:
        case None:
            return "not known yet"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
        case date():
            return in_words(value)
    return str(value)
