"""Keeping a view of a list under a name, and removing it. Nobody else's, and no event tells."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procureflow.domain.answers import text, trimmed
from procureflow.domain.calendar import local_day
from procureflow.domain.errors import InvalidInput, NotFound
from procureflow.domain.permissions import Permission, ensure
from procureflow.models import SavedList
from procureflow.queries import people

MOST = 20
LONGEST_NAME = 80
LONGEST_QUERY = 2000


def save_list(
    session: Session, *, listing: str, name: str, query: str, actor_id: int | None, now: datetime
) -> None:
    """Keep a view under a name that no other of theirs has."""
    actor = people.actor(session, actor_id, local_day(now))
    ensure(Permission.ACCOUNT_USE, actor)
    try:
        called = text(trimmed(name), LONGEST_NAME, one_line=True)
    except ValueError as error:
        raise InvalidInput({"name": str(error)}) from error
    if not called:
        raise InvalidInput({"name": "Give the view a name."})
    if not query or len(query) > LONGEST_QUERY:
        raise InvalidInput({"name": "Filter or sort the list first: there is nothing to keep."})
    mine = select(SavedList).where(
        SavedList.person_id == actor.person, SavedList.listing == listing
    )
    kept = session.scalars(mine.where(SavedList.name == called)).first()
    if kept is not None:
        raise InvalidInput(
            {"name": f"You keep a view “{called}” already. Take another name, or remove that one."}
        )
    if (session.scalar(select(func.count()).select_from(mine.subquery())) or 0) >= MOST:
        raise InvalidInput({"name": f"You keep {MOST} views of this list. Remove one first."})
    session.add(
        SavedList(person_id=actor.person, listing=listing, name=called, query=query, saved_at=now)
    )
    session.flush()


def remove_list(session: Session, *, saved_id: int, actor_id: int | None, now: datetime) -> str:
    """Remove a view of one's own. Returns the list that it was of."""
    actor = people.actor(session, actor_id, local_day(now))
    kept = session.get(SavedList, saved_id)
    if kept is None or kept.person_id != actor.person:
        raise NotFound("There is no such view.", remedy="It may be removed already.")
    session.delete(kept)
    session.flush()
    return kept.listing
