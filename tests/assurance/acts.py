"""What the members of a crowd do: a service in a unit of work, as the web would call it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from procureflow.db import Database
from procureflow.domain import voting
from procureflow.domain.calendar import local_day
from procureflow.domain.errors import GuardRefused, NotPermitted, Stale, WrongState
from procureflow.models import Request, Review
from procureflow.queries import policies
from procureflow.queries import reviews as reading
from procureflow.services import reviews

#: How long somebody who presides looks away between two looks at the votes, in seconds.
GLANCE = 0.002
#: How long they look before they give up, in seconds.
PATIENCE = 30
#: What goes with each outcome.
PARTICULARS: dict[str, dict[str, Any]] = {
    "approve": {"conditions": ["Train everybody before go-live."]},
    "reject": {"rules": ["NC-1"]},
    "return": {"sections": ["commercial"]},
}


def serve(db: Database, /, *, service: Callable[..., Any], **arguments: Any) -> Any:
    """One service call in a unit of work of its own."""
    with db.unit_of_work() as session:
        return service(session, **arguments)


def declare_and_vote(
    db: Database, /, *, review: int, person: int, choice: str, now: datetime
) -> None:
    """No interest, then a vote."""
    who = {"review_id": review, "actor_id": person, "now": now}
    serve(db, service=reviews.declare_interest, interest="none", note="", **who)
    serve(db, service=reviews.cast_vote, choice=choice, reason="It is right.", **who)


def outcome_of(db: Database, review_id: int, now: datetime) -> voting.Outcome | None:
    """What the rules give for the votes as they are, as the closing page shows it; None where
    the review is closed."""
    with db.reading() as session:
        review = session.get_one(Review, review_id)
        if review.closed_at is not None:
            return None
        request = session.get_one(Request, review.request_id)
        rules = policies.bundle(session, request.bundle).organisation.bodies[review.body]
        ballots = reading.ballots(
            session,
            review_id=review_id,
            body=review.body,
            parties=request.parties.ever,
            day=local_day(now),
        )
    return voting.outcome(rules, ballots)


def close_as_soon_as_possible(
    db: Database, /, *, review: int, person: int, now: datetime, votes: int = 1
) -> str:
    """Look until there is a decision to record and `votes` votes stand, then record it.

    Returns the outcome. Where the votes changed between looking and closing, looks again.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        seen = outcome_of(db, review, now)
        if seen is None:
            raise WrongState("The voting on this is closed.")
        if seen.choice is not None and seen.tally.cast >= votes:
            try:
                close(db, review=review, person=person, expected=seen.choice.value, now=now)
            except (Stale, GuardRefused, NotPermitted):
                continue
            return seen.choice.value
        time.sleep(GLANCE)
    raise TimeoutError("there was never a decision to record")


def close(db: Database, /, *, review: int, person: int, expected: str, now: datetime) -> None:
    """Close the voting, expecting that outcome."""
    serve(
        db,
        service=reviews.close_voting,
        review_id=review,
        expected=expected,
        reasons="As discussed.",
        actor_id=person,
        now=now,
        **PARTICULARS[expected],
    )
