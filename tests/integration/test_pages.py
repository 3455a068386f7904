"""What pages say of a request: to its author, its sponsor, the assessors and the group."""

from __future__ import annotations

import re
from html import unescape

import pytest

from procureflow.services import reviews
from tests.factories.web import Site

_TAGS = re.compile(r"<[^>]+>")


def text_of(site: Site, account: str, path: str) -> str:
    """The words of a page, as that account sees it."""
    answer = site.browser(account).get(path)
    assert answer.status_code == 200, answer.text
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(_TAGS.sub(" ", main)))


def _before_the_group(site: Site, verdict: str, note: str = "") -> tuple[int, str]:
    """A case for what was ordered already, assessed. (review, address)."""
    request, review = site.council.referred(already_ordered=True)
    for by, kind in (("ict", "standards"), ("finance", "funding")):
        given = {"review_id": review, "kind": kind, "verdict": verdict, "note": note}
        site.council.act(reviews.record_assessment, by=by, **given)
    return review, _address(request)


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
    review, path = _before_the_group(site, "satisfied")
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
    review, path = _before_the_group(site, "satisfied_if", "Only if it can be returned.")
    for by in ("chair", "member1", "member2"):
        site.council.declare(review, by)
        site.council.vote(review, by, "reject")
    page = text_of(site, "chair", f"{path}/review/close")
    assert (
        "NC-1: Buying outside the guidelines It applies to this request. "
        "Citing it opens a directorate action." in page
    )
    assert "Only if it can be returned." in page
    assert "Chair Person, Chair: reject. “It is right.”" in page


def test_an_option_for_other_posts_says_that_it_needs_an_exception(site: Site) -> None:
    check = site.council.checked(category="desktop", job_role="office")
    page = text_of(site, "requester", f"/check/{check}/catalogue_option")
    standard, _, design = page.partition("Design workstation")
    assert "For this kind of post." in standard
    assert "For other kinds of post: here it needs an exception." in design


@pytest.mark.parametrize("account", ["requester", "auditor"])
def test_the_policy_page_says_which_rules_no_report_asks_for(site: Site, account: str) -> None:
    page = text_of(site, account, "/policy")
    assert page.count("A rule of our own: no report asks for it.") == 4
