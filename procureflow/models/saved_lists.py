"""Views of lists that somebody keeps: their own, and no evidence of anything."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procureflow.models.base import Base, Id, Moment


class SavedList(Base):
    """A list as somebody filtered and sorted it, under a name. `query` is the address's part."""

    __tablename__ = "saved_lists"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    listing: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(2000))
    saved_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("person_id", "listing", "name"),
        CheckConstraint("length(name) > 0", name="has_a_name"),
    )
