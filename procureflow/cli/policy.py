"""The policy: trying documents on the requests that were asked before."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from procureflow.adapters import clock
from procureflow.adapters.files import read_documents
from procureflow.cli.database import open_ready
from procureflow.domain.bundle import load_bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.rehearsal import Judged, Report, rehearse
from procureflow.queries import policies as reading
from procureflow.settings import load_offline


@click.group()
def policy() -> None:
    """The policy."""


@policy.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which the rules are looked at, like 2027-03-31; today if left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def replay(folder: Path, first: datetime | None, as_json: bool) -> None:
    """Say what the documents of a folder would have said of every request put forward, and what
    the ones published last say. Nothing is written."""
    proposed = load_bundle(read_documents(folder))
    settings = load_offline()
    database = open_ready(settings)
    report = Report()
    try:
        with database.reading() as session:
            latest = reading.latest(session)
            published = reading.bundle(session, latest.bundle)
            ours, theirs = (b.organisation.council for b in (published, proposed))
            if ours.key != theirs.key:
                raise click.ClickException(
                    f"This database is of {ours.name}, and the folder of {theirs.name}."
                )
            day = first.date() if first else local_day(clock.now())
            for report in rehearse(reading.submitted(session), published, proposed, day):
                if not as_json:
                    click.echo(f"{report.looked_at:,} requests looked at", err=True)
    finally:
        database.dispose()
    click.echo(json.dumps(as_plain(report), indent=1) if as_json else in_words(report))


def as_plain(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "looked_at": report.looked_at,
        "would_change": report.changed_count,
        "outcome": report.outcome,
        "tier": report.tier,
        "route": report.route,
        "rules": {rule: {"more": more, "fewer": fewer} for rule, more, fewer in report.rules},
        "directorates": dict(sorted(report.directorates.items())),
        "requests": [
            {
                "reference": one.reference,
                "directorate": one.directorate,
                "before": _judged(one.before),
                "after": _judged(one.after),
            }
            for one in report.changed
        ],
    }


def _judged(judged: Judged) -> dict[str, Any]:
    return {**asdict(judged), "rules": sorted(judged.rules)}


def in_words(report: Report) -> str:
    """The report in a few lines."""
    lines = [
        f"{report.looked_at:,} requests looked at, of which {report.changed_count:,} would change: "
        f"outcome {report.outcome:,}, tier {report.tier:,}, route {report.route:,}."
    ]
    lines += [f"{rule}: {more:,} more, {fewer:,} fewer" for rule, more, fewer in report.rules]
    lines += [f"{key}: {count:,}" for key, count in sorted(report.directorates.items())]
    for one in report.changed:
        before, after = one.before, one.after
        lines.append(
            f"{one.reference}: {before.answer} → {after.answer}, {before.tier} → {after.tier}, "
            f"{before.route} → {after.route}"
        )
    return "\n".join(lines)
