"""A council in an empty database, with a person for every role, and the way of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from procureflow.adapters.files import read_documents
from procureflow.db import Database
from procureflow.domain.bundle import load_bundle
from procureflow.domain.permissions import Role
from procureflow.models import Grant
from procureflow.services import business_cases, checks, people, policies, requests, reviews

HEREFORDSHIRE = Path(__file__).parents[2] / "config" / "herefordshire"
#: A Monday after the handover to the Information Policy Group.
BEGINNING = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
GROUP = "information_policy_group"

#: account → (role, scope)
PEOPLE: dict[str, tuple[tuple[Role, dict[str, Any]], ...]] = {
    "requester": ((Role.REQUESTER, {"directorate": "environment"}),),
    "colleague": ((Role.REQUESTER, {"directorate": "environment"}),),
    "requester2": ((Role.REQUESTER, {"directorate": "children_young_people"}),),
    "sponsor": ((Role.SPONSOR, {"directorate": "environment"}),),
    "sponsor2": ((Role.SPONSOR, {"directorate": "children_young_people"}),),
    "director": ((Role.DIRECTOR, {"directorate": "environment"}),),
    "ict": ((Role.ICT_ASSESSOR, {}),),
    "finance": ((Role.FINANCE_ASSESSOR, {}),),
    "member1": ((Role.VICE_CHAIR, {"body": GROUP}),),
    **{f"member{n}": ((Role.MEMBER, {"body": GROUP}),) for n in range(2, 6)},
    "chair": ((Role.CHAIR, {"body": GROUP}),),
    "secretary": ((Role.SECRETARY, {"body": GROUP}),),
    "auditor": ((Role.AUDITOR, {}),),
    "policy1": ((Role.POLICY_OFFICER, {}),),
    "admin": ((Role.ADMINISTRATOR, {}),),
    "stranger": (),
    "policy2": ((Role.POLICY_OFFICER, {}),),
}
#: The directorates of those who don't ask for Environment.
ASKS_FOR = {"requester2": "children_young_people"}
MEMBERS = ("chair", "member1", "member2", "member3", "member4", "member5")

CHECK: dict[str, Any] = {
    "title": "CAD licences for the highways design team",
    "category": "software",
    "catalogue_option": "none",
    "job_role": "technical",
    "place": "Plough Lane, second floor",
    "need": "Designers can't open the drawings that contractors send.",
    "whole_life_cost": "64415.00",
    "life_years": 3,
    "replacing": False,
    "already_ordered": False,
    "novel": False,
}
DESKTOP: dict[str, Any] = {
    **CHECK,
    "title": "A desktop for the new planning officer",
    "category": "desktop",
    "catalogue_option": "desktop_standard",
    "job_role": "office",
    "whole_life_cost": "612.00",
}
CASE: dict[str, dict[str, Any]] = {
    "strategic": {
        "case_need": "140 drawings came back wrong last year.",
        "why_now": "Paper drawings end on 1 April 2027.",
        "standard_why_not": "The viewer can't change drawings, which is the work of the post.",
        "priority_project": False,
        "council_plan": "Local Transport Plan, aim 2: repair roads sooner.",
        "objectives": "By June 2027 no drawing waits more than a day.",
        "if_nothing_is_done": "From April 2027 scanning costs £21,000 a year.",
        "depends_on": "The new graphics cards, due in February 2027.",
        "belongs_to": "Highways improvement programme, 12 March 2026",
    },
    "economic": {
        "benefits": [
            {
                "description": "Fewer drawings come back wrong",
                "class": "quantifiable",
                "change": "Drawings are exchanged as files",
                "owner": "Head of Highways",
                "measure": "Drawings returned a year",
                "baseline": "140 in 2025/26",
                "target": "20",
                "expected": "2041-03-31",
            }
        ],
        "options_considered": "Stay as now; share four licences, £30,000; a licence each, £64,415.",
        "preferred_option": "A licence each: all eleven designers draw every day.",
    },
    "commercial": {
        "case_supplier": "A supplier",
        "quote": "£64,415 over three years",
        "route_to_market": "quotes",
        "contract_length": "Three years from 1 March 2040",
        "contract_manager": "Highways contracts manager",
        "way_out": "Three months' notice. Drawings are ordinary files on our own disks.",
        "small_supplier": "yes",
    },
    "financial": {
        "budget_code": "ENV-4410-27",
        "budget_holder": "Head of Highways",
        "project_management_cost": "4000.00",
        "training_cost": "3300.00",
        "funding_source": "own_revenue",
        "running_cost_owner": "Head of Highways",
    },
    "management": {
        "go_live": "2040-03-01",
        "training": "Two days each.",
        "plan": "Ordered in January, installed in February, in use on 1 March 2040.",
        "project_manager": "Highways systems officer",
        "project_board": "Highways project board, with the Head of Highways in the chair",
        "review_on": "2040-12-01",
        "technical_appraisal": "ICT standards manager",
        "financial_appraisal": "Finance business partner",
        "main_risks": "Training slips in winter (likely): two dates each. Design team leader.",
        "data_protection": "Log-in names only. The information security officer checks it.",
        "equality": "One designer uses a screen magnifier, and has tried it.",
    },
}
SEPARATE = {"why_separate": "It is for another team."}
CAME_ABOUT = {"how_it_came_about": "By telephone, in August."}


def case_of(*, already_ordered: bool = False, **_: Any) -> dict[str, dict[str, Any]]:
    """The case that a check with these answers asks for, whatever else was asked for before."""
    case = {**CASE, "financial": {**CASE["financial"], **SEPARATE}}
    if not already_ordered:
        return case
    return {**case, "strategic": {**CASE["strategic"], **CAME_ABOUT}}


@dataclass
class Council:
    """A council to act in. `now` moves an hour with each act."""

    db: Database
    people: dict[str, int] = field(default_factory=dict)
    now: datetime = BEGINNING

    def tick(self) -> datetime:
        """An hour later."""
        self.now += timedelta(hours=1)
        return self.now

    def act(self, service: Any, /, by: str | None = None, **arguments: Any) -> Any:
        """One service call by that account, in a unit of work of its own."""
        if by is not None:
            arguments["actor_id"] = self.people[by]
        with self.db.unit_of_work() as session:
            return service(session, now=self.tick(), **arguments)

    def publish(self, effective: date, documents: Mapping[str, str]) -> str:
        """Further documents in force from that day. Returns the bundle's hash."""
        proposal = self.act(
            policies.propose_bundle,
            by="policy1",
            documents=documents,
            effective_from=effective,
            why="The documents change.",
        )
        self.act(policies.publish_bundle, by="policy2", proposal_id=proposal)
        return load_bundle(documents).hash

    # --- the way of a request -------------------------------------------------------------------

    def end_roles(self, who: str) -> None:
        """They hold no role any more."""
        with self.db.reading() as session:
            held = session.scalars(select(Grant.id).filter_by(person_id=self.people[who])).all()
        for grant in held:
            self.act(people.end_role, grant_id=grant, ends_on=self.now.date(), actor_id=None)

    def checked(self, by: str = "requester", **answers: Any) -> int:
        """A check in hand with these answers."""
        given = {"by": by, "directorate": "environment"}
        check: int = self.act(checks.begin, **given)
        for question, value in answers.items():
            self.act(checks.answer, by=by, check_id=check, question=question, value=value)
        return check

    def opened(self, by: str = "requester", **answers: Any) -> int:
        """A draft. Returns its id."""
        directorate = ASKS_FOR.get(by, "environment")
        request, _ = self.act(
            requests.open_request, by=by, directorate=directorate, answers={**CHECK, **answers}
        )
        return int(request)

    def case_written(self, by: str = "requester", **answers: Any) -> int:
        """A business case with every answer."""
        request = self.opened(by, **answers)
        self.act(requests.take_step, by=by, request_id=request, trigger="start_business_case")
        for section, written in case_of(**answers).items():
            self.act(
                requests.write_section,
                by=by,
                request_id=request,
                section=section,
                answers=written,
                seen_version=0,
            )
        return request

    def asked(self, by: str = "requester", **answers: Any) -> tuple[int, int]:
        """(request, submission): put to its sponsor."""
        request = self.case_written(by, **answers)
        submission = self.act(
            business_cases.ask_for_endorsement,
            by=by,
            request_id=request,
            sponsor_id=self.people["sponsor"],
        )
        return request, submission

    def sent_back(self, note: str) -> tuple[int, int]:
        """(request, submission): its sponsor asks for changes."""
        request, submission = self.asked()
        about = {"request_id": request, "submission_id": submission}
        self.act(business_cases.send_back, by="sponsor", note=note, **about)
        return request, submission

    def endorsed(self, by: str = "requester", **answers: Any) -> int:
        """Endorsed by its sponsor."""
        request, submission = self.asked(by, **answers)
        self.act(business_cases.endorse, by="sponsor", request_id=request, submission_id=submission)
        return request

    def referred(self, by: str = "requester", **answers: Any) -> tuple[int, int]:
        """(request, review): before the group."""
        request = self.endorsed(by, **answers)
        review = self.act(business_cases.refer_to_group, by=by, request_id=request)
        return request, review

    def referred_again(self, request: int) -> int:
        """What the group sent back, answered, endorsed and referred. Returns the new review."""
        asked = {**CASE["commercial"], "quote": "Two quotes: £64,415 and £71,200."}
        self.act(
            requests.write_section,
            by="requester",
            request_id=request,
            section="commercial",
            answers=asked,
            seen_version=1,
        )
        submission = self.act(
            business_cases.ask_for_endorsement,
            by="requester",
            request_id=request,
            sponsor_id=self.people["sponsor"],
        )
        self.act(business_cases.endorse, by="sponsor", request_id=request, submission_id=submission)
        return int(self.act(business_cases.refer_to_group, by="requester", request_id=request))

    def assessed(
        self, by: str = "requester", *, verdict: str = "satisfied", note: str = "", **answers: Any
    ) -> tuple[int, int]:
        """(request, review): both assessments are in."""
        request, review = self.referred(by, **answers)
        for assessor, kind in (("ict", "standards"), ("finance", "funding")):
            given = {"review_id": review, "kind": kind, "verdict": verdict, "note": note}
            self.act(reviews.record_assessment, by=assessor, **given)
        return request, review

    def voted(self, *choices: str, **answers: Any) -> tuple[int, int]:
        """(request, review): the chair and then the members voted like that."""
        request, review = self.assessed(**answers)
        for by, choice in zip(MEMBERS, choices, strict=False):
            self.declare(review, by)
            self.vote(review, by, choice)
        return request, review

    def declare(self, review: int, by: str, interest: str = "none") -> None:
        """A declaration of interest."""
        note = "" if interest == "none" else "My partner works for the supplier."
        self.act(reviews.declare_interest, by=by, review_id=review, interest=interest, note=note)

    def vote(self, review: int, by: str, choice: str = "approve") -> None:
        """A vote."""
        self.act(reviews.cast_vote, by=by, review_id=review, choice=choice, reason="It is right.")

    def closed(self, outcome: str, **answers: Any) -> tuple[int, int]:
        """(request, review): decided like that by chair and two members."""
        request, review = self.voted(outcome, outcome, outcome, **answers)
        particulars: dict[str, Any] = {
            "approve": {"conditions": ["Train everybody before go-live."]},
            "reject": {"rules": ["NC-1"]},
            "return": {"sections": ["commercial"]},
        }[outcome]
        self.act(
            reviews.close_voting,
            by="chair",
            review_id=review,
            expected=outcome,
            reasons="As discussed.",
            **particulars,
        )
        return request, review


def found(db: Database, folder: Path = HEREFORDSHIRE) -> Council:
    """Seed a migrated, empty database with the council and its people."""
    council = Council(db)
    with db.unit_of_work() as session:
        policies.seed(
            session, documents=read_documents(folder), demonstration=False, now=council.now
        )
        for account, grants in PEOPLE.items():
            person = people.add_person(
                session,
                email=f"{account}@council.example",
                name=f"{account.title()} Person",
                job_title=account.title(),
                actor_id=people.CONSOLE,
                now=council.now,
            )
            council.people[account] = person
            for role, scope in grants:
                people.grant_role(
                    session,
                    person_id=person,
                    role=role,
                    actor_id=people.CONSOLE,
                    now=council.now,
                    starts_on=BEGINNING.date() - timedelta(days=365),
                    **scope,
                )
    return council
