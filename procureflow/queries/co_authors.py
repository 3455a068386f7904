"""Who may write a request beside its requester."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from procureflow.domain.calendar import local_day
from procureflow.domain.permissions import Parties, Role
from procureflow.models import Person
from procureflow.queries import people


def who_may_join(session: Session, directorate: str, parties: Parties, day: date) -> list[Person]:
    """Who asks for ICT in the directorate that day, doesn't write it yet, and neither sponsors it
    nor has answered for it."""
    holders = people.holders(session, [Role.REQUESTER], day, directorate=directorate)
    taken = parties.current | parties.answered
    return [person for person in holders if person.id not in taken]


def may_join(
    session: Session, directorate: str, parties: Parties, person: int, now: datetime
) -> bool:
    """Whether that person is one of them."""
    found = who_may_join(session, directorate, parties, local_day(now))
    return person in {one.id for one in found}
