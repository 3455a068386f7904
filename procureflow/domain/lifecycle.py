"""A workflow definition → one model-less `transitions.Machine`: the table of what can follow what.

The machine holds no model and runs no callback: a shared machine keeps its models (a leak), a
callback that fails leaves the state changed, and a failing condition says nothing. It answers two
questions; guards give the reasons, and `services/_transition.py` does the writing.
"""

from __future__ import annotations

from transitions import Machine

from procureflow.domain.definitions.workflow import StateKind, Workflow
from procureflow.domain.errors import WrongState
from procureflow.domain.voting import Choice


class Lifecycle:
    """What can follow what, for one workflow. Immutable once made; safe to share."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self._machine = Machine(
            model=None,
            states=list(workflow.states),
            initial=workflow.initial,
            auto_transitions=False,
            transitions=[
                {"trigger": name, "source": list(trigger.from_), "dest": trigger.to}
                for name, trigger in workflow.triggers.items()
            ],
        )
        self._next = {
            (name, transition.source): transition.dest
            for name in workflow.triggers
            for transition in self._machine.get_transitions(name)
            if transition.dest is not None
        }

    def next_state(self, trigger: str, state: str) -> str:
        """Where `trigger` leads from `state`. Raises WrongState, naming what can be done there."""
        target = self._next.get((trigger, state))
        if target is None:
            triggers = self.workflow.triggers
            label = self.workflow.states[state].label
            wanted = triggers[trigger].label if trigger in triggers else trigger
            possible = [triggers[name].label for name in self.triggers_from(state)]
            raise WrongState(
                f"“{wanted}” isn't possible while a request is “{label}”.",
                remedy=f"From here: {', '.join(possible)}." if possible else "It has ended.",
            )
        return target

    def triggers_from(self, state: str) -> tuple[str, ...]:
        """The triggers that can be pulled in `state`, in the order of the document."""
        possible = set(self._machine.get_triggers(state))
        return tuple(name for name in self.workflow.triggers if name in possible)

    def kind(self, state: str) -> StateKind:
        """The kind of a state."""
        return self.workflow.states[state].kind

    def stages_from(self, state: str) -> tuple[str, ...]:
        """The group states that an approved request passes from here on, this one included; none
        where it would come round to one again."""
        passed: list[str] = []
        while self.kind(state) is StateKind.GROUP:
            if state in passed:
                return ()
            passed.append(state)
            state = self.next_state(self.workflow.states[state].outcomes[Choice.APPROVE], state)
        return tuple(passed)

    def provisional(self, state: str) -> bool:
        """Whether what was approved may not be bought there: not yet, or not for now."""
        definition = self.workflow.states[state]
        return definition.kind is StateKind.DECIDED and not definition.may_buy

    def reachable(self) -> frozenset[str]:
        """Every state that some path from the first leads to."""
        return self._closure({self.workflow.initial}, forward=True)

    def leads_to_an_end(self) -> frozenset[str]:
        """Every state from which some path leads to a final one."""
        ends = {name for name, state in self.workflow.states.items() if state.kind == "final"}
        return self._closure(ends, forward=False)

    def _closure(self, start: set[str], *, forward: bool) -> frozenset[str]:
        edges = [(a, b) if forward else (b, a) for (_, a), b in self._next.items()]
        found, grew = set(start), True
        while grew:
            more = {b for a, b in edges if a in found} - found
            found |= more
            grew = bool(more)
        return frozenset(found)
