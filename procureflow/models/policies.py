"""The council this database belongs to, and the bundles of documents it has published."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from procureflow.models.base import Base, Json, Moment


class Installation(Base):
    """One row: whose database this is. A database of another council is refused."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    council: Mapped[str] = mapped_column(String(60))
    demonstration: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("id = 1", name="there_is_one"),)


class Bundle(Base):
    """A council's documents as published together: immutable, named by their hash."""

    __tablename__ = "bundles"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    effective_from: Mapped[date]
    published_at: Mapped[datetime] = mapped_column(Moment)
    #: Nobody published the one that seeded the database; everyone after needs a person.
    published_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    why: Mapped[str] = mapped_column(Text)
    documents: Mapped[dict[str, str]] = mapped_column(Json)

    __table_args__ = (
        CheckConstraint("number = 1 OR published_by IS NOT NULL", name="has_a_publisher"),
    )
