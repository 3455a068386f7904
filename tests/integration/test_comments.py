"""What is asked and said about a request."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from procureflow.domain.errors import InvalidInput, NotFound, NotPermitted, WrongState
from procureflow.models import Request
from procureflow.queries import comments as reading
from procureflow.queries import evidence, people, requests
from procureflow.queries.evidence import verify
from procureflow.services import comments
from tests.factories.council import Council
from tests.factories.web import Site
from tests.integration.rows import ACT, leaves, refused
from tests.integration.test_pages import text_of


def _say(council: Council, request: int, by: str, words: str = "Who trains them?") -> None:
    council.act(comments.comment, by=by, request_id=request, section="management", words=words)


def test_a_comment_is_one_event_of_the_request(council: Council) -> None:
    request = council.case_written()
    with leaves(council, **ACT):
        _say(council, request, "sponsor", "  Who trains them?\n")
    with leaves(council):
        _say(council, request, "sponsor")
    with leaves(council, **ACT):
        council.act(
            comments.comment, by="requester", request_id=request, section=None, words="Nobody yet."
        )
    with leaves(council, **ACT):
        _say(council, request, "sponsor")
    with council.db.reading() as session:
        events = evidence.events_of(session, ["ICT-2026-0001"])
        found = [(c.section, c.words, c.person) for c in reading.comments_in(events)]
        assert verify(session).faults == []
    sponsor, requester = council.people["sponsor"], council.people["requester"]
    assert found == [
        ("management", "Who trains them?", sponsor),
        (None, "Nobody yet.", requester),
        ("management", "Who trains them?", sponsor),
    ]


def test_it_leaves_with_whom_the_request_is(council: Council) -> None:
    """A sponsor who was asked still has it to endorse, after as many comments as you like."""
    request, _ = council.asked()
    before = _waiting(council, "sponsor")
    assert before
    for by in ("requester", "sponsor", "colleague"):
        _say(council, request, by, f"Says {by}.")
    assert _waiting(council, "sponsor") == before
    assert _waiting(council, "requester") == []


def _waiting(council: Council, who: str) -> list[requests.Waiting]:
    with council.db.reading() as session:
        day = council.now.date()
        actor = people.actor(session, council.people[who], day)
        return requests.waiting_for(session, actor, day)


def test_who_may_comment(council: Council) -> None:
    request = council.case_written()
    for by in ("ict", "finance", "chair", "member2", "secretary", "requester2", "auditor", "admin"):
        with refused(council, NotPermitted):
            _say(council, request, by)
    for by in ("requester", "colleague", "sponsor", "director"):
        with leaves(council, **ACT):
            _say(council, request, by)
    request, _ = council.referred()
    for by in ("ict", "finance", "chair", "member2", "secretary"):
        with leaves(council, **ACT):
            _say(council, request, by)
    for by in ("auditor", "requester2", "admin", "policy1"):
        with refused(council, NotPermitted):
            _say(council, request, by)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"words": ""}, "words"),
        ({"words": " \n "}, "words"),
        ({"words": "\u200b \u2060\u3164"}, "words"),
        ({"words": "x" * 2001}, "words"),
        ({"words": "a\x00b"}, "words"),
        ({"section": "nowhere"}, "section"),
        ({"section": ""}, "section"),
    ],
)
def test_what_cant_be_said(council: Council, given: dict[str, str], field: str) -> None:
    request = council.opened()
    whole = {"section": "need", "words": "Who trains them?", **given}
    with refused(council, InvalidInput) as caught:
        council.act(comments.comment, by="requester", request_id=request, **whole)
    assert set(caught.value.errors) == {field}


def test_nothing_is_said_about_what_has_ended(council: Council) -> None:
    rejected, _ = council.closed("reject", already_ordered=True)
    with refused(council, WrongState):
        _say(council, rejected, "requester")
    approved, _ = council.closed("approve")
    with leaves(council, **ACT):
        _say(council, approved, "requester")
    with refused(council, NotFound):
        _say(council, 987654, "requester")


def test_it_stands_at_its_section_and_on_a_page_of_all(site: Site) -> None:
    site.council.referred()
    page = "/requests/" + _newest(site)
    browser = site.browser("ict")
    form = text_of(site, "ict", f"{page}/comments?section=management")
    assert "Nobody has said anything yet." in form
    answer = browser.post(f"{page}/comments", {"section": "management", "words": ""})
    assert answer.status_code == 400
    said = {"section": "management", "words": "Who <b>trains</b> them?"}
    assert browser.post(f"{page}/comments", said).status_code == 302
    for who in ("requester", "chair", "auditor"):
        shown = text_of(site, who, f"{page}/comments")
        assert "Who <b>trains</b> them?" in shown, "as it was typed"
        assert "on “How it will be done”" in shown
        assert "1 comment" in text_of(site, who, page)
    assert "Add a comment" not in text_of(site, "auditor", f"{page}/comments")


def _newest(site: Site) -> str:
    with site.db.reading() as session:
        newest = select(Request.reference).order_by(Request.id.desc()).limit(1)
        return session.scalars(newest).one()


def test_whoever_writes_a_section_sees_what_was_said_about_it(site: Site) -> None:
    request = site.council.case_written()
    _say(site.council, request, "sponsor", "Who trains them?")
    page = f"/requests/{_newest(site)}/sections"
    assert "1 comment on this section" in text_of(site, "requester", f"{page}/management")
    assert "on this section" not in text_of(site, "requester", f"{page}/strategic")


def test_a_closed_request_says_why_nothing_can_be_said(site: Site, places: dict[str, str]) -> None:
    shown = text_of(site, "requester", f"/requests/{places['rejected']}/comments")
    assert "This request is closed" in shown
    assert "Add a comment" not in shown
