"""What guards and permissions see of a request under the lock, read once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.definitions.facts import decode
from procureflow.domain.definitions.workflow import StateKind, Trigger
from procureflow.domain.errors import GuardRefused, WrongState
from procureflow.domain.guards import GUARDS, Situation
from procureflow.domain.permissions import Permission, Subject, ensure
from procureflow.queries import business_cases as content
from procureflow.queries import policies
from procureflow.queries.business_cases import LatestSubmission
from procureflow.queries.requests import facts_of
from procureflow.services._transition import Held


@dataclass(frozen=True, slots=True)
class Current:
    """A held request's bundle, content and facts, as of `day`."""

    bundle: Bundle
    day: date
    sections: dict[str, content.CurrentSection]
    answers: dict[str, Any]
    facts: dict[str, Any]
    submission: LatestSubmission | None

    @property
    def content(self) -> str:
        """The hash of the current content."""
        return content.content_hash(self.sections)

    @property
    def standing(self) -> LatestSubmission | None:
        """The last submission, where it still is this content under this bundle."""
        latest = self.submission
        if latest is None or (latest.content, latest.bundle) != (self.content, self.bundle.hash):
            return None
        return latest

    @property
    def endorsed(self) -> bool:
        """Whether the sponsor endorsed exactly this content, under this bundle."""
        return self.standing is not None and self.standing.verdict == "endorsed"

    def situation(self, **review: Any) -> Situation:
        """What the guards see."""
        return Situation(
            bundle=self.bundle,
            facts=self.facts,
            answers=self.answers,
            evaluation=self.bundle.evaluate(self.facts),
            endorsed=self.endorsed,
            **review,
        )


def read_current(session: Session, held: Held, now: datetime) -> Current:
    """Content and facts of a request, as they are now."""
    bundle, day = policies.governing(session, held.bundle, held.in_force), local_day(now)
    sections = content.current_sections(session, held.id)
    answers = content.answers_of(sections)
    submission = content.latest_submission(session, held.id)
    if submission is not None and held.state_kind != StateKind.EDITING.value:
        # Before a body are the facts that were submitted, whatever became of the rest since.
        facts = decode(json.loads(submission.facts), bundle.schema)
    else:
        facts = facts_of(
            session, bundle, answers, directorate=held.directorate, day=day, request=held.id
        )
    return Current(
        bundle=bundle,
        day=day,
        sections=sections,
        answers=answers,
        facts=facts,
        submission=submission,
    )


def subject_of(held: Held, **more: Any) -> Subject:
    """The request as permissions see it."""
    return Subject(directorate=held.directorate, parties=held.parties, **more)


def ensure_allowed(permission: Permission, held: Held, **more: Any) -> None:
    """Raise NotPermitted unless the law lets who acts do this to the held request."""
    ensure(permission, held.actor, subject_of(held, **more))


def next_state(bundle: Bundle, held: Held, trigger: str) -> tuple[Trigger, tuple[str, StateKind]]:
    """The trigger's definition and where it leads: (state, kind). Raises WrongState."""
    state = bundle.lifecycle.next_state(trigger, held.state)
    return bundle.workflow.triggers[trigger], (state, bundle.lifecycle.kind(state))


def ensure_unguarded(trigger: Trigger, situation: Situation, *, leave_out: str = "") -> None:
    """Raise GuardRefused with every finding of every guard of the trigger, unless all pass."""
    findings = tuple(
        finding
        for name in trigger.guards
        if name != leave_out
        for finding in GUARDS[name](situation)
    )
    if findings:
        raise GuardRefused(
            f"“{trigger.label}” isn’t possible yet.", findings, remedy="See what is missing."
        )


def ensure_kind(bundle: Bundle, held: Held, *kinds: StateKind) -> None:
    """Raise WrongState unless the request is in a state of one of these kinds."""
    if StateKind(held.state_kind) not in kinds:
        label = bundle.workflow.states[held.state].label
        raise WrongState(
            f"This isn’t possible while a request is “{label}”.",
            remedy="Look at the request again: somebody may have moved it on.",
        )
