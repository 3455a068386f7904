"""Who writes a request beside the requester, who wrote any of it, and who answered as sponsor."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = ("co_authors", "wrote", "answered")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("requests", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
    _fill("wrote", "SELECT DISTINCT request_id, author_id FROM section_versions ORDER BY 1, 2")
    _fill("answered", "SELECT DISTINCT request_id, sponsor_id FROM endorsements ORDER BY 1, 2")


def downgrade() -> None:
    for name in _COLUMNS:
        op.drop_column("requests", name)


def _fill(column: str, query: str) -> None:
    connection = op.get_bind()
    people: dict[int, list[int]] = {}
    for request, person in connection.execute(sa.text(query)):
        people.setdefault(request, []).append(person)
    requests = sa.table("requests", sa.column("id"), sa.column(column))
    for request, those in people.items():
        written = json.dumps(those, separators=(",", ":"))
        op.execute(requests.update().where(requests.c.id == request).values({column: written}))
