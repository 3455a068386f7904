"""`parameters.yaml`: thresholds and service levels. No source gives one: all are the council's."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from procureflow.domain.definitions.organisation import Line, Words
from procureflow.domain.definitions.source import Amount, Count, Definition

TierName = Literal["light", "standard", "full"]
TIERS: tuple[TierName, ...] = ("light", "standard", "full")


class Tiers(Definition):
    """Whole-life cost in pounds including VAT. At or above `standard_from` a case is standard,
    above `full_above` it is full; `moves_up_when` (an expression) moves it up one."""

    standard_from: Amount = Field(ge=0)
    full_above: Amount = Field(ge=0)
    moves_up_when: Line | None = None
    assumed: Words | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Tiers:
        if self.full_above < self.standard_from:
            raise ValueError(
                "full_above is below standard_from; make the full tier begin above the standard"
            )
        return self


class ServiceLevels(Definition):
    """Calendar days within which each step is due. `remind_before`: so many days before a
    directorate action is due, its director is reminded."""

    endorsement: Count = Field(ge=1, le=365)
    assessment: Count = Field(ge=1, le=365)
    decision: Count = Field(ge=1, le=365)
    directorate_action: Count = Field(ge=1, le=365)
    remind_before: tuple[Count, ...] = (7, 1)
    assumed: Words | None = None


class Parameters(Definition):
    """The whole document."""

    tiers: Tiers
    service_levels: ServiceLevels
