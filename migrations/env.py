"""Alembic's entry: the migrations run on the connection that `procureflow db upgrade` gives."""

from alembic import context

from procureflow.models import Base


def run() -> None:
    """Run the migrations in one transaction on the given connection."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        compare_type=True,
        render_as_batch=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
