"""`demonstration.yaml`: who there is, and the way of each request that they play."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from procureflow.cli.database import FOUNDED_DAYS_AGO
from procureflow.domain.definitions.source import Definition
from procureflow.domain.permissions import Role
from procureflow.domain.voting import Choice

Reach = Literal[
    "check", "draft", "cleared", "withdrawn", "case", "asked", "referred", "voting", "decided",
]  # fmt: skip


class RoleHeld(Definition):
    """A role and its scope."""

    role: Role
    directorate: str | None = None
    body: str | None = None


class Somebody(Definition):
    """A person of the demonstration; the key is their account."""

    name: str
    job_title: str
    roles: tuple[RoleHeld, ...]


class Action(Definition):
    """What was done about a directorate action."""

    by: str
    done: str
    closed_by: str
    note: str


class Hearing(Definition):
    """What one body does with it. `assessments`, `interests` and `votes` read "kind: note"; an
    assessment that isn't there is satisfied. `outcome` is what the votes give."""

    outcome: Choice = Choice.APPROVE
    assessments: dict[str, str] = Field(default_factory=dict)
    interests: dict[str, str] = Field(default_factory=dict)
    votes: dict[str, str] = Field(default_factory=dict)
    reasons: str = "As discussed."
    conditions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


class Step(Definition):
    """A step that the body's secretary takes later."""

    trigger: str
    after_days: int = Field(default=90, ge=0, le=FOUNDED_DAYS_AGO)
    why: str = ""


class Scene(Definition):
    """One request's way. `hearings` are those of each body in its turn; where the last one is to
    be undecided, `reach` is referred or voting. `then` are steps after the decision."""

    by: str
    days_ago: int = Field(ge=0, le=FOUNDED_DAYS_AGO)
    reach: Reach
    check: dict[str, Any]
    sponsor: str | None = None
    case: dict[str, Any] = Field(default_factory=dict)
    benefits: tuple[dict[str, str], ...] = ()
    hearings: tuple[Hearing, ...] = ()
    then: tuple[Step, ...] = ()
    why: str = ""
    action: Action | None = None


class Report(Definition):
    """A purchase that somebody came upon. `bought_days_ago` counts from the report."""

    by: str
    days_ago: int = Field(ge=0, le=FOUNDED_DAYS_AGO)
    directorate: str
    bought_days_ago: int = Field(ge=0, le=FOUNDED_DAYS_AGO)
    purchase: dict[str, str]
    rules: tuple[str, ...]


class Demonstration(Definition):
    """The whole document."""

    people: dict[str, Somebody]
    requests: tuple[Scene, ...]
    reports: tuple[Report, ...] = ()
    #: The corporate asset register, as the ICT service would import it.
    assets: str | None = None
