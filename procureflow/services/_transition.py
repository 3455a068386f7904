"""The one hot write: lock, decide, compare-and-swap, event, outbox.

Nothing else writes a request's state, version or head. A request's version is the seq of its last
event, so the swap checks the row and the head of its chain in one. Services decide between
`hold` and `apply`, in pure Python, on what they read after the lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.orm import Session

from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import NotFound, Stale
from procureflow.domain.events import Event
from procureflow.models import Request, Review
from procureflow.models.statements import Prepared
from procureflow.services._record import event_and_outbox, sealed_row, write_row

_COLUMNS = (
    Request.id,
    Request.reference,
    Request.bundle,
    Request.directorate,
    Request.requester_id,
    Request.sponsor_id,
    Request.state,
    Request.state_kind,
    Request.version,
    Request.head,
)
_HOLD = Prepared(select(*_COLUMNS).where(Request.id == bindparam("key")).with_for_update())
_HOLD_OF_REVIEW = Prepared(
    select(*_COLUMNS)
    .where(
        Request.id
        == select(Review.request_id).where(Review.id == bindparam("key")).scalar_subquery()
    )
    .with_for_update()
)


@dataclass(slots=True)
class Held:
    """A request under the lock. Follows what `apply` writes."""

    id: int
    reference: str
    bundle: str
    directorate: str
    requester_id: int
    sponsor_id: int | None
    state: str
    state_kind: str
    version: int
    head: str

    @property
    def authors(self) -> frozenset[int]:
        """Who writes it."""
        return frozenset((self.requester_id,))


def hold(session: Session, request_id: int) -> Held:
    """Lock the request and read it. Raises NotFound."""
    return _held(_HOLD.run(session.connection(), key=request_id).first())


def hold_of_review(session: Session, review_id: int) -> Held:
    """Lock the request that a review is about. Raises NotFound.

    The review's own columns must be read after this: in PostgreSQL a row joined to the locked one
    may be older than the lock.
    """
    return _held(_HOLD_OF_REVIEW.run(session.connection(), key=review_id).first())


def _held(row: Any) -> Held:
    if row is None:
        raise NotFound("There is no such request.", remedy="Check the reference.")
    return Held(*row)


def apply(
    session: Session,
    held: Held,
    event: Event,
    *,
    actor: int,
    now: datetime,
    to: tuple[str, StateKind] | None = None,
    **columns: Any,
) -> None:
    """Record what happened and, with `to` (state, its kind), move the request there.

    `columns` are further columns of the request that change with it. Raises Stale where the row
    or its chain is no longer as `held` has them; then nothing of this unit of work may stay.
    """
    row = sealed_row(
        stream=held.reference,
        seq=held.version + 1,
        previous=held.head,
        event=event,
        actor=actor,
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
