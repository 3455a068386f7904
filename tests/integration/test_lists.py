"""Lists of requests show what the law lets their reader view: no more and no less."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from procureflow.domain.calendar import local_day, working_days
from procureflow.domain.permissions import Permission, Subject, allows
from procureflow.models import Request, Review
from procureflow.queries import people
from procureflow.queries.requests import UsualTime, usual_time, waiting_for
from procureflow.queries.requests.inbox import MOST
from procureflow.queries.requests.lists import visible
from procureflow.services import business_cases, co_authors, requests, reviews
from tests.factories.council import PEOPLE, Council


def test_what_is_listed_is_what_the_law_lets_be_viewed(council: Council) -> None:
    """The condition in SQL and the table of the law say the same of every person and request."""
    council.opened()
    council.opened(by="colleague")
    council.asked()
    council.referred()
    council.closed("reject")
    council.referred_again(council.closed("return")[0])
    _with_conflicts(council)
    day, seen = local_day(council.tick()), 0
    with council.db.reading() as session:
        requests = session.scalars(select(Request)).all()
        bodies: dict[int, set[str]] = {}
        for request, body in session.execute(select(Review.request_id, Review.body)):
            bodies.setdefault(request, set()).add(body)
        for account in PEOPLE:
            actor = people.actor(session, council.people[account], day)
            listed = set(session.scalars(select(Request.id).where(visible(actor))))
            lawful = {
                request.id
                for request in requests
                if allows(
                    Permission.REQUEST_VIEW,
                    actor,
                    Subject(
                        directorate=request.directorate,
                        parties=request.parties,
                        bodies=frozenset(bodies.get(request.id, ())),
                    ),
                )
            }
            assert listed == lawful, account
            seen += len(listed)
    assert 0 < seen < len(requests) * len(PEOPLE)


def _with_conflicts(council: Council) -> None:
    """Somebody who sponsored in one directorate and belongs to another."""
    with council.db.unit_of_work() as session:
        request = session.scalars(select(Request).limit(1)).one()
        request.sponsor_id = council.people["sponsor2"]


def test_how_long_requests_take_here_is_told_from_three_decisions_on(council: Council) -> None:
    taken = []
    for wait in (1, 30, 9):
        with council.db.reading() as session:
            assert usual_time(session) is None
        request, review = council.voted("approve", "approve", "approve")
        council.now += timedelta(days=wait)
        council.act(
            reviews.close_voting,
            by="chair",
            review_id=review,
            expected="approve",
            reasons="As discussed.",
        )
        with council.db.reading() as session:
            opened = session.get_one(Request, request).created_at
        taken.append(working_days(local_day(opened), local_day(council.now)))
    with council.db.reading() as session:
        assert usual_time(session) == UsualTime(sorted(taken)[1], max(taken), 3)


def _to_do(council: Council, by: str = "requester") -> list[str]:
    with council.db.reading() as session:
        actor = people.actor(session, council.people[by], local_day(council.now))
        return [row.words for row in waiting_for(session, actor, local_day(council.now))]


def test_what_waits_says_what_to_do_about_it(council: Council) -> None:
    council.opened()
    assert _to_do(council) == ["See the answer and go on"]
    request, submission = council.asked()
    assert _to_do(council) == ["See the answer and go on"]
    assert _to_do(council, "sponsor") == ["Endorse it, or send it back"]
    about = {"request_id": request, "submission_id": submission}
    council.act(business_cases.send_back, by="sponsor", note="The second quote?", **about)
    assert _to_do(council)[1] == "Change what your sponsor asked for"
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="commercial",
        answers={"case_supplier": "Another"},
        seen_version=1,
    )
    assert _to_do(council)[1] == "Go on with the case"
    assert _to_do(council, "sponsor") == []
    council.endorsed()
    assert _to_do(council)[2] == "Refer it to the group"
    council.closed("return")
    assert _to_do(council)[3] == "Answer what the group asked"


def test_what_waits_behind_much_that_is_done_is_found(council: Council) -> None:
    """More reviews than a page of them, all voted on but the newest."""
    for _ in range(MOST):
        _, review = council.assessed()
        council.declare(review, "member2")
        council.vote(review, "member2", "approve")
    assert _to_do(council, "member2") == []
    _, review = council.assessed()
    assert _to_do(council, "member2") == ["Declare your interests"]
    council.declare(review, "member2")
    assert _to_do(council, "member2") == ["Vote"]


def test_nothing_waits_for_whoever_can_write_no_more(council: Council) -> None:
    """Their own still shows in the lists; it waits for nobody but who takes it over."""
    request = council.opened()
    colleague = council.people["colleague"]
    council.act(co_authors.add_co_author, by="requester", request_id=request, person_id=colleague)
    assert _to_do(council) == _to_do(council, "colleague") == ["See the answer and go on"]
    for who in ("requester", "colleague"):
        council.end_roles(who)
        assert _to_do(council, who) == []
