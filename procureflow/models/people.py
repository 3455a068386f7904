"""People, their dated roles, and the one-time links that let them in."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procureflow.domain.permissions import SCOPES, Role, Scope
from procureflow.models.base import Base, Id, Moment, one_of

LINK_PURPOSES = ("first_password", "forgotten_password")


def _scope_matches_role() -> str:
    """A role over a directorate names one, over a body names one, over the council neither."""
    parts = []
    for scope, filled in (
        (Scope.DIRECTORATE, "directorate IS NOT NULL AND body IS NULL"),
        (Scope.BODY, "body IS NOT NULL AND directorate IS NULL"),
        (Scope.COUNCIL, "directorate IS NULL AND body IS NULL"),
    ):
        roles = tuple(role.value for role in Role if SCOPES[role] is scope)
        parts.append(f"({one_of('role', roles)} AND {filled})")
    return " OR ".join(parts)


class Person(Base):
    """Somebody with an account. What identifies them stands here and nowhere else."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    job_title: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    #: From that day on nobody signs in with it; None: it stays.
    closes_on: Mapped[date | None]
    #: Part of every session cookie: raising it ends all sessions of this person.
    session_epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Moment)

    grants: Mapped[list[Grant]] = relationship(back_populates="person")

    def open_on(self, day: date) -> bool:
        """Whether the account stands that day."""
        return self.closes_on is None or self.closes_on > day

    __table_args__ = (
        CheckConstraint("email = lower(email) AND email LIKE '%_@_%'", name="email_is_lower_case"),
        CheckConstraint("length(name) > 0", name="has_a_name"),
    )


class Grant(Base):
    """A role held over a scope, from a day and up to (not including) another."""

    __tablename__ = "grants"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(40))
    directorate: Mapped[str | None] = mapped_column(String(60))
    body: Mapped[str | None] = mapped_column(String(60))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="grants")

    __table_args__ = (
        CheckConstraint(_scope_matches_role(), name="scope_matches_role"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_it_starts"),
        Index(None, "person_id", "starts_on"),
        Index(None, "body", "role"),
        Index(None, "directorate", "role"),
    )


class OneTimeLink(Base):
    """A link that lets one person set a password once. Only the hash of its token is kept."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (CheckConstraint(one_of("purpose", LINK_PURPOSES), name="purpose_is_known"),)
