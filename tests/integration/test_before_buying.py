"""The check before you buy: a question at a time, left and taken up again, then a request."""

from __future__ import annotations

from typing import Any

import pytest

from procureflow.adapters.files import read_documents
from procureflow.domain.errors import (
    GuardRefused,
    InvalidInput,
    NotFound,
    NotPermitted,
    NotSignedIn,
    WrongState,
)
from procureflow.models import Check, Request
from procureflow.queries import people
from procureflow.queries import requests as reading
from procureflow.services import checks, requests
from tests.factories.council import CHECK, DESKTOP, HEREFORDSHIRE, Council
from tests.factories.web import Site
from tests.integration.rows import everything, leaves, refused, stored
from tests.integration.test_pages import text_of

WHOLE = {**CHECK, "supplier": None}


def _page(council: Council, check: int, by: str = "requester") -> reading.CheckPage:
    with council.db.reading() as session:
        actor = people.actor(session, council.people[by], council.now.date())
        return reading.check_page(session, check, actor, council.now.date())


def _answer(council: Council, check: int, question: str, value: Any, by: str = "requester") -> None:
    council.act(checks.answer, by=by, check_id=check, question=question, value=value)


def test_a_check_is_a_note_and_no_event_tells_of_it(council: Council) -> None:
    with leaves(council, checks="+1"):
        check = council.act(checks.begin, by="requester", directorate="environment")
    with leaves(council, checks="~1"):
        _answer(council, check, "title", "  A plotter ")
    assert stored(council, Check, check).answers == {"title": "A plotter"}
    with leaves(council, checks="-1"):
        council.act(checks.discard, by="requester", check_id=check)


def test_what_is_asked_next_follows_from_what_was_answered(council: Council) -> None:
    check = council.checked()
    assert _page(council, check).to_answer() == "title"
    _answer(council, check, "category", "service")
    page = _page(council, check)
    assert "catalogue_option" not in page.asked, "there is no standard service"
    assert page.to_answer("category") == "job_role"
    _answer(council, check, "category", "software")
    assert "catalogue_option" in _page(council, check).asked


def test_questions_are_answered_in_any_order_and_the_first_open_one_comes_last(
    council: Council,
) -> None:
    check = council.checked(**{k: v for k, v in WHOLE.items() if k not in ("title", "place")})
    page = _page(council, check)
    assert page.to_answer("job_role") == "place"
    assert page.to_answer("novel") == "title"
    _answer(council, check, "title", "CAD")
    _answer(council, check, "place", "Plough Lane")
    assert _page(council, check).to_answer("place") is None


def test_a_question_that_may_stay_blank_is_asked_once(council: Council) -> None:
    check = council.checked(**{k: v for k, v in WHOLE.items() if k != "supplier"})
    assert _page(council, check).to_answer() == "supplier"
    _answer(council, check, "supplier", None)
    assert _page(council, check).to_answer() is None


def test_it_becomes_a_request_with_the_policys_answer(council: Council) -> None:
    check = council.checked(**WHOLE)
    with leaves(
        council, checks="-1", requests="+1", section_versions="+1", events="+1", outbox="+1",
        reference_counters="+1",
    ):  # fmt: skip
        request, reference = council.act(checks.finish, by="requester", check_id=check)
    opened = stored(council, Request, request)
    assert (opened.reference, opened.title) == (reference, CHECK["title"])
    assert (opened.directorate, opened.requester_id) == (
        "environment",
        council.people["requester"],
    )


def test_half_a_check_becomes_nothing(council: Council) -> None:
    check = council.checked(title="CAD")
    with refused(council, InvalidInput) as caught:
        council.act(checks.finish, by="requester", check_id=check)
    assert "category" in caught.value.errors


@pytest.mark.parametrize(
    ("question", "value"),
    [("title", None), ("title", "   "), ("category", "boat"), ("whole_life_cost", "a lot")],
)
def test_what_cant_be_kept_is_refused(council: Council, question: str, value: Any) -> None:
    check = council.checked(title="CAD")
    with refused(council, InvalidInput) as caught:
        _answer(council, check, question, value)
    assert set(caught.value.errors) == {question}


@pytest.mark.parametrize("question", ["budget_code", "colour", "benefits"])
def test_what_the_check_doesnt_ask_isnt_answered_in_it(council: Council, question: str) -> None:
    check = council.checked()
    with refused(council, NotFound):
        _answer(council, check, question, "x")


@pytest.mark.parametrize("by", ["colleague", "director", "auditor", "admin"])
def test_a_check_is_its_authors_alone(council: Council, by: str) -> None:
    check = council.checked(**WHOLE)
    for act in (checks.finish, checks.discard):
        with refused(council, NotPermitted):
            council.act(act, by=by, check_id=check)
    with refused(council, NotPermitted):
        _answer(council, check, "title", "Mine", by=by)
    with pytest.raises(NotPermitted):
        _page(council, check, by)
    with council.db.reading() as session:
        actor = people.actor(session, council.people[by], council.now.date())
        assert reading.checks_of(session, actor, council.now.date()) == []


def test_nobody_and_nothing(council: Council) -> None:
    check = council.checked()
    with refused(council, NotSignedIn):
        council.act(checks.discard, actor_id=None, check_id=check)
    with refused(council, NotFound):
        council.act(checks.discard, by="requester", check_id=check + 1)
    with refused(council, NotPermitted):
        council.act(checks.begin, by="requester", directorate="children_young_people")


def test_there_is_an_end_to_what_one_person_begins(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "MOST", 2)
    council.checked()
    council.checked()
    council.checked(by="colleague")
    with refused(council, WrongState, "2 checks in hand"):
        council.checked()


def test_those_in_hand_are_listed_the_last_touched_first(council: Council) -> None:
    first, second = council.checked(), council.checked()
    _answer(council, first, "title", "The first")
    with council.db.reading() as session:
        actor = people.actor(session, council.people["requester"], council.now.date())
        listed = reading.checks_of(session, actor, council.now.date())
    assert [(c.id, c.title) for c in listed] == [
        (first, "The first"),
        (second, "A check without a name yet"),
    ]


def test_an_option_that_is_offered_no_more_doesnt_stop_a_check(council: Council) -> None:
    """The council's documents change while a check is left for weeks."""
    check = council.checked(**WHOLE)
    with council.db.unit_of_work() as session:
        row = session.get_one(Check, check)
        row.answers = {**row.answers, "catalogue_option": "retired", "gone": "x"}
    page = _page(council, check)
    assert page.to_answer() == "catalogue_option"
    assert everything(council, Request) == []


# --- what a rule asks of the check itself ---------------------------------------------------------

_YEARS = """
  RUN-1:
    title: Years of use
    when: category == "desktop"
    verdict: require
    requires:
      met: life_years <= 10
      section: need
    words: Nothing is used for more than ten years.
    remedy: Give the years that it is used for.
    standing: ours
    examples:
      - facts: {category: desktop, life_years: 12}
        gives: require
      - facts: {category: software}
        gives: silent
      - facts: {}
        gives: unknown
"""


def test_what_the_policy_asks_of_the_check_comes_before_clearing(site: Site) -> None:
    council = site.council
    texts = read_documents(HEREFORDSHIRE)
    (name,) = (one for one in texts if one.startswith("policy/"))
    council.publish(council.now.date(), {**texts, name: texts[name] + _YEARS})
    request = council.opened(**{**DESKTOP, "life_years": 12})
    reference = stored(council, Request, request).reference
    page = text_of(site, "requester", f"/requests/{reference}")
    assert "This needs no exception, and the policy asks for something more first." in page
    assert "Nothing is used for more than ten years." in page
    offered = site.browser("requester").get(f"/requests/{reference}").text
    assert f"/requests/{reference}/steps/clear" not in offered
    step = {"request_id": request, "trigger": "clear"}
    with refused(council, GuardRefused) as caught:
        council.act(requests.take_step, by="requester", **step)
    assert [finding.code for finding in caught.value.findings] == ["RUN-1"]
    council.act(
        requests.write_section,
        by="requester",
        request_id=request,
        section="need",
        answers={**DESKTOP, "life_years": 4},
        seen_version=1,
    )
    assert "You can buy this. No exception is needed." in text_of(
        site, "requester", f"/requests/{reference}"
    )
    council.act(requests.take_step, by="requester", **step)
    assert stored(council, Request, request).state == "cleared"
