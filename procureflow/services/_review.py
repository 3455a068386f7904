"""An open review under the lock of its request: what every act in it begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session, aliased

from procureflow.domain import voting
from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.errors import NotFound, WrongState
from procureflow.models import Review
from procureflow.models.statements import Prepared
from procureflow.queries import policies
from procureflow.queries import reviews as reading
from procureflow.services._transition import Held, hold_of_review

_earlier = aliased(Review)
_ROUND = select(1 + func.count()).where(
    _earlier.request_id == bindparam("request_id"),
    _earlier.body == bindparam("body"),
    _earlier.stage == bindparam("stage"),
)
_OPENED_WITH = ("request_id", "submission_id", "body", "stage", "opened_at")
_OPEN_REVIEW = Prepared(
    insert(Review)
    .values({name: bindparam(name) for name in _OPENED_WITH} | {"round": _ROUND.scalar_subquery()})
    .returning(Review.id, Review.round)
)


def open_review(
    session: Session, held: Held, *, submission: int, body: str, stage: str, now: datetime
) -> dict[str, Any]:
    """A body's review of a submission begins. Returns the fields of an event that names it."""
    opened = _OPEN_REVIEW.run(
        session.connection(),
        request_id=held.id,
        submission_id=submission,
        body=body,
        stage=stage,
        opened_at=now,
    ).first()
    return {"review": opened.id, "body": body, "stage": stage, "round": opened.round}


@dataclass(frozen=True, slots=True)
class HeldReview:
    """A review under the lock of its request."""

    held: Held
    bundle: Bundle
    review: reading.OpenReview
    day: date

    @property
    def actor(self) -> int:
        """Who acts."""
        return self.held.actor.person

    @property
    def rules(self) -> voting.VotingRules:
        """How the body votes."""
        return self.bundle.organisation.bodies[self.review.body]

    @property
    def left(self) -> frozenset[int]:
        """Whoever acts, where the interest that they declared keeps them out."""
        declared = self.review.declared
        return voting.left(self.rules, {self.actor: declared} if declared else {})


def hold_open(session: Session, review_id: int, actor_id: int | None, now: datetime) -> HeldReview:
    """Lock the request, and read the review. Raises NotFound, and WrongState once it is closed."""
    held = hold_of_review(session, review_id, actor_id=actor_id, now=now)
    review = reading.review_row(session, review_id, person=held.actor.person)
    if review is None:
        raise NotFound("There is no such review.", remedy="Check the address.")
    if not review.open:
        raise WrongState(
            "The voting on this is closed.", remedy="Look at the decision on the request’s page."
        )
    bundle = policies.governing(session, held.bundle, held.in_force)
    return HeldReview(held, bundle, review, local_day(now))
