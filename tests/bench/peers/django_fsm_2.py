"""django-fsm-2 with its ConcurrentTransitionMixin, and django-fsm-log, on the Django ORM."""

# mypy: disable-error-code="import-not-found, import-untyped"
# ruff: noqa: PLC0415 - see djapps

from typing import Any

from tests.bench.peers import djapps
from tests.bench.peers._case import COST_PENCE, STEPS, TITLE, Refused
from tests.bench.peers._stopwatch import Stopwatch

HISTORY_PER_CASE = len(STEPS)
APPS = ("django_fsm", "django_fsm_log", "tests.bench.peers.djapps.fsm_case")


def setup(target: str) -> dict[str, Any]:
    """Make the tables; return a user for each role."""
    return djapps.start(target, APPS, migrate=True)


def open(target: str) -> dict[str, Any]:
    """Return a user for each role."""
    return djapps.start(target, APPS, migrate=False)


def lifecycle(users: dict[str, Any]) -> list[float]:
    """Run the five steps; return the seconds of each."""
    from django.db import transaction
    from django_fsm import has_transition_perm

    from tests.bench.peers.djapps.fsm_case.models import Case

    watch = Stopwatch()
    with watch, transaction.atomic():
        key = Case.objects.create(title=TITLE, cost=COST_PENCE).pk
    for step in STEPS:
        user = users[step.role]
        with watch, transaction.atomic():
            case = Case.objects.get(pk=key)
            take = getattr(case, step.trigger)
            if not has_transition_perm(take, user):
                raise Refused(step.trigger)
            take(by=user)
            case.save()
    return watch.seconds


def verify(users: dict[str, Any]) -> dict[str, int]:
    """Count what is stored."""
    from django_fsm_log.models import StateLog

    from tests.bench.peers.djapps.fsm_case.models import Case

    return {
        "cases": Case.objects.count(),
        "approved": Case.objects.filter(state="approved").count(),
        "history": StateLog.objects.count(),
    }
