"""Trying again and varying: a linked request that begins with what the one before says."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from procureflow.adapters.files import read_documents
from procureflow.domain.errors import NotFound, NotPermitted, NotSignedIn, WrongState
from procureflow.models import Request, SectionVersion
from procureflow.queries.evidence import verify
from procureflow.services import requests
from tests.factories.council import CASE, CHECK, DESKTOP, HEREFORDSHIRE, Council
from tests.integration.rows import everything, last_event, leaves, refused, stored


def _again(council: Council, request: int, by: str = "requester") -> int:
    opened, _ = council.act(requests.follow_up, by=by, request_id=request)
    return int(opened)


def _said(council: Council, request: int) -> dict[str, dict[str, Any]]:
    with council.db.reading() as session:
        query = select(SectionVersion).where(SectionVersion.request_id == request)
        return {row.section: row.answers for row in session.scalars(query)}


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_it_begins_with_everything_and_the_one_before_stays(council: Council, outcome: str) -> None:
    before, _ = council.closed(outcome)
    row = stored(council, Request, before)
    with leaves(
        council,
        requests="+1",
        section_versions="+6",
        events="+1",
        outbox="+1",
        reference_counters="~1",
    ):
        after = _again(council, before)
    assert _said(council, after) == _said(council, before)
    again = stored(council, Request, before)
    assert (again.version, again.state, again.decision_id) == (
        row.version,
        row.state,
        row.decision_id,
    )
    new = stored(council, Request, after)
    assert (new.previous_id, new.state, new.sponsor_id) == (before, "draft", None)
    assert (new.title, new.whole_life_cost) == (row.title, row.whole_life_cost)
    event, payload = last_event(council)
    assert (event.kind, payload["previous"]) == ("RequestOpened", row.reference)
    with council.db.reading() as session:
        assert verify(session).faults == []


def test_it_goes_the_whole_way_again(council: Council) -> None:
    after = _again(council, council.closed("reject")[0])
    council.act(requests.take_step, by="requester", request_id=after, trigger="start_business_case")
    council.act(
        requests.write_section,
        by="requester",
        request_id=after,
        section="commercial",
        answers={**CASE["commercial"], "quote": "Two quotes."},
        seen_version=1,
    )
    assert stored(council, Request, after).state == "business_case"


def test_a_colleague_may_begin_it_and_then_it_is_theirs(council: Council) -> None:
    after = _again(council, council.closed("reject")[0], "colleague")
    assert stored(council, Request, after).requester_id == council.people["colleague"]


def test_withdrawn_and_cleared_ones_too_but_none_on_its_way(council: Council) -> None:
    withdrawn, cleared = council.opened(), council.opened(**DESKTOP)
    council.act(requests.take_step, by="requester", request_id=withdrawn, trigger="withdraw")
    council.act(requests.take_step, by="requester", request_id=cleared, trigger="clear")
    _again(council, withdrawn)
    _again(council, cleared)
    for request in (council.opened(), council.case_written(), council.referred()[0]):
        with refused(council, WrongState, "still on its way"):
            _again(council, request)


def test_asking_twice_begins_one(council: Council) -> None:
    """A second press, or coming back by the old page, leads to the one in hand."""
    before, _ = council.closed("reject")
    after = _again(council, before)
    with leaves(council):
        assert _again(council, before) == after
    assert _again(council, before, "colleague") != after, "theirs is another"
    council.act(requests.take_step, by="requester", request_id=after, trigger="withdraw")
    assert _again(council, before) != after


def test_who_may_begin_it(council: Council) -> None:
    before, _ = council.closed("reject")
    for by in ("requester2", "sponsor", "director", "chair", "auditor", "admin"):
        with refused(council, NotPermitted):
            _again(council, before, by)
    with refused(council, NotSignedIn):
        council.act(requests.follow_up, actor_id=None, request_id=before)
    with refused(council, NotFound):
        _again(council, 987)


def test_an_answer_that_is_accepted_no_more_is_given_anew(council: Council) -> None:
    """The documents changed: a category is gone, a length is shorter, a question is new."""
    before, _ = council.closed("reject", supplier="S" * 100)
    texts = dict(read_documents(HEREFORDSHIRE))
    short = "        label: Do you have a supplier in mind?\n"
    policy = next(name for name in texts if name.startswith("policy/"))
    for name, old, new in (
        ("questions.yaml", "software: Software or licences", "programs: Programs"),
        ("questions.yaml", short, f"{short}        max_length: 9\n"),
        ("questions.yaml", "        max_length: 9\n        hint: Leave it empty if you don't.\n"
         "        required: false\n        max_length: 120\n",
         "        max_length: 9\n        required: false\n"),
        ("catalogue.yaml", "category: software", "category: programs"),
        (policy, '"software"', '"programs"'),
        (policy, "category: software", "category: programs"),
    ):  # fmt: skip
        assert old in texts[name], old
        texts[name] = texts[name].replace(old, new)
    council.publish(council.now.date(), texts)
    after = _again(council, before)
    said = _said(council, after)["need"]
    assert "category" not in said
    assert "supplier" not in said
    assert said["title"] == CHECK["title"]
    assert stored(council, Request, after).category == "software"


def test_one_request_may_be_followed_by_several(council: Council) -> None:
    before, _ = council.closed("approve")
    _again(council, before)
    _again(council, before, "colleague")
    assert [r.previous_id for r in everything(council, Request)] == [None, before, before]
