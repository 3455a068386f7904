"""A body may recommend what another decides after it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NAME = "ck_decisions_outcome_known"
_BEFORE = "outcome IN ('approve', 'reject', 'return')"
_AFTER = "outcome IN ('approve', 'reject', 'return', 'recommend')"


def _say(before: str, after: str) -> None:
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.drop_constraint(op.f(_NAME), "decisions")
        op.create_check_constraint(op.f(_NAME), "decisions", after)
        return
    # SQLite changes no constraint: the table is made anew, with its indexes and triggers. What
    # refers to it is looked at when the transaction ends, and by then its rows are there again.
    made = "SELECT sql FROM sqlite_master WHERE tbl_name = 'decisions' AND sql IS NOT NULL"
    statements = list(bind.execute(sa.text(f"{made} ORDER BY type = 'table' DESC")).scalars())
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMP TABLE kept AS SELECT * FROM decisions")
    op.drop_table("decisions")
    for statement in statements:
        bind.exec_driver_sql(statement.replace(before, after))
    op.execute("INSERT INTO decisions SELECT * FROM kept")
    op.execute("DROP TABLE kept")


def upgrade() -> None:
    _say(_BEFORE, _AFTER)


def downgrade() -> None:
    """Only while no body has recommended anything."""
    recommended = "SELECT count(*) FROM decisions WHERE outcome = 'recommend'"
    if op.get_bind().scalar(sa.text(recommended)):
        raise NotImplementedError("Something was recommended since: restore a backup instead.")
    _say(_AFTER, _BEFORE)
