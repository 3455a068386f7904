"""Checks before you buy that somebody hasn't finished: theirs alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.definitions.facts import Circumstances, derive
from procureflow.domain.errors import NotFound
from procureflow.domain.permissions import Actor, Parties, Permission, Subject, ensure
from procureflow.models import Check
from procureflow.queries import policies
from procureflow.queries.requests.facts import facts_of


@dataclass(frozen=True, slots=True)
class CheckPage:
    """A check in hand: the answers so far (None: left blank), and what is asked of it."""

    id: int
    directorate: str
    bundle: Bundle
    answers: Mapping[str, Any]
    facts: Mapping[str, Any]
    begun_at: datetime
    updated_at: datetime

    @property
    def asked(self) -> dict[str, str]:
        """The questions put to it, in order: question → section."""
        return {
            key: section
            for section in self.bundle.sections_of("check")
            for key in self.bundle.asked(section, self.facts)
        }

    @property
    def title(self) -> str:
        """What it is called by, as far as that is known."""
        return str(self.answers.get("title") or "A check without a name yet")

    def to_answer(self, after: str | None = None) -> str | None:
        """The next question without an answer, from `after` on and then from the first; None
        where everything is answered."""
        asked = list(self.asked)
        start = asked.index(after) + 1 if after in asked else 0
        missing = {key for _, key in self._unanswered()} | {
            # Left blank but not yet seen, or given under documents that offered something else.
            *(key for key in asked if key not in self.answers),
            *(key for key in asked if self.answers.get(key) and self.facts[key] is None),
        }
        return next((key for key in (*asked[start:], *asked[:start]) if key in missing), None)

    def _unanswered(self) -> tuple[tuple[str, str], ...]:
        sections = self.bundle.sections_of("check")
        return self.bundle.unanswered(self.answers, self.facts, sections)


def checks_of(session: Session, actor: Actor, day: date) -> list[CheckPage]:
    """What this person hasn't finished, the last touched first."""
    query = select(Check).where(Check.person_id == actor.person)
    rows = session.scalars(query.order_by(Check.updated_at.desc(), Check.id.desc()))
    bundle = policies.bundle_in_force(session, day)
    # A list says what each is called: nothing is looked up for that.
    return [
        _page(row, bundle, derive(bundle, row.answers, Circumstances(row.directorate, day)))
        for row in rows
    ]


def check_page(session: Session, check_id: int, actor: Actor, day: date) -> CheckPage:
    """A check of this person's own. Raises NotFound or NotPermitted."""
    row = session.get(Check, check_id)
    if row is None:
        raise NotFound("There is no such check.", remedy="It may have become a request already.")
    ensure(Permission.CHECK_ANSWER, actor, Subject(parties=Parties(row.person_id)))
    bundle = policies.bundle_in_force(session, day)
    found = facts_of(session, bundle, row.answers, directorate=row.directorate, day=day)
    return _page(row, bundle, found)


def _page(row: Check, bundle: Bundle, facts: Mapping[str, Any]) -> CheckPage:
    return CheckPage(
        id=row.id,
        directorate=row.directorate,
        bundle=bundle,
        answers=row.answers,
        facts=facts,
        begun_at=row.begun_at,
        updated_at=row.updated_at,
    )
