"""Two bundles side by side: each part that differs, before and after, in words."""

from __future__ import annotations

from datetime import date

import pytest

from procureflow.domain.bundle import load_bundle
from procureflow.domain.comparison import Difference, Line, compare
from tests.unit._documents import documents

DAY = date(2026, 12, 1)
[POLICY] = [name for name in documents() if name.startswith("policy/")]


def _compare(name: str, before: str, after: str, day: date = DAY) -> tuple[Difference, ...]:
    texts = documents()
    assert before in texts[name]
    changed = {**texts, name: texts[name].replace(before, after, 1)}
    return compare(load_bundle(texts), load_bundle(changed), day)


def test_nothing_differs_from_itself() -> None:
    bundle = load_bundle(documents())
    assert compare(bundle, bundle, DAY) == ()
    assert _compare("workflow.yaml", "initial:", "# A remark.\ninitial:") == ()


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        (
            "parameters.yaml",
            "standard_from: 12000",
            "standard_from: 10000",
            ("Thresholds and service levels", "tiers", "", "Standard from", "12,000", "10,000"),
        ),
        (
            POLICY,
            "title: The embargo on ICT buying",
            "title: The pause",
            ("Rules", "EMB-1", "The pause", "Title", "The embargo on ICT buying", "The pause"),
        ),
        (
            "workflow.yaml",
            "label: Draft",
            "label: Sketch",
            ("Workflow", "states, draft", "Sketch", "Label", "Draft", "Sketch"),
        ),
        (
            "questions.yaml",
            "label: What kind of post is it for?",
            "label: Which post?",
            (
                *("Questions", "sections, need, questions, job role", "Which post?"),
                *("Label", "What kind of post is it for?", "Which post?"),
            ),
        ),
        (
            "organisation.yaml",
            "director: Director of Environment",
            "director: Director of Place",
            (
                *("Organisation", "directorates, environment", "Environment"),
                *("Director", "Director of Environment", "Director of Place"),
            ),
        ),
    ],
)
def test_what_differs_is_said_in_words(
    name: str, before: str, after: str, expected: tuple[str, ...]
) -> None:
    document, part, title, label, said, says = expected
    (found,) = _compare(name, before, after)
    assert found == Difference(document, part, title, (Line(label, said, says),))


def test_a_rule_that_is_new_or_left_out_says_so() -> None:
    texts = documents()
    rule = texts[POLICY][texts[POLICY].index("  EXC-1:") : texts[POLICY].index("  BC-1:")]
    without = {**texts, POLICY: texts[POLICY].replace(rule, "")}
    fuller, poorer = load_bundle(texts), load_bundle(without)
    (gone,) = compare(fuller, poorer, DAY)
    assert (gone.name, gone.is_gone, gone.is_new) == ("EXC-1", True, False)
    assert all(line.after is None for line in gone.lines)
    (new,) = compare(poorer, fuller, DAY)
    assert (new.name, new.is_gone, new.is_new) == ("EXC-1", False, True)
    assert {line.label for line in new.lines} >= {"Title", "When it applies", "What it does"}


def test_rules_of_a_day_to_come_say_from_when() -> None:
    """Nothing that is published is hidden because it isn't in force yet."""
    title = "title: The embargo on ICT buying"
    (change,) = _compare(POLICY, title, "title: The pause", date(2001, 1, 1))
    assert change.name == "EMB-1, from 22 March 2007 on"
    assert change.title == "The pause"
