"""The council's documents: seeding, what is in force on a day, and who decides on a day (EXC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from procureflow.adapters.files import read_documents
from procureflow.db import Database
from procureflow.domain.bundle import load_bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.definitions.source import ConfigFaults
from procureflow.domain.errors import NotFound, NotPermitted, WrongState
from procureflow.domain.permissions import Role
from procureflow.models import Bundle, Installation, Publication, Request, Review
from procureflow.queries import policies as reading
from procureflow.services import business_cases, people, policies, requests, reviews
from tests.factories.council import BEGINNING, CHECK, GROUP, HEREFORDSHIRE, Council
from tests.factories.web import Site
from tests.integration.rows import changes, everything, last_event, refused, rows, stored
from tests.integration.test_pages import text_of

BOARD = "herefordshire_connects_board"


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    """The default council's documents."""
    return read_documents(HEREFORDSHIRE)


def _seed(database: Database, documents: Mapping[str, str]) -> str:
    with database.unit_of_work() as session:
        return policies.seed(session, documents=documents, demonstration=False, now=BEGINNING)


# --- the pages of the policy ---------------------------------------------------------------------


def test_the_policy_of_another_day_is_shown(site: Site) -> None:
    today = text_of(site, "requester", "/policy")
    assert "Policy in force" in today
    assert "Version 1 , in force from 22 March 2007." in today
    assert "NC-1" in today
    then = text_of(site, "requester", "/policy?on=2007-03-22")
    assert "Policy on 22 March 2007" in then
    assert "See the policy in force today" in then
    for asked, said in (("2006-01-01", "no policy yet on 1 January 2006"), ("x", "a real date")):
        answer = site.browser("requester").get(f"/policy?on={asked}")
        assert answer.status_code == 400
        assert said in unescape(answer.text)


def test_every_version_is_listed_and_shown(site: Site) -> None:
    page = text_of(site, "auditor", "/policy/versions")
    assert "Version 1" in page
    assert "by whoever runs the server" in page
    assert "NC-1" in text_of(site, "auditor", "/policy/versions/1")
    early = text_of(site, "auditor", "/policy/versions/1?on=2001-01-01")
    assert "which comes into force on 22 March 2007" in early
    assert "No rule was in force on that day." in early
    assert site.browser("auditor").get("/policy/versions/2").status_code == 404


def test_a_decision_leads_to_the_policy_that_it_was_made_under(
    site: Site, places: dict[str, str]
) -> None:
    day = f"{local_day(site.council.now):%Y-%m}"
    for page in (f"/requests/{places['rejected']}", f"/register/{places['rejected']}"):
        text = site.browser("auditor").get(page).text
        assert f'href="/policy/versions/1?on={day}' in text
        assert "#NC-1" in text


def test_the_workflow_is_drawn_and_told(site: Site, places: dict[str, str]) -> None:
    page = text_of(site, "requester", "/policy/workflow")
    assert (
        "Refer it to the group , by whoever writes the request: it becomes Group review ." in page
    )
    assert "Every question that this case is asked has its answer." in page
    assert (
        'aria-label="The way of a request"'
        in site.browser("requester").get("/policy/workflow").text
    )
    reference = places["approved"]
    page = site.browser("requester").get(f"/requests/{reference}").text
    assert f'aria-label="Where {reference} is: Approved"' in page
    assert "So far: Draft, Business case, Group review, Approved." in unescape(page)


# --- seeding ------------------------------------------------------------------------------------


def test_seeding_makes_a_database_the_councils(db: Database, documents: dict[str, str]) -> None:
    before = rows(db)
    fingerprint = _seed(db, documents)
    assert changes(before, rows(db)) == {
        "installation": "+1",
        "bundles": "+1",
        "publications": "+1",
        "events": "+1",
        "outbox": "+1",
    }
    council = Council(db)
    (installation,) = everything(council, Installation)
    assert (installation.council, installation.demonstration) == ("herefordshire", False)
    (bundle,) = everything(council, Bundle)
    assert bundle.hash == fingerprint
    (publication,) = everything(council, Publication)
    assert (publication.number, publication.published_by) == (1, None)
    assert publication.effective_from == date(2007, 3, 22)
    assert bundle.documents == documents
    assert load_bundle(bundle.documents).hash == fingerprint
    event, payload = last_event(council)
    assert (event.stream, event.kind) == ("publications", "BundlePublished")
    assert payload["bundle"] == fingerprint
    with refused(council, WrongState, "a council already", remedy=False):
        council.act(policies.seed, documents=documents, demonstration=False)


def test_documents_with_a_fault_leave_an_empty_database_empty(
    db: Database, documents: dict[str, str]
) -> None:
    before = rows(db)
    broken = {**documents, "workflow.yaml": documents["workflow.yaml"].replace("draft", "drift", 1)}
    for given in ({}, broken, {k: v for k, v in documents.items() if k != "questions.yaml"}):
        with pytest.raises(ConfigFaults) as caught:
            _seed(db, given)
        assert caught.value.faults
    assert changes(before, rows(db)) == {}


# --- what is in force ---------------------------------------------------------------------------


def test_the_bundle_in_force_is_the_latest_whose_day_has_come(
    council: Council, documents: dict[str, str]
) -> None:
    first = everything(council, Bundle)[0].hash
    tighter = {
        **documents,
        "parameters.yaml": documents["parameters.yaml"].replace("12000", "10000"),
    }
    second = council.publish(date(2026, 12, 1), tighter)
    with council.db.reading() as session:
        for day, expected in (
            (date(2007, 3, 22), first),
            (date(2026, 11, 30), first),
            (date(2026, 12, 1), second),
            (date(2030, 1, 1), second),
        ):
            assert reading.bundle_in_force(session, day).hash == expected
        with pytest.raises(NotFound, match="No policy"):
            reading.bundle_in_force(session, date(2007, 3, 21))
        with pytest.raises(NotFound):
            reading.bundle(session, "0" * 64)


def test_a_request_keeps_the_bundle_it_began_under(
    council: Council, documents: dict[str, str]
) -> None:
    """In London's day: at 23:30 UTC of a summer's day the next day's bundle is in force."""
    first = everything(council, Bundle)[0].hash
    tighter = {
        **documents,
        "questions.yaml": documents["questions.yaml"].replace("max_length: 120", "max_length: 20"),
    }
    second = council.publish(date(2027, 7, 1), tighter)
    council.now = datetime(2027, 6, 30, 21, 30, tzinfo=UTC)
    old = council.opened()
    council.now = datetime(2027, 6, 30, 22, 30, tzinfo=UTC)
    new = council.opened(title="CAD", place="Plough Lane")
    assert stored(council, Request, old).bundle == first
    assert stored(council, Request, new).bundle == second
    council.act(
        requests.write_section,
        by="requester",
        request_id=old,
        section="need",
        answers={**CHECK, "title": "A title that is longer than twenty characters"},
        seen_version=1,
    )
    assert stored(council, Request, old).bundle == first


# --- who decides (EXC-1) ------------------------------------------------------------------------


def _people_of_2007(council: Council) -> None:
    """Roles that were held then, and a board to decide."""
    held: list[tuple[str, Role, dict[str, str]]] = [
        ("requester", Role.REQUESTER, {"directorate": "environment"}),
        ("sponsor", Role.SPONSOR, {"directorate": "environment"}),
        ("ict", Role.ICT_ASSESSOR, {}),
        ("finance", Role.FINANCE_ASSESSOR, {}),
        ("stranger", Role.CHAIR, {"body": BOARD}),
        ("director", Role.MEMBER, {"body": BOARD}),
        ("auditor", Role.MEMBER, {"body": BOARD}),
        ("chair", Role.CHAIR, {"body": GROUP}),
        ("member1", Role.VICE_CHAIR, {"body": GROUP}),
        ("member2", Role.MEMBER, {"body": GROUP}),
    ]
    for account, role, scope in held:
        council.act(
            people.grant_role,
            person_id=council.people[account],
            role=role,
            actor_id=None,
            starts_on=date(2006, 4, 1),
            ends_on=date(2010, 4, 1),
            **scope,
        )


def _decide(council: Council, review: int, members: tuple[str, ...], outcome: str) -> None:
    for by in members:
        council.declare(review, by)
        council.vote(review, by, outcome)
    more: dict[str, Any] = {"sections": ["commercial"]} if outcome == "return" else {}
    council.act(
        reviews.close_voting,
        by=members[0],
        review_id=review,
        expected=outcome,
        reasons="As discussed.",
        **more,
    )


def test_the_body_in_charge_on_the_day_decides(council: Council) -> None:
    """The Board until 31 March 2007, the Group from 1 April on."""
    _people_of_2007(council)
    board, group = ("stranger", "director", "auditor"), ("chair", "member1", "member2")
    # Each way of a request takes a day of acts at most.
    council.now = datetime(2007, 3, 29, 9, 0, tzinfo=UTC)
    request, review = council.assessed()
    assert stored(council, Review, review).body == BOARD
    for by in group:
        with refused(council, NotPermitted, "Only members"):
            council.declare(review, by)
    # What the Board has before it stays before it after the handover.
    council.now = datetime(2007, 4, 2, 9, 0, tzinfo=UTC)
    _decide(council, review, board, "return")
    assert stored(council, Request, request).state == "business_case"
    # Its next round goes to the Group, whose first round it is.
    second = council.referred_again(request)
    row = stored(council, Review, second)
    assert (row.body, row.round) == (GROUP, 1)
    with refused(council, NotPermitted, "Only members"):
        council.declare(second, "stranger")


def test_the_handover_is_at_londons_midnight(council: Council) -> None:
    """On 31 March 2007 London was an hour ahead of UTC already."""
    _people_of_2007(council)
    council.now = datetime(2007, 3, 30, 9, 0, tzinfo=UTC)
    early, late = council.endorsed(), council.endorsed()
    council.now = datetime(2007, 3, 31, 22, 0, tzinfo=UTC) - timedelta(minutes=1)
    first = council.act(business_cases.refer_to_group, by="requester", request_id=early)
    assert council.now == datetime(2007, 3, 31, 22, 59, tzinfo=UTC)
    council.now = datetime(2007, 3, 31, 22, 0, tzinfo=UTC)
    second = council.act(business_cases.refer_to_group, by="requester", request_id=late)
    assert [stored(council, Review, r).body for r in (first, second)] == [BOARD, GROUP]


def test_an_opened_request_names_the_body_of_its_day(council: Council) -> None:
    _people_of_2007(council)
    council.now = datetime(2007, 3, 29, 9, 0, tzinfo=UTC)
    council.asked()
    council.now = datetime(2007, 4, 2, 9, 0, tzinfo=UTC)
    council.asked()
    from procureflow.models import Submission  # noqa: PLC0415

    named = [s.facts["body"] for s in everything(council, Submission)]
    assert named == ["Herefordshire Connects Board", "Information Policy Group"]
