"""The one hot write: lock, decide, compare-and-swap, event, outbox.

Nothing else writes a request's state, version or head. A request's version is the seq of its last
event, so the swap checks the row and the head of its chain in one. Services decide between
`hold` and `apply`, in pure Python, on what they read after the lock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.orm import Session

from procureflow.domain.calendar import local_day
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import NotFound, Stale
from procureflow.domain.events import Event
from procureflow.domain.permissions import Actor, Parties
from procureflow.models import Grant, Person, Request, Review
from procureflow.models.statements import Prepared
from procureflow.queries import people, policies
from procureflow.services._record import event_and_outbox, sealed_row, write_row

_COLUMNS = (
    Request.id,
    Request.reference,
    Request.bundle,
    Request.directorate,
    Request.requester_id,
    Request.sponsor_id,
    Request.co_authors,
    Request.wrote,
    Request.answered,
    Request.state,
    Request.state_kind,
    Request.version,
    Request.head,
)
_LOCK = (
    select(
        *_COLUMNS,
        policies.IN_FORCE.scalar_subquery().label("in_force"),
        *people.ACTOR_COLUMNS,
    )
    .select_from(Request)
    .outerjoin(Person, Person.id == bindparam("person"))
    .outerjoin(Grant, people.GRANT_IN_FORCE)
    .with_for_update(of=Request)
)
_HOLD = Prepared(_LOCK.where(Request.id == bindparam("key")))
_OF_REVIEW = select(Review.request_id).where(Review.id == bindparam("key")).scalar_subquery()
_HOLD_OF_REVIEW = Prepared(_LOCK.where(Request.id == _OF_REVIEW))


@dataclass(slots=True)
class Held:
    """A request under the lock, and who acts on it. Follows what `apply` writes."""

    actor: Actor
    parties: Parties
    id: int
    reference: str
    bundle: str
    directorate: str
    state: str
    state_kind: str
    version: int
    head: str
    #: The hash of the bundle in force that day: whose organisation it goes by.
    in_force: str


def hold(session: Session, request_id: int, *, actor_id: int | None, now: datetime) -> Held:
    """Lock the request, and read it and who acts. Raises NotFound, NotSignedIn."""
    return _hold(session, _HOLD, request_id, actor_id, now)


def hold_of_review(
    session: Session, review_id: int, *, actor_id: int | None, now: datetime
) -> Held:
    """Lock the request that a review is about. Raises NotFound, NotSignedIn.

    The review's own columns must be read after this: in PostgreSQL a row joined to the locked one
    may be older than the lock. (Roles may: whoever holds one when they ask may still act.)
    """
    return _hold(session, _HOLD_OF_REVIEW, review_id, actor_id, now)


def _hold(
    session: Session, statement: Prepared, key: int, actor_id: int | None, now: datetime
) -> Held:
    day = local_day(now)
    rows = statement.run(session.connection(), key=key, person=actor_id, day=day).all()
    if not rows:
        raise NotFound("There is no such request.", remedy="Check the reference.")
    own = len(_COLUMNS) + 1
    actor = people.actor_of(actor_id, [row[own:] for row in rows])
    row = rows[0]
    parties = Parties(
        row.requester_id,
        row.sponsor_id,
        *(frozenset(json.loads(ids)) for ids in (row.co_authors, row.wrote, row.answered)),
    )
    return Held(
        actor,
        parties,
        row.id,
        row.reference,
        row.bundle,
        row.directorate,
        row.state,
        row.state_kind,
        row.version,
        row.head,
        row.in_force,
    )


def apply(
    session: Session,
    held: Held,
    event: Event,
    *,
    now: datetime,
    to: tuple[str, StateKind] | None = None,
    **columns: Any,
) -> None:
    """Record what who acts did and, with `to` (state, its kind), move the request there.

    `columns` are further columns of the request that change with it. Raises Stale where the row
    or its chain is no longer as `held` has them; then nothing of this unit of work may stay.
    """
    row = sealed_row(
        stream=held.reference,
        seq=held.version + 1,
        previous=held.head,
        event=event,
        actor=held.actor.person,
        now=now,
        state_from=held.state,
        state_to=to[0] if to else None,
    )
    if to:
        columns.update(state=to[0], state_kind=to[1].value, state_since=now)
    connection = session.connection()
    at_once = connection.dialect.name == "postgresql"
    swap = (_swap_and_record if at_once else _swap)(tuple(columns))
    values = {f"new_{name}": value for name, value in columns.items()}
    if swap.run(connection, key=held.id, **row, **values).rowcount != 1:
        raise Stale(
            "Somebody else changed this request at the same moment.",
            remedy="Look at it again and repeat what you did.",
        )
    if not at_once:
        write_row(connection, row)
    held.version, held.head = row["seq"], row["hash"]
    if to:
        held.state, held.state_kind = to[0], to[1].value
    if len(session.identity_map):
        session.expire_all()


def _update(columns: tuple[str, ...]) -> Update:
    """The compare-and-swap by the event's row (`seq`, `previous`, `hash`, `at`), which also sets
    these columns."""
    return (
        update(Request)
        .where(
            Request.id == bindparam("key"),
            Request.version == bindparam("seq") - 1,
            Request.head == bindparam("previous"),
        )
        .values(
            version=bindparam("seq"),
            head=bindparam("hash"),
            updated_at=bindparam("at"),
            **{name: bindparam(f"new_{name}") for name in columns},
        )
    )


@cache
def _swap(columns: tuple[str, ...]) -> Prepared:
    """The compare-and-swap alone."""
    return Prepared(_update(columns))


@cache
def _swap_and_record(columns: tuple[str, ...]) -> Prepared:
    """PostgreSQL's: the compare-and-swap, the event and its outbox row in one round trip."""
    return event_and_outbox(_update(columns).returning(Request.id).cte("moved"))
