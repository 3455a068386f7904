"""How dates, money and states read on a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask

from procureflow.domain.calendar import LONDON, in_words
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.money import in_prose, in_table
from procureflow.domain.voting import DECIDED, Ending

_TAGS = {
    StateKind.EDITING: "govuk-tag--yellow",
    StateKind.GROUP: "",
    StateKind.DECIDED: "govuk-tag--green",
    StateKind.FINAL: "govuk-tag--grey",
}


def day(value: date | datetime) -> str:
    """21 November 2026."""
    if isinstance(value, datetime):
        value = value.astimezone(LONDON).date()
    return in_words(value)


def day_before(value: date) -> str:
    """The last day of something that is no longer from then on."""
    return day(value - timedelta(days=1))


def moment(value: datetime) -> str:
    """21 November 2026, 3:05pm."""
    local = value.astimezone(LONDON)
    hour = int(f"{local:%I}")
    return f"{day(local)}, {hour}:{local:%M}{f'{local:%p}'.lower()}"


def tag(kind: StateKind | str) -> str:
    """The class of a state's tag. The word beside it says the same: never colour alone."""
    return _TAGS[StateKind(kind)]


def decided(outcome: str) -> str:
    """What a decision came to: Approved."""
    return DECIDED[Ending(outcome)]


def listed(parts: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def money(value: Decimal | str | None) -> str:
    """£64,415 in prose."""
    return "" if value is None else in_prose(Decimal(value))


def money_column(value: Decimal | None) -> str:
    """£64,415.00 in tables."""
    return "" if value is None else in_table(value)


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 request, 2 requests."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def capital(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def register(app: Flask) -> None:
    """Make them filters."""
    filters: dict[str, Any] = {
        "capital": capital,
        "day": day,
        "day_before": day_before,
        "decided": decided,
        "moment": moment,
        "money": money,
        "money_column": money_column,
        "plural": plural,
        "state_tag": tag,
    }
    app.jinja_env.filters.update(filters)
