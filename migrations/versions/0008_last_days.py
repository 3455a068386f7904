"""The day on which an account closes, in the place of whether it is active: people leave on a day
that is known before."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PEOPLE = sa.table(
    "people", sa.column("id"), sa.column("active", sa.Boolean), sa.column("closes_on", sa.Date)
)


def upgrade() -> None:
    op.add_column("people", sa.Column("closes_on", sa.Date()))
    disabled = sa.text(
        "SELECT at, payload FROM events WHERE stream = 'people' AND kind = 'PersonDisabled' "
        "ORDER BY seq"
    )
    days = {}
    for at, payload in op.get_bind().execute(disabled):
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        days[json.loads(payload)["person"]] = moment.astimezone(ZoneInfo("Europe/London")).date()
    for person, day in days.items():
        closed = sa.and_(_PEOPLE.c.id == person, sa.not_(_PEOPLE.c.active))
        op.execute(_PEOPLE.update().where(closed).values(closes_on=day))
    op.drop_column("people", "active")


def downgrade() -> None:
    """Whoever leaves on a day to come is active again."""
    op.add_column(
        "people", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    closed = _PEOPLE.c.closes_on <= sa.func.current_date()
    op.execute(_PEOPLE.update().where(closed).values(active=False))
    op.drop_column("people", "closes_on")
