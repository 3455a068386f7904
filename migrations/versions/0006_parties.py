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
    _fill("wrote", _wrote())
    _fill("answered", _pairs("SELECT request_id, sponsor_id FROM endorsements"))


def downgrade() -> None:
    for name in _COLUMNS:
        op.drop_column("requests", name)


def _pairs(query: str) -> list[tuple[int, int]]:
    return [(request, person) for request, person in op.get_bind().execute(sa.text(query))]


def _wrote() -> list[tuple[int, int]]:
    """(request, person) of who wrote a section, put it forward, or asked for it at first and handed
    it over. As the history tells it: that is what it will be compared with."""
    found = _pairs("SELECT request_id, author_id FROM section_versions")
    found += _pairs(
        "SELECT requests.id, events.actor_id FROM requests "
        "JOIN events ON events.stream = requests.reference "
        "WHERE events.kind IN ('EndorsementAsked', 'ReviewOpened')"
    )
    asks: dict[int, int] = {}
    happened = sa.text(
        "SELECT requests.id, events.payload FROM requests "
        "JOIN events ON events.stream = requests.reference "
        "WHERE events.kind IN ('RequestOpened', 'RequestHandedOver') "
        "ORDER BY requests.id, events.seq"
    )
    for request, payload in op.get_bind().execute(happened):
        requester = json.loads(payload)["requester"]
        if requester is not None:
            if request in asks:
                found.append((request, asks[request]))
            asks[request] = requester
    return found


def _fill(column: str, pairs: list[tuple[int, int]]) -> None:
    people: dict[int, set[int]] = {}
    for request, person in pairs:
        people.setdefault(request, set()).add(person)
    requests = sa.table("requests", sa.column("id"), sa.column(column))
    for request, those in people.items():
        written = json.dumps(sorted(those), separators=(",", ":"))
        op.execute(requests.update().where(requests.c.id == request).values({column: written}))
