"""Documents apart from their publication: the same ones may be published again, which is how a
version is undone; and what is proposed waits for a second person."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from procureflow.models.base import Id, Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: What a bundle's row said of its one publication.
_MOVED = ("number", "effective_from", "published_at", "published_by", "why")
_CHECK = "number = 1 OR published_by IS NOT NULL"


def _on_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _guard(table: str) -> None:
    """What is written once is never changed: the triggers of 0001."""
    if _on_postgresql():
        for when, each, name in (
            ("UPDATE OR DELETE", "ROW", "written_once"),
            ("TRUNCATE", "STATEMENT", "not_emptied"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {when} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION procureflow_written_once()"
            )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END"
        )


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", Id, nullable=False),
        sa.Column("bundle", sa.String(64), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("proposed_by", Id, nullable=False),
        sa.Column("proposed_at", Moment, nullable=False),
        sa.Column("outcome", sa.String(9), nullable=True),
        sa.Column("ended_by", Id, nullable=True),
        sa.Column("ended_at", Moment, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('published', 'withdrawn')", name=op.f("ck_proposals_outcome_is_known")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (ended_by IS NULL) AND (outcome IS NULL) = (ended_at IS NULL)",
            name=op.f("ck_proposals_end_is_whole"),
        ),
        sa.CheckConstraint(
            "outcome <> 'published' OR ended_by <> proposed_by",
            name=op.f("ck_proposals_nobody_publishes_their_own"),
        ),
        sa.ForeignKeyConstraint(["bundle"], ["bundles.hash"], name=op.f("fk_proposals_bundle")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["people.id"], name=op.f("fk_proposals_proposed_by")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f("fk_proposals_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_table(
        "publications",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bundle", sa.String(64), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("published_at", Moment, nullable=False),
        sa.Column("published_by", Id, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("proposal_id", Id, nullable=True),
        sa.CheckConstraint(
            "number = 1 OR (published_by IS NOT NULL AND proposal_id IS NOT NULL)",
            name=op.f("ck_publications_has_two_people"),
        ),
        sa.ForeignKeyConstraint(["bundle"], ["bundles.hash"], name=op.f("fk_publications_bundle")),
        sa.ForeignKeyConstraint(
            ["published_by"], ["people.id"], name=op.f("fk_publications_published_by")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_publications_proposal_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_publications")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_publications_proposal_id")),
    )
    moved = ", ".join(_MOVED)
    op.execute(f"INSERT INTO publications ({moved}, bundle) SELECT {moved}, hash FROM bundles")  # noqa: S608
    _guard("publications")
    if _on_postgresql():
        op.drop_constraint("ck_bundles_has_a_publisher", "bundles")
        for name in _MOVED:
            op.drop_column("bundles", name)
        return
    _make_anew("hash, documents", "bundles")


def _make_anew(columns: str, kept: str, *more: sa.Column[Any] | sa.Constraint) -> None:
    """SQLite drops no column that a constraint names: the table is made anew. What refers to it is
    looked at when the transaction ends, and by then its rows are there again."""
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute(f"CREATE TEMP TABLE kept AS SELECT {columns} FROM {kept}")  # noqa: S608
    op.drop_table("bundles")
    op.create_table(
        "bundles",
        sa.Column("hash", sa.String(64), nullable=False),
        *more,
        sa.Column("documents", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_bundles")),
    )
    op.execute(f"INSERT INTO bundles ({columns}) SELECT {columns} FROM kept")  # noqa: S608
    op.execute("DROP TABLE kept")
    _guard("bundles")


def downgrade() -> None:
    """Only while the documents are those that the council began with."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM proposals")):
        raise NotImplementedError("Documents were proposed since: restore a backup instead.")
    columns = (
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("published_at", Moment, nullable=False),
        sa.Column("published_by", Id, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
    )
    publisher = sa.ForeignKeyConstraint(
        ["published_by"], ["people.id"], name=op.f("fk_bundles_published_by")
    )
    if _on_postgresql():
        op.execute("DROP TRIGGER bundles_written_once ON bundles")
        for column in columns:
            op.add_column("bundles", sa.Column(column.name, column.type))
        values = ", ".join(f"{name} = publications.{name}" for name in _MOVED)
        op.execute(f"UPDATE bundles SET {values} FROM publications WHERE bundle = hash")  # noqa: S608
        for column in columns:
            op.alter_column("bundles", column.name, nullable=column.nullable)
        op.create_unique_constraint("uq_bundles_number", "bundles", ["number"])
        op.create_check_constraint("has_a_publisher", "bundles", _CHECK)
        op.create_foreign_key(publisher.name, "bundles", "people", ["published_by"], ["id"])
        op.execute("DROP TRIGGER bundles_not_emptied ON bundles")
        _guard("bundles")
    else:
        _make_anew(
            f"hash, {', '.join(_MOVED)}, documents",
            "bundles JOIN publications ON bundle = hash",
            *columns,
            publisher,
            sa.UniqueConstraint("number", name=op.f("uq_bundles_number")),
            sa.CheckConstraint(_CHECK, name=op.f("ck_bundles_has_a_publisher")),
        )
    op.drop_table("publications")
    op.drop_table("proposals")
