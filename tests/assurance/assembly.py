"""A council whose deciding group is as large as a race needs, and what its reviews left behind."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from procureflow.domain.permissions import Role
from procureflow.models import AuditEvent, Decision, Request, Vote
from procureflow.queries.evidence import Fault, verify
from procureflow.services import people
from tests.factories.council import BEGINNING, GROUP, MEMBERS, Council


def enlarge(council: Council, voters: int) -> list[str]:
    """Add members until there are so many who vote. Returns their accounts, the chair first."""
    accounts = list(MEMBERS)[:voters]
    while len(accounts) < voters:
        account = f"voter{len(accounts) + 1}"
        council.people[account] = add_person(council, account)
        give_role(council, account, Role.MEMBER, body=GROUP)
        accounts.append(account)
    return accounts


def add_person(council: Council, account: str) -> int:
    """Somebody new, without a role."""
    return int(
        council.act(
            people.add_person,
            email=f"{account}@council.example",
            name=f"{account.title()} Person",
            job_title="Member",
            actor_id=people.CONSOLE,
        )
    )


def give_role(council: Council, account: str, role: Role, **scope: str) -> int:
    """A role from long ago on. Returns the grant's id."""
    return int(
        council.act(
            people.grant_role,
            person_id=council.people[account],
            role=role,
            actor_id=people.CONSOLE,
            starts_on=BEGINNING.date() - timedelta(days=365),
            **scope,
        )
    )


@dataclass(frozen=True, slots=True)
class Left:
    """What a request's tables and its history say after a race."""

    state: str
    votes: dict[int, str]
    decisions: list[tuple[str, dict[str, int]]]
    #: (kind, actor, payload), in order.
    events: list[tuple[str, int | None, dict[str, Any]]] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[tuple[int | None, dict[str, Any]]]:
        """Who did it, and what was said of it."""
        return [(actor, payload) for k, actor, payload in self.events if k == kind]

    @property
    def voted(self) -> list[int | None]:
        """Who voted, as the history has it, once for each time."""
        return [actor for actor, _ in self.of_kind("VoteCast")]

    @property
    def tally_is_right(self) -> bool:
        """Whether the one decision counts the votes that stand."""
        if len(self.decisions) != 1:
            return False
        (_, tally), counted = self.decisions[0], Counter(self.votes.values())
        return all(tally[c] == counted[c] for c in ("approve", "reject", "return", "abstain"))


def left_behind(council: Council, request: int, review: int) -> Left:
    """What stands after a race."""
    with council.db.reading() as session:
        row = session.get_one(Request, request)
        votes = session.scalars(select(Vote).where(Vote.review_id == review))
        decisions = session.scalars(select(Decision).where(Decision.review_id == review))
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.stream == row.reference).order_by(AuditEvent.seq)
        )
        return Left(
            state=row.state,
            votes={vote.person_id: vote.choice for vote in votes},
            decisions=[(d.outcome, d.tally) for d in decisions],
            events=[(e.kind, e.actor_id, json.loads(e.payload)) for e in events],
        )


def faults_of(council: Council) -> list[Fault]:
    """What verification finds."""
    with council.db.reading() as session:
        return verify(session).faults
