"""Opening a request, writing its sections, and the steps that are no more than a step."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from procureflow.domain.errors import (
    GuardRefused,
    InvalidInput,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Stale,
    WrongState,
)
from procureflow.domain.findings import Settled
from procureflow.domain.permissions import Actor, Role
from procureflow.models import Grant, OutboxItem, Request, Review, SectionVersion, Submission
from procureflow.queries import listing, policies
from procureflow.queries import people as reading
from procureflow.queries import requests as lists
from procureflow.services import people, requests
from tests.factories.council import BEGINNING, CASE, CHECK, DESKTOP, PEOPLE, Council
from tests.integration.rows import ACT, everything, last_event, leaves, refused, stored

ENVIRONMENT = "environment"


def _open(council: Council, by: str, directorate: str = ENVIRONMENT, **answers: Any) -> Any:
    given = {**CHECK, **answers}
    return council.act(requests.open_request, by=by, directorate=directorate, answers=given)


def _write(council: Council, request: int, section: str, seen: int = 0, **answers: Any) -> Any:
    by = answers.pop("by", "requester")
    return council.act(
        requests.write_section,
        by=by,
        request_id=request,
        section=section,
        answers=answers,
        seen_version=seen,
    )


def _step(
    council: Council, request: int, trigger: str, by: str = "requester", why: str = ""
) -> Any:
    return council.act(requests.take_step, by=by, request_id=request, trigger=trigger, why=why)


# --- opening ------------------------------------------------------------------------------------


def test_opening_leaves_a_request_its_content_its_event_and_its_news(council: Council) -> None:
    with leaves(
        council,
        requests="+1",
        section_versions="+1",
        events="+1",
        outbox="+1",
        reference_counters="+1",
    ):
        request, reference = _open(council, "requester", supplier="Draughtsman Ltd")
    assert reference == "ICT-2026-0001"
    row = stored(council, Request, request)
    assert (row.state, row.state_kind, row.version) == ("draft", "editing", 1)
    assert (row.title, row.category, row.supplier) == (
        CHECK["title"],
        "software",
        "Draughtsman Ltd",
    )
    assert row.whole_life_cost == Decimal("64415.00")
    assert (row.requester_id, row.sponsor_id) == (council.people["requester"], None)
    assert row.created_at == row.updated_at == row.state_since == council.now
    event, payload = last_event(council)
    assert (event.stream, event.seq, event.kind) == (reference, 1, "RequestOpened")
    assert (event.state_from, event.state_to) == (None, "draft")
    assert row.head == event.hash
    assert payload["requester"] == council.people["requester"]
    (written,) = everything(council, SectionVersion)
    assert (written.version, written.author_id) == (1, council.people["requester"])
    assert payload["sections"] == {"need": written.hash}
    news = everything(council, OutboxItem, stream=reference)
    assert [(item.seq, item.done_at) for item in news] == [(1, None)]


def test_references_have_no_gaps_and_begin_anew_each_year(council: Council) -> None:
    assert _open(council, "requester")[1] == "ICT-2026-0001"
    with refused(council, InvalidInput):
        _open(council, "requester", whole_life_cost="much")
    assert _open(council, "colleague")[1] == "ICT-2026-0002"
    council.now = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    assert _open(council, "requester")[1] == "ICT-2026-0003"
    assert _open(council, "requester")[1] == "ICT-2027-0001"


@pytest.mark.parametrize("account", sorted(PEOPLE))
def test_who_may_ask(sqlite_council: Council, account: str) -> None:
    """A requester, for the directorates that they ask for."""
    scopes = {"requester": ENVIRONMENT, "colleague": ENVIRONMENT}
    scopes["requester2"] = "children_young_people"
    for directorate in (ENVIRONMENT, "children_young_people", "nowhere"):
        if scopes.get(account) == directorate:
            _open(sqlite_council, account, directorate)
        else:
            with refused(sqlite_council, NotPermitted, "this directorate"):
                _open(sqlite_council, account, directorate)


def test_nobody_asks_without_an_account(council: Council) -> None:
    for actor in (None, 0, -1, 987654):
        with refused(council, NotSignedIn):
            council.act(
                requests.open_request, actor_id=actor, directorate=ENVIRONMENT, answers=CHECK
            )
    council.act(people.disable_person, person_id=council.people["requester"], actor_id=None)
    with refused(council, NotSignedIn):
        _open(council, "requester")


BAD_ANSWERS: list[tuple[str, Any, str]] = [
    ("title", "", "Answer “"),
    ("title", "   ", "Answer “"),
    ("title", "x" * 121, "120 characters"),
    ("title", "one\ntwo", "control characters"),
    ("title", "bell\x07", "control characters"),
    ("title", ["a list"], "as text"),
    ("title", {"a": "mapping"}, "as text"),
    ("need", "null\x00byte", "control characters"),
    ("category", "yacht", "Choose one"),
    ("catalogue_option", "DESKTOP_STANDARD", "Choose one"),
    ("job_role", None, "Answer “"),
    ("whole_life_cost", "-1", "amount in pounds"),
    ("whole_life_cost", "1e5", "amount in pounds"),
    ("whole_life_cost", "NaN", "amount in pounds"),
    ("whole_life_cost", "\u0663", "amount in pounds"),
    ("whole_life_cost", "100000000000", "amount in pounds"),
    ("whole_life_cost", Decimal("-0.01"), "£0 or more"),
    ("life_years", 0, "from 1 to 25"),
    ("life_years", 26, "from 1 to 25"),
    ("life_years", "3", "whole number"),
    ("life_years", True, "whole number"),
    ("life_years", 2.5, "whole number"),
    ("replacing", "yes", "yes or no"),
    ("replacing", 1, "yes or no"),
    ("state", "approved", "not asked"),
    ("requester_id", 1, "not asked"),
]


@pytest.mark.parametrize(("question", "value", "words"), BAD_ANSWERS)
def test_answers_that_cant_be_kept(
    sqlite_council: Council, question: str, value: Any, words: str
) -> None:
    with refused(sqlite_council, InvalidInput) as caught:
        _open(sqlite_council, "requester", **{question: value})
    assert words in caught.value.errors[question]


def test_the_check_is_answered_as_a_whole(sqlite_council: Council) -> None:
    with refused(sqlite_council, InvalidInput) as caught:
        sqlite_council.act(
            requests.open_request, by="requester", directorate=ENVIRONMENT, answers={}
        )
    assert set(caught.value.errors) == set(CHECK)


# --- the day is London's ------------------------------------------------------------------------


def test_a_role_begins_and_ends_with_londons_day(council: Council) -> None:
    """In summer the council's day begins at 23:00 UTC of the day before."""
    july = date(2027, 7, 1)
    roles: dict[str, dict[str, Any]] = {
        "stranger": {"starts_on": july},
        "secretary": {"starts_on": date(2027, 1, 1), "ends_on": july},
    }
    with council.db.unit_of_work() as session:
        for account, dates in roles.items():
            people.grant_role(
                session,
                person_id=council.people[account],
                role=Role.REQUESTER,
                directorate=ENVIRONMENT,
                actor_id=None,
                now=council.now,
                **dates,
            )
    before = datetime(2027, 6, 30, 21, 30, tzinfo=UTC)  # half past ten in London; acts tick on
    after = datetime(2027, 6, 30, 22, 30, tzinfo=UTC)
    council.now = before
    with refused(council, NotPermitted):
        _open(council, "stranger")
    council.now = before
    _open(council, "secretary")
    council.now = after
    request, _ = _open(council, "stranger")
    assert council.now == datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
    council.now = after
    with refused(council, NotPermitted):
        _open(council, "secretary")
    with council.db.reading() as session:
        who = reading.actor(session, council.people["stranger"], july)
        page = lists.request_page(session, stored(council, Request, request).reference, who, july)
        assert page.facts["today"] == july


# --- writing sections ---------------------------------------------------------------------------


def test_writing_a_section_keeps_every_version(council: Council) -> None:
    request = council.opened()
    with leaves(council, **ACT, section_versions="+1"):
        changed = _write(
            council, request, "need", 1, **{**CHECK, "title": "CAD", "whole_life_cost": "£70,000"}
        )
    assert changed is True
    row = stored(council, Request, request)
    assert (row.title, row.whole_life_cost, row.version) == ("CAD", Decimal("70000.00"), 2)
    versions = everything(council, SectionVersion, request_id=request)
    assert [v.version for v in versions] == [1, 2]
    assert [v.answers["title"] for v in versions] == [CHECK["title"], "CAD"]
    event, payload = last_event(council)
    assert (event.kind, event.state_to) == ("SectionWritten", None)
    assert payload == {"section": "need", "version": 2, "hash": versions[1].hash}


def test_the_same_again_leaves_nothing(council: Council) -> None:
    request = council.opened()
    with leaves(council):
        assert _write(council, request, "need", 1, **CHECK) is False
        assert _write(council, request, "need", 1, **CHECK, supplier="  ") is False


@pytest.mark.parametrize("seen", [0, 1, 3, -1, 10**12])
def test_a_section_that_somebody_wrote_since_is_stale(council: Council, seen: int) -> None:
    request = council.opened()
    _write(council, request, "need", 1, **{**CHECK, "title": "Theirs"})
    with refused(council, Stale, "Check before you buy") as caught:
        _write(council, request, "need", seen, **{**CHECK, "title": "Mine"})
    assert "still below" in caught.value.remedy
    _write(council, request, "need", 2, **{**CHECK, "title": "Mine"})
    assert stored(council, Request, request).title == "Mine"


def test_who_may_write(council: Council) -> None:
    """Only who asked: not a colleague, not the sponsor, not who administers."""
    request, _ = council.asked()
    for account in sorted(set(PEOPLE) - {"requester"}):
        with refused(council, NotPermitted, "write this request") as caught:
            _write(council, request, "strategic", 1, by=account, case_need="Mine now")
        assert caught.value.permission == "request:edit"
    assert _write(council, request, "strategic", 1, **CASE["strategic"], by="requester") is False


def test_who_asked_and_lost_the_role_writes_no_more(council: Council) -> None:
    request = council.opened()
    (grant,) = _grants(council, "requester")
    council.act(people.end_role, grant_id=grant, ends_on=council.now.date(), actor_id=None)
    with refused(council, NotPermitted):
        _write(council, request, "need", 1, **{**CHECK, "title": "Mine"})
    with refused(council, NotPermitted):
        _step(council, request, "withdraw")


def _grants(council: Council, account: str) -> list[int]:
    return [g.id for g in everything(council, Grant, person_id=council.people[account])]


def test_sections_are_written_in_their_phase_alone(council: Council) -> None:
    request = council.opened()
    for section in ("strategic", "nowhere", "", "need "):
        with refused(council, WrongState, "isn’t written"):
            _write(council, request, section, 0, case_need="Too early")
    _step(council, request, "start_business_case")
    assert _write(council, request, "strategic", 0, case_need="Now") is True
    assert _write(council, request, "need", 1, **{**CHECK, "title": "Still open"}) is True


def test_a_check_with_a_hole_is_refused_and_a_case_with_one_is_kept(council: Council) -> None:
    request = council.opened()
    with refused(council, InvalidInput) as caught:
        _write(council, request, "need", 1, **{k: v for k, v in CHECK.items() if k != "need"})
    assert set(caught.value.errors) == {"need"}
    _step(council, request, "start_business_case")
    assert _write(council, request, "strategic", 0) is True


def test_an_answer_of_another_section_is_refused(council: Council) -> None:
    request = council.case_written()
    with refused(council, InvalidInput) as caught:
        _write(council, request, "strategic", 1, **CASE["strategic"], budget_code="X")
    assert caught.value.errors == {"budget_code": "This is not asked here."}


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_nothing_is_written_after_a_decision(council: Council, outcome: str) -> None:
    request, _ = council.closed(outcome)
    with refused(council, WrongState, "while a request is"):
        _write(council, request, "strategic", 1, case_need="Afterwards")


def test_the_text_is_locked_before_the_group(council: Council) -> None:
    request, _ = council.referred()
    for section in ("need", *CASE):
        with refused(council, WrongState, "Group review"):
            _write(council, request, section, 1, case_need="Under their eyes")


# --- steps --------------------------------------------------------------------------------------


def test_a_desktop_is_cleared(council: Council) -> None:
    request = council.opened(**DESKTOP)
    with leaves(council, **ACT, submissions="+1", submission_sections="+1"):
        _step(council, request, "clear")
    row = stored(council, Request, request)
    assert (row.state, row.state_kind, row.state_since) == ("cleared", "final", council.now)
    event, payload = last_event(council)
    assert (event.kind, event.state_from, event.state_to) == ("RequestCleared", "draft", "cleared")
    (pinned,) = everything(council, Submission, request_id=request)
    assert (payload["submission"], payload["sections"]) == (pinned.id, {"need": 1})
    assert pinned.facts["category"] == "desktop"


@pytest.mark.parametrize(("post", "codes"), [("technical", set()), ("office", {"STD-1"})])
def test_a_standard_option_for_other_posts_clears_nothing(
    council: Council, post: str, codes: set[str]
) -> None:
    request = council.opened(**{**DESKTOP, "catalogue_option": "desktop_design", "job_role": post})
    if not codes:
        _step(council, request, "clear")
        return
    with refused(council, GuardRefused, "no exception is needed") as caught:
        _step(council, request, "clear")
    assert {f.code for f in caught.value.findings if f.settled_by is Settled.DECISION} == codes
    _step(council, request, "start_business_case")


def test_a_step_that_the_policy_holds_back_says_which_rules(council: Council) -> None:
    software, desktop = council.opened(), council.opened(**DESKTOP)
    with refused(council, GuardRefused, "no exception is needed") as caught:
        _step(council, software, "clear")
    codes = {finding.code for finding in caught.value.findings}
    assert {"EMB-1", "BC-2", "STD-1"} <= codes
    assert all(f.words and f.remedy for f in caught.value.findings)
    with refused(council, GuardRefused) as caught:
        _step(council, desktop, "start_business_case")
    assert [f.code for f in caught.value.findings] == ["exception_possible"]


def test_no_step_leads_out_of_an_end(council: Council) -> None:
    cleared = council.opened(**DESKTOP)
    _step(council, cleared, "clear")
    withdrawn = council.opened()
    _step(council, withdrawn, "withdraw")
    rejected, _ = council.closed("reject")
    for request in (cleared, withdrawn, rejected):
        for trigger in ("clear", "start_business_case", "withdraw", "lapse", "close", "approve"):
            by = "secretary" if trigger in ("lapse", "close") else "requester"
            with refused(council, WrongState):
                _step(council, request, trigger, by)


def test_unknown_steps_and_requests(council: Council) -> None:
    request = council.opened()
    for trigger in ("", "publish", "draft", "Withdraw", "__class__"):
        with refused(council, WrongState) as caught:
            _step(council, request, trigger)
        assert "Withdraw" in caught.value.message + caught.value.remedy
    for unknown in (0, -1, 987654):
        with refused(council, NotFound):
            _step(council, unknown, "withdraw")
        with refused(council, NotFound):
            _write(council, unknown, "need", 1, **CHECK)


@pytest.mark.parametrize("trigger", ["approve", "reject", "return_for_information"])
def test_a_decision_is_not_a_step(council: Council, trigger: str) -> None:
    """Neither who presides nor who asked takes the group's decision by a step."""
    request, _ = council.voted("approve", "approve", "approve")
    for by in sorted(PEOPLE):
        with refused(council, NotPermitted):
            _step(council, request, trigger, by)


def test_referring_is_not_a_step(council: Council) -> None:
    request = council.endorsed()
    with refused(council, WrongState, "not a step by itself"):
        _step(council, request, "refer_to_group")
    with refused(council, NotPermitted):
        _step(council, request, "refer_to_group", "colleague")


@pytest.mark.parametrize("reach", ["opened", "case_written", "asked", "endorsed", "referred"])
def test_a_requester_withdraws_until_the_decision(council: Council, reach: str) -> None:
    made = getattr(council, reach)()
    request = made if isinstance(made, int) else made[0]
    for by in sorted(set(PEOPLE) - {"requester"}):
        with refused(council, NotPermitted):
            _step(council, request, "withdraw", by)
    with refused(council, InvalidInput) as caught:
        _step(council, request, "withdraw", why="x" * 2001)
    assert "why" in caught.value.errors
    reviews = {"reviews": "~1"} if reach == "referred" else {}
    with leaves(council, **ACT, **reviews):
        _step(council, request, "withdraw", why="No longer needed.")
    assert stored(council, Request, request).state == "withdrawn"
    assert last_event(council)[1]["why"] == "No longer needed."
    assert all(r.closed_at == council.now for r in everything(council, Review))


def test_the_secretary_alone_ends_an_approval(council: Council) -> None:
    for trigger, state in (("lapse", "lapsed"), ("close", "closed")):
        request, _ = council.closed("approve")
        for by in sorted(set(PEOPLE) - {"secretary"}):
            with refused(council, NotPermitted, "secretary"):
                _step(council, request, trigger, by)
        with refused(council, WrongState):
            _step(council, request, "withdraw")
        with leaves(council, **ACT):
            _step(council, request, trigger, "secretary", "Delivered in March.")
        row = stored(council, Request, request)
        assert (row.state, row.state_kind) == (state, "final")
        assert row.decision_id is not None


def test_a_secretary_who_asked_ends_nothing_of_their_own(council: Council) -> None:
    council.act(
        people.grant_role,
        person_id=council.people["requester"],
        role=Role.SECRETARY,
        body="information_policy_group",
        actor_id=None,
    )
    request, _ = council.closed("approve")
    with refused(council, NotPermitted):
        _step(council, request, "close", "requester")


# --- who sees what ------------------------------------------------------------------------------


def test_lists_hold_what_each_may_see_in_a_fixed_order(council: Council) -> None:
    mine = council.opened()
    theirs = council.opened("requester2")
    referred, _ = council.referred()
    seen = {
        "requester": [referred, mine],
        "colleague": [referred, mine],
        "requester2": [theirs],
        "sponsor": [referred, mine],
        "sponsor2": [theirs],
        "director": [referred, mine],
        "ict": [referred],
        "finance": [referred],
        "chair": [referred],
        "member5": [referred],
        "secretary": [referred],
        "auditor": [referred, theirs, mine],
        "policy1": [],
        "admin": [],
        "stranger": [],
    }
    with council.db.reading() as session:
        for account, expected in seen.items():
            actor = reading.actor(session, council.people[account], council.now.date())
            assert _listed(session, actor) == expected, account
            for request in (mine, theirs, referred):
                reference = stored(council, Request, request).reference
                if request in expected:
                    page = lists.request_page(session, reference, actor, council.now.date())
                    assert page.request.id == request
                else:
                    with pytest.raises(NotPermitted):
                        lists.request_page(session, reference, actor, council.now.date())
        auditor = reading.actor(session, council.people["auditor"], council.now.date())
        assert _listed(session, auditor, state="group_review") == [referred]


def _listed(session: Session, actor: Actor, **values: Any) -> list[int]:
    bundle = policies.bundle_in_force(session, BEGINNING.date())
    made = lists.requests_listing(session, actor, bundle)
    page = listing.read(session, made, listing.Choice(values, made.default_order))
    return [row.id for row in page.rows]
