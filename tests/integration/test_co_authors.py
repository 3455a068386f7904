"""Writing a request together, and what somebody once wrote staying theirs."""

from __future__ import annotations

from typing import Any

import pytest

from procureflow.domain.errors import InvalidInput, NotFound, NotPermitted, WrongState
from procureflow.domain.permissions import Role
from procureflow.models import Grant as GrantRow
from procureflow.models import Request
from procureflow.queries import reviews as reading
from procureflow.queries.evidence import verify
from procureflow.services import (
    business_cases,
    co_authors,
    comments,
    handing_over,
    people,
    requests,
    reviews,
)
from tests.factories.council import CASE, GROUP, Council
from tests.factories.migrating import back_and_forth
from tests.factories.web import Site
from tests.integration.rows import ACT, leaves, refused, stored
from tests.integration.test_pages import text_of


def _add(council: Council, request: int, whom: str = "colleague", by: str = "requester") -> None:
    person = council.people[whom]
    council.act(co_authors.add_co_author, by=by, request_id=request, person_id=person)


def _remove(council: Council, request: int, whom: str = "colleague", by: str = "requester") -> None:
    person = council.people[whom]
    council.act(co_authors.remove_co_author, by=by, request_id=request, person_id=person)


def _write(council: Council, request: int, by: str, version: int = 1) -> None:
    council.act(
        requests.write_section,
        by=by,
        request_id=request,
        section="management",
        answers={**CASE["management"], "training": f"Three days, says {by}."},
        seen_version=version,
    )


def _give(council: Council, who: str, role: Role, **scope: Any) -> None:
    council.act(
        people.grant_role,
        by="admin",
        person_id=council.people[who],
        role=role,
        starts_on=council.now.date(),
        **scope,
    )


def _sound(council: Council) -> bool:
    with council.db.reading() as session:
        return verify(session).faults == []


def test_a_co_author_can_do_what_the_requester_can(council: Council) -> None:
    request = council.case_written()
    with refused(council, NotPermitted):
        _write(council, request, "colleague")
    with leaves(council, **ACT):
        _add(council, request)
    with leaves(council):
        _add(council, request)
    _write(council, request, "colleague")
    sponsor = council.people["sponsor"]
    submission = council.act(
        business_cases.ask_for_endorsement, by="colleague", request_id=request, sponsor_id=sponsor
    )
    council.act(business_cases.endorse, by="sponsor", request_id=request, submission_id=submission)
    council.act(business_cases.refer_to_group, by="colleague", request_id=request)
    found = stored(council, Request, request)
    requester, colleague = council.people["requester"], council.people["colleague"]
    assert found.co_authors == [colleague]
    assert found.wrote == [requester, colleague]
    assert found.answered == [sponsor]
    assert _sound(council)


def test_who_can_be_one(council: Council) -> None:
    request, _ = council.asked()
    _give(council, "sponsor", Role.REQUESTER, directorate="environment")
    for whom in ("requester", "requester2", "sponsor", "chair"):
        with refused(council, InvalidInput):
            _add(council, request, whom)
    for by in ("colleague", "sponsor", "admin", "requester2"):
        with refused(council, NotPermitted):
            _add(council, request, by=by)
    _give(council, "colleague", Role.SPONSOR, directorate="environment")
    _add(council, request)
    with refused(council, InvalidInput) as caught:
        council.act(
            business_cases.ask_for_endorsement,
            by="requester",
            request_id=request,
            sponsor_id=council.people["colleague"],
        )
    assert "no co-author" in caught.value.errors["sponsor"]
    with refused(council, NotFound):
        _add(council, 987654)


def test_only_while_it_is_written(council: Council) -> None:
    request, _ = council.referred()
    with refused(council, WrongState):
        _add(council, request)
    with refused(council, WrongState):
        _remove(council, request)


def test_they_are_removed_by_another_or_leave_by_themselves(council: Council) -> None:
    request = council.case_written()
    for by in ("requester", "colleague"):
        _add(council, request)
        with leaves(council, **ACT):
            _remove(council, request, by=by)
        with refused(council, NotPermitted):
            _write(council, request, "colleague")
    with refused(council, WrongState):
        _remove(council, request)
    assert stored(council, Request, request).wrote == [council.people["requester"]]
    assert _sound(council)


def test_whoever_wrote_some_of_it_never_judges_it(council: Council) -> None:
    """Removed since, and a member of the group since: what they wrote stays theirs."""
    request = council.case_written()
    _add(council, request)
    _write(council, request, "colleague")
    _remove(council, request)
    _give(council, "colleague", Role.MEMBER, body=GROUP)
    _give(council, "colleague", Role.ICT_ASSESSOR)
    _give(council, "colleague", Role.SPONSOR, directorate="environment")
    _give(council, "colleague", Role.SECRETARY, body=GROUP)
    with refused(council, InvalidInput):
        council.act(
            business_cases.ask_for_endorsement,
            by="requester",
            request_id=request,
            sponsor_id=council.people["colleague"],
        )
    review = _before_the_group(council, request)
    _ensure_no_judge(council, review, "colleague")
    for by in ("chair", "member2", "member3"):
        council.declare(review, by)
        council.vote(review, by)
    council.act(
        reviews.close_voting, by="chair", review_id=review, expected="approve", reasons="Right."
    )
    with refused(council, NotPermitted):
        council.act(requests.take_step, by="colleague", request_id=request, trigger="close")


def test_whoever_handed_it_over_never_judges_it(council: Council) -> None:
    request = council.case_written()
    successor = {(Role.REQUESTER, "environment"): council.people["colleague"]}
    council.act(
        handing_over.hand_over,
        by="admin",
        person_id=council.people["requester"],
        successors=successor,
    )
    _give(council, "requester", Role.MEMBER, body=GROUP)
    _give(council, "requester", Role.ICT_ASSESSOR)
    _write(council, request, "colleague")
    review = _before_the_group(council, request, by="colleague")
    _ensure_no_judge(council, review, "requester")
    assert _sound(council)


def test_whoever_endorsed_it_once_never_judges_it(council: Council) -> None:
    request, _ = council.sent_back("Say more about the training.")
    _give(council, "colleague", Role.SPONSOR, directorate="environment")
    _give(council, "sponsor", Role.MEMBER, body=GROUP)
    _give(council, "sponsor", Role.ICT_ASSESSOR)
    _write(council, request, "requester")
    review = _before_the_group(council, request, sponsor="colleague")
    assert stored(council, Request, request).sponsor_id == council.people["colleague"]
    _ensure_no_judge(council, review, "sponsor")
    assert _sound(council)


def test_whoever_wrote_what_it_begins_with_never_judges_it(council: Council) -> None:
    """Another's copy of one's own text, and a copy of that, are one's own text."""
    request = council.case_written()
    _give(council, "requester", Role.MEMBER, body=GROUP)
    _give(council, "requester", Role.ICT_ASSESSOR)
    for by in ("requester", "colleague"):
        council.act(requests.take_step, by=by, request_id=request, trigger="withdraw")
        request, _ = council.act(requests.follow_up, by="colleague", request_id=request)
    council.act(
        requests.take_step, by="colleague", request_id=request, trigger="start_business_case"
    )
    review = _before_the_group(council, request, by="colleague")
    _ensure_no_judge(council, review, "requester", request)
    assert _sound(council)


def test_whoever_put_it_forward_never_judges_it(council: Council) -> None:
    """Without a word of their own in it."""
    request = council.case_written()
    _add(council, request)
    review = _before_the_group(council, request, by="colleague")
    for by in ("chair", "member2", "member3"):
        council.declare(review, by)
        council.vote(review, by, "return")
    council.act(
        reviews.close_voting,
        by="chair",
        review_id=review,
        expected="return",
        reasons="More.",
        sections=["management"],
    )
    _remove(council, request)
    _write(council, request, "requester")
    _give(council, "colleague", Role.MEMBER, body=GROUP)
    _give(council, "colleague", Role.ICT_ASSESSOR)
    review = _before_the_group(council, request)
    _ensure_no_judge(council, review, "colleague")
    assert _sound(council)


def test_whoever_was_only_named_may_leave_and_vote(council: Council) -> None:
    """Naming somebody takes no vote away from them."""
    _give(council, "colleague", Role.MEMBER, body=GROUP)
    request = council.endorsed()
    _add(council, request)
    review: int = council.act(business_cases.refer_to_group, by="requester", request_id=request)
    with refused(council, NotPermitted):
        council.declare(review, "colleague")
    with refused(council, WrongState):
        _remove(council, request, by="requester")
    with leaves(council, **ACT):
        _remove(council, request, by="colleague")
    council.declare(review, "colleague")
    assert _sound(council)


def test_nobody_refers_on_their_own_endorsement(council: Council) -> None:
    request = council.endorsed()
    for role in (Role.REQUESTER, Role.SPONSOR):
        for who in ("sponsor", "colleague"):
            if (who, role) not in {("sponsor", Role.SPONSOR), ("colleague", Role.REQUESTER)}:
                _give(council, who, role, directorate="environment")

    def hand(role: Role, who: str, to: str) -> None:
        successors = {(role, "environment"): council.people[to]}
        council.act(
            handing_over.hand_over,
            by="admin",
            person_id=council.people[who],
            successors=successors,
        )

    hand(Role.SPONSOR, "sponsor", "colleague")
    with refused(council, InvalidInput):
        hand(Role.REQUESTER, "requester", "sponsor")
    assert stored(council, Request, request).requester_id == council.people["requester"]


def test_a_successor_who_wrote_with_them_is_the_requester_alone(council: Council) -> None:
    request = council.case_written()
    _add(council, request)
    successor = {(Role.REQUESTER, "environment"): council.people["colleague"]}
    council.act(
        handing_over.hand_over,
        by="admin",
        person_id=council.people["requester"],
        successors=successor,
    )
    assert stored(council, Request, request).co_authors == []
    assert _sound(council)


def _before_the_group(
    council: Council, request: int, by: str = "requester", sponsor: str = "sponsor"
) -> int:
    submission = council.act(
        business_cases.ask_for_endorsement,
        by=by,
        request_id=request,
        sponsor_id=council.people[sponsor],
    )
    council.act(business_cases.endorse, by=sponsor, request_id=request, submission_id=submission)
    review: int = council.act(business_cases.refer_to_group, by=by, request_id=request)
    for assessor, kind in (("ict", "standards"), ("finance", "funding")):
        given = {"review_id": review, "kind": kind, "verdict": "satisfied", "note": ""}
        council.act(reviews.record_assessment, by=assessor, **given)
    return review


def _ensure_no_judge(council: Council, review: int, who: str, request: int = 1) -> None:
    """They are refused whatever a judge does, and aren't counted among the members."""
    given = {"review_id": review, "kind": "standards", "verdict": "satisfied", "note": ""}
    with refused(council, NotPermitted):
        council.act(reviews.record_assessment, by=who, **given)
    with refused(council, NotPermitted):
        council.declare(review, who)
    with refused(council, NotPermitted):
        council.vote(review, who)
    with council.db.reading() as session:
        roles = session.query(GrantRow).filter_by(person_id=council.people[who]).all()
        assert "member" in {role.role for role in roles}
        ballots = reading.ballots(
            session,
            review_id=review,
            body=GROUP,
            parties=session.get_one(Request, request).parties.ever,
            day=council.now.date(),
        )
    assert next(b for b in ballots if b.member == council.people[who]).party


def test_the_page_adds_and_removes(site: Site) -> None:
    request = site.council.case_written()
    with site.db.reading() as session:
        reference = session.get_one(Request, request).reference
    here, colleague = f"/requests/{reference}/co-authors", site.council.people["colleague"]
    browser = site.browser("requester")
    page = text_of(site, "requester", here)
    assert "Who writes it" in page
    assert "Choose a colleague" in page
    answer = browser.post(here, {"person": "999999"})
    assert answer.status_code == 400
    assert "Choose a colleague." in answer.get_data(as_text=True)
    assert browser.post(here, {"person": str(colleague)}).status_code == 302
    assert "Co-authors" in text_of(site, "sponsor", f"/requests/{reference}")
    assert "CAD licences" in text_of(site, "colleague", "/")
    assert "can’t change it any more" in text_of(site, "requester", f"{here}/{colleague}/remove")
    assert browser.post(f"{here}/{colleague}/remove", {}).status_code == 302
    assert "Co-authors" not in text_of(site, "sponsor", f"/requests/{reference}")
    assert browser.get(f"{here}/{colleague}/remove").status_code == 404


@pytest.mark.parametrize("state", ["voting", "approved"])
def test_the_page_says_when_nobody_writes(site: Site, places: dict[str, str], state: str) -> None:
    answer = site.browser("requester").get(f"/requests/{places[state]}/co-authors")
    assert answer.status_code == 409
    assert "Nobody writes a request while" in answer.get_data(as_text=True)


def test_who_was_a_party_before_the_row_said_so_is_found(council: Council) -> None:
    """Migration 0006 takes it from the versions and the endorsements that are there."""
    request, _ = council.sent_back("Say more about the training.")
    council.opened("requester2")
    before = stored(council, Request, request)
    back_and_forth(council.db, "0005")
    after = stored(council, Request, request)
    assert (after.wrote, after.answered) == (before.wrote, before.answered)
    assert after.wrote == [council.people["requester"]]
    assert after.answered == [council.people["sponsor"]]
    assert _sound(council)


def test_what_was_typed_is_shown_where_it_cant_be_saved(site: Site) -> None:
    """The requester withdraws while a co-author types."""
    request = site.council.case_written()
    _add(site.council, request)
    with site.db.reading() as session:
        reference = session.get_one(Request, request).reference
    page = f"/requests/{reference}/sections/strategic"
    browser = site.browser("colleague")
    assert browser.get(page).status_code == 200
    site.council.act(requests.take_step, by="requester", request_id=request, trigger="withdraw")
    typed = {"why_now": "Because <b>the paper</b> ends in April.", "seen": "1"}
    answer = browser.post(page, typed)
    assert answer.status_code == 409
    assert "Because &lt;b&gt;the paper&lt;/b&gt; ends in April." in answer.get_data(as_text=True)


def test_a_co_author_whose_role_has_ended_sees_it_no_more(site: Site) -> None:
    council = site.council
    request = council.case_written()
    _add(council, request)
    with site.db.reading() as session:
        reference = session.get_one(Request, request).reference
    assert site.browser("colleague").get(f"/requests/{reference}").status_code == 200
    council.end_roles("colleague")
    site.session_of = None  # their sessions ended with the role
    assert site.browser("colleague").get(f"/requests/{reference}").status_code == 403
    with refused(council, NotPermitted):
        council.act(
            comments.comment, by="colleague", request_id=request, section=None, words="Still here?"
        )
