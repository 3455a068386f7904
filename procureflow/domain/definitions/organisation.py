"""`organisation.yaml`: the council, its directorates, job roles and deciding bodies."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from procureflow.domain.definitions.source import Day, Definition
from procureflow.domain.voting import VotingRules

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class Council(Definition):
    """Who this is. `colour` is the council's own, used behind white text (contrast ≥ 4.5)."""

    key: Key
    name: Line
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
    contact: Line


class Directorate(Definition):
    """A directorate. `source` names the report that does; `assumed` says why it stands here."""

    name: Line
    director: Line
    source: Line | None = None
    assumed: Words | None = None


class Named(Definition):
    """Something with a name that questions offer by key, such as a job role."""

    name: Line


class Body(VotingRules, Definition):
    """A deciding group and how it decides."""

    name: Line
    assumed: Words | None = None


class InCharge(Definition):
    """From that day on, this body decides exceptions (EXC-1). Read by date, never pinned."""

    from_: Annotated[Day, Field(alias="from")]
    body: Key
    assumed: Words | None = None


class Organisation(Definition):
    """The whole document."""

    council: Council
    directorates: dict[Key, Directorate] = Field(min_length=1)
    job_roles: dict[Key, Named] = Field(min_length=1)
    bodies: dict[Key, Body] = Field(min_length=1)
    in_charge: tuple[InCharge, ...] = Field(min_length=1)
    #: Words of this council's own, for its help page: word → what it means.
    glossary: dict[Line, Words] = Field(default_factory=dict)

    @property
    def directorate_names(self) -> dict[str, str]:
        """Each directorate's name, by its key."""
        return {key: directorate.name for key, directorate in self.directorates.items()}

    @property
    def body_names(self) -> dict[str, str]:
        """Each body's name, by its key."""
        return {key: body.name for key, body in self.bodies.items()}

    def body_in_charge(self, on: date) -> str:
        """The key of the body that decides exceptions on that day."""
        current = self.in_charge[0].body
        for entry in self.in_charge:
            if entry.from_ <= on:
                current = entry.body
        return current
