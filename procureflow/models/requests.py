"""Exception requests: where each is, and what lists show of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.permissions import Parties
from procureflow.models.base import Base, Id, Json, Moment, Pence, one_of


class ReferenceCounter(Base):
    """The last number given out, by prefix and year. Written last thing in an insert."""

    __tablename__ = "reference_counters"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Request(Base):
    """One exception request. `version` and `head` are the last seq and hash of its own chain.

    State, version and head are written by `services/_transition.py` alone.
    """

    __tablename__ = "requests"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    bundle: Mapped[str] = mapped_column(ForeignKey("bundles.hash"))
    directorate: Mapped[str] = mapped_column(String(60))
    requester_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    sponsor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    #: People by id: who writes it beside the requester; whoever wrote any of it, put it forward or
    #: asked for it before; and whoever answered for it as sponsor. They stand here, not in tables
    #: of their own, so that whoever holds the row has them as they are.
    co_authors: Mapped[list[int]] = mapped_column(Json, server_default="[]")
    wrote: Mapped[list[int]] = mapped_column(Json, server_default="[]")
    answered: Mapped[list[int]] = mapped_column(Json, server_default="[]")
    title: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(60))
    supplier: Mapped[str | None] = mapped_column(String(200))
    #: The supplier as it is compared (`likeness.supplier_key`), and so the cost centre.
    supplier_key: Mapped[str | None] = mapped_column(String(200))
    cost_centre: Mapped[str | None] = mapped_column(String(200))
    whole_life_cost: Mapped[Decimal | None] = mapped_column(Pence)
    state: Mapped[str] = mapped_column(String(60))
    state_kind: Mapped[str] = mapped_column(String(10))
    state_since: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))
    decision_id: Mapped[int | None] = mapped_column(Id)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("requests.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint(one_of("state_kind", StateKind), name="kind_is_known"),
        CheckConstraint(
            "state_kind <> 'decided' OR decision_id IS NOT NULL", name="decided_has_a_decision"
        ),
        CheckConstraint("requester_id <> sponsor_id", name="nobody_sponsors_their_own"),
        CheckConstraint("version >= 1 AND length(head) = 64", name="has_a_chain"),
        CheckConstraint("whole_life_cost >= 0", name="cost_is_not_negative"),
        # The decision is this request's own, not just any.
        ForeignKeyConstraint(
            ["decision_id", "id"],
            ["decisions.id", "decisions.request_id"],
            use_alter=True,
            name="fk_requests_decision_id_id",
        ),
        Index("ix_requests_inbox", "state", "directorate", "updated_at", "id"),
        # What happened in a directorate is found by its requests' references.
        Index("ix_requests_directorate", "directorate", "reference"),
        # What was asked for from one supplier, or for one cost centre, lately (SPLIT-1).
        Index("ix_requests_supplier", "supplier_key", "directorate", "created_at"),
        Index("ix_requests_cost_centre", "cost_centre", "directorate", "created_at"),
        # What is like it (DUP-1).
        Index("ix_requests_category", "category", "id"),
        Index("ix_requests_requester", "requester_id", "updated_at", "id"),
        Index("ix_requests_sponsor", "sponsor_id", "updated_at", "id"),
        Index(
            "ix_requests_open",
            "state",
            "updated_at",
            "id",
            sqlite_where=text("state_kind IN ('editing', 'group')"),
            postgresql_where=text("state_kind IN ('editing', 'group')"),
        ),
    )

    @property
    def parties(self) -> Parties:
        """Who has, or had, a part in it."""
        return Parties(
            requester=self.requester_id,
            sponsor=self.sponsor_id,
            co_authors=frozenset(self.co_authors),
            wrote=frozenset(self.wrote),
            answered=frozenset(self.answered),
        )


class Check(Base):
    """A check before you buy that isn't finished: a person's own notes, and nobody else's. It
    becomes a request when it is answered as a whole; nothing of it is kept in the history."""

    __tablename__ = "checks"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    directorate: Mapped[str] = mapped_column(String(60))
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("ix_checks_person", "person_id", "updated_at", "id"),)
