"""The history: every act is told, sealed to the one before, and agrees with the tables."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, text

from procureflow.domain.chain import GENESIS
from procureflow.domain.errors import Refusal
from procureflow.models import AuditEvent, OutboxItem, Request, SecurityEntry, Vote
from procureflow.queries import evidence as history
from procureflow.queries.evidence import verification, verify
from procureflow.services import compliance, evidence, people, requests
from tests.factories.council import CHECK, DESKTOP, Council
from tests.integration.rows import everything, leaves, stored

WHOLE_WAY = [
    *("RequestOpened", "RequestMoved", *["SectionWritten"] * 5, "EndorsementAsked"),
    *("RequestEndorsed", "ReviewOpened", *["AssessmentRecorded"] * 2),
    *(["InterestDeclared", "VoteCast"] * 3),
    "VotingClosed",
]


def _everything_that_can_happen(council: Council) -> None:
    """Requests at every point of their way, and a record closed after a second answer."""
    council.act(
        requests.take_step,
        by="requester",
        request_id=council.opened(**DESKTOP),
        trigger="clear",
    )
    council.opened()
    council.asked()
    request, review = council.voted("approve", "reject")
    council.declare(review, "chair", "prejudicial")
    council.act(requests.take_step, by="requester", request_id=request, trigger="withdraw")
    approved, _ = council.closed("approve")
    council.act(requests.take_step, by="secretary", request_id=approved, trigger="lapse")
    council.closed("return")
    council.closed("reject")
    record = 1
    council.act(compliance.answer_action, by="director", record_id=record, done="Done.")
    council.act(compliance.reopen_action, by="chair", record_id=record, why="What?")
    council.act(compliance.answer_action, by="director", record_id=record, done="All of it.")
    council.act(compliance.close_action, by="secretary", record_id=record, note="Enough.")
    council.act(people.disable_person, by="admin", person_id=council.people["member5"])


def _faults(council: Council) -> list[tuple[str, str]]:
    with council.db.reading() as session:
        return [(fault.table, fault.row) for fault in verify(session).faults]


def test_every_act_is_told_in_order_and_sealed(council: Council) -> None:
    request, _ = council.closed("approve")
    row = stored(council, Request, request)
    with council.db.reading() as session:
        events = history.events_of(session, [row.reference])
    assert [event.kind for event in events] == WHOLE_WAY
    assert [event.seq for event in events] == list(range(1, len(WHOLE_WAY) + 1))
    assert [event.previous for event in events] == [GENESIS, *(e.hash for e in events[:-1])]
    assert (row.version, row.head) == (len(events), events[-1].hash)
    assert all(event.actor_id is not None for event in events)
    assert sorted(event.at for event in events) == [event.at for event in events]
    moves = [(e.state_from, e.state_to) for e in events if e.state_to]
    assert moves == [
        (None, "draft"),
        ("draft", "business_case"),
        ("business_case", "group_review"),
        ("group_review", "approved"),
    ]


def test_every_event_has_its_outbox_row_and_no_other_has_one(council: Council) -> None:
    _everything_that_can_happen(council)
    told = {(e.stream, e.seq, e.kind) for e in everything(council, AuditEvent)}
    waiting = {(o.stream, o.seq, o.kind) for o in everything(council, OutboxItem)}
    assert told == waiting


def test_what_happened_agrees_with_the_tables(council: Council) -> None:
    _everything_that_can_happen(council)
    with council.db.reading() as session:
        report = verify(session)
    assert report.faults == []
    assert report.events == len(everything(council, AuditEvent))
    assert report.requests == len(everything(council, Request)) == 7


BEHIND_THE_LOGS_BACK = [
    ("UPDATE requests SET state = 'withdrawn', state_kind = 'final' WHERE id = 2", "requests"),
    ("UPDATE votes SET choice = 'reject' WHERE choice = 'approve'", "votes"),
    ("DELETE FROM votes", "votes"),
    ("UPDATE declarations SET interest = 'personal', note = 'x' WHERE interest = 'prejudicial'",
     "declarations"),
    ("UPDATE assessments SET verdict = 'satisfied_if', note = 'x'", "assessments"),
    ("UPDATE reviews SET body = 'herefordshire_connects_board'", "reviews"),
    ("UPDATE directorate_actions SET closing_note = 'Fine.'", "directorate_actions"),
    ("UPDATE non_compliance_records SET directorate = 'resources'", "non_compliance_records"),
    ("UPDATE grants SET ends_on = '2099-01-01' WHERE id = 1", "grants"),
    ("UPDATE people SET closes_on = '2030-01-01' WHERE id = 18", "people"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "table"), BEHIND_THE_LOGS_BACK)
def test_a_table_changed_behind_the_historys_back_is_named(
    council: Council, statement: str, table: str
) -> None:
    _everything_that_can_happen(council)
    with council.db.unit_of_work() as session:
        changed = session.connection().execute(text(statement)).rowcount
    assert changed
    assert table in {fault for fault, _ in _faults(council)}


def test_a_refused_act_is_not_told(council: Council) -> None:
    request = council.opened()
    for by, trigger in (("colleague", "withdraw"), ("requester", "approve")):
        with leaves(council), pytest.raises(Refusal):
            council.act(requests.take_step, by=by, request_id=request, trigger=trigger)


def test_a_unit_of_work_that_fails_leaves_nothing(council: Council) -> None:
    """Whatever was written before, in whichever way."""
    request, actor = council.opened(), council.people["requester"]

    def work_that_fails() -> None:
        with council.db.unit_of_work() as session:
            given: dict[str, Any] = {"actor_id": actor, "now": council.now}
            requests.take_step(session, request_id=request, trigger="withdraw", **given)
            requests.open_request(session, directorate="environment", answers=CHECK, **given)
            session.execute(delete(Vote))
            raise ZeroDivisionError

    with leaves(council), pytest.raises(ZeroDivisionError):
        work_that_fails()


def test_the_security_log_counts_by_account_and_by_address(council: Council) -> None:
    for subject, address in (("a", "1"), ("a", "2"), ("b", "1"), ("c", "3"), ("a", "x" * 99)):
        council.act(evidence.log_security, kind="attempt", subject=subject, address=address)
    council.act(evidence.log_security, kind="other", subject="a", address="1", why="else")
    entries = everything(council, SecurityEntry)
    assert entries[4].address == "x" * 64
    assert entries[5].detail == {"why": "else"}
    since = entries[0].at
    with council.db.reading() as session:

        def attempts(**who: str) -> int:
            return history.entries(session, "attempt", since=since, **who)

        assert attempts(subject="a") == 2, "what is as old as that counts no more"
        assert (attempts(subject="b"), attempts(address="1")) == (1, 1)
        assert (attempts(subject="z"), attempts(address="9"), attempts()) == (0, 0, 4)
        last = history.last_of(session, "attempt", subject="a")
        assert last == entries[4].at
        assert history.last_of(session, "other", subject="z") is None


def test_streams_are_verified_in_batches(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: a batch knows nothing of the others."""
    monkeypatch.setattr(verification, "BATCH", 2)
    for _ in range(3):
        council.opened()
    council.closed("reject")
    with council.db.reading() as session:
        report = verify(session)
    assert (report.faults, report.requests) == ([], 4)
