"""A workflow as a picture: every state once, every step, nothing over another, and escaped."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

import pytest

from procureflow.domain.bundle import load_bundle
from procureflow.domain.definitions.workflow import StateKind, Workflow
from procureflow.domain.diagram import Box, boxes, levels, mermaid, svg
from procureflow.domain.guards import GUARDS, in_words
from tests.unit._documents import documents

NS = {"svg": "http://www.w3.org/2000/svg"}


@pytest.fixture(scope="module")
def flow() -> Workflow:
    """The default council's workflow."""
    return load_bundle(documents()).workflow


def _overlap(one: Box, other: Box) -> bool:
    return (one.column, one.level) == (other.column, other.level)


def test_every_state_has_a_place_of_its_own(flow: Workflow) -> None:
    placed = boxes(flow)
    assert set(placed) == set(flow.states)
    assert not any(_overlap(*pair) for pair in combinations(placed.values(), 2))


def test_what_ends_is_below_all_that_leads_to_it(flow: Workflow) -> None:
    level = levels(flow)
    for trigger in flow.triggers.values():
        for source in trigger.from_:
            if flow.states[trigger.to].kind is StateKind.FINAL:
                assert level[trigger.to] > level[source]
    assert [level[s] for s in ("draft", "business_case", "group_review", "approved")] == [
        0,
        1,
        2,
        3,
    ]


def test_the_picture_has_every_state_and_step(flow: Workflow) -> None:
    picture = ElementTree.fromstring(svg(flow, name="The way"))
    words = " ".join(text.text or "" for text in picture.iterfind(".//svg:text", NS))
    labels = [s.label for s in flow.states.values()] + [t.label for t in flow.triggers.values()]
    for label in labels:
        assert all(word.split("-")[0] in words for word in label.split()), label
    steps = sum(len(trigger.from_) for trigger in flow.triggers.values())
    assert len(picture.findall("svg:path", NS)) == steps
    assert len(picture.findall("svg:rect", NS)) == len(flow.states)
    assert picture.get("aria-label") == "The way"


def test_where_a_request_is_stands_out_by_more_than_colour(flow: Workflow) -> None:
    picture = ElementTree.fromstring(
        svg(flow, name="x", been=["draft", "nowhere"], here="business_case")
    )
    widths = [box.get("stroke-width") for box in picture.iterfind("svg:rect", NS)]
    assert sorted(widths, key=str) == ["1"] * (len(flow.states) - 2) + ["3", "4"]
    (bold,) = [t for t in picture.iterfind(".//svg:text", NS) if t.get("font-weight") == "bold"]
    assert bold.text == "Business case"


def test_words_of_a_document_are_never_markup() -> None:
    """Nor is there a style, which a page's policy would refuse."""
    nasty = '<b>"Draft"&'
    flow = load_bundle(
        documents(
            **{
                "workflow.yaml": documents()["workflow.yaml"].replace(
                    "label: Draft", f"label: '{nasty}'"
                )
            }
        )
    ).workflow
    text = svg(flow, name='A "name" <i>')
    picture = ElementTree.fromstring(text)
    assert nasty in [t.text for t in picture.iterfind(".//svg:text", NS)]
    assert picture.get("aria-label") == 'A "name" <i>'
    assert "style" not in text
    assert "<b>" not in text


def test_mermaid_says_the_same(flow: Workflow) -> None:
    lines = mermaid(flow).splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> draft"]
    assert "    draft --> withdrawn: Withdraw" in lines
    assert "    closed --> [*]" in lines
    assert sum(" --> " in line for line in lines) == 1 + sum(
        len(t.from_) for t in flow.triggers.values()
    ) + sum(s.kind is StateKind.FINAL for s in flow.states.values())


def test_every_guard_says_in_a_sentence_what_it_asks_for() -> None:
    for guard in GUARDS:
        assert in_words(guard).endswith("."), guard
        assert " " in in_words(guard)
