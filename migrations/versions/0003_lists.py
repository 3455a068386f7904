"""Lists: views that people keep, and full-text search over what requests say.

The index is the database's own work: a trigger fills SQLite's, an expression is PostgreSQL's. No
service writes it, so none can forget to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

#: Everything that is text in a section's answers.
_TEXT = "(SELECT group_concat(atom, ' ') FROM json_tree({answers}) WHERE type = 'text')"


def upgrade() -> None:
    op.create_table(
        "saved_lists",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("person_id", _id, nullable=False),
        sa.Column("listing", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("saved_at", _moment, nullable=False),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_saved_lists_has_a_name")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_saved_lists_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_lists")),
        sa.UniqueConstraint(
            "person_id", "listing", "name", name=op.f("uq_saved_lists_person_id_listing_name")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_section_versions_words ON section_versions USING gin "
            "(jsonb_to_tsvector('english', answers::jsonb, '[\"string\"]'))"
        )
        return
    op.execute(
        "CREATE VIRTUAL TABLE section_search USING fts5(words, request_id UNINDEXED, "
        "section UNINDEXED, version UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    columns = "section_search (words, request_id, section, version)"
    op.execute(
        f"INSERT INTO {columns} SELECT {_TEXT.format(answers='answers')}, request_id, section, "  # noqa: S608
        "version FROM section_versions"
    )
    op.execute(
        "CREATE TRIGGER section_versions_searched AFTER INSERT ON section_versions BEGIN "  # noqa: S608
        f"INSERT INTO {columns} VALUES ({_TEXT.format(answers='NEW.answers')}, NEW.request_id, "
        "NEW.section, NEW.version); END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_section_versions_words")
    else:
        op.execute("DROP TRIGGER section_versions_searched")
        op.execute("DROP TABLE section_search")
    op.drop_table("saved_lists")
