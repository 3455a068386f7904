"""Every address of the application with what is typed there, by the names of `places`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from procureflow.models import Submission
from tests.factories.council import CASE, CHECK
from tests.factories.web import Site

#: A token that was never given out.
NO_TOKEN = "x" * 43


def typed(answers: dict[str, Any]) -> dict[str, str]:
    """Answers as somebody types them."""
    yes_no = {True: "yes", False: "no"}
    return {
        key: yes_no[value] if isinstance(value, bool) else str(value)
        for key, value in answers.items()
    }


BENEFIT = {
    "description": "Less paper",
    "class_": "quantifiable",
    "change": "Drawings are exchanged as files",
    "owner": "Head of Highways",
    "measure": "Sheets a year",
    "baseline": "9,000 in 2025/26",
    "target": "500",
    "expected-day": "31",
    "expected-month": "3",
    "expected-year": "2041",
}
INVITED = {
    "email": "new@council.example",
    "name": "New Person",
    "job_title": "Buyer",
    "role": "requester",
    "directorate": "environment",
    "body": "",
}


def forms(site: Site, places: dict[str, str]) -> dict[str, dict[str, str]]:
    """What a form that goes through says, by its address as the grid writes it."""
    with site.db.reading() as session:
        submission = session.scalars(select(Submission.id).where(Submission.number == 1)).all()[1]
    strategic = {**typed(CASE["strategic"]), "why_now": "Because of the contractor.", "seen": "1"}
    why = {"why": "No longer needed."}
    return {
        "/sign-in": {"email": "nobody@council.example", "password": "x"},
        "/forgotten-password": {"email": "nobody@council.example"},
        "/set-password/{none}": {"password": "another orchard entirely"},
        "/account": {"current": "x", "password": "another orchard entirely"},
        "/check": {},
        "/check/{check}/place": {"place": "Plough Lane"},
        "/check/{checked}": {},
        "/check/{check}/remove": {},
        "/requests/{draft}/steps/withdraw": why,
        "/requests/{elsewhere}/steps/withdraw": why,
        "/requests/{voting}/steps/withdraw": why,
        "/requests/{approved}/steps/lapse": why,
        "/requests/{approved}/steps/close": why,
        "/requests/{draft}/rebase": {"expected": "x"},
        "/policy/proposals/new": {"why": "The threshold is too high."},
        "/policy/proposals/1/publish": {},
        "/policy/proposals/2/publish": {},
        "/policy/proposals/1/withdraw": {},
        "/catalogue/assets/import": {},
        "/catalogue/assets/import/confirm": {},
        "/requests/{rejected}/again": {},
        "/requests/{approved}/again": {},
        "/requests/{voting}/again": {},
        "/requests/{case}/co-authors": {"person": str(site.council.people["colleague"])},
        "/requests/{voting}/co-authors": {"person": str(site.council.people["colleague"])},
        "/requests/{together}/co-authors/{colleague}/remove": {},
        "/requests/{draft}/comments": {"section": "need", "words": "How many?"},
        "/requests/{voting}/comments": {"section": "", "words": "How many?"},
        "/requests/{rejected}/comments": {"section": "", "words": "How many?"},
        "/requests/{draft}/sections/need": {**typed(CHECK), "title": "CAD", "seen": "1"},
        "/requests/{case}/sections/strategic": strategic,
        "/requests/{case}/sections/strategic/draft": {"why_now": "Bec", "seen": "1"},
        "/requests/{voting}/sections/strategic/draft": {"why_now": "Bec", "seen": "1"},
        "/requests/{case}/sections/strategic/discard": {},
        "/requests/{voting}/sections/strategic/discard": {},
        "/requests/{voting}/sections/strategic": strategic,
        "/requests/{approved}/sections/strategic": strategic,
        "/requests/{case}/benefits/new": {**BENEFIT, "seen": "1"},
        "/requests/{case}/benefits/1": {**BENEFIT, "seen": "1"},
        "/requests/{case}/benefits/1/remove": {"seen": "1"},
        "/requests/{case}/ask-sponsor": {"sponsor": str(site.council.people["sponsor"])},
        "/requests/{asked}/endorse": {"verdict": "endorsed", "submission": str(submission)},
        "/requests/{referred}/review/assessments/standards": {"verdict": "satisfied"},
        "/requests/{referred}/review/assessments/funding": {"verdict": "satisfied"},
        "/requests/{own}/review/assessments/standards": {"verdict": "satisfied"},
        "/requests/{voting}/review/interest": {"interest": "none"},
        "/requests/{own}/review/interest": {"interest": "none"},
        "/requests/{voting}/review/vote": {"choice": "approve"},
        "/requests/{own}/review/vote": {"choice": "approve"},
        "/requests/{voting}/review/close": {"expected": "approve", "reasons": "As discussed."},
        "/requests/{recused}/review/close": {"expected": "approve", "reasons": "As discussed."},
        "/requests/{own}/review/close": {"expected": "approve", "reasons": "As discussed."},
        "/non-compliance/{open}/answer": {"done": "Talked to all."},
        "/non-compliance/report": {
            "directorate": "environment",
            "what": "Two screens",
            "supplier": "A shop",
            "amount": "340",
            "bought_on-day": "1",
            "bought_on-month": "10",
            "bought_on-year": "2026",
            "evidence": "An invoice.",
            "rules": "NC-1",
        },
        "/non-compliance/{reported}/correct": {
            "what": "Two screens",
            "supplier": "A shop",
            "amount": "341",
            "bought_on-day": "1",
            "bought_on-month": "10",
            "bought_on-year": "2026",
            "evidence": "An invoice.",
            "why": "A digit was wrong.",
        },
        "/admin/people/new": INVITED,
        "/admin/people/{person}/details": {"name": "Another Name", "job_title": "Officer"},
        "/admin/people/{person}/roles/new": {"role": "auditor", "directorate": "", "body": ""},
        "/admin/people/{person}/roles/{grant}/end": {
            "ends_on-day": "31",
            "ends_on-month": "3",
            "ends_on-year": "2041",
        },
        "/admin/people/{person}/link": {},
        "/admin/people/{person}/end-sessions": {},
        "/admin/people/{person}/disable": {},
        "/admin/people/{left}/enable": {},
        "/admin/people/{person}/hand-over": {
            "requester_environment": str(site.council.people["colleague"])
        },
        "/lists/requests/saved": {"name": "Dear", "query": "sort=cost"},
        "/lists/audit/saved": {"name": "Dear", "query": "sort=cost"},
        "/lists/nothing/saved": {"name": "Dear", "query": "sort=cost"},
        "/lists/saved/{saved}/remove": {},
        "/non-compliance/{answered}/answer": {"done": "And wrote."},
        "/non-compliance/{answered}/close": {"note": "Enough."},
        "/non-compliance/{answered}/reopen": {"note": "And who?"},
    }


def at(address: str, places: dict[str, str]) -> str:
    """The path of an address of the grid."""
    return address.format(**places, none=NO_TOKEN)
