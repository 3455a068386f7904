"""`workflow.yaml`: states with their kind, triggers, who may pull them, which guards hold them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from procureflow.domain.definitions.organisation import Key, Line, Words
from procureflow.domain.definitions.source import Definition, Flag
from procureflow.domain.voting import Choice


class StateKind(StrEnum):
    """What can happen in a state: the engine knows kinds, the council names states."""

    EDITING = "editing"
    GROUP = "group"
    DECIDED = "decided"
    FINAL = "final"


class AssessmentKind(Definition):
    """An assessment a stage needs before its votes: by whom, and the question put to them."""

    name: Line
    role: Key
    question: Words


class State(Definition):
    """A state. One of kind `group` says which body decides there, what it must hear first, and
    which trigger each outcome pulls. One of kind `decided` says whether what was approved may be
    bought in it."""

    kind: StateKind
    label: Line
    words: Words
    phase: Literal["check", "case"] | None = None
    body: Key | None = None
    assessments: tuple[Key, ...] = ()
    outcomes: dict[Choice, Key] = Field(default_factory=dict)
    may_buy: Flag = True


class Trigger(Definition):
    """A step: from where to where, who may take it, and the guards that may hold it back.
    `label` is on the button, `done` in the history."""

    from_: Annotated[tuple[Key, ...], Field(alias="from", min_length=1)]
    to: Key
    may: Line
    label: Line
    done: Line | None = None
    guards: tuple[Key, ...] = ()

    @property
    def told(self) -> str:
        """The step as a timeline tells it."""
        return self.done or self.label


class Workflow(Definition):
    """The whole document."""

    initial: Key
    assessments: dict[Key, AssessmentKind] = Field(default_factory=dict)
    states: dict[Key, State] = Field(min_length=2)
    triggers: dict[Key, Trigger] = Field(min_length=1)
