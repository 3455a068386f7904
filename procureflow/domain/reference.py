"""References people quote: ICT-2026-0001 for a request, NC-2026-0001 for non-compliance."""

from __future__ import annotations

REQUEST = "ICT"
NON_COMPLIANCE = "NC"
PEOPLE_STREAM = "people"
PUBLICATIONS_STREAM = "publications"
ASSETS_STREAM = "assets"


def reference(prefix: str, year: int, number: int) -> str:
    """The reference of the `number`-th of its kind in a year; it is also its stream's name."""
    return f"{prefix}-{year:04d}-{number:04d}"
