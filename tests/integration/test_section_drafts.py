"""What is typed into a section is kept before it is saved, for whoever typed it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from procureflow.domain.errors import (
    InvalidInput,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Stale,
    WrongState,
)
from procureflow.models import SectionDraft
from procureflow.queries import business_cases
from procureflow.services import benefits, requests
from procureflow.services import section_drafts as drafts
from tests.factories.council import CASE, Council
from tests.factories.web import Site
from tests.integration.rows import everything, leaves, refused
from tests.integration.test_pages import text_of
from tests.security.addresses import BENEFIT

TYPED = {"why_now": "Because the contr", "case_need": ""}


def _keep(council: Council, request: int, by: str = "requester", **more: object) -> None:
    given = {"section": "strategic", "fields": TYPED, "seen_version": 1, **more}
    council.act(drafts.keep_draft, by=by, request_id=request, **given)


def test_a_draft_is_kept_as_it_is_typed_and_no_event_tells_of_it(council: Council) -> None:
    request = council.case_written()
    with leaves(council, section_drafts="+1"):
        _keep(council, request)
    with leaves(council, section_drafts="~1"):
        _keep(council, request, fields={**TYPED, "state": "approved", "why_now-day": "1"})
    (draft,) = everything(council, SectionDraft)
    assert draft.fields == {**TYPED, "why_now-day": "1"}, "nothing but fields of the section"
    with council.db.reading() as session:
        person = council.people["requester"]
        found = business_cases.draft_of(session, person, request, "strategic")
        assert found is not None
        assert business_cases.draft_of(session, person + 1, request, "strategic") is None


def test_saving_makes_an_end_of_it(council: Council) -> None:
    request = council.case_written()
    _keep(council, request)
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="strategic",
        answers={**CASE["strategic"], "why_now": "Because of the contractor."},
        seen_version=1,
    )
    assert everything(council, SectionDraft) == []
    with refused(council, Stale):
        _keep(council, request)
    _keep(council, request, seen_version=2)
    with leaves(council, section_drafts="-1"):
        council.act(
            requests.write_section,
            by="requester",
            request_id=request,
            section="strategic",
            answers={**CASE["strategic"], "why_now": "Because of the contractor."},
            seen_version=2,
        )


OPTIONS = {"options_considered": "Stay as now, or sh"}


@pytest.mark.parametrize("target", ["10", "20"], ids=["another", "the same"])
def test_a_benefit_saved_meanwhile_leaves_it_there(council: Council, target: str) -> None:
    """Benefits have pages of their own: their save isn't that of the text beside them."""
    request = council.case_written()
    _keep(council, request, section="economic", fields=OPTIONS)
    _write_benefit(council, request, target)
    (draft,) = everything(council, SectionDraft)
    version = 2 if target == "10" else 1
    assert (draft.fields, draft.seen) == (OPTIONS, version)


def test_a_draft_of_older_words_stays_of_older_words(council: Council) -> None:
    """Made newer by a benefit, it would be saved over what somebody else wrote since."""
    request = council.case_written()
    _keep(council, request, section="economic", fields=OPTIONS)
    with council.db.unit_of_work() as session:
        session.scalars(select(SectionDraft)).one().seen = 0
    _write_benefit(council, request, "10")
    (draft,) = everything(council, SectionDraft)
    assert (draft.fields, draft.seen) == (OPTIONS, 0)


def test_a_benefit_without_an_author_is_refused(council: Council) -> None:
    request = council.case_written()
    with refused(council, NotSignedIn):
        _write_benefit(council, request, "10", by=None)


def _write_benefit(
    council: Council, request: int, target: str, by: str | None = "requester"
) -> None:
    (benefit,) = CASE["economic"]["benefits"]
    council.act(
        benefits.write_benefits,
        actor_id=council.people[by] if by else None,
        request_id=request,
        section="economic",
        answers={**CASE["economic"], "benefits": [{**benefit, "target": target}]},
        seen_version=1,
    )


def test_it_can_be_forgotten(council: Council) -> None:
    request = council.case_written()
    _keep(council, request)
    for _ in range(2):
        council.act(drafts.discard_draft, by="requester", request_id=request, section="strategic")
    assert everything(council, SectionDraft) == []


def test_who_may_keep_one_and_where(council: Council) -> None:
    request = council.case_written()
    for by in ("colleague", "sponsor", "requester2", "auditor"):
        with refused(council, NotPermitted):
            _keep(council, request, by)
    with refused(council, NotFound):
        _keep(council, request, section="nothing")
    with refused(council, InvalidInput):
        _keep(council, request, fields={"why_now": "x" * 100_001})
    with refused(council, NotFound):
        _keep(council, 987)
    referred, _ = council.referred()
    with refused(council, WrongState):
        _keep(council, referred)


# --- on the page ----------------------------------------------------------------------------------


@pytest.fixture
def section(places: dict[str, str]) -> str:
    """The address of a section."""
    return f"/requests/{places['case']}/sections/strategic"


def test_whoever_comes_back_finds_what_they_typed(site: Site, section: str) -> None:
    browser = site.browser("requester")
    typed = {"why_now": "Because <b>the</b> contr", "seen": "1"}
    assert browser.post(f"{section}/draft", typed).status_code == 204
    page = browser.get(section)
    assert "Because &lt;b&gt;the&lt;/b&gt; contr" in page.text
    words = text_of(site, "requester", section)
    assert "What you typed on" in words
    assert "isn’t saved yet" in words
    asked = browser.get(f"{section}/discard")
    assert "Because &lt;b&gt;the&lt;/b&gt; contr" in asked.text, "what would be gone"
    assert "Because &lt;b&gt;" in browser.get(section).text, "asking does nothing"
    for _ in range(2):
        assert browser.post(f"{section}/discard", {}).status_code == 302
    assert browser.get(f"{section}/discard").status_code == 302
    assert "Because &lt;b&gt;" not in browser.get(section).text


def test_a_draft_of_an_older_version_is_saved_over_nothing(site: Site, section: str) -> None:
    browser = site.browser("requester")
    browser.post(f"{section}/draft", {"why_now": "Typed before.", "seen": "1"})
    request = int(section.split("/")[2][-4:])
    with site.db.unit_of_work() as session:
        person = site.council.people["requester"]
        draft = session.scalars(select(SectionDraft)).one()
        assert (draft.person_id, draft.request_id) == (person, request)
        draft.seen = 0  # as if somebody had saved since
    page = browser.get(section)
    assert "Typed before." in page.text
    answer = browser.post(section, {"why_now": "Typed before.", "seen": "0"})
    assert answer.status_code == 409
    assert "Typed before." in answer.text


def test_a_draft_whose_section_was_saved_since_is_refused(site: Site, section: str) -> None:
    answer = site.browser("requester").post(f"{section}/draft", {"why_now": "x", "seen": "7"})
    assert answer.status_code == 409


def test_a_benefit_added_leaves_what_is_typed_beside_it(site: Site, places: dict[str, str]) -> None:
    browser = site.browser("requester")
    case = f"/requests/{places['case']}"
    economic = f"{case}/sections/economic"
    assert browser.post(f"{economic}/draft", {**OPTIONS, "seen": "1"}).status_code == 204
    assert browser.post(f"{case}/benefits/new", {**BENEFIT, "seen": "1"}).status_code == 302
    page = browser.get(economic).text
    assert "Less paper" in page
    assert OPTIONS["options_considered"] in page
    saved = {**CASE["economic"], "options_considered": "Stay as now.", "seen": "2"}
    del saved["benefits"]
    assert browser.post(economic, saved).status_code == 302
