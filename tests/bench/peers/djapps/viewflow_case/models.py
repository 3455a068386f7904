"""A case, its history, and its flow in viewflow.fsm.

viewflow.fsm moves the state in memory; storing it, refusing a version that has moved on and
writing the history are left to its user, so they are here.
"""

# mypy: disable-error-code="import-not-found, import-untyped"

from django.conf import settings
from django.db import models
from django.utils import timezone
from viewflow import fsm

from tests.bench.peers._case import Refused


class Case(models.Model):
    title = models.CharField(max_length=200)
    cost = models.BigIntegerField()
    votes = models.IntegerField(default=0)
    state = models.CharField(max_length=32, default="draft")
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)


class History(models.Model):
    case = models.ForeignKey(Case, on_delete=models.CASCADE)
    seq = models.IntegerField()
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    action = models.CharField(max_length=64)
    from_state = models.CharField(max_length=32)
    to_state = models.CharField(max_length=32)

    class Meta:
        unique_together = (("case", "seq"),)


def held_by(role):
    return lambda flow, user: user.role == role


class CaseFlow:
    """One user taking one step with one case."""

    state = fsm.State(str, default="draft")

    def __init__(self, case, user, action):
        self.case = case
        self.user = user
        self.action = action

    @state.getter()
    def _state(self):
        return self.case.state

    @state.setter()
    def _set_state(self, value):
        self.case.state = value

    @state.on_success()
    def _store(self, descriptor, source, target, **_):
        case = self.case
        seen = case.version
        stored = Case.objects.filter(pk=case.pk, version=seen).update(
            state=case.state, votes=case.votes, version=seen + 1, updated_at=timezone.now()
        )
        if stored != 1:
            raise Refused(self.action)
        History.objects.create(
            case=case,
            seq=seen,
            actor=self.user,
            action=self.action,
            from_state=source,
            to_state=target,
        )

    def costed(self):
        return self.case.cost > 0

    def voted_on(self):
        return self.case.votes >= 1

    @state.transition(
        source="draft",
        target="business_case",
        conditions=[costed],
        permission=held_by("requester"),
    )
    def start_business_case(self):
        pass

    @state.transition(
        source="business_case",
        target="group_review",
        conditions=[costed],
        permission=held_by("requester"),
    )
    def refer_to_group(self):
        pass

    @state.transition(
        source="group_review",
        target="group_review",
        conditions=[costed],
        permission=held_by("member"),
    )
    def cast_vote(self):
        self.case.votes += 1

    @state.transition(
        source="group_review",
        target="approved",
        conditions=[voted_on],
        permission=held_by("chair"),
    )
    def close_voting(self):
        pass
