"""The lifecycle against a model of it: any acts, in any order, by anybody.

No self-approval, no decision without a quorum, no change after a decision, no vote without a
declaration, and a refused act leaves no row.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from procureflow.domain import guards, permissions, voting
from procureflow.domain.permissions import Permission, Role
from tests.assurance import counts
from tests.assurance.assembly import give_role
from tests.assurance.figures import record
from tests.assurance.lifecycle_model import PART
from tests.assurance.machine import DIRECTORATE, Case, Lifecycle
from tests.factories.council import Council

pytestmark = pytest.mark.assurance


@pytest.fixture
def machine(sqlite_council: Council) -> type[Lifecycle]:
    """The machine over this council, in which some people have two hats."""
    give_role(sqlite_council, "member2", Role.REQUESTER, directorate=DIRECTORATE)
    give_role(sqlite_council, "member3", Role.SPONSOR, directorate=DIRECTORATE)
    give_role(sqlite_council, "secretary", Role.DIRECTOR, directorate=DIRECTORATE)
    # Everything is in the one file, to be copied for each run.
    with sqlite_council.db.writer.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    class Machine(Lifecycle):
        founded = Path(str(sqlite_council.db.url.database))
        people = sqlite_council.people

    return Machine


def _settings(runs: int, steps: int) -> settings:
    return settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        # The same small run each time; the long one looks elsewhere each time.
        derandomize=not counts.FULL,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=True,
    )


def test_the_lifecycle_is_the_models(machine: type[Lifecycle]) -> None:
    runs, steps = counts.MACHINE_RUNS, counts.MACHINE_STEPS
    broken = 1
    try:
        run_state_machine_as_test(machine, settings=_settings(runs, steps))
        broken = 0
    finally:
        record(
            f"lifecycle: {runs} runs of {steps} steps against a model",
            database="sqlite",
            unit="runs that differ",
            ours=broken,
        )


def _without(permission: Permission, name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """The law, but for one predicate of one permission."""

    def loosen(patch: pytest.MonkeyPatch) -> None:
        every = permissions.LAW[permission]
        kept = tuple(tuple(p for p in each if p.__name__ != name) for each in every)
        assert kept != every
        patch.setitem(permissions.LAW, permission, kept)

    return loosen


def _unguarded(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A guard that lets everything pass."""
    return lambda patch: patch.setitem(guards.GUARDS, name, lambda _situation: ())


def _no_quorum(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(voting.Tally, "quorate", property(lambda _tally: True))


def _anybody_may_vote(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(voting.VotingRules, "may_vote", lambda _rules, _interest: True)


def _a_party_takes_part(it: Lifecycle) -> None:
    it.declare(_come_to(it, "assessed", by="member2"), "member2", "none")


def _somebody_else_endorses(it: Lifecycle) -> None:
    it.answer(_come_to(it, "asked"), "member3", True, 0)


def _a_director_closes_their_own_action(it: Lifecycle) -> None:
    case = _come_to(it, "rejected")
    it.answer_action(case, "secretary")
    it.end_action(case, "secretary", "close")


def _refer_without_an_endorsement(it: Lifecycle) -> None:
    it.refer(_come_to(it, "written"), "requester")


def _ask_with_half_a_case(it: Lifecycle) -> None:
    case = _come_to(it, "written")
    it.write(case, "requester", "commercial", PART, 1)
    it.ask(case, "requester", "sponsor")


def _close_alone(it: Lifecycle) -> None:
    case = _come_to(it, "assessed")
    it.declare(case, "chair", "none")
    it.vote(case, "chair", "approve")
    it.close(case, "chair", "approve", False)


def _vote_with_an_interest(it: Lifecycle) -> None:
    case = _come_to(it, "assessed")
    it.declare(case, "member4", "prejudicial")
    it.vote(case, "member4", "approve")


def _come_to(it: Lifecycle, stage: str, by: str = "requester") -> Case:
    case = it.opened(by, True, False)
    it.lead(case, stage, "approve")
    return case


#: A law that could be missing, and what somebody would do then.
LOOSENED: list[tuple[Callable[[pytest.MonkeyPatch], None], Callable[[Lifecycle], None]]] = [
    (_without(Permission.REVIEW_DECLARE, "_not_a_party"), _a_party_takes_part),
    (_without(Permission.REQUEST_ENDORSE, "_sponsor"), _somebody_else_endorses),
    (_without(Permission.ACTION_CLOSE, "_did_not_answer"), _a_director_closes_their_own_action),
    (_unguarded("endorsed"), _refer_without_an_endorsement),
    (_unguarded("case_complete"), _ask_with_half_a_case),
    (_no_quorum, _close_alone),
    (_anybody_may_vote, _vote_with_an_interest),
]


@pytest.mark.parametrize(("loosen", "act"), LOOSENED, ids=lambda f: f.__name__.strip("_"))
def test_a_loosened_law_is_noticed(
    machine: type[Lifecycle],
    monkeypatch: pytest.MonkeyPatch,
    loosen: Callable[[pytest.MonkeyPatch], None],
    act: Callable[[Lifecycle], None],
) -> None:
    """The unsafe twins: the same services under a law with a hole. The model must differ."""
    it = machine()
    try:
        act(it)  # under the law as it is they agree that this is refused
        it.everything_is_as_the_model_has_it()
        loosen(monkeypatch)
        # Where the database has the last word, that is as good.
        with pytest.raises((AssertionError, IntegrityError), match=r"done$|CHECK constraint"):
            act(it)
    finally:
        it.teardown()
