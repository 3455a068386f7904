"""One body recommends and another decides; what is approved subject to something is bought when
that is confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from procureflow.domain.errors import GuardRefused, NotFound, NotPermitted, WrongState
from procureflow.models import Decision, Request, Review
from procureflow.queries import people, register
from procureflow.queries.evidence import verify
from procureflow.queries.requests import durations
from procureflow.queries.requests.inbox import waiting_for
from procureflow.services import comments, requests, reviews
from tests.factories.council import Council
from tests.factories.stages import BOARD, recommended, voted_by_the_board, with_two_bodies
from tests.factories.web import Site
from tests.integration.rows import everything, last_event, leaves, refused, stored
from tests.integration.test_pages import text_of


@pytest.fixture
def staged(council: Council) -> Council:
    """A council with two bodies."""
    return with_two_bodies(council)


@pytest.fixture
def page_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Its application. Seconds pass between acts, so that no session ends meanwhile."""

    def tick(council: Council) -> datetime:
        council.now += timedelta(seconds=10)
        return council.now

    monkeypatch.setattr(Council, "tick", tick)
    with_two_bodies(site.council)
    # A new role ends the sessions of whoever gets it: everybody signs in anew.
    site.session_of = None
    return site


def _page(site: Site, who: str, path: str) -> str:
    site.clock.moment = site.council.now
    return text_of(site, who, path)


def _path(council: Council, request: int) -> str:
    return f"/requests/{stored(council, Request, request).reference}"


def _open_review(council: Council, request: int) -> Review:
    with council.db.reading() as session:
        query = select(Review).where(Review.request_id == request, Review.closed_at.is_(None))
        return session.scalars(query).one()


def _close(council: Council, by: str, review: int, outcome: str, **more: Any) -> Any:
    given = {"review_id": review, "expected": outcome, "reasons": "As discussed.", **more}
    return council.act(reviews.close_voting, by=by, **given)


def _decided(council: Council, outcome: str = "approve", **more: Any) -> int:
    """Recommended by the board, and decided like that by the group."""
    request = recommended(council)
    review = _open_review(council, request).id
    given = {"review_id": review, "kind": "funding", "verdict": "satisfied", "note": ""}
    council.act(reviews.record_assessment, by="finance", **given)
    for member in ("chair", "member1", "member2"):
        council.declare(review, member)
        council.vote(review, member, outcome)
    _close(council, "chair", review, outcome, **more)
    return request


def _waits(council: Council, who: str) -> list[str]:
    with council.db.reading() as session:
        day = council.now.date()
        actor = people.actor(session, council.people[who], day)
        return [row.words for row in waiting_for(session, actor, day)]


def _faults(council: Council) -> list[Any]:
    with council.db.reading() as session:
        return verify(session).faults


def test_what_one_body_approves_comes_before_the_next(staged: Council) -> None:
    request, review = voted_by_the_board(staged)
    wrote = stored(staged, Request, request).wrote
    with leaves(
        staged,
        **{"events": "+2", "outbox": "+2", "requests": "~1", "decisions": "+1"},
        reviews="+1 ~1",
        conditions="+1",
    ):
        _close(staged, "sponsor2", review, "approve", conditions=["Train everybody."])
    row = stored(staged, Request, request)
    assert (row.state, row.state_kind) == ("group_review", "group")
    assert row.wrote == wrote, "who closes a voting has no part in the request by that"
    (decision,) = everything(staged, Decision)
    assert (decision.outcome, row.decision_id) == ("recommend", decision.id)
    following = _open_review(staged, request)
    earlier = stored(staged, Review, review)
    assert (following.body, following.stage) == ("information_policy_group", "group_review")
    assert following.submission_id == earlier.submission_id, "what was endorsed, and no other text"
    event, payload = last_event(staged)
    assert event.kind == "ReviewPassedOn"
    assert payload == {
        "review": following.id,
        "submission": following.submission_id,
        "body": "information_policy_group",
        "stage": "group_review",
        "round": 1,
    }
    assert _faults(staged) == []


def test_each_body_has_its_own_votes_and_members(staged: Council) -> None:
    request = recommended(staged)
    review = _open_review(staged, request).id
    given = {"review_id": review, "kind": "standards", "verdict": "satisfied", "note": ""}
    with refused(staged, NotFound, "no such assessment"):
        staged.act(reviews.record_assessment, by="ict", **given)
    staged.act(reviews.record_assessment, by="finance", **{**given, "kind": "funding"})
    with refused(staged, NotPermitted):
        staged.declare(review, "requester2")
    with refused(staged, WrongState, "haven’t declared"):
        staged.vote(review, "member5")
    for member in ("chair", "member5"):
        staged.declare(review, member)
        staged.vote(review, member)
    with refused(staged, GuardRefused, "can’t be closed"):
        _close(staged, "chair", review, "approve")
    staged.declare(review, "member1")
    staged.vote(review, "member1")
    with refused(staged, NotPermitted):
        _close(staged, "sponsor2", review, "approve")
    _close(staged, "chair", review, "approve")
    assert [d.outcome for d in everything(staged, Decision)] == ["recommend", "approve"]
    assert _faults(staged) == []


@pytest.mark.parametrize(("outcome", "more"), [
    ("reject", {"rules": ["STD-1"]}), ("return", {"sections": ["commercial"]}),
])  # fmt: skip
def test_each_body_can_reject_or_return(
    staged: Council, outcome: str, more: dict[str, Any]
) -> None:
    request, review = voted_by_the_board(staged, outcome)
    _close(staged, "sponsor2", review, outcome, **more)
    state = {"reject": "rejected", "return": "business_case"}[outcome]
    assert stored(staged, Request, request).state == state
    assert [r.closed_at is None for r in everything(staged, Review)] == [False]
    later = _decided(staged, outcome, **more)
    assert stored(staged, Request, later).state == state
    assert _faults(staged) == []


def test_what_the_second_body_returns_begins_anew_with_the_first(staged: Council) -> None:
    request = _decided(staged, "return", sections=["commercial"])
    again = staged.referred_again(request)
    review = stored(staged, Review, again)
    assert (review.body, review.round) == (BOARD, 2)
    assert _faults(staged) == []


def test_an_interest_declared_to_one_body_holds_for_the_next(staged: Council) -> None:
    request, review = voted_by_the_board(staged)
    staged.declare(review, "colleague", "prejudicial")
    _close(staged, "sponsor2", review, "approve")
    with refused(staged, NotPermitted):
        given = {"request_id": request, "section": "", "words": "Take it."}
        staged.act(comments.comment, by="colleague", **given)


def test_nothing_recommended_is_told_as_decided(staged: Council) -> None:
    reference = stored(staged, Request, recommended(staged)).reference
    with staged.db.reading() as session:
        with pytest.raises(NotFound, match="has no decision"):
            register.entry(session, reference)
        assert durations.usual_time(session) is None


def test_a_recommendation_on_its_page(page_site: Site) -> None:
    path = _path(page_site.council, recommended(page_site.council))
    page = _page(page_site, "requester", path)
    assert "The Herefordshire Connects Board recommended it on" in page
    assert "Passed it on to the Information Policy Group" in page
    assert "Exception granted" not in page
    assert "Conditions that it recommends" in page


def test_the_page_of_closing_says_what_a_recommendation_is(page_site: Site) -> None:
    request, _ = voted_by_the_board(page_site.council)
    page = _page(page_site, "sponsor2", f"{_path(page_site.council, request)}/review/close")
    assert "The votes give: recommend" in page
    assert "recommends it to the Information Policy Group, which has it next and decides" in page


def test_the_next_body_begins_with_what_the_first_would_set(page_site: Site) -> None:
    council = page_site.council
    request = recommended(council)
    review = _open_review(council, request).id
    given = {"review_id": review, "kind": "funding", "verdict": "satisfied", "note": ""}
    council.act(reviews.record_assessment, by="finance", **given)
    for member in ("chair", "member1", "member2"):
        council.declare(review, member)
        council.vote(review, member)
    page_site.clock.moment = council.now
    path = f"{_path(council, request)}/review/close"
    page = page_site.browser("chair").get(path).text
    field = page[page.index('name="conditions"') :]
    assert "Train everybody." in field[: field.index("</textarea>")]
    assert "What the Herefordshire Connects Board recommended" in page


def test_members_see_and_do_what_their_own_body_has(page_site: Site) -> None:
    council = page_site.council
    path = _path(council, recommended(council))
    assert "Declare your interests" in _waits(council, "chair")[-1]
    assert _waits(council, "sponsor2") == []
    page_site.clock.moment = council.now
    browser = page_site.browser("sponsor2")
    assert browser.get(path).status_code == 200
    assert browser.get(f"{path}/review/vote").status_code == 403


def test_what_is_approved_subject_to_something_is_not_bought_yet(page_site: Site) -> None:
    council = page_site.council
    request = _decided(council, conditions=["Funding is provided."])
    row = stored(council, Request, request)
    assert (row.state, row.state_kind) == ("approved_subject", "decided")
    page = _page(page_site, "requester", _path(council, request))
    assert "Nothing can be bought before the funding is provided." in page
    assert "It can be bought" not in page
    step = {"request_id": request, "trigger": "confirm_funding"}
    for who in ("requester", "chair", "director"):
        with refused(council, NotPermitted):
            council.act(requests.take_step, by=who, **step)
    council.act(requests.take_step, by="secretary", **step)
    assert stored(council, Request, request).state == "approved"
    assert "It can be bought, within the 1 condition" in _page(
        page_site, "requester", _path(council, request)
    )
    assert _faults(council) == []


def test_a_decision_shows_what_was_recommended_before_it(page_site: Site) -> None:
    council = page_site.council
    request = _decided(council, conditions=["Funding is provided."])
    page = _page(page_site, "auditor", _path(council, request))
    assert "Decided by the Information Policy Group" in page
    assert "What the Herefordshire Connects Board recommended" in page
    assert "The board is for it." in page
