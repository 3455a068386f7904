"""A report of a purchase may be corrected: the history keeps what it said before."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: name → what it guards, as 0004 made them.
_POSTGRESQL = {
    "written_once": ("UPDATE OR DELETE", "ROW"),
    "not_emptied": ("TRUNCATE", "STATEMENT"),
}
_SQLITE = ("UPDATE", "DELETE")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in _POSTGRESQL:
            op.execute(f"DROP TRIGGER purchase_reports_{name} ON purchase_reports")
        return
    for act in _SQLITE:
        op.execute(f"DROP TRIGGER purchase_reports_no_{act.lower()}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, (when, each) in _POSTGRESQL.items():
            op.execute(
                f"CREATE TRIGGER purchase_reports_{name} BEFORE {when} ON purchase_reports "
                f"FOR EACH {each} EXECUTE FUNCTION procureflow_written_once()"
            )
        return
    for act in _SQLITE:
        op.execute(
            f"CREATE TRIGGER purchase_reports_no_{act.lower()} BEFORE {act} ON purchase_reports "
            "BEGIN SELECT RAISE(ABORT, 'rows of purchase_reports are written once'); END"
        )
