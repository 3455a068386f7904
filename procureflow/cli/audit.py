"""The history: whether anybody changed it."""

from __future__ import annotations

import json

import click

from procureflow.cli.database import open_ready
from procureflow.queries.evidence import verify as run
from procureflow.settings import load_offline


@click.group()
def audit() -> None:
    """The history."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def verify(as_json: bool) -> None:
    """Verify every chain, and replay it against what the tables say now. Exit 1 on any fault."""
    database = open_ready(load_offline())
    with database.reading() as session:
        report = run(session)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "events": report.events,
                    "streams": report.streams,
                    "requests": report.requests,
                    "faults": [
                        {"table": f.table, "row": f.row, "what": f.what} for f in report.faults
                    ],
                },
                indent=2,
            )
        )
    else:
        for fault in report.faults:
            click.echo(f"{fault.table} {fault.row}: {fault.what}")
        state = "sound" if not report.faults else f"{len(report.faults)} faults"
        click.echo(
            f"{report.events:,} events in {report.streams:,} streams, "
            f"{report.requests:,} requests replayed: {state}."
        )
    if report.faults:
        raise SystemExit(1)
