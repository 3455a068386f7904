"""What broke the policy, and the action that the directorate owes for it (NC-1)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from procureflow.models.base import Base, Id, Json, Moment, Pence


class NonComplianceRecord(Base):
    """Something bought or proposed outside the policy. Has a chain of its own."""

    __tablename__ = "non_compliance_records"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    directorate: Mapped[str] = mapped_column(String(60))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("requests.id"))
    decision_id: Mapped[int | None] = mapped_column(Id)
    rules: Mapped[list[str]] = mapped_column(Json)
    summary: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        ForeignKeyConstraint(
            ["decision_id", "request_id"], ["decisions.id", "decisions.request_id"]
        ),
        CheckConstraint("rules <> '[]'", name="cites_a_rule"),
        CheckConstraint("decision_id IS NULL OR request_id IS NOT NULL", name="decision_has_one"),
        CheckConstraint("version >= 1 AND length(head) = 64", name="has_a_chain"),
        Index("ix_non_compliance_directorate", "directorate", "opened_at", "id"),
        Index("ix_non_compliance_request", "request_id"),
    )


class PurchaseReport(Base):
    """What was bought outside the policy, where a record came of a report and of no request."""

    __tablename__ = "purchase_reports"

    record_id: Mapped[int] = mapped_column(
        ForeignKey("non_compliance_records.id"), primary_key=True
    )
    what: Mapped[str] = mapped_column(String(200))
    supplier: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal] = mapped_column(Pence)
    bought_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(Text)
    reported_by: Mapped[int] = mapped_column(ForeignKey("people.id"))

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount_is_not_negative"),
        CheckConstraint("length(what) > 0 AND length(evidence) > 0", name="says_what_and_how"),
        Index("ix_purchase_reports_reported_by", "reported_by"),
    )


class DirectorateAction(Base):
    """What the directorate must do: the director records what was done, someone else closes it."""

    __tablename__ = "directorate_actions"

    record_id: Mapped[int] = mapped_column(
        ForeignKey("non_compliance_records.id"), primary_key=True
    )
    due_on: Mapped[date]
    done: Mapped[str | None] = mapped_column(Text)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closing_note: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(
            "(done IS NULL) = (done_by IS NULL) AND (done IS NULL) = (done_at IS NULL)",
            name="answer_is_whole",
        ),
        CheckConstraint("(closed_by IS NULL) = (closed_at IS NULL)", name="closing_is_whole"),
        CheckConstraint("closed_at IS NULL OR done IS NOT NULL", name="closed_after_an_answer"),
        CheckConstraint("closed_by <> done_by", name="nobody_closes_their_own"),
        Index("ix_directorate_actions_open", "closed_at", "due_on"),
    )

    @property
    def status(self) -> str:
        """Open, answered or closed."""
        if self.closed_at is not None:
            return "closed"
        return "open" if self.done is None else "answered"
