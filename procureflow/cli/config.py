"""A council's documents: checking and proposing them, and listing the facts that rules can read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from procureflow.adapters import clock
from procureflow.adapters.files import read_documents
from procureflow.cli.database import open_ready
from procureflow.domain.bundle import load_bundle
from procureflow.domain.errors import NotFound
from procureflow.queries import people
from procureflow.services import policies
from procureflow.settings import load_offline


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
@click.option("--by", required=True, help="The e-mail address of the policy officer who proposes.")
@click.option("--why", required=True, help="Why the documents change.")
@click.option(
    "--from",
    "effective_from",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first day in force, like 2027-03-31; the first that is possible if left out.",
)
def publish(folder: Path, by: str, why: str, effective_from: datetime | None) -> None:
    """Propose a council's folder; another policy officer publishes it on the page."""
    documents = read_documents(folder)
    settings = load_offline()
    database = open_ready(settings)
    try:
        with database.unit_of_work() as session:
            person = people.person_by_email(session, by)
            if person is None:
                raise NotFound(f"There is no account {by}.")
            number = policies.propose_bundle(
                session,
                documents=documents,
                effective_from=effective_from.date() if effective_from else None,
                why=why,
                actor_id=person.id,
                now=clock.now(),
            )
    finally:
        database.dispose()
    click.echo(
        f"Proposal {number}: another policy officer publishes it on "
        f"{settings.base_url}/policy/proposals/{number}"
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
