"""The corporate asset register: what the council owns, by post and place (AST-1, AST-2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from procureflow.models.base import Base, Json, Moment


class Asset(Base):
    """A device or a licence. Where no post has it in use, it stands idle."""

    __tablename__ = "assets"

    tag: Mapped[str] = mapped_column(String(40), primary_key=True)
    category: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    directorate: Mapped[str] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(String(120))
    #: The place as it is compared (`likeness.key_of`).
    place_key: Mapped[str] = mapped_column(String(120))
    post: Mapped[str | None] = mapped_column(String(120))
    job_role: Mapped[str | None] = mapped_column(String(60))
    bought_on: Mapped[date]
    in_use: Mapped[bool]

    __table_args__ = (
        CheckConstraint("length(tag) > 0 AND length(place) > 0", name="is_somewhere"),
        Index(
            "ix_assets_idle",
            "category",
            "place_key",
            sqlite_where=text("in_use = 0"),
            postgresql_where=text("NOT in_use"),
        ),
    )


class AssetImport(Base):
    """A file that somebody has read in and not imported yet: a person's own note. `rows` are the
    assets in it, `after` is the hash of the register that it was compared with."""

    __tablename__ = "asset_imports"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    file: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
