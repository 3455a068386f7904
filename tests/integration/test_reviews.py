"""A group's review: assessments, declarations, votes, and the close that the rules decide."""

from __future__ import annotations

from datetime import date, timedelta
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
    Assessment,
    Condition,
    Decision,
    Declaration,
    Grant,
    NonComplianceRecord,
    Request,
    Review,
    Vote,
)
from procureflow.services import business_cases, people, requests, reviews
from tests.factories.council import CASE, GROUP, MEMBERS, PEOPLE, Council
from tests.integration.rows import ACT, everything, last_event, leaves, refused, stored

ENVIRONMENT = "environment"
PARTICULARS: dict[str, dict[str, Any]] = {
    "approve": {"conditions": ["Train everybody.", "  ", "Report in a year."]},
    "reject": {"rules": ["EMB-1"]},
    "return": {"sections": ["commercial", "financial"]},
}


def _assess(
    council: Council,
    review: int,
    by: str = "ict",
    kind: str = "standards",
    verdict: str = "satisfied",
    note: str = "",
) -> None:
    council.act(
        reviews.record_assessment, by=by, review_id=review, kind=kind, verdict=verdict, note=note
    )


def _declare(
    council: Council, review: int, by: str, interest: str = "none", note: str | None = None
) -> None:
    said = note if note is not None else "" if interest == "none" else "A share."
    council.act(reviews.declare_interest, by=by, review_id=review, interest=interest, note=said)


def _vote(
    council: Council, review: int, by: str, choice: str = "approve", why: str = "So."
) -> None:
    council.act(reviews.cast_vote, by=by, review_id=review, choice=choice, reason=why)


def _close(
    council: Council, review: int, expected: str = "approve", by: str = "chair", **more: Any
) -> Any:
    given = {"reasons": "As discussed.", **PARTICULARS.get(expected, {}), **more}
    return council.act(reviews.close_voting, by=by, review_id=review, expected=expected, **given)


def _grant(council: Council, account: str, role: Role, **scope: Any) -> None:
    council.act(
        people.grant_role,
        person_id=council.people[account],
        role=role,
        actor_id=None,
        starts_on=date(2026, 1, 1),
        **scope,
    )


def _end_role(council: Council, account: str) -> None:
    (grant,) = everything(council, Grant, person_id=council.people[account])
    council.act(people.end_role, grant_id=grant.id, ends_on=council.now.date(), actor_id=None)


# --- assessments --------------------------------------------------------------------------------


def test_an_assessment_names_what_it_is_about(council: Council) -> None:
    _, review = council.referred()
    with leaves(council, **ACT, assessments="+1"):
        _assess(council, review, verdict="satisfied_if", note=" If they keep the viewer. ")
    (row,) = everything(council, Assessment)
    assert row.submission_id == stored(council, Review, review).submission_id
    assert (row.kind, row.verdict, row.note) == (
        "standards",
        "satisfied_if",
        "If they keep the viewer.",
    )
    assert (row.assessor_id, row.at) == (council.people["ict"], council.now)
    event, payload = last_event(council)
    assert (event.kind, event.state_to) == ("AssessmentRecorded", None)
    assert payload["assessment"] == "standards"
    with leaves(council, **ACT, assessments="~1"):
        _assess(council, review, verdict="not_satisfied", note="They won't.")
    assert everything(council, Assessment)[0].verdict == "not_satisfied"


def test_each_assessment_is_its_assessors(council: Council) -> None:
    _, review = council.referred()
    for kind, assessor in (("standards", "ict"), ("funding", "finance")):
        for account in sorted(set(PEOPLE) - {assessor}):
            with refused(council, NotPermitted, "somebody else"):
                _assess(council, review, account, kind)
        _assess(council, review, assessor, kind)


def test_assessments_that_cant_be_kept(council: Council) -> None:
    _, review = council.referred()
    for verdict, note, field in (
        ("", "", "verdict"),
        ("approved", "", "verdict"),
        ("satisfied_if", "", "note"),
        ("not_satisfied", "   ", "note"),
        ("satisfied", "x" * 4001, "note"),
    ):
        with refused(council, InvalidInput) as caught:
            _assess(council, review, verdict=verdict, note=note)
        assert set(caught.value.errors) == {field}
    for kind in ("", "privacy", "Standards"):
        with refused(council, NotFound, "asks for no such assessment", remedy=False):
            _assess(council, review, kind=kind)
    for unknown in (0, -1, 987654):
        with refused(council, NotFound):
            _assess(council, unknown)


@pytest.mark.parametrize("part", ["requester", "sponsor"])
def test_nobody_assesses_their_own(council: Council, part: str) -> None:
    _grant(council, part, Role.ICT_ASSESSOR)
    _, review = council.referred()
    with refused(council, NotPermitted, "your own"):
        _assess(council, review, part)


# --- declarations and votes ---------------------------------------------------------------------


def test_a_declaration_comes_before_a_vote(council: Council) -> None:
    _, review = council.assessed()
    with refused(council, WrongState, "haven’t declared"):
        _vote(council, review, "chair")
    with leaves(council, **ACT, declarations="+1"):
        _declare(council, review, "chair", "personal", " I know the supplier. ")
    (row,) = everything(council, Declaration)
    assert (row.interest, row.note, row.at) == ("personal", "I know the supplier.", council.now)
    with leaves(council, **ACT, votes="+1"):
        _vote(council, review, "chair", "reject", " Too dear. ")
    (vote,) = everything(council, Vote)
    assert (vote.person_id, vote.choice, vote.reason) == (
        council.people["chair"],
        "reject",
        "Too dear.",
    )
    assert vote.interest == "personal"
    assert vote.submission_id == stored(council, Review, review).submission_id
    event, payload = last_event(council)
    assert (event.kind, event.state_to) == ("VoteCast", None)
    assert payload["submission"] == vote.submission_id


def test_a_vote_can_be_changed_until_the_close(council: Council) -> None:
    _, review = council.voted("reject", "approve", "approve")
    with leaves(council, **ACT, votes="~1"):
        _vote(council, review, "chair", "approve")
    assert [v.choice for v in everything(council, Vote)] == ["approve"] * 3
    _close(council, review)
    for act in (_vote, _declare, _close):
        by = {"by": "chair"}
        with refused(council, WrongState, "voting on this is closed"):
            act(council, review, **by)
    with refused(council, WrongState, "voting on this is closed"):
        _assess(council, review)


def test_a_prejudicial_interest_keeps_a_member_out(council: Council) -> None:
    _, review = council.assessed()
    _declare(council, review, "member2", "prejudicial")
    with refused(council, WrongState, "keeps you out"):
        _vote(council, review, "member2")
    with leaves(council, **ACT, declarations="~1"):
        _declare(council, review, "member2", "none")
    _vote(council, review, "member2")
    with leaves(council, **ACT, declarations="~1", votes="-1"):
        _declare(council, review, "member2", "prejudicial")
    assert last_event(council)[1]["vote_removed"] is True
    with leaves(council, **ACT, declarations="~1"):
        _declare(council, review, "member2", "prejudicial", "Another share.")


def test_the_same_interest_again_keeps_the_vote(council: Council) -> None:
    _, review = council.assessed()
    _declare(council, review, "chair", "personal")
    _vote(council, review, "chair")
    with leaves(council, **ACT, declarations="~1"):
        _declare(council, review, "chair", "personal", "A share, and a small one.")
    assert last_event(council)[1]["vote_removed"] is False


def test_voting_opens_when_every_assessment_is_in(council: Council) -> None:
    _, review = council.referred()
    _declare(council, review, "chair")
    with refused(council, WrongState, "Standards assessment, Funding assessment"):
        _vote(council, review, "chair")
    _assess(council, review)
    with refused(council, WrongState, "Waiting for: Funding assessment"):
        _vote(council, review, "chair")
    _assess(council, review, "finance", "funding")
    _vote(council, review, "chair")


def test_declarations_and_votes_that_cant_be_kept(council: Council) -> None:
    _, review = council.assessed()
    for interest, note, field in (
        ("", "", "interest"),
        ("some", "", "interest"),
        ("personal", " ", "note"),
        ("prejudicial", "", "note"),
        ("none", "x" * 4001, "note"),
        ("none", "My brother works for them.", "interest"),
    ):
        with refused(council, InvalidInput) as caught:
            _declare(council, review, "chair", interest, note)
        assert set(caught.value.errors) == {field}
    _declare(council, review, "chair")
    for choice, why, field in (
        ("", "", "choice"),
        ("APPROVE", "", "choice"),
        ("reject", "", "reason"),
        ("return", "  ", "reason"),
        ("approve", "x" * 4001, "reason"),
    ):
        with refused(council, InvalidInput) as caught:
            _vote(council, review, "chair", choice, why)
        assert set(caught.value.errors) == {field}
    for choice in ("approve", "abstain"):
        _vote(council, review, "chair", choice, "")


def test_only_members_take_part(council: Council) -> None:
    _, review = council.assessed()
    for account in sorted(set(PEOPLE) - set(MEMBERS)):
        with refused(council, NotPermitted, "Only members"):
            _declare(council, review, account)
        with refused(council, NotPermitted, "Only members"):
            _vote(council, review, account)
        with refused(council, NotPermitted, "presides"):
            _close(council, review, by=account)
    for actor in (None, 987654):
        with refused(council, NotSignedIn):
            council.act(
                reviews.cast_vote, actor_id=actor, review_id=review, choice="approve", reason=""
            )


@pytest.mark.parametrize("part", ["requester", "sponsor"])
@pytest.mark.parametrize("office", [Role.MEMBER, Role.VICE_CHAIR, Role.CHAIR])
def test_who_has_a_part_in_it_takes_none_in_deciding(
    council: Council, part: str, office: Role
) -> None:
    """Requester and sponsor, whatever their office: they don't count, vote or preside."""
    _grant(council, part, office, body=GROUP)
    request, review = council.assessed()
    with refused(council, NotPermitted, "no part"):
        _declare(council, review, part)
    with refused(council, NotPermitted, "no part"):
        _vote(council, review, part)
    for by in ("chair", "member2", "member3"):
        _declare(council, review, by)
        _vote(council, review, by)
    with refused(council, NotPermitted, "presides"):
        _close(council, review, by=part)
    result = _close(council, review)
    assert (result.tally.present, result.tally.absent) == (3, 3)
    assert result.tally.recused == 1
    assert stored(council, Request, request).state == "approved"


def test_a_chair_who_asked_leaves_the_chair_to_the_vice_chair(council: Council) -> None:
    """The only chair is the sponsor: the vice-chair presides."""
    _end_role(council, "chair")
    _grant(council, "sponsor", Role.CHAIR, body=GROUP)
    _, review = council.assessed()
    for by in ("member1", "member2", "member3"):
        _declare(council, review, by)
        _vote(council, review, by)
    for by in ("sponsor", "chair", "member2"):
        with refused(council, NotPermitted):
            _close(council, review, by=by)
    assert _close(council, review, by="member1").presiding == council.people["member1"]


# --- closing ------------------------------------------------------------------------------------

DECIDED = {"decisions": "+1", "reviews": "~1"}


@pytest.mark.parametrize(
    ("outcome", "state", "kind", "more"),
    [
        ("approve", "approved", "decided", {"conditions": "+2"}),
        ("reject", "rejected", "final", {}),
        ("return", "business_case", "editing", {}),
    ],
)
def test_closing_records_what_the_rules_give(
    council: Council, outcome: str, state: str, kind: str, more: dict[str, str]
) -> None:
    request, review = council.voted(outcome, outcome, "abstain")
    with leaves(council, **ACT, **DECIDED, **more):
        result = _close(council, review, outcome, reasons=" As discussed. ")
    assert result.choice == outcome
    row = stored(council, Request, request)
    (decision,) = everything(council, Decision)
    assert (row.state, row.state_kind, row.decision_id) == (state, kind, decision.id)
    assert stored(council, Review, review).closed_at == council.now
    assert (decision.review_id, decision.request_id) == (review, request)
    assert (decision.decided_by, decision.decided_at) == (council.people["chair"], council.now)
    assert (decision.outcome, decision.reasons) == (outcome, "As discussed.")
    assert decision.tally == {
        **dict.fromkeys(("approve", "reject", "return"), 0),
        **{outcome: 2, "abstain": 1, "present": 3, "recused": 0, "absent": 3, "quorum": 3},
    }
    assert decision.rules == PARTICULARS["reject"]["rules"] * (outcome == "reject")
    assert decision.sections == (["commercial", "financial"] if outcome == "return" else [])
    words = [c.words for c in everything(council, Condition)]
    assert words == (["Train everybody.", "Report in a year."] if outcome == "approve" else [])
    event, payload = last_event(council)
    assert (event.kind, event.state_from, event.state_to) == ("VotingClosed", "group_review", state)
    assert payload["decision"] == decision.id
    assert payload["tally"] == decision.tally


def test_no_close_without_a_quorum_or_a_vote(council: Council) -> None:
    _, review = council.voted("approve", "approve")
    with refused(council, GuardRefused, "can’t be closed") as caught:
        _close(council, review)
    assert [f.code for f in caught.value.findings] == ["quorum"]
    assert "2 of the 3" in caught.value.findings[0].words
    _, silent = council.voted("abstain", "abstain", "abstain")
    with refused(council, GuardRefused) as caught:
        _close(council, silent)
    assert "No vote" in caught.value.findings[0].words


def test_who_closes_has_seen_what_the_votes_give(council: Council) -> None:
    request, review = council.voted("approve", "approve", "reject")
    for expected in ("reject", "return", "abstain", "", "APPROVE"):
        with refused(council, Stale, "now give “approve”"):
            _close(council, review, expected, rules=["EMB-1"])
    _vote(council, review, "member1", "reject")
    with refused(council, Stale, "now give “reject”"):
        _close(council, review, "approve")
    _close(council, review, "reject")
    assert stored(council, Request, request).state == "rejected"


def test_who_presides_closes_and_nobody_else(council: Council) -> None:
    _, review = council.voted("approve", "approve", "approve")
    for account in sorted(set(PEOPLE) - {"chair"}):
        with refused(council, NotPermitted, "presides"):
            _close(council, review, by=account)


@pytest.mark.parametrize("away", ["recused", "undeclared", "disabled", "office ended"])
def test_the_vice_chair_presides_where_the_chair_takes_no_part(council: Council, away: str) -> None:
    _, review = council.assessed()
    if away == "recused":
        _declare(council, review, "chair", "prejudicial")
    elif away == "disabled":
        council.act(people.disable_person, person_id=council.people["chair"], actor_id=None)
    elif away == "office ended":
        _end_role(council, "chair")
    for by in ("member1", "member2", "member3"):
        _declare(council, review, by)
        _vote(council, review, by)
    with refused(council, NotSignedIn if away == "disabled" else NotPermitted):
        _close(council, review, by="chair")
    result = _close(council, review, by="member1")
    assert result.presiding == council.people["member1"]
    assert result.tally.recused == (1 if away == "recused" else 0)


def test_without_anybody_to_preside_nobody_closes(council: Council) -> None:
    _, review = council.assessed()
    for by in ("chair", "member1"):
        _declare(council, review, by, "prejudicial")
    for by in ("member2", "member3", "member4"):
        _declare(council, review, by)
        _vote(council, review, by)
    for by in MEMBERS:
        with refused(council, NotPermitted, "presides"):
            _close(council, review, by=by)


PARTICULARS_REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("approve", {"reasons": ""}, "reasons"),
    ("approve", {"reasons": " \n "}, "reasons"),
    ("approve", {"reasons": "x" * 4001}, "reasons"),
    ("approve", {"conditions": ["x"] * 21}, "conditions"),
    ("approve", {"conditions": ["x" * 4001]}, "conditions"),
    ("reject", {"rules": []}, "rules"),
    ("reject", {"rules": ["EMB-1", "XXX-9"]}, "rules"),
    ("reject", {"rules": ["EXC-1"]}, "rules"),  # advice, which nothing can break
    ("return", {"sections": []}, "sections"),
    ("return", {"sections": ["commercial", "elsewhere"]}, "sections"),
]


@pytest.mark.parametrize(("outcome", "given", "field"), PARTICULARS_REFUSED)
def test_what_must_go_with_an_outcome(
    sqlite_council: Council, outcome: str, given: dict[str, Any], field: str
) -> None:
    _, review = sqlite_council.voted(outcome, outcome, outcome)
    with refused(sqlite_council, InvalidInput) as caught:
        _close(sqlite_council, review, outcome, **given)
    assert set(caught.value.errors) == {field}


def test_nothing_goes_with_an_outcome_that_isnt_its_own(council: Council) -> None:
    _, review = council.voted("approve", "approve", "approve")
    _close(council, review, rules=["NC-1"], sections=["commercial"])
    (decision,) = everything(council, Decision)
    assert (decision.rules, decision.sections) == ([], [])
    assert everything(council, NonComplianceRecord) == []


def test_an_equal_vote_is_decided_by_the_casting_vote(council: Council) -> None:
    _, review = council.voted("reject", "approve", "approve", "reject")
    result = _close(council, review, "reject")
    assert result.casting_vote_used
    assert everything(council, Decision)[0].casting_vote_used is True
    assert last_event(council)[1]["casting_vote_used"] is True


def test_one_person_with_two_offices_votes_once(council: Council) -> None:
    """They sit in the higher office."""
    _grant(council, "chair", Role.MEMBER, body=GROUP)
    _grant(council, "member2", Role.VICE_CHAIR, body=GROUP)
    _, review = council.voted("approve", "approve")
    with refused(council, GuardRefused) as caught:
        _close(council, review)
    assert "2 of the 3" in caught.value.findings[0].words
    _declare(council, review, "member2")
    _vote(council, review, "member2")
    result = _close(council, review)
    assert (result.tally.approve, result.tally.present, result.tally.absent) == (3, 3, 3)
    assert result.presiding == council.people["chair"]


@pytest.mark.parametrize("how", ["role ended", "disabled"])
def test_whoever_stops_being_a_member_doesnt_count(council: Council, how: str) -> None:
    _, review = council.voted("approve", "approve", "reject", "approve")
    if how == "disabled":
        council.act(people.disable_person, person_id=council.people["member1"], actor_id=None)
    else:
        _end_role(council, "member1")
    _vote(council, review, "member2", "reject")
    _declare(council, review, "member4")
    with refused(council, NotSignedIn if how == "disabled" else NotPermitted):
        _vote(council, review, "member1", "reject")
    result = _close(council, review)
    assert result.tally.approve == 2
    assert (result.tally.reject, result.tally.present, result.tally.absent) == (1, 3, 2)


def test_a_member_from_tomorrow_on_votes_tomorrow(council: Council) -> None:
    _, review = council.assessed()
    tomorrow = council.now.date() + timedelta(days=1)
    council.act(
        people.grant_role,
        person_id=council.people["stranger"],
        role=Role.MEMBER,
        body=GROUP,
        starts_on=tomorrow,
        actor_id=None,
    )
    with refused(council, NotPermitted):
        _declare(council, review, "stranger")
    council.now += timedelta(days=1)
    _declare(council, review, "stranger")
    _vote(council, review, "stranger")


# --- afterwards ---------------------------------------------------------------------------------


def test_a_second_round_begins_clean(council: Council) -> None:
    request, first = council.closed("return")
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="commercial",
        answers={**CASE["commercial"], "quote": "A second quote: £71,200"},
        seen_version=1,
    )
    submission = council.act(
        business_cases.ask_for_endorsement,
        by="requester",
        request_id=request,
        sponsor_id=council.people["sponsor"],
    )
    council.act(business_cases.endorse, by="sponsor", request_id=request, submission_id=submission)
    second = council.act(business_cases.refer_to_group, by="requester", request_id=request)
    row = stored(council, Review, second)
    assert (row.round, row.submission_id) == (2, submission)
    for model in (Vote, Declaration, Assessment):
        assert everything(council, model, review_id=second) == []
    with refused(council, WrongState, "haven’t declared"):
        _vote(council, second, "chair")
    _declare(council, second, "chair")
    with refused(council, WrongState, "Waiting for"):
        _vote(council, second, "chair")
    _assess(council, second)
    _assess(council, second, "finance", "funding")
    for by in ("chair", "member1", "member2"):
        _declare(council, second, by)
        _vote(council, second, by)
    with refused(council, WrongState, "closed"):
        _vote(council, first, "chair")
    _close(council, second)
    outcomes = [d.outcome for d in everything(council, Decision, request_id=request)]
    assert outcomes == ["return", "approve"]
    assert len(everything(council, Vote, review_id=first)) == 3


def test_what_the_group_sent_back_comes_back_changed_or_not_at_all(council: Council) -> None:
    request, _ = council.closed("return")
    with refused(council, GuardRefused) as caught:
        council.act(business_cases.refer_to_group, by="requester", request_id=request)
    (finding,) = caught.value.findings
    assert (finding.code, finding.section) == ("return_answered", "commercial")


def test_a_second_round_starts_clean(council: Council) -> None:
    request, first = council.closed("return")
    second = council.referred_again(request)
    rows = [stored(council, Review, review) for review in (first, second)]
    assert [row.round for row in rows] == [1, 2]
    assert rows[0].submission_id != rows[1].submission_id
    assert everything(council, Vote, review_id=second) == []


def test_withdrawing_during_the_vote_closes_the_review(council: Council) -> None:
    request, review = council.voted("approve", "approve", "approve")
    council.act(requests.take_step, by="requester", request_id=request, trigger="withdraw")
    assert stored(council, Review, review).closed_at == council.now
    for act in (_vote, _declare, _close):
        with refused(council, WrongState, "closed"):
            act(council, review, by="chair")
    assert everything(council, Decision) == []
    assert len(everything(council, Vote)) == 3
