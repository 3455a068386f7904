"""`policy/<date>-<name>.yaml`: rules, each with its words, its source and its standing."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from procureflow.domain.definitions.organisation import Key, Line, Words
from procureflow.domain.definitions.source import Day, Definition, Flag
from procureflow.domain.findings import Verdict

RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,6}-[0-9]{1,3}$")]
RuleVerdict = Literal[Verdict.ALLOW, Verdict.ADVISE, Verdict.REQUIRE, Verdict.REFUSE]


class Standing(StrEnum):
    """What the source really does, so that nobody is told a council decided what it only heard."""

    DECIDED = "decided"
    WELCOMED = "welcomed"
    DESCRIBED = "described"
    OURS = "ours"


class Source(Definition):
    """Where a rule is written: the report, its date, and the note that its standing needs."""

    report: Line
    title: Line
    dated: Day | None = None


class Requirement(Definition):
    """What a `require` rule asks for: an exception by the body, an assessment, or answers that
    make `met` true, to be given in `section`."""

    exception: Flag = False
    assessment: Key | None = None
    met: Line | None = None
    section: Key | None = None


class Otherwise(Definition):
    """What the rule says where `when` is false (EMB-1: desktops continue). It asks nothing."""

    verdict: Literal[Verdict.ALLOW, Verdict.ADVISE]
    words: Words


class Example(Definition):
    """The rule's own test: these facts → this verdict (`silent`: no finding)."""

    facts: dict[Key, Any]
    gives: Literal["allow", "advise", "require", "refuse", "unknown", "silent"]


class Rule(Definition):
    """One rule of the policy. Every rule quotes its source, unless it is `ours` alone."""

    title: Line
    when: Line
    verdict: RuleVerdict
    words: Words
    remedy: Words
    requires: Requirement | None = None
    otherwise: Otherwise | None = None
    quote: Words | None = None
    source: Line | None = None
    standing: Standing
    note: Words | None = None
    action: Flag = False
    examples: tuple[Example, ...] = Field(min_length=3)

    def texts(self) -> tuple[tuple[str, str], ...]:
        """What users read of it, each by the name of its part. Facts stand in braces."""
        found = (("words", self.words), ("remedy", self.remedy))
        return found if self.otherwise is None else (*found, ("otherwise", self.otherwise.words))


class Policy(Definition):
    """The whole document. `effective_from` is the first day on which its rules hold."""

    name: Line
    effective_from: Day
    sources: dict[Key, Source]
    rules: dict[RuleId, Rule] = Field(min_length=1)
