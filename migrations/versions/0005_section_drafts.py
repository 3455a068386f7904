"""What somebody has typed into a section and not saved yet."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "section_drafts",
        sa.Column("person_id", _id, nullable=False),
        sa.Column("request_id", _id, nullable=False),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_section_drafts_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_section_drafts_request_id")
        ),
        sa.PrimaryKeyConstraint(
            "person_id", "request_id", "section", name=op.f("pk_section_drafts")
        ),
    )
    op.create_index("ix_section_drafts_request", "section_drafts", ["request_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_section_drafts_request", table_name="section_drafts")
    op.drop_table("section_drafts")
