"""Four councils on one engine: the same journeys, whatever each calls its states and steps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from procureflow.cli.demonstration import Player
from procureflow.cli.scenes import Scene
from procureflow.db import Database
from procureflow.domain.calendar import local_day
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import GuardRefused, NotPermitted, WrongState
from procureflow.domain.guards import GUARDS
from procureflow.domain.permissions import Permission
from procureflow.domain.voting import Choice
from procureflow.models import AuditEvent, Decision, Request
from procureflow.queries.evidence import verify
from procureflow.services import business_cases, requests, reviews
from tests.factories.council import BEGINNING
from tests.factories.councils import CONFIG, COUNCILS, Stage, set_up

CODE = Path(__file__).parents[2]


@pytest.fixture(params=COUNCILS)
def stage(request: pytest.FixtureRequest, db: Database) -> Stage:
    """Each council in turn, on each database."""
    return set_up(db, request.param)


def _faults(stage: Stage) -> list[str]:
    with stage.db.reading() as session:
        return [str(fault) for fault in verify(session).faults]


def _fired(stage: Stage) -> set[tuple[str, str]]:
    """(trigger, the state that it started from) of every step that was taken."""
    with stage.db.reading() as session:
        query = select(AuditEvent.payload, AuditEvent.state_from)
        rows = session.execute(query.where(AuditEvent.state_from.is_not(None))).all()
    return {
        (said["trigger"], row.state_from)
        for row in rows
        if "trigger" in (said := json.loads(row.payload)) and row.state_from
    }


def _way_out(stage: Stage, scene: Scene, trigger: str, state: str) -> None:
    """Take a step that leads out, from a state on the way to the decision."""
    request = stage.follow(scene)
    assert stage.state(request) == state
    given = {"request_id": request, "trigger": trigger, "why": "We changed our minds."}
    stage.act(requests.take_step, by=scene.by, **given)


def _before_the_decision(stage: Stage) -> Iterator[tuple[str, Scene]]:
    """(state, a scene that ends in it) for every state before the decision."""
    bundle = stage.bundle
    yield bundle.workflow.initial, stage.exception(reach="draft")
    start = stage.follow(stage.exception(reach="case"))
    yield stage.state(start), stage.exception(reach="case")
    stages = bundle.referred_to()
    for number, state in enumerate(stages):
        earlier = tuple(stage.hearing(one, Choice.APPROVE) for one in stages[:number])
        yield state, stage.exception(reach="referred", hearings=earlier)


def _afterwards(stage: Stage) -> None:
    """Every step after an approval, from every state that one leads to."""
    lifecycle, flow = stage.bundle.lifecycle, stage.bundle.workflow
    request = stage.follow(stage.heard(*stage.approvals()))
    ways: list[list[str]] = [[name] for name in lifecycle.triggers_from(stage.state(request))]
    taken: set[tuple[str, str]] = set()
    for way in ways:
        again = stage.follow(stage.heard(*stage.approvals()))
        for name in way:
            taken.add((name, stage.state(again)))
            assert flow.triggers[name].may == Permission.AUTHORISATION_MANAGE.value
            given = {"request_id": again, "trigger": name}
            stage.act(requests.take_step, by=stage.secretary(again), **given)
        end = stage.state(again)
        # What can be paused and resumed goes round but once.
        onward = [name for name in lifecycle.triggers_from(end) if (name, end) not in taken]
        ways += [[*way, name] for name in onward]


def test_every_state_is_reached_and_every_step_taken(stage: Stage) -> None:
    bundle = stage.bundle
    stage.follow(stage.standard())
    for state, scene in list(_before_the_decision(stage)):
        for trigger in bundle.lifecycle.triggers_from(state):
            if bundle.workflow.triggers[trigger].may == Permission.REQUEST_WITHDRAW.value:
                _way_out(stage, scene, trigger, state)
    for number in range(len(bundle.referred_to())):
        approved = (Choice.APPROVE,) * number
        for choice in (Choice.REJECT, Choice.RETURN):
            stage.follow(stage.heard(*approved, choice))
    _afterwards(stage)
    wanted = {
        (name, source)
        for name, trigger in bundle.workflow.triggers.items()
        for source in trigger.from_
    }
    assert _fired(stage) == wanted
    reached = {bundle.workflow.initial} | {bundle.lifecycle.next_state(*way) for way in wanted}
    assert reached == set(bundle.workflow.states)
    assert _faults(stage) == []


def test_each_body_of_the_route_decides_once(stage: Stage) -> None:
    stage.follow(stage.heard(*stage.approvals()))
    with stage.db.reading() as session:
        outcomes = list(session.scalars(select(Decision.outcome).order_by(Decision.id)))
    *earlier, last = outcomes
    assert len(outcomes) == len(stage.bundle.route(BEGINNING.date()))
    assert set(earlier) <= {"recommend"}
    assert last == "approve"


# --- every guard refuses --------------------------------------------------------------------------


def _refusal(stage: Stage, service: Any, by: str, **given: Any) -> set[str]:
    """The codes of the findings for which an act is refused; it leaves the request as it was."""
    before = stage.state(given["request_id"])
    with pytest.raises(GuardRefused) as caught:
        stage.act(service, by=by, **given)
    assert stage.state(given["request_id"]) == before
    assert all(finding.words and finding.remedy for finding in caught.value.findings)
    return {finding.code for finding in caught.value.findings}


def _from_the_start(stage: Stage, guard: str) -> str:
    flow = stage.bundle.workflow
    return next(
        name
        for name in stage.bundle.lifecycle.triggers_from(flow.initial)
        if guard in flow.triggers[name].guards
    )


def test_each_guard_refuses_once(stage: Stage) -> None:
    flow = stage.bundle.workflow
    used = {guard for trigger in flow.triggers.values() for guard in trigger.guards}
    assert used == set(GUARDS), "each council uses every guard"

    draft = stage.exception(reach="draft")
    request = stage.follow(draft)
    step = {"request_id": request, "trigger": _from_the_start(stage, "no_exception_needed")}
    rules = {rule.id for rule in stage.bundle.rules_on(local_day(stage.now))}
    assert _refusal(stage, requests.take_step, draft.by, **step) & rules

    simple = stage.standard().model_copy(update={"reach": "draft"})
    request = stage.follow(simple)
    step = {"request_id": request, "trigger": _from_the_start(stage, "exception_possible")}
    found = _refusal(stage, requests.take_step, simple.by, **step)
    assert found == {"exception_possible"}

    bare = stage.exception(reach="case", case={}, benefits=())
    request = stage.follow(bare)
    found = _refusal(stage, business_cases.refer_to_group, bare.by, request_id=request)
    assert found & rules, "requirements_met names the rules"
    assert {"case_complete", "endorsed"} <= found

    returned = stage.heard(*stage.approvals()[1:], Choice.RETURN)
    request = stage.follow(returned)
    found = _refusal(stage, business_cases.refer_to_group, returned.by, request_id=request)
    assert "return_answered" in found


def test_nobody_votes_or_closes_before_the_assessments_are_in(stage: Stage) -> None:
    referred = stage.exception(reach="referred")
    request = stage.follow(referred)
    review = stage.review(request)
    chair, *_ = stage.voters(review.body)
    given: dict[str, Any] = {"review_id": review.id, "interest": "none", "note": ""}
    stage.act(reviews.declare_interest, by=chair, **given)
    vote = {"review_id": review.id, "choice": "approve", "reason": ""}
    with pytest.raises(WrongState, match="every assessment"):
        stage.act(reviews.cast_vote, by=chair, **vote)
    close = {"review_id": review.id, "expected": "approve", "reasons": "As discussed."}
    with pytest.raises(GuardRefused):
        stage.act(reviews.close_voting, by=chair, **close)


def test_only_who_may_takes_a_step(stage: Stage) -> None:
    """Whoever audits or looks after people and policy takes none, in any council."""
    scene = stage.exception(reach="draft")
    request = stage.follow(scene)
    for name in stage.bundle.lifecycle.triggers_from(stage.state(request)):
        for who in ("auditor", "admin", "policy1", "chair", "requester2"):
            if who != scene.by:
                with pytest.raises(NotPermitted):
                    stage.act(requests.take_step, by=who, request_id=request, trigger=name)


# --- the demonstration ----------------------------------------------------------------------------


def test_the_demonstration_shows_every_kind_of_end(stage: Stage) -> None:
    player = Player(stage.db, stage.bundle, BEGINNING)
    player.ids, player.roles = stage.player.ids, stage.player.roles
    for scene in sorted(stage.script.requests, key=lambda one: -one.days_ago):
        player.follow(scene)
    with stage.db.reading() as session:
        states = set(session.scalars(select(Request.state)))
    kinds = {stage.kind(state) for state in states}
    assert kinds == set(StateKind)
    assert len(states) >= 7
    assert _faults(stage) == []


def test_every_council_has_the_accounts_of_the_contract(stage: Stage) -> None:
    wanted = {
        *("requester", "requester2", "sponsor", "director", "ict", "finance", "chair"),
        *(f"member{number}" for number in range(1, 6)),
        *("secretary", "auditor", "policy1", "policy2", "admin"),
    }
    assert wanted <= set(stage.script.people)
    assert stage.exception().by.startswith("requester")


# --- what a council says --------------------------------------------------------------------------


@pytest.mark.parametrize("council", COUNCILS)
def test_no_code_knows_a_council(council: str) -> None:
    """Names stand in `config/` and in the line that says which is the default."""
    files = [*CODE.glob("procureflow/**/*.py"), *CODE.glob("templates/**/*.*")]
    assert len(files) > 100
    for path in files:
        assert council not in path.read_text(encoding="utf-8").casefold(), path


def test_there_are_four_councils() -> None:
    assert COUNCILS == ["hampshire", "herefordshire", "leeds", "leicestershire"]
    for council in COUNCILS:
        assert (CONFIG / council / "demonstration.yaml").is_file()
