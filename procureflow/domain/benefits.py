"""Benefits: what improves, by how much, from what, by when, and who is responsible (BC-1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

#: HM Treasury, The Green Book, box 9: the classes of a benefits register.
CLASSES = {
    "cash_releasing": "Cash-releasing: the budget goes down",
    "non_cash_releasing": "Not cash-releasing: time or capacity is freed",
    "quantifiable": "Quantifiable: it can be counted, not priced",
    "qualitative": "Qualitative: it can be described",
}

#: The fields of a benefit in order, with what to call them in a sentence.
FIELDS = {
    "description": "what gets better",
    "class": "what kind of benefit it is",
    "change": "what has to change for it to happen",
    "owner": "who is responsible",
    "measure": "how it is measured",
    "baseline": "the baseline, or how and when it will be taken",
    "target": "the target",
    "value": "what a full year is worth",
    "expected": "the date it is expected",
}

#: Only money's worth may stay blank: a qualitative benefit has none.
REQUIRED = tuple(name for name in FIELDS if name != "value")

MOST = 20


def missing(benefit: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the fields that BC-1 asks for and that are blank."""
    return tuple(name for name in REQUIRED if not benefit.get(name))


def first_expected(rows: Iterable[Mapping[str, Any]]) -> date | None:
    """The earliest day on which one of these benefits is expected; None where none has a day."""
    days = [date.fromisoformat(row["expected"]) for row in rows if row.get("expected")]
    return min(days, default=None)


def shown(benefit: Mapping[str, Any]) -> bool:
    """Whether it says enough to be followed up: owner, measure, baseline, target and date."""
    return not missing(benefit)
