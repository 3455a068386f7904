"""The history nobody can quietly change, the mail that follows it, and the security log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from procureflow.models.base import Base, Id, Json, Moment


class AuditEvent(Base):
    """One thing that happened, sealed to the one before it in its stream.

    `payload` is canonical JSON, hashed as it stands. Triggers refuse UPDATE and DELETE.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    stream: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[str] = mapped_column(Text)
    state_from: Mapped[str | None] = mapped_column(String(60))
    state_to: Mapped[str | None] = mapped_column(String(60))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        UniqueConstraint("stream", "seq"),
        CheckConstraint("seq >= 1", name="counts_from_one"),
        CheckConstraint("length(previous) = 64 AND length(hash) = 64", name="is_sealed"),
        Index("ix_events_at", "at", "id"),
    )


class OutboxItem(Base):
    """An event whose news the worker has yet to carry.

    It is written in the event's own transaction: there is no mail about what was rolled back, and
    no change whose mail was forgotten. The worker works out who must know when it takes it.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    stream: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("stream", "seq"),
        Index(
            "ix_outbox_waiting",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )


class Mail(Base):
    """One message to one person, kept until it is sent; once per person and key."""

    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    template: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(Json)
    queued_at: Mapped[datetime] = mapped_column(Moment)
    not_before: Mapped[datetime] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    sent_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("key", "person_id"),
        Index(
            "ix_mails_waiting",
            "not_before",
            "id",
            sqlite_where=text("sent_at IS NULL"),
            postgresql_where=text("sent_at IS NULL"),
        ),
    )


class SecurityEntry(Base):
    """What must be remembered of sign-ins and refusals. Written in a transaction of its own.

    `subject` is a keyed hash of what was tried (an e-mail address), never the thing itself.
    """

    __tablename__ = "security_log"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    subject: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (
        Index("ix_security_log_subject", "kind", "subject", "at"),
        Index("ix_security_log_address", "kind", "address", "at"),
    )
