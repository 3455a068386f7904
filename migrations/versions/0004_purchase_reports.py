"""Reports of purchases made outside the policy: what a record without a request is about."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "purchase_reports",
        sa.Column("record_id", _id, nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("reported_by", _id, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_purchase_reports_amount_is_not_negative")),
        sa.CheckConstraint(
            "length(what) > 0 AND length(evidence) > 0",
            name=op.f("ck_purchase_reports_says_what_and_how"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["non_compliance_records.id"],
            name=op.f("fk_purchase_reports_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["people.id"], name=op.f("fk_purchase_reports_reported_by")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_purchase_reports")),
    )
    op.create_index(
        "ix_purchase_reports_reported_by", "purchase_reports", ["reported_by"], unique=False
    )
    if op.get_bind().dialect.name == "postgresql":
        for when, each, name in (
            ("UPDATE OR DELETE", "ROW", "written_once"),
            ("TRUNCATE", "STATEMENT", "not_emptied"),
        ):
            op.execute(
                f"CREATE TRIGGER purchase_reports_{name} BEFORE {when} ON purchase_reports "
                f"FOR EACH {each} EXECUTE FUNCTION procureflow_written_once()"
            )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER purchase_reports_no_{act.lower()} BEFORE {act} ON purchase_reports "
            "BEGIN SELECT RAISE(ABORT, 'rows of purchase_reports are written once'); END"
        )


def downgrade() -> None:
    op.drop_table("purchase_reports")
