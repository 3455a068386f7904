"""A request that is being written goes on under the version of the policy in force."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from procureflow.adapters.files import read_documents
from procureflow.domain.errors import GuardRefused, NotPermitted, Stale, WrongState
from procureflow.models import Publication, Request, Submission
from procureflow.queries import policies as reading
from procureflow.queries.evidence import verify
from procureflow.services import business_cases, requests
from tests.factories.council import HEREFORDSHIRE, Council
from tests.factories.web import Site
from tests.integration.rows import everything, last_event, leaves, refused, stored
from tests.integration.test_pages import text_of

PARAMETERS, WORKFLOW = "parameters.yaml", "workflow.yaml"


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    """The default council's documents, with a lower threshold."""
    texts = read_documents(HEREFORDSHIRE)
    return {**texts, PARAMETERS: texts[PARAMETERS].replace("12000", "10000")}


def _rebase(council: Council, request: int, expected: str, by: str = "requester") -> int:
    given: dict[str, Any] = {"request_id": request, "expected": expected}
    return int(council.act(requests.rebase_request, by=by, **given))


def _faults(council: Council) -> list[Any]:
    with council.db.reading() as session:
        return verify(session).faults


def test_a_request_moves_to_the_version_in_force(
    council: Council, documents: dict[str, str]
) -> None:
    request = council.opened(whole_life_cost="11000")
    first = stored(council, Request, request).bundle
    second = council.publish(council.now.date(), documents)
    assert stored(council, Request, request).bundle == first, "pinned until somebody moves it"
    with leaves(council, events="+1", outbox="+1", requests="~1"):
        assert _rebase(council, request, second) == 2
    assert stored(council, Request, request).bundle == second
    event, payload = last_event(council)
    assert (event.kind, payload) == ("RequestRebased", {"bundle": second, "version": 2})
    with refused(council, WrongState, "in force already"):
        _rebase(council, request, second)
    assert _faults(council) == []


def test_an_endorsement_is_void_under_other_documents(
    council: Council, documents: dict[str, str]
) -> None:
    """It was given to the case as the other documents asked for it; the next one pins the new."""
    request = council.endorsed()
    second = council.publish(council.now.date(), documents)
    _rebase(council, request, second)
    with refused(council, GuardRefused):
        council.act(business_cases.refer_to_group, by="requester", request_id=request)
    sponsor = council.people["sponsor"]
    ask: dict[str, Any] = {"request_id": request, "sponsor_id": sponsor}
    council.act(business_cases.ask_for_endorsement, by="requester", **ask)
    old, new = everything(council, Submission, request_id=request)
    assert (old.content, old.number, new.number) == (new.content, 1, 2)
    assert new.bundle == second != old.bundle
    answer: dict[str, Any] = {"request_id": request, "submission_id": old.id, "note": ""}
    with refused(council, Stale):
        council.act(business_cases.endorse, by="sponsor", **answer)
    answer["submission_id"] = new.id
    council.act(business_cases.endorse, by="sponsor", **answer)
    council.act(business_cases.refer_to_group, by="requester", request_id=request)
    assert _faults(council) == []


def test_only_its_authors_move_it_and_only_while_it_is_written(
    council: Council, documents: dict[str, str]
) -> None:
    request, referred = council.case_written(), council.referred()[0]
    second = council.publish(council.now.date(), documents)
    for by in ("colleague", "sponsor", "policy1", "chair", "auditor", "admin"):
        with refused(council, NotPermitted, "whoever writes"):
            _rebase(council, request, second, by)
    with refused(council, WrongState, "isn’t possible while"):
        _rebase(council, referred, second)
    _rebase(council, request, second)


def test_what_came_into_force_since_is_shown_first(
    council: Council, documents: dict[str, str]
) -> None:
    request = council.opened()
    second = council.publish(council.now.date(), documents)
    texts = {**documents, PARAMETERS: documents[PARAMETERS].replace("10000", "9000")}
    council.publish(council.now.date(), texts)
    with refused(council, Stale, "Another version"):
        _rebase(council, request, second)


def test_a_request_stays_where_the_new_version_has_no_place_for_it(
    council: Council, documents: dict[str, str]
) -> None:
    """The council calls its first state by another key."""
    request = council.opened()
    flow = documents[WORKFLOW].replace("  draft:", "  sketch:").replace("[draft", "[sketch")
    flow = flow.replace("initial: draft", "initial: sketch")
    second = council.publish(council.now.date(), {**documents, WORKFLOW: flow})
    with refused(council, WrongState, "no place for a request"):
        _rebase(council, request, second)


def test_not_before_it_is_in_force(council: Council, documents: dict[str, str]) -> None:
    request = council.opened()
    second = council.publish(council.now.date() + timedelta(days=5), documents)
    with refused(council, WrongState, "in force already"):
        _rebase(council, request, second)
    council.now += timedelta(days=6)
    assert _rebase(council, request, second) == 2


def test_its_author_sees_what_changes_first(site: Site, documents: dict[str, str]) -> None:
    council = site.council
    day = site.clock.moment.date()
    council.opened(whole_life_cost="11000", title="A plotter")
    path = "/requests/" + everything(council, Request, title="A plotter")[0].reference
    assert "move it to version" not in text_of(site, "requester", path)
    council.now = site.clock.moment
    council.publish(day, documents)
    assert "move it to version 2" in text_of(site, "requester", path)
    assert "move it to version 2" not in text_of(site, "auditor", path)
    page = text_of(site, "requester", f"{path}/rebase")
    assert "Tier of the case Light Standard" in page
    assert "1 part of the documents would change, against version 1." in page
    assert "[added: 10,000 ]" in page
    browser = site.browser("requester")
    with site.db.reading() as session:
        second = reading.latest(session).bundle
    stale = browser.post(f"{path}/rebase", {"expected": "x" * 64})
    assert stale.status_code == 400
    assert "Another version of the policy has come into force" in unescape(stale.text)
    assert browser.post(f"{path}/rebase", {"expected": second}).status_code == 302
    page = text_of(site, "requester", path)
    assert "Moved it to version 2 of the policy" in page
    assert "move it to version" not in page
    assert stored(council, Publication, 2).bundle == second
