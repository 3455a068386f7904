"""A council's documents: checking them, and listing the facts that rules can read."""

from __future__ import annotations

from pathlib import Path

import click

from procureflow.adapters.files import read_documents
from procureflow.domain.bundle import load_bundle


@click.group()
def config() -> None:
    """A council's documents."""


@config.command()
@click.argument("folder", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """Check a council's folder as a whole: one line a fault, and exit 1."""
    bundle = load_bundle(read_documents(folder))
    rules = sum(len(policy.rules) for policy in bundle.policies)
    click.echo(
        f"{bundle.organisation.council.name}: the documents hold, with {rules} rules and "
        f"{len(bundle.questions.all())} questions."
    )


@config.command()
@click.argument("folder", type=click.Path(path_type=Path))
def facts(folder: Path) -> None:
    """List the facts that rules can read, with their types."""
    bundle = load_bundle(read_documents(folder))
    width = max(len(name) for name in bundle.schema)
    for name, kind in sorted(bundle.schema.items()):
        origin = "answer" if name in bundle.answer_types else "derived"
        click.echo(f"{name:<{width}}  {origin:<7}  {kind}")
