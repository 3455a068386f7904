"""What can follow what: the default council's steps, as a table written by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procureflow.domain.definitions.workflow import StateKind, Workflow
from procureflow.domain.errors import WrongState
from procureflow.domain.lifecycle import Lifecycle
from tests.unit._documents import council

STEPS = {
    ("clear", "draft"): "cleared",
    ("start_business_case", "draft"): "business_case",
    ("refer_to_group", "business_case"): "group_review",
    ("return_for_information", "group_review"): "business_case",
    ("approve", "group_review"): "approved",
    ("reject", "group_review"): "rejected",
    ("withdraw", "draft"): "withdrawn",
    ("withdraw", "business_case"): "withdrawn",
    ("withdraw", "group_review"): "withdrawn",
    ("lapse", "approved"): "lapsed",
    ("close", "approved"): "closed",
}
KINDS = {
    "draft": StateKind.EDITING,
    "cleared": StateKind.FINAL,
    "business_case": StateKind.EDITING,
    "group_review": StateKind.GROUP,
    "approved": StateKind.DECIDED,
    "rejected": StateKind.FINAL,
    "withdrawn": StateKind.FINAL,
    "lapsed": StateKind.FINAL,
    "closed": StateKind.FINAL,
}
FROM = {
    "draft": ("clear", "start_business_case", "withdraw"),
    "business_case": ("refer_to_group", "withdraw"),
    "group_review": ("return_for_information", "approve", "reject", "withdraw"),
    "approved": ("lapse", "close"),
}
TRIGGERS = sorted({trigger for trigger, _ in STEPS})


@pytest.fixture(scope="module")
def lifecycle() -> Lifecycle:
    """The default council's."""
    return council().lifecycle


def workflow(*triggers: tuple[str, str, str], final: tuple[str, ...] = ("end",)) -> Workflow:
    """A small workflow: (trigger, from, to), beginning at the first `from`."""
    states = [*dict.fromkeys(state for _, *pair in triggers for state in pair)]
    states += [state for state in final if state not in states]
    steps: dict[str, dict[str, Any]] = {}
    for name, origin, target in triggers:
        step = steps.setdefault(name, {"from": [], "to": target, "may": "x", "label": name.title()})
        step["from"].append(origin)
    return Workflow.model_validate(
        {
            "initial": triggers[0][1],
            "states": {
                name: {
                    "kind": "final" if name in final else "decided",
                    "label": name.title(),
                    "words": "Words.",
                }
                for name in states
            },
            "triggers": steps,
        }
    )


# --- the table ------------------------------------------------------------------------------------


def test_the_document_says_what_the_table_says() -> None:
    flow = council().workflow
    said = {
        (name, origin): trigger.to
        for name, trigger in flow.triggers.items()
        for origin in trigger.from_
    }
    assert said == STEPS
    assert {name: state.kind for name, state in flow.states.items()} == KINDS
    assert flow.initial == "draft"


@pytest.mark.parametrize(("trigger", "state"), list(product(TRIGGERS, KINDS)))
def test_every_trigger_from_every_state_leads_where_the_table_says_or_nowhere(
    lifecycle: Lifecycle, trigger: str, state: str
) -> None:
    target = STEPS.get((trigger, state))
    if target is not None:
        assert lifecycle.next_state(trigger, state) == target
        return
    with pytest.raises(WrongState):
        lifecycle.next_state(trigger, state)


@pytest.mark.parametrize("state", KINDS)
def test_what_can_be_done_is_listed_in_the_order_of_the_document(
    lifecycle: Lifecycle, state: str
) -> None:
    assert lifecycle.triggers_from(state) == FROM.get(state, ())


@pytest.mark.parametrize("state", KINDS)
def test_a_state_has_the_kind_of_the_document(lifecycle: Lifecycle, state: str) -> None:
    assert lifecycle.kind(state) is KINDS[state]


# --- the words of a refusal -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "state", "message", "remedy"),
    [
        (
            "approve",
            "draft",
            "“Approve” isn't possible while a request is “Draft”.",
            "From here: Record that no exception is needed, Start the business case, Withdraw.",
        ),
        (
            "withdraw",
            "approved",
            "“Withdraw” isn't possible while a request is “Approved”.",
            "From here: Let the approval lapse, Close as delivered.",
        ),
        (
            "withdraw",
            "withdrawn",
            "“Withdraw” isn't possible while a request is “Withdrawn”.",
            "It has ended.",
        ),
        (
            "teleport",
            "business_case",
            "“teleport” isn't possible while a request is “Business case”.",
            "From here: Refer it to the group, Withdraw.",
        ),
    ],
)
def test_a_step_that_is_not_possible_names_those_that_are(
    lifecycle: Lifecycle, trigger: str, state: str, message: str, remedy: str
) -> None:
    with pytest.raises(WrongState) as refused:
        lifecycle.next_state(trigger, state)
    assert (refused.value.message, refused.value.remedy) == (message, remedy)
    assert refused.value.code == "wrong_state"


@pytest.mark.parametrize("trigger", ["to_approved", "to_draft", "initial", "", "*", "="])
def test_the_machine_adds_no_trigger_of_its_own(lifecycle: Lifecycle, trigger: str) -> None:
    for state in KINDS:
        with pytest.raises(WrongState):
            lifecycle.next_state(trigger, state)


# --- reachability ---------------------------------------------------------------------------------


def test_every_state_is_reached_and_leads_to_an_end(lifecycle: Lifecycle) -> None:
    assert lifecycle.reachable() == lifecycle.leads_to_an_end() == set(KINDS)


@pytest.mark.parametrize(
    ("triggers", "reachable", "ending"),
    [
        ([("go", "a", "end")], "a end", "a end"),
        ([("go", "a", "b"), ("on", "b", "end")], "a b end", "a b end"),
        ([("go", "a", "end"), ("on", "b", "end")], "a end", "a b end"),
        ([("go", "a", "b"), ("on", "a", "end")], "a b end", "a end"),
        ([("go", "a", "b"), ("back", "b", "a")], "a b", "end"),
        ([("go", "a", "b"), ("back", "b", "a"), ("out", "b", "end")], "a b end", "a b end"),
        ([("go", "a", "a"), ("out", "a", "end")], "a end", "a end"),
        ([("go", "a", "end"), ("go", "b", "end"), ("on", "c", "b")], "a end", "a b c end"),
        ([("go", "a", "b"), ("on", "b", "c"), ("out", "a", "end")], "a b c end", "a end"),
    ],
)
def test_what_is_reached_and_what_ends(
    triggers: list[tuple[str, str, str]], reachable: str, ending: str
) -> None:
    lifecycle = Lifecycle(workflow(*triggers))
    assert lifecycle.reachable() == set(reachable.split())
    assert lifecycle.leads_to_an_end() == set(ending.split())


def walked(steps: list[tuple[str, str]], start: str, seen: frozenset[str]) -> frozenset[str]:
    """Every state on a path, walked one state at a time."""
    for origin, target in steps:
        if origin == start and target not in seen:
            seen = walked(steps, target, seen | {target})
    return seen


pairs = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("abcde")), min_size=1, max_size=8
)


@given(pairs)
def test_reachability_is_that_of_a_walk(steps: list[tuple[str, str]]) -> None:
    triggers = [(f"t{number}", *step) for number, step in enumerate(steps)]
    lifecycle = Lifecycle(workflow(*triggers, final=("e",)))
    start = steps[0][0]
    names = {name for step in steps for name in step} | {"e"}
    assert lifecycle.reachable() == walked(steps, start, frozenset({start}))
    ending = {n for n in names if "e" in walked(steps, n, frozenset({n}))}
    assert lifecycle.leads_to_an_end() == ending


# --- the machine ----------------------------------------------------------------------------------


def test_the_machine_keeps_no_model(lifecycle: Lifecycle) -> None:
    assert lifecycle._machine.models == []
    for (trigger, state), target in STEPS.items():
        assert lifecycle.next_state(trigger, state) == target
    assert lifecycle._machine.models == []


def test_asking_changes_nothing(lifecycle: Lifecycle) -> None:
    before = [lifecycle.triggers_from(state) for state in KINDS]
    with pytest.raises(WrongState):
        lifecycle.next_state("approve", "draft")
    lifecycle.next_state("approve", "group_review")
    assert [lifecycle.triggers_from(state) for state in KINDS] == before
