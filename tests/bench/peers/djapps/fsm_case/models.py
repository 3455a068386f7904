"""A case whose state is a field of django-fsm-2, with django-fsm-log for its history."""

# mypy: disable-error-code="import-not-found, import-untyped"

from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, transition
from django_fsm_log.decorators import fsm_log_by


def costed(case):
    return case.cost > 0


def voted_on(case):
    return case.votes >= 1


def held_by(role):
    return lambda case, user: user.role == role


class Case(ConcurrentTransitionMixin, models.Model):
    title = models.CharField(max_length=200)
    cost = models.BigIntegerField()
    votes = models.IntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)
    state = FSMField(default="draft", protected=True)

    @fsm_log_by
    @transition(
        field=state,
        source="draft",
        target="business_case",
        conditions=[costed],
        permission=held_by("requester"),
    )
    def start_business_case(self, by=None):
        pass

    @fsm_log_by
    @transition(
        field=state,
        source="business_case",
        target="group_review",
        conditions=[costed],
        permission=held_by("requester"),
    )
    def refer_to_group(self, by=None):
        pass

    @fsm_log_by
    @transition(
        field=state,
        source="group_review",
        target="group_review",
        conditions=[costed],
        permission=held_by("member"),
    )
    def cast_vote(self, by=None):
        self.votes += 1

    @fsm_log_by
    @transition(
        field=state,
        source="group_review",
        target="approved",
        conditions=[voted_on],
        permission=held_by("chair"),
    )
    def close_voting(self, by=None):
        pass
