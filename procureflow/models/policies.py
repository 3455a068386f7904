"""The council this database belongs to, and the bundles of documents it has published."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from procureflow.models.base import Base, Id, Json, Moment


class Installation(Base):
    """One row: whose database this is. A database of another council is refused."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    council: Mapped[str] = mapped_column(String(60))
    demonstration: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (CheckConstraint("id = 1", name="there_is_one"),)


class Bundle(Base):
    """A council's documents as they belong together: immutable, named by their hash."""

    __tablename__ = "bundles"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    documents: Mapped[dict[str, str]] = mapped_column(Json)


class Proposal(Base):
    """Documents that somebody proposes to publish on top of publication number `after`."""

    __tablename__ = "proposals"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    bundle: Mapped[str] = mapped_column(ForeignKey("bundles.hash"))
    after: Mapped[int]
    effective_from: Mapped[date]
    why: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String(9))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("outcome IN ('published', 'withdrawn')", name="outcome_is_known"),
        CheckConstraint(
            "(outcome IS NULL) = (ended_by IS NULL) AND (outcome IS NULL) = (ended_at IS NULL)",
            name="end_is_whole",
        ),
        CheckConstraint(
            "outcome <> 'published' OR ended_by <> proposed_by", name="nobody_publishes_their_own"
        ),
    )


class Publication(Base):
    """A bundle in force from a day on, until a later one is. The same documents may be published
    again: that is how a version is undone."""

    __tablename__ = "publications"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bundle: Mapped[str] = mapped_column(ForeignKey("bundles.hash"))
    effective_from: Mapped[date]
    published_at: Mapped[datetime] = mapped_column(Moment)
    #: Nobody published what seeded the database; every later one has two people.
    published_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    why: Mapped[str] = mapped_column(Text)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"), unique=True)

    __table_args__ = (
        CheckConstraint(
            "number = 1 OR (published_by IS NOT NULL AND proposal_id IS NOT NULL)",
            name="has_two_people",
        ),
    )
