"""How long requests have taken here, for whoever asks how long theirs will."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.domain.calendar import local_day, working_days
from procureflow.domain.voting import SETTLED
from procureflow.models import Decision, Request

#: The last decisions that are looked at, and the fewest that say anything.
LOOKED_AT = 100
FEWEST = 3


@dataclass(frozen=True, slots=True)
class UsualTime:
    """Half of the last `count` decisions came within `days` working days of the first question,
    and all of them within `most`."""

    days: int
    most: int
    count: int


def usual_time(session: Session) -> UsualTime | None:
    """From opening a request to its approval or rejection; None where too few are decided yet."""
    rows = session.execute(
        select(Request.created_at, Decision.decided_at)
        .join(Decision, Decision.id == Request.decision_id)
        .where(Decision.outcome.in_(SETTLED))
        .order_by(Decision.id.desc())
        .limit(LOOKED_AT)
    ).all()
    if len(rows) < FEWEST:
        return None
    taken = [working_days(local_day(opened), local_day(decided)) for opened, decided in rows]
    return UsualTime(median_low(taken), max(taken), len(taken))
