"""Content as versions of sections, and the submissions that pin them. Never overwritten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from procureflow.models.base import Base, Id, Json, Moment, one_of


class SectionVersion(Base):
    """One version of one section of one request."""

    __tablename__ = "section_versions"

    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"), primary_key=True)
    section: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (CheckConstraint("version >= 1", name="counts_from_one"),)


class SectionDraft(Base):
    """What somebody has typed into a section and not saved: their own, as they typed it, and
    nothing of it in the history. `seen` is the version that they had before them."""

    __tablename__ = "section_drafts"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"), primary_key=True)
    section: Mapped[str] = mapped_column(String(60), primary_key=True)
    fields: Mapped[dict[str, str]] = mapped_column(Json)
    seen: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_section_drafts_request", "request_id"),)


class Submission(Base):
    """A pinned version of every section, with the facts as they were: what a decision is about.

    `lead_section` must be among its pins, so a submission that pins nothing can't be committed.
    """

    __tablename__ = "submissions"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"))
    number: Mapped[int]
    bundle: Mapped[str] = mapped_column(ForeignKey("bundles.hash"))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    content: Mapped[str] = mapped_column(String(64))
    lead_section: Mapped[str] = mapped_column(String(60))
    submitted_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("request_id", "number"),
        UniqueConstraint("id", "request_id"),
        ForeignKeyConstraint(
            ["id", "lead_section"],
            ["submission_sections.submission_id", "submission_sections.section"],
            use_alter=True,
            deferrable=True,
            initially="DEFERRED",
            name="fk_submissions_pins_something",
        ),
    )


class SubmissionSection(Base):
    """One pin: this submission is about this version of this section."""

    __tablename__ = "submission_sections"

    submission_id: Mapped[int] = mapped_column(Id, primary_key=True)
    section: Mapped[str] = mapped_column(String(60), primary_key=True)
    request_id: Mapped[int] = mapped_column(Id)
    version: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(
            ["submission_id", "request_id"], ["submissions.id", "submissions.request_id"]
        ),
        ForeignKeyConstraint(
            ["request_id", "section", "version"],
            ["section_versions.request_id", "section_versions.section", "section_versions.version"],
        ),
    )


class Endorsement(Base):
    """A sponsor's answer to one submission: endorsed, or sent back with a sentence."""

    __tablename__ = "endorsements"

    submission_id: Mapped[int] = mapped_column(Id, primary_key=True)
    request_id: Mapped[int] = mapped_column(Id)
    sponsor_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    verdict: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        ForeignKeyConstraint(
            ["submission_id", "request_id"], ["submissions.id", "submissions.request_id"]
        ),
        CheckConstraint(one_of("verdict", ("endorsed", "sent_back")), name="verdict_is_known"),
        CheckConstraint("verdict = 'endorsed' OR length(note) > 0", name="sent_back_says_why"),
    )
