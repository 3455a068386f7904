"""How each directorate keeps to the policy: figures, each as long as the list behind it.

A figure is counted by that very list's query and filters, so that it can't say anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.permissions import Actor
from procureflow.domain.voting import Choice as Outcome
from procureflow.models import NonComplianceRecord, Request
from procureflow.queries import compliance, register, requests
from procureflow.queries.listing import Choice, tally


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of the table: the list that explains it (by name) and its filters besides the
    directorate, and how many there are by directorate."""

    label: str
    listing: str
    filters: Mapping[str, str]
    counts: Mapping[str, int]


def figures(
    session: Session,
    actor: Actor,
    bundle: Bundle,
    today: date,
    first: date | None,
    last: date | None,
) -> list[Figure]:
    """The compliance of every directorate between two days, each of which may be left open."""
    asked = requests.requests_listing(session, actor, bundle)
    decided = register.register_listing(bundle, today)
    broken = compliance.records_listing(actor, bundle, today)
    outcomes = (Outcome.APPROVE, Outcome.REJECT)
    wanted = [
        ("Requests asked", asked, "opened_from", "opened_to", {}),
        *(
            (bundle.workflow.states[key].label, asked, "opened_from", "opened_to", {"state": key})
            for key in _cleared(bundle)
        ),
        *(
            (
                register.OUTCOMES[outcome.value],
                decided,
                "decided_from",
                "decided_to",
                {"outcome": outcome.value},
            )
            for outcome in outcomes
        ),
        ("Non-compliance records", broken, "from", "to", {}),
        *(
            (f"Actions {words.lower()}", broken, "from", "to", {"status": status})
            for status, words in compliance.STATUSES.items()
        ),
    ]
    columns = {
        asked.name: Request.directorate,
        decided.name: Request.directorate,
        broken.name: NonComplianceRecord.directorate,
    }
    found = []
    for label, listing, since, until, filters in wanted:
        days = {name: day for name, day in ((since, first), (until, last)) if day is not None}
        choice = Choice({**filters, **days}, listing.default_order)
        counts = tally(session, listing, choice, columns[listing.name])
        text = {**filters, **{name: day.isoformat() for name, day in days.items()}}
        found.append(Figure(label, listing.name, text, counts))
    return found


def _cleared(bundle: Bundle) -> list[str]:
    """The states in which a request ends that needed no exception."""
    triggers = bundle.workflow.triggers.values()
    ends = {t.to for t in triggers if "no_exception_needed" in t.guards}
    states = bundle.workflow.states.items()
    return [key for key, state in states if key in ends and state.kind is StateKind.FINAL]
