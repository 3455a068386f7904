"""What rules look up besides the answers: assets, spending, like requests, benefits due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from procureflow.domain.bundle import load_bundle
from procureflow.models import Request, Submission
from procureflow.queries.requests import facts_of
from procureflow.services import requests, reviews
from tests.factories import assets
from tests.factories.council import CHECK, DESKTOP, Council
from tests.integration.rows import everything, stored
from tests.unit._documents import PARAMETERS, documents
from tests.unit._documents import council as default

#: The default council's documents, with an expression that reads what no rule of them does.
READS_MORE = load_bundle(
    documents(
        **{
            PARAMETERS: documents()[PARAMETERS].replace(
                "moves_up_when: novel == true",
                "moves_up_when: benefits_overdue > 99 or supplier_spend > 999999",
            )
        }
    )
)


def look(council: Council, request: int | None = None, **answers: Any) -> dict[str, Any]:
    """The facts of somebody in Environment who answers like that, today."""
    with council.db.reading() as session:
        return facts_of(
            session,
            READS_MORE,
            {**CHECK, **answers},
            directorate="environment",
            day=council.now.date(),
            request=request,
        )


# --- assets ---------------------------------------------------------------------------------------


def test_idle_assets_are_counted_by_kind_and_place(council: Council) -> None:
    assert look(council)["idle_of_kind"] == 0
    assets.imported(council)
    found = look(council, category="desktop", place="PLOUGH LANE.")
    assert (found["idle_of_kind"], found["idle_here"]) == (1, 1)
    found = look(council, category="desktop", place="Ledbury")
    assert (found["idle_of_kind"], found["idle_here"]) == (1, 0)
    found = look(council, category="portable", place="Plough Lane")
    assert (found["idle_of_kind"], found["idle_here"]) == (0, 0)


def test_the_age_of_what_is_replaced_is_that_of_its_tag(council: Council) -> None:
    assets.imported(council)
    assert look(council, replaced_asset="hc-0001")["asset_age"] == 2, "completed years"
    assert look(council, replaced_asset="HC-9999")["asset_age"] is None
    assert look(council)["asset_age"] is None


def test_a_desktop_that_isnt_due_is_named_on_the_requests_page(council: Council) -> None:
    assets.imported(council)
    asked = {**DESKTOP, "replacing": True, "replaced_asset": "HC-0001"}
    facts = look(council, council.opened(**asked), **asked)
    words = {f.code: f.words for f in default().evaluate(facts).findings}
    assert words["RPL-1"].startswith("Full years that you have had what it replaces: 2.")
    assert words["OWN-1"].endswith("of this kind: 1.")


# --- spending -------------------------------------------------------------------------------------

ASKED: dict[str, Any] = {"supplier": "Mapwright Ltd", "whole_life_cost": "8000.00"}


def test_other_requests_of_the_same_supplier_are_added_up(council: Council) -> None:
    first = council.opened(**ASKED)
    second = council.opened(**{**ASKED, "supplier": "MAPWRIGHT LIMITED"})
    council.opened(**{**ASKED, "supplier": "Mapwrong"})
    council.opened("requester2", **ASKED)
    assert look(council, **ASKED)["related_spend"] == 16000
    assert look(council, first, **ASKED)["related_spend"] == 8000, "its own cost isn't added"
    council.act(requests.take_step, by="requester", request_id=second, trigger="withdraw")
    assert look(council, first, **ASKED)["related_spend"] == 0
    council.now += timedelta(days=366)
    assert look(council, **ASKED)["related_spend"] == 0


def test_what_is_decided_counts_where_it_was_approved(council: Council) -> None:
    council.closed("reject", **ASKED)
    council.closed("approve", **ASKED)
    assert look(council, **ASKED)["related_spend"] == 8000
    council.opened(**ASKED)
    found = look(council, **ASKED)
    assert (found["related_spend"], found["supplier_spend"]) == (16000, 8000)


def test_so_do_those_for_the_same_cost_centre(council: Council) -> None:
    council.case_written(**{**ASKED, "supplier": "Somebody"})
    assert stored(council, Request, 1).cost_centre == "env441027"
    found = look(council, **{**ASKED, "supplier": ""}, budget_code="env 4410 27")
    assert found["related_spend"] == 8000
    assert look(council, **{**ASKED, "supplier": ""})["related_spend"] == 0


def test_a_split_order_has_to_say_why(council: Council) -> None:
    """SPLIT-1: the question is asked, and the case isn't complete without it."""
    council.opened(**ASKED)
    facts = look(council, **ASKED)
    assert "why_separate" in default().asked("financial", facts)
    alone = look(council, 1, **ASKED)
    assert "why_separate" not in default().asked("financial", alone)
    (finding,) = [f for f in default().evaluate(facts).findings if f.code == "SPLIT-1"]
    assert finding.holds_back
    assert "asked for £8,000 more" in finding.words


# --- like ones ------------------------------------------------------------------------------------

TITLE: dict[str, Any] = {"title": "Drawing tablets for bridge inspectors"}


def test_like_requests_in_hand_are_those_of_the_own_directorate(council: Council) -> None:
    council.opened(**TITLE)
    council.opened("requester2", **TITLE)
    council.opened(**TITLE, category="portable")
    council.opened(title="Something else entirely")
    found = look(council, title="Bridge inspectors' drawing tablets")
    assert (found["alike"], found["alike_reference"]) == (1, "ICT-2026-0001")
    assert look(council, 1, **TITLE)["alike"] == 0, "it isn't like itself"


def test_decided_ones_are_those_of_everybody(council: Council) -> None:
    council.closed("approve", **TITLE)
    with council.db.reading() as session:
        found = facts_of(
            session,
            READS_MORE,
            {**CHECK, **TITLE},
            directorate="resources",
            day=council.now.date(),
        )
    assert found["alike"] == 1


def test_what_goes_on_from_an_earlier_one_is_no_second_asking(council: Council) -> None:
    request, _ = council.closed("reject", **TITLE)
    again, _ = council.act(requests.follow_up, by="requester", request_id=request)
    assert look(council, again, **TITLE)["alike"] == 0
    assert look(council, **TITLE)["alike"] == 2


# --- benefits -------------------------------------------------------------------------------------


def test_benefits_are_overdue_while_an_approval_is_open(council: Council) -> None:
    request, _ = council.closed("approve")
    assert look(council)["benefits_overdue"] == 0
    council.now += timedelta(days=366 * 15)
    assert look(council)["benefits_overdue"] == 1
    council.act(requests.take_step, by="secretary", request_id=request, trigger="close")
    assert look(council)["benefits_overdue"] == 0


# --- what is looked up, and kept ------------------------------------------------------------------


def test_what_nothing_reads_isnt_looked_up(council: Council) -> None:
    with council.db.reading() as session:
        found = facts_of(
            session, default(), CHECK, directorate="environment", day=council.now.date()
        )
    assert found["benefits_overdue"] is None
    assert "benefits_overdue" not in default().looked_up
    assert default().looked_up >= {"alike", "related_spend", "idle_of_kind", "idle_here"}


def test_a_submission_keeps_what_was_looked_up(council: Council) -> None:
    """What changes in the register afterwards changes nothing of what is before the group."""
    _, review = council.referred(category="desktop")
    assets.imported(council)
    (submission,) = everything(council, Submission)
    assert submission.facts["idle_of_kind"] == "0"
    given = {"review_id": review, "kind": "standards", "verdict": "satisfied", "note": ""}
    council.act(reviews.record_assessment, by="ict", **given)
    assert everything(council, Submission)[0].facts["idle_of_kind"] == "0"


@pytest.mark.parametrize("question", ["place", "replaced_asset"])
def test_an_answer_in_a_line_stays_in_it(council: Council, question: str) -> None:
    with pytest.raises(Exception, match=r"accept|one line|control") as refused:
        council.opened("requester", **{question: "one\ntwo", "replacing": True})
    assert question in getattr(refused.value, "errors", {})
