"""What a proposed policy would have said of requests that were asked before.

The facts are those that a submission stored, never today's derivations. What the documents make of
them (the tier, the body in charge, the findings) is worked out anew under each bundle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from procureflow.domain.bundle import Bundle
from procureflow.domain.definitions.facts import decode_value, tier_of
from procureflow.domain.findings import Verdict
from procureflow.domain.policy import Answer, CompiledRule, evaluate

#: The most requests of which is said what would change.
MOST_LISTED = 1_000
_HOLDS = (Verdict.REQUIRE, Verdict.REFUSE, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a policy says of one request: its answer, the tier of its case, the bodies that decide,
    and the rules that ask for something, refuse, or can't be judged."""

    answer: Answer
    tier: str | None
    route: str
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stored:
    """A request as its last submission has it."""

    reference: str
    directorate: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """A request of which the policies say different things."""

    reference: str
    directorate: str
    before: Judged
    after: Judged


@dataclass(slots=True)
class Report:
    """What would change, counted: of outcome, tier and route; by rule, whether it would be about
    more requests or fewer; by directorate. `changed` lists the first MOST_LISTED."""

    looked_at: int = 0
    outcome: int = 0
    tier: int = 0
    route: int = 0
    changed_count: int = 0
    more: Counter[str] = field(default_factory=Counter)
    fewer: Counter[str] = field(default_factory=Counter)
    directorates: Counter[str] = field(default_factory=Counter)
    changed: list[Changed] = field(default_factory=list)

    def take(self, one: Changed) -> None:
        """Count one request."""
        self.looked_at += 1
        before, after = one.before, one.after
        if before == after:
            return
        self.changed_count += 1
        self.outcome += before.answer is not after.answer
        self.tier += before.tier != after.tier
        self.route += before.route != after.route
        self.more.update(after.rules - before.rules)
        self.fewer.update(before.rules - after.rules)
        self.directorates[one.directorate] += 1
        if len(self.changed) < MOST_LISTED:
            self.changed.append(one)

    @property
    def rules(self) -> list[tuple[str, int, int]]:
        """(rule, more, fewer) of every rule that would be about other requests."""
        return [
            (rule, self.more[rule], self.fewer[rule]) for rule in sorted({*self.more, *self.fewer})
        ]


class Policy:
    """A bundle as it is on a day, ready to judge many requests."""

    def __init__(self, bundle: Bundle, day: date) -> None:
        self.bundle = bundle
        self.rules: tuple[CompiledRule, ...] = bundle.rules_on(day)
        organisation = bundle.organisation
        self.body = organisation.bodies[organisation.body_in_charge(day)].name
        self.route = " then ".join(organisation.body_names[body] for body in bundle.route(day))

    def read(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Stored facts as this bundle's. What they don't have, or have otherwise, is unknown."""
        facts: dict[str, Any] = {}
        for name, kind in self.bundle.schema.items():
            try:
                facts[name] = decode_value(stored.get(name), kind)
            except ValueError:
                facts[name] = None
        return facts

    def judge(self, read: Mapping[str, Any]) -> Judged:
        """What it says of these facts."""
        bundle, facts = self.bundle, dict(read)
        facts["body"] = self.body
        facts["standard_from"] = bundle.parameters.tiers.standard_from
        facts["tier"] = tier_of(bundle.parameters.tiers, bundle.moves_up, facts)
        said = evaluate(self.rules, facts)
        held = frozenset(f.code for f in said.findings if f.verdict in _HOLDS)
        return Judged(said.answer, facts["tier"], self.route, held)


def rehearse(
    requests: Iterable[Iterable[Stored]], before: Bundle, after: Bundle, day: date
) -> Iterator[Report]:
    """Requests, batch by batch → what would change, after each batch. Writes nothing."""
    old, new = Policy(before, day), Policy(after, day)
    report = Report()
    # Reading takes longer than judging, and most changes leave the facts as they are.
    alike = before.schema == after.schema
    for batch in requests:
        for one in batch:
            known = old.read(one.facts)
            judged = old.judge(known), new.judge(known if alike else new.read(one.facts))
            report.take(Changed(one.reference, one.directorate, *judged))
        yield report
