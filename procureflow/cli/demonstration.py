"""Playing a council's `demonstration.yaml` into an empty database, through the services.

Every request walks its own way at moments of the past, so that the history is as true as any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from procureflow.adapters import clock, files
from procureflow.cli.database import FOUNDED_DAYS_AGO, NotReady
from procureflow.cli.scenes import Demonstration, Hearing, Report, Scene, Somebody
from procureflow.db import Database
from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import LONDON, local_day
from procureflow.domain.definitions.source import parse, validate
from procureflow.domain.definitions.workflow import State, StateKind
from procureflow.domain.errors import GuardRefused, InvalidInput, Refusal
from procureflow.domain.permissions import Permission, Role
from procureflow.domain.voting import Choice
from procureflow.models import NonComplianceRecord, OutboxItem, Person, Review
from procureflow.queries import people as people_reading
from procureflow.queries import policies as policy_reading
from procureflow.queries import reviews as reviews_reading
from procureflow.services import (
    assets,
    business_cases,
    checks,
    compliance,
    people,
    requests,
    reviews,
)
from procureflow.settings import Settings

FILE = "demonstration.yaml"
DOMAIN = "demo.example"
PASSWORD = "kettle-orchard-lantern"  # noqa: S105 (printed: it opens nothing but a demonstration)
STEP = timedelta(minutes=110)
#: Nobody works outside these hours of the day.
FIRST_HOUR, LAST_HOUR = 9, 17
SATURDAY = 5

_AHEAD = re.compile(r"in (\d{1,4}) days")

#: The accounts that every demonstration has.
ACCOUNTS = (
    *("requester", "requester2", "sponsor", "director", "ict", "finance"),
    *(f"member{number}" for number in range(1, 6)),
    *("chair", "secretary", "auditor", "policy1", "policy2", "admin"),
)


def accounts(database: Database) -> list[str]:
    """Everybody who can sign in to the demonstration."""
    with database.reading() as session:
        found = session.scalars(select(Person.email).order_by(Person.id))
        return [email.partition("@")[0] for email in found]


def prepare(database: Database, settings: Settings) -> str:
    """Play the demonstration, unless it was played already. Returns the accounts' password."""
    with database.reading() as session:
        installation = policy_reading.installation(session)
        begun = session.scalar(select(Person.id).limit(1)) is not None
        bundle = policy_reading.bundle_in_force(session, clock.now().date())
    if installation is None or not installation.demonstration:
        raise NotReady(
            "This database holds a real council: set PROCUREFLOW_DATABASE_URL to another one for "
            "the demonstration."
        )
    if not begun:
        path = settings.council_folder / FILE
        if not path.is_file():
            raise NotReady(f"{path} is missing: the council has no demonstration to play.")
        script = validate(parse(FILE, files.read_text(path)), Demonstration)
        Player(database, bundle, clock.now()).play(script)
    return PASSWORD


def welcome(address: str, password: str, others: Iterable[str] = ()) -> str:
    """What `make run` prints: where it is and who can sign in. `others` are all accounts."""
    accounts = " ".join(ACCOUNTS)
    further = [name for name in others if name not in ACCOUNTS]
    if further:
        accounts = f"{accounts}; and {' '.join(further)}"
    return (
        f"\nProcureFlow, a demonstration council: {address}\n"
        f"Accounts, each @{DOMAIN}: {accounts}\n"
        f"Password of all: {password}\n"
    )


def _in_scene(scene: Scene, refusal: Refusal) -> str:
    """Why a request of the script can't go its way."""
    errors = refusal.errors.items() if isinstance(refusal, InvalidInput) else ()
    found = refusal.findings if isinstance(refusal, GuardRefused) else ()
    said = [f"{name}: {words}" for name, words in errors] + [f.words for f in found]
    why = " ".join(said) or f"{refusal.message} {refusal.remedy}"
    return f"{FILE}: the request “{scene.check.get('title')}” can’t be played. {why}"


def _at_work(moment: datetime) -> datetime:
    """That moment, or where nobody works then the next morning on which somebody does."""
    local = moment.astimezone(LONDON)
    if local.weekday() < SATURDAY and FIRST_HOUR <= local.hour < LAST_HOUR:
        return moment
    morning = local.replace(hour=FIRST_HOUR, minute=local.minute // 2)
    while morning < local or morning.weekday() >= SATURDAY:
        morning += timedelta(days=1)
    return morning.astimezone(UTC)


class Player:
    """Acts as the people of the script, each act some time after the one before."""

    def __init__(self, database: Database, bundle: Bundle, today: datetime) -> None:
        self.database, self.bundle, self.today = database, bundle, today
        self.now = today - timedelta(days=FOUNDED_DAYS_AGO)
        self.ids: dict[str, int] = {}
        self.roles: dict[tuple[Role, str | None], str] = {}

    def play(self, script: Demonstration) -> None:
        """Everybody first, then each request from the oldest on."""
        self.gather(script)
        for account in script.people:
            self._let_in(account)
        if script.assets is not None:
            self._assets(script.assets)
        for scene in sorted(script.requests, key=lambda scene: -scene.days_ago):
            self.now = self.today - timedelta(days=scene.days_ago)
            try:
                self.follow(scene)
            except Refusal as refusal:
                raise NotReady(_in_scene(scene, refusal)) from refusal
        for report in script.reports:
            self.now = self.today - timedelta(days=report.days_ago)
            self._report(report)
        with self.database.unit_of_work() as session:
            # News of the past is no news: only what happens from now on is mailed.
            session.execute(update(OutboxItem).values(done_at=self.today))

    def gather(self, script: Demonstration) -> None:
        """Everybody of the script has an account and their roles, and no password yet."""
        for account, somebody in script.people.items():
            self._welcome(account, somebody)

    def act(self, service: Any, by: str | None = None, **arguments: Any) -> Any:
        self.now = min(_at_work(self.now + STEP), self.today)
        if by is not None:
            arguments["actor_id"] = self.ids[by]
        with self.database.unit_of_work() as session:
            return service(session, now=self.now, **arguments)

    def _welcome(self, account: str, somebody: Somebody) -> None:
        with self.database.unit_of_work() as session:
            person = people.add_person(
                session,
                email=f"{account}@{DOMAIN}",
                name=somebody.name,
                job_title=somebody.job_title,
                actor_id=people.CONSOLE,
                now=self.now,
            )
            for held in somebody.roles:
                people.grant_role(
                    session,
                    person_id=person,
                    role=held.role,
                    directorate=held.directorate,
                    body=held.body,
                    actor_id=people.CONSOLE,
                    now=self.now,
                )
        self.ids[account] = person
        for held in somebody.roles:
            self.roles.setdefault((held.role, held.body), account)

    def _let_in(self, account: str) -> None:
        person = self.ids[account]
        with self.database.unit_of_work() as session:
            token = people.issue_link(
                session,
                person_id=person,
                purpose="first_password",
                valid_for=timedelta(days=1),
                now=self.now,
            )
            password = people.new_password(people_reading.person(session, person), PASSWORD)
            people.set_password_by_link(session, token=token, password=password, now=self.now)

    def _directorate(self, scene: Scene) -> str:
        with self.database.reading() as session:
            person = session.get_one(Person, self.ids[scene.by])
            return next(g.directorate for g in person.grants if g.directorate)

    def _dated(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers with each "in 120 days" as the day that it is from now."""
        return {key: self._day(value) for key, value in answers.items()}

    def _day(self, value: Any) -> Any:
        ahead = _AHEAD.fullmatch(value) if isinstance(value, str) else None
        return local_day(self.now) + timedelta(days=int(ahead[1])) if ahead else value

    def _report(self, report: Report) -> None:
        bought = local_day(self.now) - timedelta(days=report.bought_days_ago)
        self.act(
            compliance.report_purchase,
            by=report.by,
            directorate=report.directorate,
            purchase={**report.purchase, "bought_on": bought.isoformat()},
            rules=report.rules,
        )

    def _assets(self, register: str) -> None:
        by = self.roles[Role.ICT_ASSESSOR, None]
        self.act(assets.read_in, by=by, file="asset-register.csv", data=register.encode())
        self.act(assets.import_assets, by=by)

    def _check(self, scene: Scene) -> None:
        """A check that somebody began and left."""
        check = self.act(checks.begin, by=scene.by, directorate=self._directorate(scene))
        for question, value in scene.check.items():
            self.act(checks.answer, by=scene.by, check_id=check, question=question, value=value)

    def follow(self, scene: Scene) -> int | None:
        """One request goes its way. Returns its id; None where it is a check still."""
        if scene.reach == "check":
            self._check(scene)
            return None
        request, _ = self.act(
            requests.open_request,
            by=scene.by,
            directorate=self._directorate(scene),
            answers=scene.check,
        )
        if scene.reach == "draft":
            return int(request)
        may = Permission.REQUEST_STEP
        if scene.reach == "cleared":
            self._step(scene.by, request, self._trigger(may, StateKind.FINAL))
            return int(request)
        if scene.reach == "withdrawn":
            trigger = self._trigger(Permission.REQUEST_WITHDRAW, StateKind.FINAL)
            self._step(scene.by, request, trigger, scene.why)
            return int(request)
        self._step(scene.by, request, self._trigger(may, StateKind.EDITING))
        self._write(scene, request)
        if scene.reach == "case":
            return int(request)
        self._to_the_group(scene, request)
        return int(request)

    def _trigger(self, may: Permission, to: StateKind) -> str:
        """The step from a draft, whatever the council calls it."""
        lifecycle = self.bundle.lifecycle
        initial = self.bundle.workflow.initial
        return next(
            trigger
            for trigger in lifecycle.triggers_from(initial)
            if self.bundle.workflow.triggers[trigger].may == may.value
            and lifecycle.kind(lifecycle.next_state(trigger, initial)) is to
        )

    def _step(self, by: str, request: int, trigger: str, why: str = "") -> None:
        self.act(requests.take_step, by=by, request_id=request, trigger=trigger, why=why)

    def _write(self, scene: Scene, request: int) -> None:
        answers = self._dated(scene.case)
        if scene.benefits and self.bundle.benefits_question:
            answers[self.bundle.benefits_question] = [self._dated(row) for row in scene.benefits]
        for section in self.bundle.sections_of("case"):
            asked = self.bundle.questions.sections[section].questions
            part = {key: value for key, value in answers.items() if key in asked}
            if part:
                self.act(
                    requests.write_section,
                    by=scene.by,
                    request_id=request,
                    section=section,
                    answers=part,
                    seen_version=0,
                )

    def _to_the_group(self, scene: Scene, request: int) -> None:
        sponsor = scene.sponsor or ""
        submission = self.act(
            business_cases.ask_for_endorsement,
            by=scene.by,
            request_id=request,
            sponsor_id=self.ids[sponsor],
        )
        if scene.reach == "asked":
            return
        self.act(business_cases.endorse, by=sponsor, request_id=request, submission_id=submission)
        review = self.act(business_cases.refer_to_group, by=scene.by, request_id=request)
        for number, hearing in enumerate(scene.hearings, start=1):
            last = number == len(scene.hearings)
            self._hear(hearing, review)
            if last and scene.reach == "voting":
                return
            review = self._close(hearing, review)
        if scene.reach == "decided":
            self._afterwards(scene, request)

    def _stage(self, review: int) -> tuple[str, State]:
        """The body that has a review, and the state of its request."""
        with self.database.reading() as session:
            found = session.get_one(Review, review)
            return found.body, self.bundle.workflow.states[found.stage]

    def _hear(self, hearing: Hearing, review: int) -> None:
        _, state = self._stage(review)
        for kind in state.assessments:
            verdict, _, note = hearing.assessments.get(kind, "satisfied").partition(": ")
            role = Role(self.bundle.workflow.assessments[kind].role)
            self.act(
                reviews.record_assessment,
                by=self.roles[role, None],
                review_id=review,
                kind=kind,
                verdict=verdict,
                note=note,
            )
        for member in dict.fromkeys([*hearing.interests, *hearing.votes]):
            interest, _, note = hearing.interests.get(member, "none").partition(": ")
            self.act(
                reviews.declare_interest,
                by=member,
                review_id=review,
                interest=interest,
                note=note,
            )
        for member, vote in hearing.votes.items():
            choice, _, why = vote.partition(": ")
            self.act(
                reviews.cast_vote,
                by=member,
                review_id=review,
                choice=choice,
                reason=why or ("" if choice == Choice.APPROVE else hearing.reasons),
            )

    def _close(self, hearing: Hearing, review: int) -> int:
        """The body's chair closes the voting. Returns the review that began with that, if one did,
        or this one."""
        body, _ = self._stage(review)
        self.act(
            reviews.close_voting,
            by=self.roles[Role.CHAIR, body],
            review_id=review,
            expected=hearing.outcome.value,
            reasons=hearing.reasons,
            conditions=hearing.conditions,
            rules=hearing.rules,
            sections=hearing.sections,
        )
        with self.database.reading() as session:
            request = session.get_one(Review, review).request_id
            return reviews_reading.reviews_of(session, request)[-1].id

    def _afterwards(self, scene: Scene, request: int) -> None:
        for step in scene.then:
            self.now = min(self.now + timedelta(days=step.after_days), self.today)
            with self.database.reading() as session:
                body = reviews_reading.reviews_of(session, request)[-1].body
            self._step(self.roles[Role.SECRETARY, body], request, step.trigger, step.why)
        if scene.action is not None:
            with self.database.reading() as session:
                record = session.scalars(
                    select(NonComplianceRecord.id).where(NonComplianceRecord.request_id == request)
                ).one()
            done, closed = scene.action.done, scene.action.note
            self.act(compliance.answer_action, by=scene.action.by, record_id=record, done=done)
            self.act(
                compliance.close_action, by=scene.action.closed_by, record_id=record, note=closed
            )
