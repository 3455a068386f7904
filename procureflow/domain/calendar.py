"""Days as the council counts them: times are UTC, days are those of Europe/London."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def local_day(now: datetime) -> date:
    """The day at that moment: what dated roles, policies and due dates go by."""
    return now.astimezone(LONDON).date()
