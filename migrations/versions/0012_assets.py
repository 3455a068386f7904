"""The corporate asset register; and what requests are compared by: supplier, cost centre, kind."""

import sqlalchemy as sa
from alembic import op

from procureflow.domain.likeness import supplier_key
from procureflow.models.base import Id, Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BATCH = 1_000


def upgrade() -> None:
    op.create_table(
        "assets",
        sa.Column("tag", sa.String(40), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("directorate", sa.String(60), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("place_key", sa.String(120), nullable=False),
        sa.Column("post", sa.String(120), nullable=True),
        sa.Column("job_role", sa.String(60), nullable=True),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "length(tag) > 0 AND length(place) > 0", name=op.f("ck_assets_is_somewhere")
        ),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_assets")),
    )
    op.create_index(
        "ix_assets_idle",
        "assets",
        ["category", "place_key"],
        sqlite_where=sa.text("in_use = 0"),
        postgresql_where=sa.text("NOT in_use"),
    )
    op.create_table(
        "asset_imports",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("after", sa.String(64), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_asset_imports_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_asset_imports")),
    )
    op.add_column("requests", sa.Column("supplier_key", sa.String(200), nullable=True))
    op.add_column("requests", sa.Column("cost_centre", sa.String(200), nullable=True))
    _fill()
    for name in ("supplier_key", "cost_centre"):
        index = f"ix_requests_{name.removesuffix('_key')}"
        op.create_index(index, "requests", [name, "directorate", "created_at"])
    op.create_index("ix_requests_category", "requests", ["category", "id"])


def _fill() -> None:
    """Suppliers as they are compared. A cost centre comes with the next version of its section."""
    bind, last = op.get_bind(), 0
    page = sa.text("SELECT id, supplier FROM requests WHERE id > :last ORDER BY id LIMIT :most")
    while rows := bind.execute(page, {"last": last, "most": _BATCH}).all():
        last = rows[-1].id
        keys = [{"id": r.id, "key": supplier_key(r.supplier)} for r in rows if r.supplier]
        if keys:
            said = sa.text("UPDATE requests SET supplier_key = :key WHERE id = :id")
            bind.execute(said, keys)


def downgrade() -> None:
    for name in ("category", "cost_centre", "supplier"):
        op.drop_index(f"ix_requests_{name}", "requests")
    for name in ("cost_centre", "supplier_key"):
        op.drop_column("requests", name)
    op.drop_table("asset_imports")
    op.drop_table("assets")
