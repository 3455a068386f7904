"""What pages say of a request: to its author, its sponsor, the assessors and the group."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from procureflow.domain.errors import NotPermitted
from procureflow.models import NonComplianceRecord, Request, Review
from procureflow.queries import business_cases as content
from procureflow.services import business_cases, comments, people, requests, reviews
from tests.factories.council import CASE, CHECK, SEPARATE
from tests.factories.web import Site
from tests.integration.rows import refused
from tests.security.addresses import typed

_TAGS = re.compile(r"<[^>]+>")


def text_of(site: Site, account: str, path: str) -> str:
    """The words of a page, as that account sees it."""
    answer = site.browser(account).get(path)
    assert answer.status_code == 200, answer.text
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(_TAGS.sub(" ", main)))


def _address(request: int) -> str:
    return f"/requests/ICT-2026-{request:04d}"


def test_a_sponsor_reads_what_stands_open_and_how_it_came_about(site: Site) -> None:
    request, _ = site.council.asked(already_ordered=True)
    page = text_of(site, "sponsor", f"{_address(request)}/endorse")
    before, _, after = page.partition("Findings still open")
    assert "By telephone, in August." in before
    assert "Fewer drawings come back wrong: Drawings returned a year, from 140 in 2025/26" in before
    assert "The group decides : This was ordered before it was allowed." in after
    assert "To be confirmed : The section 151 officer" in after
    assert "Include the project management cost" not in after, "it is included"


def test_members_read_the_rule_and_the_early_order_before_they_vote(site: Site) -> None:
    request, review = site.council.assessed(already_ordered=True)
    path = _address(request)
    site.council.declare(review, "chair")
    page = text_of(site, "chair", f"{path}/review/vote")
    assert "The group decides : This was ordered before it was allowed." in page
    assert "NC-1: Buying outside the guidelines" in page
    assert "By telephone, in August." in page
    assert "To be confirmed" not in page, "finance confirmed the funding"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("draft", "Needs an exception : New ICT buying is paused."),
        ("case", "The group decides : New ICT buying is paused."),
        ("voting", "Confirmed : The section 151 officer"),
        ("approved", "Exception granted : New ICT buying is paused."),
        ("rejected", "No exception granted : New ICT buying is paused."),
    ],
)
def test_a_finding_says_how_it_stands(
    site: Site, places: dict[str, str], place: str, words: str
) -> None:
    assert words in text_of(site, "requester", f"/requests/{places[place]}")


def test_the_chair_sees_which_rules_apply_and_which_open_an_action(site: Site) -> None:
    request, review = site.council.assessed(
        already_ordered=True, verdict="satisfied_if", note="Only if it can be returned."
    )
    path = _address(request)
    for by in ("chair", "member1", "member2"):
        site.council.declare(review, by)
        site.council.vote(review, by, "reject")
    page = text_of(site, "chair", f"{path}/review/close")
    assert (
        "NC-1: Buying outside the guidelines It applies to this request: the group decides. "
        "Citing it opens an action for the directorate: its director says what was done about it, "
        "and somebody else closes it." in page
    )
    assert "Only if it can be returned." in page
    assert "Chair Person, Chair: reject. “It is right.”" in page
    assert "FIN-1: Funding confirmed It applies to this request: confirmed on a condition." in page
    assert "Requester Person and Sponsor Person get a message with your reasons." in page


def test_who_left_the_room_sees_no_vote_until_it_is_closed(site: Site) -> None:
    request, review = site.council.assessed()
    path = _address(request)
    site.council.declare(review, "member3", "prejudicial")
    for by in ("chair", "member1", "member2"):
        site.council.declare(review, by)
        site.council.vote(review, by, "approve")
    for by, sees in (("member1", True), ("member3", False)):
        page = text_of(site, by, path)
        assert ("It is right." in page) is sees
        assert ("Voted: approve" in page) is sees
        assert ("How members vote is shown when the voting is closed." in page) is not sees
    own = "You declared a prejudicial interest, “My partner works for the supplier.”, and left"
    assert own in text_of(site, "member3", path)
    with refused(site.council, NotPermitted):
        site.council.act(
            comments.comment, by="member3", request_id=request, section=None, words="Do buy it."
        )
    turned = site.browser("member3").get(f"{path}/review/vote")
    assert turned.status_code == 302
    assert turned.headers["Location"].endswith("/review/interest")
    site.council.act(
        reviews.close_voting,
        by="chair",
        review_id=review,
        expected="approve",
        reasons="As discussed.",
    )
    assert "It is right." in text_of(site, "member3", path)


def test_a_member_reads_how_they_stand(site: Site) -> None:
    request, review = site.council.referred()
    path = _address(request)

    def says(words: str) -> bool:
        return words in text_of(site, "member1", path)

    then = "Voting opens when the assessors have answered."
    assert says(f"You can declare your interests now. {then}")
    site.council.declare(review, "member1")
    assert says(f"You have declared your interests. {then}")
    for assessor, kind in (("ict", "standards"), ("finance", "funding")):
        site.council.act(
            reviews.record_assessment,
            by=assessor,
            review_id=review,
            kind=kind,
            verdict="satisfied",
            note="",
        )
    assert says("You have declared your interests. Your vote is still to come.")
    site.council.vote(review, "member1", "approve")
    assert says("You have voted: approve. You can change it until the voting is closed.")
    assert "You have voted" not in text_of(site, "secretary", path)
    browser = site.browser("member1")
    browser.post(f"{path}/review/interest", {"interest": "none", "note": "Nothing at all."})
    assert "is removed" not in browser.get(path).text, "the vote stands"
    declaration = {"interest": "personal", "note": "My cousin sells it."}
    assert browser.post(f"{path}/review/interest", declaration).status_code == 302
    assert "The vote that you had cast is removed: vote again" in browser.get(path).text


def test_a_reason_given_for_another_vote_is_asked_about_once(site: Site) -> None:
    """It stands in the record under a name."""
    request, review = site.council.assessed()
    site.council.declare(review, "member1")
    site.council.vote(review, "member1", "approve")
    page, browser = f"{_address(request)}/review/vote", site.browser("member1")

    def votes(choice: str, reason: str, **more: str) -> int:
        return browser.post(page, {"choice": choice, "reason": reason, **more}).status_code

    asked = browser.post(page, {"choice": "abstain", "reason": "It is right."})
    assert asked.status_code == 400
    assert "You gave this reason for your vote “approve”." in asked.text
    assert "Voted: abstain" not in text_of(site, "chair", _address(request))
    assert votes("abstain", "It is right.", meant="reject") == 400, "asked of another vote"
    assert votes("abstain", "It is right.", meant="abstain") == 302
    assert votes("reject", "There is\r\na cheaper one. ") == 302, "another reason"
    assert votes("return", "There is\r\na cheaper one.") == 400, "in lines, as browsers send them"
    assert votes("approve", "") == 302
    assert votes("approve", "It is right.") == 302, "the same vote"


def test_reasons_for_another_outcome_are_not_recorded_unread(site: Site) -> None:
    """Votes change while the chair writes."""
    request, review = site.council.voted("return", "return", "return")
    page, chair = f"{_address(request)}/review/close", site.browser("chair")
    shown = text_of(site, "chair", page)
    assert "Member3 Person" in shown, "whom the close shuts out"
    assert "Member1 Person" not in shown.partition("Without a vote")[2].partition("votes give")[0]
    for by in ("member1", "member2"):
        site.council.vote(review, by, "approve")
    typed_ = {"expected": "return", "reasons": "Say more.", "sections": "commercial"}
    answer = chair.post(page, typed_)
    assert answer.status_code == 400
    assert "You wrote these for “return”." in answer.text
    assert "Say more.</textarea>" in answer.text
    typed_ = {"expected": "approve", "reasons": "Good.", "conditions": "Train <all>.\n\u200b"}
    site.council.vote(review, "member1", "return")
    site.council.vote(review, "member2", "return")
    lost = chair.post(page, typed_)
    assert lost.status_code == 400
    assert "What you wrote and isn’t used now" in lost.text
    assert "Train &lt;all&gt;." in lost.text
    for by in ("member1", "member2"):
        site.council.declare(review, by, "prejudicial")
    empty = chair.post(page, typed_)
    assert empty.status_code == 400
    assert "Good." in empty.text
    assert "Train &lt;all&gt;." in empty.text
    assert "Approved" not in text_of(site, "chair", _address(request)).partition("What happened")[0]


def test_whoever_would_preside_is_led_to_declare_first(site: Site) -> None:
    request, _ = site.council.assessed()
    answer = site.browser("chair").get(f"{_address(request)}/review/close")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/review/interest")
    assert site.browser("member2").get(f"{_address(request)}/review/close").status_code == 403


def test_a_line_of_nothing_is_no_condition(site: Site) -> None:
    request, _ = site.council.voted("approve", "approve", "approve")
    typed_ = {"expected": "approve", "reasons": "Good.", "conditions": "Train all.\n\u200b\n "}
    closing = site.browser("chair").post(f"{_address(request)}/review/close", typed_)
    assert closing.status_code == 302
    assert "with 1 condition" in text_of(site, "chair", "/")


def test_what_was_typed_while_a_session_ended_is_shown(site: Site) -> None:
    request, review = site.council.assessed()
    site.council.declare(review, "member1")
    browser = site.browser("member1")
    page = f"{_address(request)}/review/vote"
    assert browser.get(page).status_code == 200
    with site.db.unit_of_work() as session:
        people.end_sessions(session, person_id=site.council.people["member1"])
    answer = browser.post(page, {"choice": "reject", "reason": "It is <b>dear</b>."})
    assert answer.status_code == 403
    assert "You are signed out" in answer.text
    assert "It is &lt;b&gt;dear&lt;/b&gt;." in answer.text
    site.session_of = None
    assert "It is" not in text_of(site, "member1", page)


def test_assessors_read_no_record_that_is_kept_from_them(
    site: Site, places: dict[str, str]
) -> None:
    """What the directorate did about it stands in the record's history, beside the request's."""
    director = site.browser("director")
    director.post(f"/non-compliance/{places['open']}/answer", {"done": "Talked to all of them."})
    with site.db.reading() as session:
        query = select(Request.reference).join(
            NonComplianceRecord, NonComplianceRecord.request_id == Request.id
        )
        reference = session.scalars(
            query.where(NonComplianceRecord.reference == places["open"])
        ).one()
    said = "Talked to all of them."
    assert said in text_of(site, "director", f"/requests/{reference}")
    assert said not in text_of(site, "ict", f"/requests/{reference}")


def test_a_closed_voting_says_how_it_was_closed(site: Site, places: dict[str, str]) -> None:
    answer = site.browser("member1").get(f"/requests/{places['approved']}/review/vote")
    assert answer.status_code == 409
    assert "The voting on “CAD licences for the highways design team” was closed on" in answer.text
    assert ": approved." in answer.text


def test_the_register_says_conditions_and_what_became_of_it(site: Site) -> None:
    """An approval that lapsed is none any more, wherever it is listed."""
    council = site.council
    request, _ = council.closed("approve")
    reference = _address(request).rpartition("/")[2]
    row = f"{reference} Environment Approved on 1 condition"
    assert row in text_of(site, "requester", "/register")
    assert "now “" not in text_of(site, "requester", f"/register?words={reference}")
    council.now += timedelta(days=9)
    council.act(
        requests.take_step,
        by="secretary",
        request_id=request,
        trigger="lapse",
        why="Nobody needs it any more.",
    )
    now = "now “Lapsed”, since"
    for account, path in (
        ("requester", f"/register?words={reference}"),
        ("requester", f"/register/{reference}"),
        ("member1", "/"),
    ):
        assert now.lower() in text_of(site, account, path).lower(), path
    taken = site.browser("requester").get("/register?download=csv").text
    assert "Train everybody before go-live.,3,0,0,0,0,Lapsed" in taken


def test_an_option_for_other_posts_says_that_it_needs_an_exception(site: Site) -> None:
    check = site.council.checked(category="desktop", job_role="office")
    page = text_of(site, "requester", f"/check/{check}/catalogue_option")
    standard, _, design = page.partition("Design workstation")
    assert "For this kind of post." in standard
    assert "For other kinds of post: here it needs an exception." in design


@pytest.mark.parametrize("account", ["requester", "auditor"])
def test_the_policy_page_says_which_rules_no_report_asks_for(site: Site, account: str) -> None:
    page = text_of(site, account, "/policy")
    assert page.count("A rule of our own: no report asks for it.") == 7


# --- what changed ---------------------------------------------------------------------------------


def _sent_back_and_changed(site: Site) -> str:
    """A case that its sponsor sent back and that was written anew since. Its address."""
    council = site.council
    request, _ = council.sent_back("Two quotes, please.")
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="commercial",
        answers={**CASE["commercial"], "quote": "£64,415 over two years"},
        seen_version=1,
    )
    return _address(request)


def test_the_text_is_dated_by_its_last_writing(site: Site) -> None:
    """What is said about it afterwards changes nothing in it."""
    path = _sent_back_and_changed(site)
    before = text_of(site, "sponsor", f"{path}/changes")
    for _ in range(30):
        site.council.tick()
    site.council.act(
        comments.comment, by="sponsor", request_id=int(path[-4:]), section=None, words="Thank you."
    )
    assert text_of(site, "sponsor", f"{path}/changes") == before


def test_what_changed_is_told_word_by_word(site: Site) -> None:
    path = _sent_back_and_changed(site)
    answer = site.browser("sponsor").get(f"{path}/changes")
    words = text_of(site, "sponsor", f"{path}/changes")
    assert "1 answer changed from submission 1" in words
    assert "£64,415 over [removed: three ] [added: two ] years" in words
    assert '<del class="app-removed">' in answer.text
    assert "See what changed between versions" in text_of(site, "requester", path)
    site.council.act(
        business_cases.ask_for_endorsement,
        by="requester",
        request_id=int(path[-4:]),
        sponsor_id=site.council.people["sponsor"],
    )
    words = text_of(site, "sponsor", f"{path}/endorse")
    assert "See what changed since a sponsor last answered." in words
    same = text_of(site, "sponsor", f"{path}/changes?from=2&to=2")
    assert "Nothing changed from submission 2" in same


@pytest.mark.parametrize("query", ["from=9", "to=x", "from=now&to=-1", "from=%E2%80%AE"])
def test_versions_that_are_none(site: Site, query: str) -> None:
    path = _sent_back_and_changed(site)
    assert site.browser("sponsor").get(f"{path}/changes?{query}").status_code == 404


def test_one_version_has_nothing_to_compare(site: Site, places: dict[str, str]) -> None:
    for place in ("draft", "asked"):
        words = text_of(site, "requester", f"/requests/{places[place]}/changes")
        assert "There is one version so far." in words


def test_saving_what_the_sponsor_has_says_that_it_comes_back(site: Site) -> None:
    request, _ = site.council.asked()
    path = _address(request)
    section = f"{path}/sections/commercial"
    browser = site.browser("requester")
    warning = "Sponsor Person has this case now. If you save a change, it comes back to you"
    assert warning in text_of(site, "requester", section)
    assert warning in text_of(site, "requester", f"{path}/benefits/new")
    saved = {**typed(CASE["commercial"]), "seen": "1"}
    browser.post(section, saved)
    assert "no longer has it" not in browser.get(path).text, "nothing was changed"
    browser.post(section, {**saved, "quote": "Another, of £70,000."})
    assert (
        "Your sponsor no longer has it: ask again when you have finished." in browser.get(path).text
    )
    assert "has this case now" not in text_of(site, "requester", section)


def test_changing_what_was_endorsed_is_warned_of(site: Site) -> None:
    path = _address(site.council.endorsed())
    warning = (
        "Sponsor Person endorsed this case. If you save a change, it has to be endorsed again."
    )
    for page in (f"{path}/sections/commercial", f"{path}/refer"):
        assert warning in text_of(site, "requester", page)


def test_what_was_sent_back_says_so_where_one_looks(site: Site) -> None:
    request, _ = site.council.sent_back("Say who trains the night shift.")
    path = _address(request)
    top, _, _ = text_of(site, "requester", path).partition("On this page")
    assert "Say who trains the night shift." in top
    assert "Change the case" in top
    section = f"{path}/sections/commercial"
    browser = site.browser("requester")
    for quote, number in (("Another, of £70,000.", 2), ("One more, of £69,000.", 3)):
        browser.post(
            section, {**typed(CASE["commercial"]), "quote": quote, "seen": str(number - 1)}
        )
        sponsor = {"sponsor": str(site.council.people["sponsor"])}
        assert browser.post(f"{path}/ask-sponsor", sponsor).status_code == 302
    page = text_of(site, "sponsor", f"{path}/endorse")
    assert "You sent it back on" in page
    assert "Say who trains the night shift." in page
    changes = text_of(site, "sponsor", f"{path}/changes")
    assert "from submission 1," in changes, "what the sponsor answered last"
    assert "One more, of £69,000." in changes


def test_what_was_returned_is_told_at_the_very_section(site: Site) -> None:
    request, _ = site.council.closed("return")
    path = _address(request)
    asked = "The Information Policy Group returned this section on"
    section = text_of(site, "requester", f"{path}/sections/commercial")
    assert asked in section
    assert "As discussed." in section
    assert asked not in text_of(site, "requester", f"{path}/sections/strategic")
    page = text_of(site, "requester", path)
    assert "Answer what the group asked in “How it will be bought”" in page
    assert "Check your answers and refer it" not in page, "it would be refused"
    assert "The group asks for more" in page


def test_the_way_is_told_before_anybody_sets_out(site: Site) -> None:
    request = site.council.opened()
    page = text_of(site, "requester", _address(request))
    assert "Your sponsor endorses it: the head of service or director" in page
    assert "The finance assessor makes the funding assessment" in page
    assert "The Information Policy Group votes." in page


# --- a member's evening ---------------------------------------------------------------------------


def test_a_member_reads_one_case_after_the_other(site: Site, places: dict[str, str]) -> None:
    """Those before the group, the longest open first; never one that they have a part in."""
    order = [places[name] for name in ("referred", "voting", "recused", "own")]
    for n, reference in enumerate(order):
        answer = site.browser("member2").get(f"/requests/{reference}")
        assert f"Case {n + 1} of 4 before the group." in answer.text
        assert ('rel="prev"' in answer.text) is (n > 0)
        assert (f'rel="next" href="/requests/{order[n + 1]}"' in answer.text) if n < 3 else True
    assert "Case 3 of 3 before the group." in text_of(site, "insider", f"/requests/{order[2]}")
    assert "before the group." not in text_of(site, "insider", f"/requests/{order[3]}")
    assert "before the group." not in text_of(site, "secretary", f"/requests/{order[0]}")
    assert "before the group." not in text_of(site, "member2", f"/requests/{places['approved']}")
    vote = text_of(site, "member2", f"/requests/{places['voting']}/review/vote")
    assert "Case 2 of 4 before the group." in vote


def test_a_member_sees_how_it_ended(site: Site, places: dict[str, str]) -> None:
    work = text_of(site, "member2", "/")
    assert "Decided or returned lately" in work
    case = f"{places['approved']}: CAD licences for the highways design team"
    assert f"{case} , approved with 1 condition on" in work
    assert f"{case} , approved with 1 condition on" in text_of(site, "ict", "/"), "who assessed it"
    assert "Decided or returned lately" not in text_of(site, "requester", "/")


def test_what_was_decided_on_like_requests_is_shown_before_one_asks(site: Site) -> None:
    """Of the same kind, with a title that says the like; to whoever thinks about it, wherever."""
    council = site.council
    kept, _ = council.closed("approve", title="Rota and scheduling system for home care")
    council.closed("return", title="Rotas and scheduling for home care, the second")
    council.closed("approve", title="Something of another kind")
    mine = council.opened(by="requester2", title="Software to plan care by rotas")
    page = text_of(site, "requester2", _address(mine))
    assert "Decided before, and perhaps like this one." in page
    assert "Rota and scheduling system for home care , approved on" in page
    assert "the second" not in page
    assert "another kind" not in page
    assert "perhaps like this one" not in text_of(site, "requester", _address(kept))
    other = council.opened(title="Software to plan care by rotas", category="service")
    assert "perhaps like this one" not in text_of(site, "requester", _address(other))


def test_nobody_is_led_to_a_vote_before_it_is_open(site: Site, places: dict[str, str]) -> None:
    with site.db.reading() as session:
        query = select(Review.id).join(Request, Request.id == Review.request_id)
        review = session.scalars(query.where(Request.reference == places["referred"])).one()
    for by in ("member2", "chair"):
        site.council.declare(review, by)
    vote = site.browser("member2").get(f"/requests/{places['referred']}/review/vote")
    assert vote.status_code == 302
    page = unescape(site.browser("member2").get(vote.location or "").text)
    assert "Waiting for the standards assessment and funding assessment." in page
    close = text_of(site, "chair", f"/requests/{places['referred']}/review/close")
    assert "Waiting for the standards assessment and funding assessment." in close


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ({}, "Because it costs £12,000 or more over its life, this case asks a little more."),
        ({"whole_life_cost": "12000"}, "Because it costs £12,000 or more over its life,"),
        (
            {"whole_life_cost": "11999.99", "novel": True},
            "Because of the answer to “Is it a pilot, a way of working that is new to the "
            "council, or likely to cause argument?”, this case asks a little more.",
        ),
        ({"whole_life_cost": "11999.99"}, None),
    ],
)
def test_a_case_says_why_it_asks_more(site: Site, check: dict[str, Any], words: str | None) -> None:
    page = text_of(site, "requester", _address(site.council.case_written(**check)))
    assert ("asks a little more" in page) is (words is not None)
    assert words is None or words in page


def test_what_a_section_asks_no_more_stays_when_it_is_saved(site: Site) -> None:
    """The cost fell; when it rises again, nothing has to be typed anew."""
    council = site.council
    request = council.case_written()
    needed = {"section": "need", "seen_version": 1}
    cheaper = {**CHECK, "whole_life_cost": "11999"}
    council.act(
        requests.write_section, by="requester", request_id=request, answers=cheaper, **needed
    )
    path = f"{_address(request)}/sections/financial"
    page = text_of(site, "requester", path)
    assert "Who holds this budget?" in page
    assert "Who pays for it once it is in use?" not in page
    form = {
        "budget_code": "ENV-1",
        "budget_holder": "Head of Highways",
        "project_management_cost": "4000",
        "training_cost": "3300",
        "seen": "1",
    }
    assert site.browser("requester").post(path, form).status_code == 302
    with council.db.reading() as session:
        section = content.current_sections(session, request)["financial"]
    assert section.answers == {**CASE["financial"], **SEPARATE, "budget_code": "ENV-1"}


# --- what a case begins with ----------------------------------------------------------------------


def test_what_a_case_will_ask_is_told_before_it_is_begun(site: Site) -> None:
    light = site.council.opened(whole_life_cost="11999")
    standard = site.council.opened()
    page = text_of(site, "requester", f"{_address(light)}/steps/start_business_case")
    assert "It asks 14 questions, 1 of which may stay blank, in 5 parts: “Why it is needed”" in page
    assert "Because" not in page
    page = text_of(site, "requester", f"{_address(standard)}/steps/start_business_case")
    assert "It asks 38 questions, 3 of which may stay blank, in 5 parts" in page
    assert "“What it costs and who pays” and “How it will be done”." in page
    assert "Because it costs £12,000 or more over its life" in page
    assert "what you type is kept" in page


def test_a_case_begins_with_what_the_check_was_told(site: Site) -> None:
    """It stands in the form, is saved when it is saved, and never comes back once it is."""
    council = site.council
    request = council.opened(whole_life_cost="11999", supplier="Pen & Paper Ltd")
    council.act(
        requests.take_step, by="requester", request_id=request, trigger="start_business_case"
    )
    path = f"{_address(request)}/sections/commercial"
    browser = site.browser("requester")
    before = site.rows()
    page = browser.get(path).text
    assert 'value="Pen &amp; Paper Ltd"' in page
    assert "“Who would supply it?” begins with what you said in the check." in unescape(page)
    assert site.rows() == before, "nothing is saved by looking"
    assert CHECK["need"] in unescape(browser.get(f"{_address(request)}/sections/strategic").text)
    assert browser.post(path, {"case_supplier": "Another", "seen": "0"}).status_code == 302
    page = browser.get(path).text
    assert 'value="Another"' in page
    assert "Pen &amp; Paper Ltd" not in page
    assert "begins with" not in page


@pytest.mark.parametrize("place", ["draft", "case", "voting"])
def test_until_it_is_decided_the_answer_is_not_yet(
    site: Site, places: dict[str, str], place: str
) -> None:
    page = text_of(site, "requester", f"/requests/{places[place]}")
    assert (
        "Not yet. This needs an exception, decided by the Information Policy Group: order and "
        "promise nothing until then." in page
    )


def test_what_was_withdrawn_needed_an_exception(site: Site) -> None:
    request = site.council.opened()
    site.council.act(requests.take_step, by="requester", request_id=request, trigger="withdraw")
    page = text_of(site, "requester", _address(request))
    assert "This needed an exception, decided by the Information Policy Group." in page
    assert "Not yet" not in page
