"""Whatever workflow the check lets pass, no request gets stuck in it."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from procureflow.domain.bundle import load_bundle
from procureflow.domain.definitions.source import ConfigFaults
from procureflow.domain.definitions.workflow import StateKind, Workflow
from procureflow.domain.permissions import Permission
from tests.factories import stages
from tests.unit._documents import WORKFLOW, documents

#: One body that decides; and one that recommends, before it.
TREES = (yaml.safe_load(documents()[WORKFLOW]), stages.workflow())
STATES = list(TREES[1]["states"])
MAY = [p.value for p in Permission]
#: How a document is spoilt: the trigger that changes, and what becomes of it.
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("from"), st.lists(st.sampled_from(STATES), min_size=1, max_size=3)),
        st.tuples(st.just("to"), st.sampled_from(STATES)),
        st.tuples(st.just("may"), st.sampled_from(MAY)),
        st.tuples(st.just("drop"), st.none()),
        st.tuples(st.just("kind"), st.sampled_from([kind.value for kind in StateKind])),
    ),
    max_size=3,
)


def _spoilt(tree: dict[str, Any], changes: list[tuple[str, Any]], where: list[int]) -> str:
    tree = deepcopy(tree)
    states = list(tree["states"])
    for (part, value), index in zip(changes, where, strict=False):
        triggers = list(tree["triggers"])
        name = triggers[index % len(triggers)]
        if part == "drop":
            del tree["triggers"][name]
        elif part == "kind":
            tree["states"][states[index % len(states)]]["kind"] = value
        else:
            tree["triggers"][name][part] = value
    return json.dumps(tree)


def _steps(flow: Workflow, state: str) -> set[str]:
    """Where somebody can take a request from a state: what the services let pass, said anew."""
    here, found = flow.states[state], set()
    for name, trigger in flow.triggers.items():
        if state not in trigger.from_:
            continue
        kind = flow.states[trigger.to].kind
        if name in here.outcomes.values():  # a vote: the body decides, and whoever presides closes
            possible = here.kind is StateKind.GROUP and trigger.may == "review:close"
        elif kind is StateKind.GROUP:
            possible = here.kind is StateKind.EDITING and trigger.may == "request:refer"
        elif kind is StateKind.DECIDED:
            # The body's secretary confirms what was decided on conditions.
            possible = here.kind is StateKind.DECIDED and trigger.may == "authorisation:manage"
        else:
            # Its author takes it at any time; once a body has had it, the body's secretary may.
            possible = trigger.may in ("request:step", "request:withdraw") or (
                trigger.may == "authorisation:manage"
                and here.kind in (StateKind.GROUP, StateKind.DECIDED)
            )
        if possible:
            found.add(trigger.to)
    return found


@given(st.sampled_from(TREES), CHANGES, st.lists(st.integers(0, 99), min_size=3, max_size=3))
def test_no_request_gets_stuck_in_a_workflow_that_holds(
    tree: dict[str, Any], changes: list[tuple[str, Any]], where: list[int]
) -> None:
    try:
        flow = load_bundle(documents(**{WORKFLOW: _spoilt(tree, changes, where)})).workflow
    except ConfigFaults:
        assume(False)
    reached, queue = {flow.initial}, [flow.initial]
    for state in queue:
        for target in _steps(flow, state) - reached:
            reached.add(target)
            queue.append(target)
    assert reached == set(flow.states), "every state can be reached"
    for state in reached:
        ways = _steps(flow, state)
        if flow.states[state].kind is StateKind.FINAL:
            assert not ways
            continue
        seen, queue = {state}, [state]
        for one in queue:
            for target in _steps(flow, one) - seen:
                seen.add(target)
                queue.append(target)
        assert any(flow.states[one].kind is StateKind.FINAL for one in seen), state
