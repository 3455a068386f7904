"""The real services driven beside the model: every act is tried on both, and both must agree."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.db import Database
from procureflow.domain.errors import Refusal
from procureflow.models import (
    Assessment,
    Decision,
    Declaration,
    DirectorateAction,
    NonComplianceRecord,
    SectionVersion,
    Submission,
    Vote,
)
from procureflow.models import Request as RequestRow
from procureflow.models import Review as ReviewRow
from procureflow.queries import business_cases as content
from procureflow.queries.evidence import verify
from procureflow.services import business_cases, compliance, requests, reviews
from tests.assurance import lifecycle_model as model
from tests.assurance.acts import PARTICULARS
from tests.assurance.lifecycle_model import OTHER, PART, WHOLE
from tests.factories.council import CASE, CHECK, DESKTOP, Council

DIRECTORATE = "environment"
#: What each section leaves out where it is written in part.
LEFT_OUT = {
    "strategic": "why_now",
    "economic": "benefits",
    "commercial": "quote",
    "financial": "training_cost",
    "management": "training",
}
#: An answer of each section that may be worded in another way.
WORDED = {
    "need": "need",
    "strategic": "why_now",
    "commercial": "quote",
    "financial": "budget_code",
    "management": "training",
}
ACCOUNTS = st.sampled_from(
    [
        *("requester", "colleague", "sponsor", "sponsor2", "director", "secretary", "auditor"),
        *("ict", "finance", "chair", "member1", "member2", "member3", "member4", "stranger"),
    ]
)
MEMBERS = st.sampled_from([*model.PEOPLE.members, "requester", "secretary", "stranger"])
SECTIONS = st.sampled_from([model.CHECK_SECTION, *model.CASE_SECTIONS])
STAGES = (
    "draft",
    "cleared",
    "case",
    "written",
    "asked",
    "endorsed",
    "referred",
    "assessed",
    "voted",
    "rejected",
)
TRIGGERS = st.sampled_from(
    [
        *("clear", "start_business_case", "withdraw", "lapse", "close"),
        *("approve", "reject", "return_for_information", "refer_to_group"),
    ]
)
CHOICES = st.sampled_from(["approve", "reject", "return", "abstain"])


@dataclass(eq=False)
class Case:
    """One request: its row's id, its model, and the ids of what belongs to it."""

    id: int
    model: model.Request
    check: dict[str, Any]
    submissions: list[int] = field(default_factory=list)
    reviews: list[int] = field(default_factory=list)


class Lifecycle(RuleBasedStateMachine):
    """Acts of the right people and of others, in any order.

    `founded` is a SQLite database with a council in it, `people` its accounts.
    """

    founded: ClassVar[Path]
    people: ClassVar[dict[str, int]]

    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="procureflow_machine_")
        path = Path(self.folder.name, "machine.db")
        shutil.copy(self.founded, path)
        self.council = Council(Database(f"sqlite:///{path}"), people=dict(self.people))
        self.names = {person: account for account, person in self.people.items()}
        self.watch = sqlite3.connect(path)
        self.seen_at = -1
        self.known: list[Case] = []

    def teardown(self) -> None:
        """Whatever happened, the history must account for it."""
        self.watch.close()
        self.council.db.dispose()
        self.folder.cleanup()

    # --- trying an act on both ------------------------------------------------------------------

    def stamp(self) -> int:
        """A number that changes with every commit that writes."""
        (number,) = self.watch.execute("PRAGMA data_version").fetchone()
        return int(number)

    def attempt(self, allowed: bool, service: Callable[..., Any], by: str, **arguments: Any) -> Any:
        """Do it, and see that it goes through exactly where the model says so."""
        before = self.stamp()
        try:
            gave = self.council.act(service, by=by, **arguments)
            refused = ""
        except Refusal as refusal:
            gave, refused = None, f"{type(refusal).__name__}: {refusal.message}"
        about = f"{service.__name__} by {by} with {arguments}: {refused or 'done'}"
        assert allowed == (not refused), about
        assert allowed or self.stamp() == before, f"it left a row: {about}"
        return gave

    def lead(self, case: Case, stage: str, choice: str) -> None:
        """The right acts of the right people, up to a stage."""
        wanted, it = STAGES.index(stage), case.model
        if stage == "cleared":
            self.step(case, it.requester, "clear")
            return
        if wanted >= STAGES.index("case"):
            self.step(case, it.requester, "start_business_case")
        if wanted >= STAGES.index("written"):
            for section in model.CASE_SECTIONS:
                self.write(case, it.requester, section, WHOLE, 0)
        if wanted >= STAGES.index("asked"):
            self.ask(case, it.requester, "member3" if it.requester == "member2" else "sponsor")
        if wanted >= STAGES.index("endorsed") and it.sponsor:
            self.answer(case, it.sponsor, True, 0)
        if wanted >= STAGES.index("referred"):
            self.refer(case, it.requester)
        if wanted >= STAGES.index("assessed"):
            for kind, by in model.ASSESSMENTS.items():
                self.assess(case, by, kind)
        if wanted >= STAGES.index("voted"):
            for by in ("chair", "member1", "member4", "member5"):
                self.declare(case, by, "none")
                self.vote(case, by, "reject" if stage == "rejected" else choice)
        if wanted >= STAGES.index("rejected"):
            self.close(case, "chair", "reject", True)

    # --- the rules ------------------------------------------------------------------------------

    @initialize(
        target=cases,
        by=st.sampled_from(["requester", "member2"]),
        stage=st.sampled_from(STAGES),
        choice=CHOICES,
    )
    def begin(self, by: str, stage: str, choice: str) -> Case:
        """A request that has come some way already: what matters happens late."""
        cleared = stage == "cleared"
        case = self.opened(by, not cleared, False)
        self.lead(case, stage, choice)
        return case

    @rule(
        target=cases,
        by=st.sampled_from(sorted(model.PEOPLE.requesters)),
        exception=st.booleans(),
        ordered=st.booleans(),
    )
    def open(self, by: str, exception: bool, ordered: bool) -> Case:
        """Another request."""
        return self.opened(by, exception, ordered)

    def opened(self, by: str, exception: bool, ordered: bool) -> Case:
        """A request for software, or for a desktop that needs no exception."""
        check = {**(CHECK if exception else DESKTOP), "already_ordered": ordered}
        needs = exception or ordered
        request, _ = self.attempt(
            True, requests.open_request, by, directorate=DIRECTORATE, answers=check
        )
        case = Case(request, model.Request(by, needs_exception=needs), check)
        self.known.append(case)
        return case

    @rule(by=st.sampled_from(["sponsor", "director", "chair", "requester2", "stranger"]))
    def open_elsewhere(self, by: str) -> None:
        """Nobody asks for a directorate in which they aren't a requester."""
        self.attempt(False, requests.open_request, by, directorate=DIRECTORATE, answers=CHECK)

    @rule(
        case=cases,
        by=ACCOUNTS,
        mine=st.booleans(),
        section=SECTIONS,
        words=st.sampled_from([WHOLE, OTHER, PART]),
        behind=st.sampled_from([0, 0, 0, 1, -1]),
    )
    def edit(self, case: Case, by: str, mine: bool, section: str, words: str, behind: int) -> None:
        """Write a section, having seen the last version or not."""
        last = len(case.model.written.get(section, []))
        self.write(case, case.model.requester if mine else by, section, words, last - behind)

    def write(self, case: Case, by: str, section: str, words: str, seen: int) -> None:
        """Write a section in these words."""
        allowed = case.model.write(by, section, words, seen)
        self.attempt(
            allowed,
            requests.write_section,
            by,
            request_id=case.id,
            section=section,
            answers=_answers(case, section, words),
            seen_version=seen,
        )

    @rule(case=cases, by=ACCOUNTS, mine=st.booleans(), trigger=TRIGGERS)
    def take_step(self, case: Case, by: str, mine: bool, trigger: str) -> None:
        """Any step by anybody; withdrawing is left to a rule of its own."""
        if trigger != "withdraw":
            self.step(case, case.model.requester if mine else by, trigger)

    @rule(case=cases, by=ACCOUNTS, sure=st.integers(0, 9))
    def withdraw(self, case: Case, by: str, sure: int) -> None:
        """Now and then somebody gives up."""
        self.step(case, case.model.requester if sure == 0 else by, "withdraw")

    def step(self, case: Case, by: str, trigger: str) -> None:
        """A step."""
        allowed = case.model.step(by, trigger)
        self.attempt(allowed, requests.take_step, by, request_id=case.id, trigger=trigger)

    @rule(
        case=cases,
        by=ACCOUNTS,
        mine=st.booleans(),
        sponsor=st.sampled_from(
            ["sponsor", "sponsor", "member3", "sponsor2", "requester", "chair"]
        ),
    )
    def ask_sponsor(self, case: Case, by: str, mine: bool, sponsor: str) -> None:
        """Ask somebody to endorse it."""
        self.ask(case, case.model.requester if mine else by, sponsor)

    def ask(self, case: Case, by: str, sponsor: str) -> None:
        """Put it to a sponsor."""
        allowed = case.model.ask(by, sponsor)
        gave = self.attempt(
            allowed,
            business_cases.ask_for_endorsement,
            by,
            request_id=case.id,
            sponsor_id=self.people[sponsor],
        )
        if allowed and gave not in case.submissions:
            case.submissions.append(gave)

    @rule(
        case=cases,
        by=ACCOUNTS,
        asked=st.booleans(),
        endorses=st.booleans(),
        behind=st.sampled_from([0, 0, 0, 1]),
    )
    def answer_as(self, case: Case, by: str, asked: bool, endorses: bool, behind: int) -> None:
        """Endorse or send back: who was asked or somebody else, this version or an older one."""
        number = len(case.submissions) - 1 - behind
        who = case.model.sponsor if asked and case.model.sponsor else by
        self.answer(case, who, endorses, number)

    def answer(self, case: Case, by: str, endorses: bool, number: int) -> None:
        """A sponsor's answer."""
        allowed = case.model.answer(by, number, "endorsed" if endorses else "sent_back")
        self.attempt(
            allowed,
            business_cases.endorse if endorses else business_cases.send_back,
            by,
            request_id=case.id,
            submission_id=case.submissions[number] if 0 <= number < len(case.submissions) else 0,
            note="Because.",
        )

    @rule(case=cases, by=ACCOUNTS, mine=st.booleans())
    def refer_as(self, case: Case, by: str, mine: bool) -> None:
        """Refer it to the group."""
        self.refer(case, case.model.requester if mine else by)

    def refer(self, case: Case, by: str) -> None:
        """Put it before the group."""
        allowed = case.model.refer(by)
        review = self.attempt(allowed, business_cases.refer_to_group, by, request_id=case.id)
        if allowed:
            case.reviews.append(review)

    @rule(
        case=cases,
        by=st.sampled_from(["ict", "finance", "chair"]),
        kind=st.sampled_from(sorted(model.ASSESSMENTS)),
    )
    def assess(self, case: Case, by: str, kind: str) -> None:
        """An assessment."""
        self.attempt(
            case.model.assess(by, kind),
            reviews.record_assessment,
            by,
            review_id=_last(case.reviews),
            kind=kind,
            verdict="satisfied_if",
            note="Where it is backed up.",
        )

    @rule(
        case=cases,
        by=MEMBERS,
        interest=st.sampled_from(["none", "none", "personal", "prejudicial"]),
    )
    def declare(self, case: Case, by: str, interest: str) -> None:
        """A declaration of interest."""
        self.attempt(
            case.model.declare(by, interest),
            reviews.declare_interest,
            by,
            review_id=_last(case.reviews),
            interest=interest,
            note="" if interest == "none" else "My partner works for the supplier.",
        )

    @rule(case=cases, by=MEMBERS, choice=CHOICES)
    def vote(self, case: Case, by: str, choice: str) -> None:
        """A vote, or a change of one."""
        self.attempt(
            case.model.vote(by, choice),
            reviews.cast_vote,
            by,
            review_id=_last(case.reviews),
            choice=choice,
            reason="It is right.",
        )

    @rule(
        case=cases,
        by=MEMBERS,
        presides=st.booleans(),
        right=st.booleans(),
        expected=st.sampled_from(sorted(PARTICULARS)),
        acts=st.booleans(),
    )
    def close_as(
        self, case: Case, by: str, presides: bool, right: bool, expected: str, acts: bool
    ) -> None:
        """Close the voting, expecting what the votes give or something else."""
        review = case.model.review
        if review is not None:
            decided, presiding = case.model.outcome(review)
            by = presiding if presides and presiding else by
            expected = decided if right and decided else expected
        self.close(case, by, expected, acts)

    def close(self, case: Case, by: str, expected: str, acts: bool) -> None:
        """Record a decision."""
        particulars = PARTICULARS[expected]
        if expected == "reject":
            particulars = {"rules": ["NC-1" if acts else "EMB-1"]}
        self.attempt(
            case.model.close(by, expected, acts),
            reviews.close_voting,
            by,
            review_id=_last(case.reviews),
            expected=expected,
            reasons="As discussed.",
            **particulars,
        )

    @rule(case=cases, by=st.sampled_from(["director", "secretary", "sponsor", "chair"]))
    def answer_action(self, case: Case, by: str) -> None:
        """A director says what was done."""
        self.attempt(
            case.model.answer_action(by),
            compliance.answer_action,
            by,
            record_id=self._record(case),
            done="The order was cancelled.",
        )

    @rule(
        case=cases,
        by=st.sampled_from(["secretary", "chair", "director", "member1"]),
        how=st.sampled_from(["close", "reopen"]),
    )
    def end_action(self, case: Case, by: str, how: str) -> None:
        """Somebody closes the directorate action, or finds that it is not enough."""
        allowed, record = case.model.end_action(by, how), self._record(case)
        if how == "close":
            self.attempt(allowed, compliance.close_action, by, record_id=record, note="Enough.")
        else:
            self.attempt(allowed, compliance.reopen_action, by, record_id=record, why="No.")

    def _record(self, case: Case) -> int:
        query = select(NonComplianceRecord.id).where(NonComplianceRecord.request_id == case.id)
        with self.council.db.reading() as session:
            return session.scalar(query) or 0

    # --- what always holds ----------------------------------------------------------------------

    @invariant()
    def everything_is_as_the_model_has_it(self) -> None:
        """Looked at only where something was written."""
        if self.stamp() == self.seen_at:
            return
        with self.council.db.reading() as session:
            for case in self.known:
                self._compare(session, case)
            _four_eyes(session)
            report = verify(session)
        assert not report.faults, report.faults
        self.seen_at = self.stamp()

    def _compare(self, session: Session, case: Case) -> None:
        it, row = case.model, session.get_one(RequestRow, case.id)
        assert row.state == it.state
        assert (self.names[row.sponsor_id] if row.sponsor_id else None) == it.sponsor
        written = select(SectionVersion).where(SectionVersion.request_id == case.id)
        versions = {(s.section, s.version): s.answers for s in session.scalars(written)}
        assert versions == {
            (section, number): _answers(case, section, words)
            for section, all_words in it.written.items()
            for number, words in enumerate(all_words, start=1)
        }
        submitted = select(Submission).where(Submission.request_id == case.id)
        found = [
            (
                tuple(
                    (key, pinned.version)
                    for key, pinned in content.pinned_sections(session, submission.id).items()
                ),
                answer.verdict
                if (answer := content.endorsement_of(session, submission.id))
                else None,
            )
            for submission in session.scalars(submitted.order_by(Submission.number))
        ]
        assert found == [(s.content, s.verdict) for s in it.submissions]
        self._compare_reviews(session, case)
        owed = session.scalars(
            select(DirectorateAction)
            .join(NonComplianceRecord, NonComplianceRecord.id == DirectorateAction.record_id)
            .where(NonComplianceRecord.request_id == case.id)
        ).one_or_none()
        assert (owed is None) == (it.action is None)
        if owed is not None and it.action is not None:
            assert self._name(owed.done_by) == it.action.answered_by
            assert self._name(owed.closed_by) == it.action.closed_by

    def _compare_reviews(self, session: Session, case: Case) -> None:
        rows = session.scalars(select(ReviewRow).where(ReviewRow.request_id == case.id))
        found = {row.id: row for row in rows}
        assert sorted(found) == case.reviews
        for key, review in zip(case.reviews, case.model.reviews, strict=True):
            kinds = session.scalars(select(Assessment.kind).where(Assessment.review_id == key))
            interests = session.scalars(select(Declaration).where(Declaration.review_id == key))
            votes = session.scalars(select(Vote).where(Vote.review_id == key))
            decision = session.scalars(
                select(Decision).where(Decision.review_id == key)
            ).one_or_none()
            assert (found[key].closed_at is None) == review.open
            assert set(kinds) == review.assessed
            assert {self._name(d.person_id): d.interest for d in interests} == review.interests
            assert {self._name(v.person_id): v.choice for v in votes} == review.votes
            assert (decision.outcome if decision else None) == review.outcome

    def _name(self, person: int | None) -> str | None:
        return None if person is None else self.names[person]


def _four_eyes(session: Session) -> None:
    """What must hold of the rows whatever the model says."""
    decided = select(Decision, RequestRow).join(RequestRow, RequestRow.id == Decision.request_id)
    for decision, request in session.execute(decided):
        voters = set(
            session.scalars(select(Vote.person_id).where(Vote.review_id == decision.review_id))
        )
        judges = voters | {decision.decided_by}
        assert not judges & {request.requester_id, request.sponsor_id}, "somebody judged their own"
        assert decision.tally["present"] >= model.QUORUM, "decided without a quorum"
        assert len(voters) >= 1
    for vote in session.scalars(select(Vote)):
        declared = session.get(Declaration, (vote.review_id, vote.person_id))
        assert declared is not None, "a vote without a declaration"
        assert declared.interest == vote.interest != "prejudicial"


def _answers(case: Case, section: str, words: str) -> dict[str, Any]:
    """A section written as a whole, in other words, or in part."""
    whole = dict(case.check if section == model.CHECK_SECTION else CASE[section])
    if words == PART:
        whole.pop(LEFT_OUT.get(section, "need"))
    elif words == OTHER:
        if section == "economic":
            whole["benefits"] = [{**whole["benefits"][0], "target": "10"}]
        else:
            whole[WORDED[section]] = "Said in another way."
    return whole


def _last(ids: list[int]) -> int:
    return ids[-1] if ids else 0
