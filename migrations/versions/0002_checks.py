"""Checks before you buy that aren't finished: left for weeks, and nothing typed is lost.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("person_id", _id, nullable=False),
        sa.Column("directorate", sa.String(length=60), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("begun_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_checks_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
    )
    op.create_index("ix_checks_person", "checks", ["person_id", "updated_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_checks_person", table_name="checks")
    op.drop_table("checks")
