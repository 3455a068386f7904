"""The views of lists that somebody keeps."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.models import SavedList


def all_of(session: Session, person: int) -> list[SavedList]:
    """Somebody's views of all lists, by name."""
    query = select(SavedList).where(SavedList.person_id == person)
    return list(session.scalars(query.order_by(SavedList.name, SavedList.id)))


def of_person(session: Session, person: int, listing: str) -> list[SavedList]:
    """Somebody's views of one list, by name."""
    query = select(SavedList).where(SavedList.person_id == person, SavedList.listing == listing)
    return list(session.scalars(query.order_by(SavedList.name, SavedList.id)))
