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

    def of(self, category: str | None, job_role: str | None = None) -> dict[str, Option]:
        """The options of a category (None: of any), those for the post first (STD-1)."""
        fitting = {k: o for k, o in self.options.items() if category in (None, o.category)}
        return dict(sorted(fitting.items(), key=lambda item: job_role not in item[1].job_roles))
