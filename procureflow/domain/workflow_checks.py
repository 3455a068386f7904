"""What must hold of a workflow: every name is defined, every step can be taken, nothing is a dead
end."""

from __future__ import annotations

from procureflow.domain.checks import Context
from procureflow.domain.definitions.source import Path
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.guards import GUARDS
from procureflow.domain.lifecycle import Lifecycle
from procureflow.domain.permissions import SCOPES, STEPS, Permission, Role, Scope
from procureflow.domain.voting import Choice

_RELEVANT_OUTCOMES = frozenset(Choice) - {Choice.ABSTAIN}
#: Where an outcome may lead: a vote to approve can't be wired to a rejection.
_LEADS_TO = {
    # Where another body decides after this one, approving recommends it there.
    Choice.APPROVE: (StateKind.DECIDED, StateKind.GROUP),
    Choice.REJECT: (StateKind.FINAL,),
    Choice.RETURN: (StateKind.EDITING,),
}


def workflow(context: Context) -> Lifecycle | None:
    """Every name in the workflow is defined; every state is reached and leads to an end."""
    document, flow = "workflow.yaml", context.workflow
    before = len(context.faults)
    context.known(document, ("initial",), flow.initial, flow.states, "a state")
    for key, assessment in flow.assessments.items():
        roles = [role.value for role in Role if SCOPES[role] is Scope.COUNCIL]
        where = ("assessments", key, "role")
        context.known(document, where, assessment.role, roles, "a role over the whole council")
    for key, trigger in flow.triggers.items():
        path: Path = ("triggers", key)
        for index, origin in enumerate(trigger.from_):
            context.known(document, (*path, "from", index), origin, flow.states, "a state")
        context.known(document, (*path, "to"), trigger.to, flow.states, "a state")
        steps = [permission.value for permission in (*STEPS, Permission.REVIEW_CLOSE)]
        context.known(document, (*path, "may"), trigger.may, steps, "a permission for a step")
        for index, guard in enumerate(trigger.guards):
            context.known(document, (*path, "guards", index), guard, GUARDS, "a guard")
    for key, state in flow.states.items():
        _state(context, key, state.kind)
    if len(context.faults) > before:
        return None
    for key in flow.triggers:
        _trigger(context, key)
    if len(context.faults) > before:
        return None
    lifecycle = Lifecycle(flow)
    _ways(context, lifecycle)
    return lifecycle


def _ways(context: Context, lifecycle: Lifecycle) -> None:
    """Every state is reached, and goes on to an end."""
    document = "workflow.yaml"
    reached, ending = lifecycle.reachable(), lifecycle.leads_to_an_end()
    for key, state in lifecycle.workflow.states.items():
        path = ("states", key)
        if key not in reached:
            context.fault(document, path, f"nothing leads to `{key}`", "add a trigger, or drop it")
        elif key not in ending:
            context.fault(
                document, path, f"from `{key}` nothing leads to an end", "add a trigger to a final"
            )
        if state.kind is StateKind.FINAL and lifecycle.triggers_from(key):
            context.fault(document, path, f"`{key}` is final, yet goes on", "change its kind")
        if state.kind is StateKind.GROUP and not lifecycle.stages_from(key):
            what = f"approving in `{key}` comes back to where it was, and never decides"
            context.fault(document, path, what, "let the last body’s approval lead to a decision")


def _trigger(context: Context, key: str) -> None:
    """Somebody can pull it wherever it starts: a decision comes of votes alone, and a body gets a
    case from whoever writes it."""
    document, flow = "workflow.yaml", context.workflow
    trigger, path = flow.triggers[key], ("triggers", key)
    to = flow.states[trigger.to].kind
    deciding = [s for s in trigger.from_ if key in flow.states[s].outcomes.values()]
    if deciding and len(deciding) < len(trigger.from_):
        what = f"`{key}` is an outcome of some states that it starts from, and not of others"
        context.fault(document, (*path, "from"), what, "make two triggers of it")
        return
    voted = trigger.may == Permission.REVIEW_CLOSE.value
    if bool(deciding) is not voted:
        said = "comes of a vote" if deciding else "comes of no vote"
        remedy = "write `may: review:close` for what votes decide, and for nothing else"
        context.fault(document, (*path, "may"), f"`{key}` {said}", remedy)
    if deciding:
        return
    kinds = {flow.states[s].kind for s in trigger.from_}
    # What was decided on conditions goes on when they are met, as the body's secretary confirms.
    confirmed = kinds == {StateKind.DECIDED}
    if (to is StateKind.DECIDED and not confirmed) or (
        to is StateKind.GROUP and kinds != {StateKind.EDITING}
    ):
        what = f"nobody can take `{key}`: it leads to a state of kind {to.value}"
        remedy = "let it be an outcome of votes, or start where the case is written"
        context.fault(document, (*path, "to"), what, remedy)
    manages = trigger.may == Permission.AUTHORISATION_MANAGE.value
    if to is StateKind.DECIDED and not manages:
        what = f"`{key}` confirms what was decided, so whoever asked for it can’t take it"
        context.fault(document, (*path, "may"), what, "write `may: authorisation:manage`")
    if manages and StateKind.EDITING in kinds:
        what = f"nobody may take `{key}` before a body has had the request"
        context.fault(document, (*path, "may"), what, "use request:step for this step")
    if (to is StateKind.GROUP) is not (trigger.may == Permission.REQUEST_REFER.value):
        what = f"`{key}`: a step to a body, and only that, is taken with request:refer"
        context.fault(document, (*path, "may"), what, "use another permission for this step")


def _state(context: Context, key: str, kind: StateKind) -> None:
    document, flow = "workflow.yaml", context.workflow
    state = flow.states[key]
    path: Path = ("states", key)
    if (kind is StateKind.EDITING) is not (state.phase is not None):
        what = f"`{key}`: a state of kind editing, and only that, has a phase"
        context.fault(document, path, what, "add `phase: check` or `phase: case`, or remove it")
    if kind is not StateKind.DECIDED and not state.may_buy:
        what = f"`{key}` is no approval, so nothing is bought there anyway"
        context.fault(document, (*path, "may_buy"), what, "remove `may_buy`")
    if kind is not StateKind.GROUP:
        if state.body or state.assessments or state.outcomes:
            what = f"`{key}` decides nothing, yet has a body, assessments or outcomes"
            context.fault(document, path, what, "remove them, or make its kind group")
        return
    if state.body is not None:
        bodies = context.organisation.bodies
        context.known(document, (*path, "body"), state.body, bodies, "a body")
    for index, kind_key in enumerate(state.assessments):
        where = (*path, "assessments", index)
        context.known(document, where, kind_key, flow.assessments, "an assessment")
    for choice in sorted(_RELEVANT_OUTCOMES):
        where = (*path, "outcomes", choice.value)
        trigger = state.outcomes.get(choice)
        if trigger is None:
            what = f"`{key}` doesn’t say what “{choice.value}” leads to"
            context.fault(document, where, what, "name the trigger that it pulls")
        elif trigger not in flow.triggers or key not in flow.triggers[trigger].from_:
            what = f"“{trigger}” is no trigger from `{key}`"
            context.fault(document, where, what, "name a trigger that starts here")
        else:
            target = flow.states.get(flow.triggers[trigger].to)
            if target is not None and target.kind not in _LEADS_TO[choice]:
                what = f"“{choice.value}” leads to a state of kind {target.kind.value}"
                kinds = " or ".join(kind.value for kind in _LEADS_TO[choice])
                context.fault(document, where, what, f"name a trigger to a state of kind {kinds}")
    if Choice.ABSTAIN in state.outcomes:
        what = "“abstain” is no outcome"
        context.fault(document, (*path, "outcomes", "abstain"), what, "remove it")
