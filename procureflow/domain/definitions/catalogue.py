"""`catalogue.yaml`: the standard options by job role (STD-1, STD-2)."""

from __future__ import annotations

from pydantic import Field

from procureflow.domain.definitions.organisation import Key, Line, Words
from procureflow.domain.definitions.source import Amount, Count, Day, Definition


class Option(Definition):
    """A standard option. `price` is in pounds including VAT; `replace_after` in years."""

    name: Line
    category: Key
    job_roles: tuple[Key, ...] = Field(min_length=1)
    price: Amount = Field(ge=0, decimal_places=2)
    support_ends: Day
    replace_after: Count = Field(ge=1, le=20)
    words: Words
    how_to_order: Words


class Catalogue(Definition):
    """The whole document."""

    assumed: Words | None = None
    options: dict[Key, Option]
