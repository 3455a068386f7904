"""A proposed policy tried on requests that were asked before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from procureflow.domain.bundle import Bundle, load_bundle
from procureflow.domain.policy import Answer
from procureflow.domain.rehearsal import MOST_LISTED, Policy, Report, Stored, rehearse
from tests.unit._documents import documents

DAY = date(2026, 12, 1)
[POLICY] = [name for name in documents() if name.startswith("policy/")]
FACTS: dict[str, Any] = {
    "today": "2026-10-01",
    "category": "software",
    "whole_life_cost": "11000.00",
    "novel": False,
    "in_catalogue": True,
    "already_ordered": False,
    "replacing": False,
    "tier": "light",
    "body": "Whoever",
    "a_fact_of_other_documents": "x",
}


def _bundle(**changes: tuple[str, str]) -> Bundle:
    texts = documents()
    for name, (before, after) in changes.items():
        document = POLICY if name == "policy" else f"{name}.yaml"
        assert before in texts[document]
        texts[document] = texts[document].replace(before, after, 1)
    return load_bundle(texts)


def _replayed(proposed: Bundle, *facts: dict[str, Any], day: date = DAY) -> Report:
    stored = [Stored(f"ICT-{n}", "environment", one) for n, one in enumerate(facts)]
    *_, report = rehearse([stored], _bundle(), proposed, day)
    return report


def test_nothing_changes_under_the_same_documents() -> None:
    report = _replayed(_bundle(), FACTS, {**FACTS, "category": "desktop"}, {})
    assert (report.looked_at, report.changed_count, report.rules) == (3, 0, [])


def test_a_threshold_changes_the_tier_and_nothing_else() -> None:
    lower = _bundle(parameters=("standard_from: 12000", "standard_from: 10000"))
    report = _replayed(lower, FACTS, {**FACTS, "whole_life_cost": "9000.00"})
    assert (report.looked_at, report.changed_count) == (2, 1)
    assert (report.outcome, report.tier, report.route) == (0, 1, 0)
    (one,) = report.changed
    assert (one.before.tier, one.after.tier) == ("light", "standard")
    assert dict(report.directorates) == {"environment": 1}


def test_a_rule_changes_the_outcome() -> None:
    """Portables go on, as desktops do."""
    texts = documents()
    asks = "facts: {category: portable}\n        gives: require"
    assert asks in texts[POLICY]
    texts[POLICY] = (
        texts[POLICY]
        .replace('when: category != "desktop"', 'when: category not in ["desktop", "portable"]', 1)
        .replace(asks, asks.replace("require", "allow"), 1)
    )
    report = _replayed(load_bundle(texts), FACTS, {**FACTS, "category": "portable"})
    (one,) = report.changed
    assert (one.before.answer, one.after.answer) == (Answer.EXCEPTION, Answer.ALLOWED)
    assert (report.outcome, report.rules) == (1, [("EMB-1", 0, 1)])


def test_the_body_is_the_one_in_charge_on_the_day() -> None:
    later = _bundle(organisation=("from: 2007-04-01", "from: 2027-06-01"))
    assert _replayed(later, FACTS).route == 1
    assert _replayed(later, FACTS, day=date(2027, 6, 1)).route == 0


def test_facts_of_other_documents_are_unknown_and_never_a_fault() -> None:
    policy = Policy(_bundle(), DAY)
    judged = policy.judge(policy.read({"category": "a word", "whole_life_cost": "much"}))
    assert judged.answer is Answer.UNKNOWN
    assert judged.tier is None


def test_no_more_are_listed_than_anybody_reads() -> None:
    lower = _bundle(parameters=("standard_from: 12000", "standard_from: 10000"))
    report = _replayed(lower, *[FACTS] * (MOST_LISTED + 5))
    assert (report.changed_count, len(report.changed)) == (MOST_LISTED + 5, MOST_LISTED)


@pytest.mark.parametrize("batches", [[], [[]]])
def test_nothing_to_look_at(batches: list[list[Stored]]) -> None:
    reports = list(rehearse(batches, _bundle(), _bundle(), DAY))
    assert all(report.looked_at == 0 for report in reports)
