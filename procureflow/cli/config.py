"""A council's documents: checking and proposing them, and listing the facts that rules can read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from procureflow.adapters import clock
from procureflow.adapters.files import read_documents
from procureflow.cli.database import open_ready
from procureflow.domain.bundle import load_bundle, load_schema
from procureflow.domain.comparison import compare
from procureflow.domain.definitions.facts import DERIVED
from procureflow.domain.errors import NotFound
from procureflow.queries import people
from procureflow.queries import policies as reading
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
            changes = _changes(session, number)
    finally:
        database.dispose()
    for line in changes:
        click.echo(line)
    click.echo(
        f"Proposal {number}: another policy officer publishes it on "
        f"{settings.base_url}/policy/proposals/{number}"
    )


def _changes(session: Session, number: int) -> list[str]:
    """What a proposal changes, a line each: a folder may be older than what was published."""
    found = reading.proposal(session, number)
    before = reading.bundle(session, reading.publication(session, found.after).bundle)
    after = reading.bundle(session, found.bundle)
    return [
        f"{part.document}, {part.name}: {one.label}: {one.before or '-'} → {one.after or '-'}"
        for part in compare(before, after, found.effective_from)
        for one in part.lines
    ]


@config.command()
@click.argument("folder", type=click.Path(path_type=Path))
def fetch(folder: Path) -> None:
    """Write the documents published last into a new folder, to be changed and proposed."""
    if folder.exists():
        raise click.ClickException(f"{folder} is there already: name a folder that isn't.")
    database = open_ready(load_offline())
    try:
        with database.reading() as session:
            latest = reading.latest(session)
            texts = reading.texts(session, latest.bundle)
    finally:
        database.dispose()
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    click.echo(f"{folder}: version {latest.number}, {len(texts)} documents.")


@config.command()
@click.argument("folder", type=click.Path(path_type=Path))
def facts(folder: Path) -> None:
    """List the facts that rules can read, with their types."""
    schema, answers = load_schema(read_documents(folder))
    width = max(len(name) for name in schema)
    for name, kind in sorted(schema.items()):
        origin = "answer" if name in answers else "derived"
        words = f": {DERIVED[name]}" if name in DERIVED else ""
        click.echo(f"{name:<{width}}  {origin:<7}  {kind}{words}")
