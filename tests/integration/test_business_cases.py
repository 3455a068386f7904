"""Submissions: asking a sponsor, their answer, and referring an endorsed case to the group."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from procureflow.domain.errors import (
    GuardRefused,
    InvalidInput,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Stale,
    WrongState,
)
from procureflow.domain.permissions import Role
from procureflow.models import (
    Endorsement,
    Grant,
    Request,
    Review,
    SectionVersion,
    Submission,
    SubmissionSection,
)
from procureflow.services import business_cases, people, requests
from tests.factories.council import CAME_ABOUT, CASE, CHECK, GROUP, PEOPLE, Council
from tests.integration.rows import ACT, everything, last_event, leaves, refused, stored

ENVIRONMENT = "environment"
SUBMITTED = {"submissions": "+1", "submission_sections": "+6"}
SECTIONS = {"need", *CASE}


def _ask(
    council: Council, request: int, sponsor: str | int = "sponsor", by: str = "requester"
) -> int:
    whom = council.people[sponsor] if isinstance(sponsor, str) else sponsor
    submission: int = council.act(
        business_cases.ask_for_endorsement, by=by, request_id=request, sponsor_id=whom
    )
    return submission


def _endorse(
    council: Council, request: int, submission: int, by: str = "sponsor", note: str = ""
) -> None:
    council.act(
        business_cases.endorse, by=by, request_id=request, submission_id=submission, note=note
    )


def _send_back(council: Council, request: int, submission: int, note: str, by: str) -> None:
    council.act(
        business_cases.send_back, by=by, request_id=request, submission_id=submission, note=note
    )


def _refer(council: Council, request: int, by: str = "requester") -> int:
    review: int = council.act(business_cases.refer_to_group, by=by, request_id=request)
    return review


def _change(council: Council, request: int, seen: int = 1, **answers: Any) -> None:
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="strategic",
        answers={**CASE["strategic"], **answers},
        seen_version=seen,
    )


def _grant(council: Council, account: str, role: Role, **scope: Any) -> None:
    council.act(
        people.grant_role,
        person_id=council.people[account],
        role=role,
        actor_id=None,
        **{"starts_on": date(2026, 1, 1), **scope},
    )


def _end_roles(council: Council, account: str) -> None:
    for grant in everything(council, Grant, person_id=council.people[account]):
        council.act(people.end_role, grant_id=grant.id, ends_on=council.now.date(), actor_id=None)


def _write(council: Council, request: int, section: str, answers: dict[str, Any]) -> None:
    written = {"section": section, "answers": answers, "seen_version": 1}
    council.act(requests.write_section, by="requester", request_id=request, **written)


def _incomplete(council: Council, request: int) -> set[str | None]:
    """The sections whose missing answers keep it from the sponsor."""
    with refused(council, GuardRefused) as caught:
        _ask(council, request)
    assert {finding.code for finding in caught.value.findings} == {"case_complete"}
    return {finding.section for finding in caught.value.findings}


# --- asking -------------------------------------------------------------------------------------


def test_asking_pins_every_section_and_stores_the_facts(council: Council) -> None:
    request = council.case_written()
    with leaves(council, **ACT, **SUBMITTED):
        submission = _ask(council, request)
    row = stored(council, Submission, submission)
    assert (row.request_id, row.number, row.at) == (request, 1, council.now)
    assert row.submitted_by == council.people["requester"]
    assert row.facts["whole_life_cost"] == "64415.00"
    assert row.facts["today"] == "2026-11-02"
    pins = everything(council, SubmissionSection, submission_id=submission)
    assert {pin.section for pin in pins} == SECTIONS
    written = {(v.section, v.version) for v in everything(council, SectionVersion)}
    assert {(pin.section, pin.version) for pin in pins} == written
    assert stored(council, Request, request).sponsor_id == council.people["sponsor"]
    event, payload = last_event(council)
    assert (event.kind, event.state_to) == ("EndorsementAsked", None)
    assert payload["sponsor"] == council.people["sponsor"]
    assert payload["content"] == row.content


def test_a_sponsor_is_not_troubled_with_half_a_case(council: Council) -> None:
    request = council.opened()
    council.act(
        requests.take_step, by="requester", request_id=request, trigger="start_business_case"
    )
    with refused(council, GuardRefused, "Refer it to the group") as caught:
        _ask(council, request)
    codes = [finding.code for finding in caught.value.findings]
    assert "case_complete" in codes
    assert {"BC-1", "PM-1", "TRN-1"} <= set(codes)
    assert "endorsed" not in codes
    assert {f.section for f in caught.value.findings if f.code == "case_complete"} == set(CASE)


def test_a_benefit_without_an_owner_holds_it_back(council: Council) -> None:
    request = council.case_written()
    (benefit,) = CASE["economic"]["benefits"]
    blank = {key: value for key, value in benefit.items() if key != "owner"}
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="economic",
        answers={**CASE["economic"], "benefits": [benefit, blank]},
        seen_version=1,
    )
    with refused(council, GuardRefused) as caught:
        _ask(council, request)
    assert [f.code for f in caught.value.findings] == ["BC-1"]


@pytest.mark.parametrize(
    ("section", "changed", "code"),
    [
        ("financial", {"training_cost": "60415.01"}, "COST-2"),
        ("management", {"go_live": "2026-11-01"}, "DATE-1"),
        (
            "economic",
            {"benefits": [{**CASE["economic"]["benefits"][0], "expected": "2025-03-31"}]},
            "DATE-2",
        ),
    ],
)
def test_what_does_not_fit_together_holds_it_back(
    council: Council, section: str, changed: dict[str, Any], code: str
) -> None:
    request = council.case_written()
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section=section,
        answers={**CASE[section], **changed},
        seen_version=1,
    )
    with refused(council, GuardRefused) as caught:
        _ask(council, request)
    assert [(f.code, f.section) for f in caught.value.findings] == [(code, section)]
    assert caught.value.findings[0].remedy


def test_what_was_ordered_already_says_how_it_came_about(council: Council) -> None:
    request = council.case_written(already_ordered=True)
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="strategic",
        answers=CASE["strategic"],
        seen_version=1,
    )
    with refused(council, GuardRefused) as caught:
        _ask(council, request)
    (finding,) = caught.value.findings
    assert (finding.code, finding.section) == ("case_complete", "strategic")
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="strategic",
        answers={**CASE["strategic"], **CAME_ABOUT},
        seen_version=2,
    )
    _ask(council, request)


def test_no_project_management_cost_needs_a_reason(council: Council) -> None:
    request = council.case_written()
    free = {**CASE["financial"], "project_management_cost": "0"}
    for seen, (answers, codes) in enumerate(
        [
            (free, ["case_complete", "PM-1"]),
            ({**free, "project_management_nil_reason": "Our own staff."}, []),
        ],
        1,
    ):
        council.act(
            requests.write_section,
            by="requester",
            request_id=request,
            section="financial",
            answers=answers,
            seen_version=seen,
        )
        if codes:
            with refused(council, GuardRefused) as caught:
                _ask(council, request)
            assert [f.code for f in caught.value.findings] == codes
        else:
            _ask(council, request)


def test_a_case_that_costs_more_is_asked_more_also_when_it_is_tried_again(
    council: Council,
) -> None:
    """At £11,999 a light case is whole; at £12,000 it is not, nor is the one that follows it."""
    light = ("case_need", "why_now", "standard_why_not")
    request = council.case_written(whole_life_cost="11999")
    _write(council, request, "strategic", {key: CASE["strategic"][key] for key in light})
    _ask(council, request)
    _write(council, request, "need", {**CHECK, "whole_life_cost": "12000"})
    assert _incomplete(council, request) == {"strategic"}
    council.act(requests.take_step, by="requester", request_id=request, trigger="withdraw")
    again, _ = council.act(requests.follow_up, by="requester", request_id=request)
    council.act(requests.take_step, by="requester", request_id=again, trigger="start_business_case")
    assert _incomplete(council, again) == {"strategic"}
    _write(council, again, "strategic", CASE["strategic"])
    _ask(council, again)


def test_who_may_ask(council: Council) -> None:
    request = council.case_written()
    for account in sorted(set(PEOPLE) - {"requester"}):
        with refused(council, NotPermitted, "send it on"):
            _ask(council, request, by=account)
    with refused(council, NotSignedIn):
        council.act(
            business_cases.ask_for_endorsement,
            actor_id=None,
            request_id=request,
            sponsor_id=council.people["sponsor"],
        )
    with refused(council, NotFound):
        _ask(council, 987654)


def test_who_can_be_a_sponsor(council: Council) -> None:
    """A sponsor of the request's directorate on that day, other than who asks."""
    request = council.case_written()
    _grant(council, "requester", Role.SPONSOR, directorate=ENVIRONMENT)
    _grant(council, "member2", Role.SPONSOR, directorate=ENVIRONMENT, starts_on=date(2027, 1, 1))
    for account in sorted(set(PEOPLE) - {"sponsor"}):
        with refused(council, InvalidInput) as caught:
            _ask(council, request, account)
        assert "who wrote no part of it" in caught.value.errors["sponsor"]
    _end_roles(council, "sponsor")
    with refused(council, InvalidInput):
        _ask(council, request)


@pytest.mark.parametrize("gone", ["disabled", "unknown"])
def test_somebody_who_is_not_there_cant_be_a_sponsor(council: Council, gone: str) -> None:
    request = council.case_written()
    whom = 987654
    if gone == "disabled":
        whom = council.people["sponsor"]
        council.act(people.disable_person, person_id=whom, actor_id=None)
    with refused(council, InvalidInput) as caught:
        _ask(council, request, whom)
    assert set(caught.value.errors) == {"sponsor"}


def test_a_draft_and_a_decided_request_go_to_no_sponsor(council: Council) -> None:
    approved, _ = council.closed("approve")
    referred, _ = council.referred()
    for request in (council.opened(), referred, approved):
        with refused(council, WrongState):
            _ask(council, request)


def test_asking_again_is_no_news(council: Council) -> None:
    request, submission = council.asked()
    with leaves(council):
        assert _ask(council, request) == submission


def test_another_sponsor_takes_the_first_ones_place(council: Council) -> None:
    _grant(council, "director", Role.SPONSOR, directorate=ENVIRONMENT)
    request, submission = council.asked()
    with leaves(council, **ACT):
        assert _ask(council, request, "director") == submission
    assert stored(council, Request, request).sponsor_id == council.people["director"]
    with refused(council, NotPermitted, "sponsor named"):
        _endorse(council, request, submission)
    _endorse(council, request, submission, by="director")
    with refused(council, WrongState, "endorsed already"):
        _ask(council, request)


# --- the sponsor's answer -----------------------------------------------------------------------


def test_endorsing_leaves_the_sponsors_name(council: Council) -> None:
    request, submission = council.asked()
    with leaves(council, **ACT, endorsements="+1"):
        _endorse(council, request, submission, note="  I answer for it.  ")
    (row,) = everything(council, Endorsement)
    assert (row.submission_id, row.sponsor_id) == (submission, council.people["sponsor"])
    assert (row.verdict, row.note, row.at) == ("endorsed", "I answer for it.", council.now)
    event, payload = last_event(council)
    assert (event.kind, event.state_to) == ("RequestEndorsed", None)
    assert payload == {"submission": submission, "note": "I answer for it."}
    with refused(council, WrongState, "answered this already"):
        _endorse(council, request, submission)
    with refused(council, WrongState, "answered this already"):
        _send_back(council, request, submission, "On second thoughts.", "sponsor")


def test_who_may_answer(council: Council) -> None:
    request, submission = council.asked()
    _grant(council, "director", Role.SPONSOR, directorate=ENVIRONMENT)
    for account in sorted(set(PEOPLE) - {"sponsor"}):
        with refused(council, NotPermitted, "sponsor named"):
            _endorse(council, request, submission, by=account)
        with refused(council, NotPermitted, "sponsor named"):
            _send_back(council, request, submission, "No.", account)
    _end_roles(council, "sponsor")
    with refused(council, NotPermitted):
        _endorse(council, request, submission)


def test_an_answer_is_about_what_was_read(council: Council) -> None:
    request, submission = council.asked()
    other, others_submission = council.asked()
    for wrong in (0, -1, others_submission, 10**20):
        with refused(council, Stale):
            _endorse(council, request, wrong)
    _change(council, request, case_need="It is worse than we said.")
    with refused(council, Stale, "has changed") as caught:
        _endorse(council, request, submission)
    assert "asks you again" in caught.value.remedy
    again = _ask(council, request)
    assert again != submission
    with refused(council, Stale):
        _endorse(council, request, submission)
    _endorse(council, request, again)
    _endorse(council, other, others_submission)


def test_sending_back_says_why(council: Council) -> None:
    request, submission = council.asked()
    for note in ("", "   ", "x" * 2001):
        with refused(council, InvalidInput) as caught:
            _send_back(council, request, submission, note, "sponsor")
        assert set(caught.value.errors) == {"note"}
    with refused(council, InvalidInput):
        _endorse(council, request, submission, note="x" * 2001)
    with leaves(council, **ACT, endorsements="+1"):
        _send_back(council, request, submission, "Give the second quote.", "sponsor")
    assert last_event(council)[0].kind == "RequestSentBack"
    with refused(council, GuardRefused) as refusal:
        _refer(council, request)
    assert [f.code for f in refusal.value.findings] == ["endorsed"]


def test_what_was_sent_back_can_be_put_again(council: Council) -> None:
    """Unchanged, to the same sponsor: a new submission, with an answer of its own."""
    request, submission = council.asked()
    _send_back(council, request, submission, "Give the second quote.", "sponsor")
    with leaves(council, **ACT, **SUBMITTED):
        again = _ask(council, request)
    assert stored(council, Submission, again).number == 2
    _endorse(council, request, again)
    assert _refer(council, request)


@pytest.mark.parametrize("trigger", ["withdraw", "refer"])
def test_nothing_is_endorsed_that_has_moved_on(council: Council, trigger: str) -> None:
    request, submission = council.asked()
    if trigger == "refer":
        _endorse(council, request, submission)
        _refer(council, request)
    else:
        council.act(requests.take_step, by="requester", request_id=request, trigger="withdraw")
    with refused(council, WrongState):
        _endorse(council, request, submission)


# --- referring ----------------------------------------------------------------------------------


def test_referring_opens_a_review_of_what_was_endorsed(council: Council) -> None:
    request = council.endorsed()
    with leaves(council, **ACT, reviews="+1"):
        review = _refer(council, request)
    row = stored(council, Review, review)
    (submission,) = everything(council, Submission, request_id=request)
    assert (row.request_id, row.submission_id) == (request, submission.id)
    assert (row.body, row.stage, row.round) == (GROUP, "group_review", 1)
    assert (row.opened_at, row.closed_at) == (council.now, None)
    event, payload = last_event(council)
    assert (event.kind, event.state_from, event.state_to) == (
        "ReviewOpened",
        "business_case",
        "group_review",
    )
    assert (payload["review"], payload["submission"]) == (review, submission.id)
    assert payload["content"] == submission.content


def test_who_may_refer(council: Council) -> None:
    request = council.endorsed()
    for account in sorted(set(PEOPLE) - {"requester"}):
        with refused(council, NotPermitted, "send it on"):
            _refer(council, request, account)


def test_what_was_not_endorsed_is_not_referred(council: Council) -> None:
    request, _ = council.asked()
    with refused(council, GuardRefused) as caught:
        _refer(council, request)
    assert [f.code for f in caught.value.findings] == ["endorsed"]
    for state in (council.opened(), council.closed("approve")[0]):
        with refused(council, WrongState):
            _refer(council, state)


def test_a_changed_section_voids_an_endorsement_for_good(council: Council) -> None:
    """Also where the words are changed back: what was endorsed is a version, not a text."""
    request = council.endorsed()
    _change(council, request, 1, case_need="Another need.")
    with refused(council, GuardRefused) as caught:
        _refer(council, request)
    assert [f.code for f in caught.value.findings] == ["endorsed"]
    _change(council, request, 2)
    with refused(council, GuardRefused):
        _refer(council, request)
    again = _ask(council, request)
    with refused(council, GuardRefused):
        _refer(council, request)
    _endorse(council, request, again)
    review = _refer(council, request)
    assert stored(council, Review, review).submission_id == again


def test_a_check_answered_anew_voids_an_endorsement_too(council: Council) -> None:
    request = council.endorsed()
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="need",
        answers={**CHECK, "whole_life_cost": "250000.01"},
        seen_version=1,
    )
    with refused(council, GuardRefused) as caught:
        _refer(council, request)
    assert "endorsed" in [f.code for f in caught.value.findings]


def test_referred_once(council: Council) -> None:
    request, _ = council.referred()
    with refused(council, WrongState, "sent to a group"):
        _refer(council, request)
