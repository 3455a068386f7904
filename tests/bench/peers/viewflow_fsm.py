"""viewflow.fsm on the Django ORM, with a history table and a version checked on every write."""

# mypy: disable-error-code="import-not-found, import-untyped"
# ruff: noqa: PLC0415 - see djapps

from typing import Any

from tests.bench.peers import djapps
from tests.bench.peers._case import COST_PENCE, STEPS, TITLE, Refused
from tests.bench.peers._stopwatch import Stopwatch

HISTORY_PER_CASE = len(STEPS)
APPS = ("viewflow", "tests.bench.peers.djapps.viewflow_case")


def setup(target: str) -> dict[str, Any]:
    """Make the tables; return a user for each role."""
    return djapps.start(target, APPS, migrate=True)


def open(target: str) -> dict[str, Any]:
    """Return a user for each role."""
    return djapps.start(target, APPS, migrate=False)


def lifecycle(users: dict[str, Any]) -> list[float]:
    """Run the five steps; return the seconds of each."""
    from django.db import transaction

    from tests.bench.peers.djapps.viewflow_case.models import Case, CaseFlow

    watch = Stopwatch()
    with watch, transaction.atomic():
        key = Case.objects.create(title=TITLE, cost=COST_PENCE).pk
    for step in STEPS:
        user = users[step.role]
        with watch, transaction.atomic():
            take = getattr(CaseFlow(Case.objects.get(pk=key), user, step.trigger), step.trigger)
            if not take.has_perm(user):
                raise Refused(step.trigger)
            take()
    return watch.seconds


def verify(users: dict[str, Any]) -> dict[str, int]:
    """Count what is stored."""
    from tests.bench.peers.djapps.viewflow_case.models import Case, History

    return {
        "cases": Case.objects.count(),
        "approved": Case.objects.filter(state="approved").count(),
        "history": History.objects.count(),
    }
