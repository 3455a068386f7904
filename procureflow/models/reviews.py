"""A body's consideration of one submission: assessments, declarations, votes, the decision."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procureflow.domain.voting import Choice, Ending, Interest
from procureflow.models.base import Base, Id, Json, Moment, one_of


class AssessmentVerdict(StrEnum):
    """An assessor's verdict. `SATISFIED_IF` names the condition in its note."""

    SATISFIED = "satisfied"
    SATISFIED_IF = "satisfied_if"
    NOT_SATISFIED = "not_satisfied"


class Review(Base):
    """(submission, body, stage, round). Votes and the decision are unique per review, so a return
    or a second stage starts a clean one; a request has at most one open review."""

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    request_id: Mapped[int] = mapped_column(Id)
    submission_id: Mapped[int] = mapped_column(Id)
    body: Mapped[str] = mapped_column(String(60))
    stage: Mapped[str] = mapped_column(String(60))
    round: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        ForeignKeyConstraint(
            ["submission_id", "request_id"], ["submissions.id", "submissions.request_id"]
        ),
        UniqueConstraint("submission_id", "body", "stage", "round"),
        UniqueConstraint("id", "request_id"),
        UniqueConstraint("id", "submission_id"),
        CheckConstraint("round >= 1", name="counts_from_one"),
        Index(
            "uq_reviews_one_open",
            "request_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_reviews_request", "request_id"),
    )


class Assessment(Base):
    """An assessor's verdict on the submission under review, one of each kind."""

    __tablename__ = "assessments"

    review_id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id)
    verdict: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)
    assessor_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        ForeignKeyConstraint(
            ["review_id", "submission_id"], ["reviews.id", "reviews.submission_id"]
        ),
        CheckConstraint(one_of("verdict", AssessmentVerdict), name="verdict_is_known"),
        CheckConstraint("verdict = 'satisfied' OR length(note) > 0", name="reservation_says_why"),
    )


class Declaration(Base):
    """A member's interest in the matter. There is no vote without one."""

    __tablename__ = "declarations"

    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    interest: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("review_id", "person_id", "interest"),
        CheckConstraint(one_of("interest", Interest), name="interest_is_known"),
        CheckConstraint("interest = 'none' OR length(note) > 0", name="interest_is_described"),
    )


class Vote(Base):
    """One member's vote in one review, under the interest they declared."""

    __tablename__ = "votes"

    review_id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id)
    interest: Mapped[str] = mapped_column(String(20))
    choice: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        ForeignKeyConstraint(
            ["review_id", "person_id", "interest"],
            ["declarations.review_id", "declarations.person_id", "declarations.interest"],
        ),
        ForeignKeyConstraint(
            ["review_id", "submission_id"], ["reviews.id", "reviews.submission_id"]
        ),
        CheckConstraint(one_of("choice", Choice), name="choice_is_known"),
    )


class Decision(Base):
    """What the body decided, as the rules gave it, and who closed the voting."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    review_id: Mapped[int] = mapped_column(Id, unique=True)
    request_id: Mapped[int] = mapped_column(Id)
    submission_id: Mapped[int] = mapped_column(Id)
    outcome: Mapped[str] = mapped_column(String(10))
    decided_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime] = mapped_column(Moment)
    tally: Mapped[dict[str, int]] = mapped_column(Json)
    casting_vote_used: Mapped[bool]
    reasons: Mapped[str] = mapped_column(Text)
    rules: Mapped[list[str]] = mapped_column(Json)
    sections: Mapped[list[str]] = mapped_column(Json)

    conditions: Mapped[list[Condition]] = relationship(
        order_by=lambda: Condition.number, viewonly=True
    )

    __table_args__ = (
        ForeignKeyConstraint(["review_id", "request_id"], ["reviews.id", "reviews.request_id"]),
        ForeignKeyConstraint(
            ["review_id", "submission_id"], ["reviews.id", "reviews.submission_id"]
        ),
        UniqueConstraint("id", "request_id"),
        CheckConstraint(one_of("outcome", Ending), name="outcome_known"),
        CheckConstraint("outcome <> 'reject' OR rules <> '[]'", name="rejection_cites_a_rule"),
        CheckConstraint("outcome <> 'return' OR sections <> '[]'", name="return_names_a_section"),
        CheckConstraint("length(reasons) > 0", name="gives_reasons"),
        Index("ix_decisions_request", "request_id"),
    )


class Condition(Base):
    """A condition of an approval."""

    __tablename__ = "conditions"

    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None]

    __table_args__ = (CheckConstraint("length(words) > 0", name="says_something"),)
