"""The workflow: as a picture."""

from __future__ import annotations

import click

from procureflow.adapters.files import read_documents
from procureflow.domain.bundle import load_bundle
from procureflow.domain.diagram import mermaid, svg
from procureflow.settings import load_offline


@click.group()
def workflow() -> None:
    """The workflow."""


@workflow.command()
@click.option(
    "--format", "form", type=click.Choice(["svg", "mermaid"]), default="svg", show_default=True
)
def diagram(form: str) -> None:
    """Draw the workflow of the council whose folder PROCUREFLOW_CONFIG names."""
    bundle = load_bundle(read_documents(load_offline().council_folder))
    if form == "mermaid":
        click.echo(mermaid(bundle.workflow), nl=False)
    else:
        name = f"The way of a request, {bundle.organisation.council.name}"
        click.echo(svg(bundle.workflow, name=name))
