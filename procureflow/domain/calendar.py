"""Days as the council counts them: times are UTC, days are those of Europe/London."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
SATURDAY = 5


def local_day(now: datetime) -> date:
    """The day at that moment: what dated roles, policies and due dates go by."""
    return now.astimezone(LONDON).date()


def working_days(first: date, last: date) -> int:
    """Days from Monday to Friday after `first`, up to and with `last`. Bank holidays count."""
    weeks, rest = divmod((last - first).days, 7)
    odd = sum((first + timedelta(days=n)).weekday() < SATURDAY for n in range(1, rest + 1))
    return weeks * SATURDAY + odd
