"""An open review under the lock of its request: what every act in it begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from procureflow.domain import voting
from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.errors import NotFound, WrongState
from procureflow.queries import policies
from procureflow.queries import reviews as reading
from procureflow.services._transition import Held, hold_of_review


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
