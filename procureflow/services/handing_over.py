"""Handing over what somebody has in hand, when they leave or move on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from procureflow.domain.calendar import local_day
from procureflow.domain.errors import InvalidInput, NotSignedIn, WrongState
from procureflow.domain.events import RequestHandedOver
from procureflow.domain.permissions import Grant, Permission, Role, ensure
from procureflow.queries import administration as reading
from procureflow.queries import people
from procureflow.services._transition import Held, apply, hold


@dataclass(frozen=True, slots=True)
class _Handing:
    """A held request with who asks for it and sponsors it from now on (None: as before)."""

    held: Held
    requester: int | None
    sponsor: int | None

    @property
    def falls_together(self) -> bool:
        """Whether one person would write it, or wrote some of it, and sponsor it."""
        parties = self.held.parties
        sponsor = self.sponsor or parties.sponsor
        if sponsor is None:  # and so nobody has answered for it yet
            return False
        authors = parties.co_authors | {self.requester or parties.requester}
        # Nor does anybody refer on their own endorsement.
        return sponsor in authors | parties.wrote or self.requester in parties.answered


def hand_over(
    session: Session,
    *,
    person_id: int,
    successors: Mapping[tuple[Role, str], int],
    actor_id: int | None,
    now: datetime,
) -> int:
    """Give every request that somebody has in hand, as requester and as sponsor, to those who
    hold the same role over the same directorate: (role, directorate) → successor. All of them or
    none. Returns how many. Raises InvalidInput, by the names of `reading.Part.field`."""
    day = local_day(now)
    ensure(Permission.PEOPLE_ADMINISTER, people.actor(session, actor_id, day))
    waiting = reading.in_hand(session, person_id)
    if not waiting:
        raise WrongState(
            "There are no requests in hand to hand over.", remedy="There is nothing to do."
        )
    # Read again under the lock: somebody may have moved one of them on.
    held = [hold(session, row.id, actor_id=actor_id, now=now) for row in waiting]
    mine = [h for h in held if h.state_kind in reading.IN_HAND and person_id in _parties(h)]
    errors = {}
    handings = [_handing(h, person_id, successors) for h in mine]
    for part in sorted({part for h in mine for part in _parts(h, person_id)}, key=str):
        wrong = _wrong(session, part, successors.get(part), handings, person_id, day)
        if wrong:
            errors[reading.field_of(*part)] = wrong
    if errors:
        raise InvalidInput(errors)
    for handing in handings:
        columns: dict[str, Any] = {"requester_id": handing.requester, "sponsor_id": handing.sponsor}
        wrote = handing.held.parties.wrote
        if handing.requester is not None:
            wrote |= {person_id}
        left = handing.held.parties.co_authors - {handing.requester, handing.sponsor}
        apply(
            session,
            handing.held,
            RequestHandedOver(handing.requester, handing.sponsor),
            now=now,
            co_authors=sorted(left),
            wrote=sorted(wrote),
            **{name: person for name, person in columns.items() if person is not None},
        )
    return len(handings)


def _parties(held: Held) -> tuple[int | None, ...]:
    return held.parties.requester, held.parties.sponsor


def _parts(held: Held, person: int) -> list[tuple[Role, str]]:
    """What somebody is to a request."""
    roles = zip((Role.REQUESTER, Role.SPONSOR), _parties(held), strict=True)
    return [(role, held.directorate) for role, who in roles if who == person]


def _handing(held: Held, person: int, successors: Mapping[tuple[Role, str], int]) -> _Handing:
    to = {role: successors.get((role, over)) for role, over in _parts(held, person)}
    return _Handing(held, to.get(Role.REQUESTER), to.get(Role.SPONSOR))


def _wrong(
    session: Session,
    part: tuple[Role, str],
    successor: int | None,
    handings: Sequence[_Handing],
    leaver: int,
    day: date,
) -> str:
    """Why this successor can't take what the leaver has in that part; "" where they can."""
    role, directorate = part
    if successor is None:
        return "Choose who takes over."
    if successor == leaver or not _holds(session, successor, Grant(role, directorate), day):
        return f"Choose somebody else who is {role.words} in this directorate today."
    theirs = [h for h in handings if part in _parts(h.held, leaver)]
    both = sum(h.falls_together for h in theirs)
    if both:
        return (
            f"They would be sponsor of {_count(both)} that they ask for or wrote some of. Choose "
            "somebody else."
        )
    judges = reading.judging(session, [h.held.id for h in theirs])
    judged = sum(successor in people_ for people_ in judges.values())
    if judged:
        return (
            f"They take part in the review of {_count(judged)}, and nobody judges their own. "
            "Choose somebody else."
        )
    return ""


def _count(requests: int) -> str:
    return f"{requests} request{'s' if requests > 1 else ''}"


def _holds(session: Session, person: int, grant: Grant, day: date) -> bool:
    try:
        return grant in people.actor(session, person, day).grants
    except NotSignedIn:
        return False
