"""Days as the council counts them: times are UTC, days are those of Europe/London."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
SATURDAY = 5


def local_day(now: datetime) -> date:
    """The day at that moment: what dated roles, policies and due dates go by."""
    return now.astimezone(LONDON).date()


def in_words(day: date) -> str:
    """21 November 2026."""
    return f"{day.day} {day:%B %Y}"


def first_uncovered(spans: Iterable[tuple[date, date | None]], first: date) -> date | None:
    """The first day, from that one on, which no span (from, up to) has in it; None: each has."""
    day = first
    for starts, ends in sorted(spans, key=lambda span: span[0]):
        if starts > day:
            break
        if ends is None:
            return None
        day = max(day, ends)
    return day


def working_days(first: date, last: date) -> int:
    """Days from Monday to Friday after `first`, up to and with `last`. Bank holidays count."""
    weeks, rest = divmod((last - first).days, 7)
    odd = sum((first + timedelta(days=n)).weekday() < SATURDAY for n in range(1, rest + 1))
    return weeks * SATURDAY + odd
