"""Each of the other councils from need to decision in a browser: its own questions, states and
bodies, through the same pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from procureflow.adapters.files import read_documents, read_text
from procureflow.cli.demonstration import FILE
from procureflow.cli.scenes import Demonstration, Scene
from procureflow.domain.bundle import Bundle, load_bundle
from procureflow.domain.definitions.source import parse, validate
from procureflow.domain.definitions.workflow import StateKind, Trigger
from procureflow.domain.permissions import VOTERS, Role
from procureflow.domain.voting import Choice
from tests.e2e.people import REFERENCE, assess, declare, fill_in, go_on, open_request, press, vote
from tests.e2e.served import served
from tests.e2e.watching import Visitors, Watch, pages_of
from tests.factories.councils import CONFIG, COUNCILS

pytestmark = pytest.mark.e2e

#: The default council has journeys of its own.
OTHERS = [name for name in COUNCILS if name != "herefordshire"]
#: Words that belong to one council, and stand on no page of another.
_OF_ONE = re.compile(r"Herefordshire|Connects Board|Information Policy Group|embargo", re.I)
#: What everybody opens, and what only some may.
PAGES = ("/", "/check", "/requests", "/register", "/policy", "/policy/workflow", "/catalogue")
MORE = ("/catalogue/assets", "/non-compliance", "/help", "/policy/versions")

SignedIn = Callable[[str], Page]


class Council:
    """A council's documents and the scene that is played."""

    def __init__(self, name: str) -> None:
        folder = CONFIG / name
        self.bundle: Bundle = load_bundle(read_documents(folder))
        script = validate(parse(FILE, read_text(folder / FILE)), Demonstration)
        self.people = script.people
        self.scenes: tuple[Scene, ...] = script.requests
        decided = (s for s in self.scenes if s.reach == "decided")
        self.scene: Scene = next(s for s in decided if not s.check["already_ordered"])
        self.directorate = next(
            role.directorate for role in self.people[self.scene.by].roles if role.directorate
        )

    @property
    def sponsor(self) -> str:
        """Who sponsors it, as a list to choose from has them."""
        somebody = self.people[self.scene.sponsor or ""]
        return f"{somebody.name}, {somebody.job_title}"

    @property
    def answers(self) -> dict[str, Any]:
        """The case, with its days as days."""
        return {key: _day(value) for key, value in self.scene.case.items()}

    @property
    def referring(self) -> str:
        """What the step before the first body is called."""
        triggers = self.bundle.workflow.triggers.values()
        return next(trigger.label for trigger in triggers if trigger.may == "request:refer")

    def first_step(self, guard: str) -> tuple[str, Trigger]:
        """The step from a draft that this guard holds back."""
        flow = self.bundle.workflow
        return next(
            (name, flow.triggers[name])
            for name in self.bundle.lifecycle.triggers_from(flow.initial)
            if guard in flow.triggers[name].guards
        )

    def after(self, state: str, choice: Choice) -> str:
        """Where that outcome leads from a group state."""
        trigger = self.bundle.workflow.states[state].outcomes[choice]
        return self.bundle.lifecycle.next_state(trigger, state)

    def holders(self, *roles: Role, body: str | None = None) -> list[str]:
        """The accounts that hold one of these roles, in the order of the script."""
        return [
            account
            for account, somebody in self.people.items()
            if any(h.role in roles and (body is None or h.body == body) for h in somebody.roles)
        ]


def _day(value: Any) -> Any:
    ahead = re.fullmatch(r"in (\d+) days", value) if isinstance(value, str) else None
    return (date.today() + timedelta(days=int(ahead[1]))).isoformat() if ahead else value  # noqa: DTZ011


@pytest.mark.parametrize("name", OTHERS)
def test_a_council_decides_in_a_browser(
    browser: Browser, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    council = Council(name)
    folder = tmp_path_factory.mktemp(name)
    with served(folder, PROCUREFLOW_CONFIG=str(CONFIG / name)) as demonstration:
        watch = Watch(demonstration.address)
        with pages_of(Visitors(browser, demonstration), watch) as signed_in:
            _withdrawn(council, signed_in)
            _cleared(council, signed_in)
            stages = council.bundle.referred_to()
            reference = _asked(council, signed_in)
            _endorsed(council, signed_in, reference)
            _decided(council, signed_in, reference, stages[0], Choice.RETURN)
            _answered(council, signed_in, reference)
            _endorsed(council, signed_in, reference)
            for state in stages:
                _decided(council, signed_in, reference, state, Choice.APPROVE)
            _confirmed(council, signed_in, reference)
            rejected = _asked(council, signed_in)
            _endorsed(council, signed_in, rejected)
            _decided(council, signed_in, rejected, stages[0], Choice.REJECT)
            _ended(council, signed_in)
            for account in ("requester", "ict", "auditor", "policy1"):
                _looks_around(signed_in(account), reference)
        assert watch.seen == []


def _checked(page: Page, council: Council, answers: Mapping[str, Any]) -> str:
    """The check, a question a page. Returns the reference of the request that it opens."""
    bundle = council.bundle
    page.goto("/check")
    page.get_by_role("main").get_by_role("button", name=re.compile("^Start")).click()
    most = sum(len(bundle.questions.sections[s].questions) for s in bundle.sections_of("check"))
    for _ in range(most):
        if page.get_by_role("heading", level=1, name="Check your answers").count():
            break
        fill_in(page, answers)
        before = page.url
        press(page, "Go on")
        expect(page).not_to_have_url(before)
    press(page, "See the answer")
    found = REFERENCE.search(page.url)
    assert found is not None
    return found[0]


def _held_back(page: Page, reference: str, trigger: str, label: str) -> None:
    """A step that isn't offered, by its address: the page says why it isn't possible."""
    page.goto(f"/requests/{reference}/steps/{trigger}")
    press(page, label)
    expect(page.get_by_role("main")).to_contain_text("isn’t possible yet")


def _cleared(council: Council, signed_in: SignedIn) -> None:
    """A standard option needs no exception, and no case can be begun for it."""
    scene = next(one for one in council.scenes if one.reach == "cleared")
    page = signed_in(scene.by)
    reference = _checked(page, council, scene.check)
    name, start = council.first_step("exception_possible")
    _held_back(page, reference, name, start.label)
    open_request(page, reference)
    name, clear = council.first_step("no_exception_needed")
    go_on(page, clear.label)
    press(page, clear.label)
    expect(page.get_by_role("main")).to_contain_text(council.bundle.workflow.states[clear.to].label)


def _asked(council: Council, signed_in: SignedIn) -> str:
    """A case, a section a page; what isn't written yet can't be put to a sponsor or referred."""
    page, bundle = signed_in(council.scene.by), council.bundle
    reference = _checked(page, council, council.scene.check)
    expect(page.get_by_role("main")).to_contain_text("needs an exception")
    name, clear = council.first_step("no_exception_needed")
    _held_back(page, reference, name, clear.label)
    open_request(page, reference)
    name, start = council.first_step("exception_possible")
    go_on(page, start.label)
    press(page, start.label)
    page.goto(f"/requests/{reference}/refer")
    expect(page.get_by_role("main")).to_contain_text("Your sponsor has to endorse this version")
    page.goto(f"/requests/{reference}/ask-sponsor")
    page.get_by_label("Who sponsors this?").select_option(council.sponsor)
    press(page, "Ask them")
    expect(page.get_by_role("main")).to_contain_text("has no answer yet")
    rules = {rule.id for rule in bundle.rules_on(date.today())}  # noqa: DTZ011
    assert any(rule in page.locator("main").inner_text() for rule in rules)
    for section in bundle.sections_of("case"):
        page.goto(f"/requests/{reference}/sections/{section}")
        if fill_in(page, council.answers):
            press(page, "Save")
    benefit = {key: _day(value) for key, value in council.scene.benefits[0].items()}
    page.goto(f"/requests/{reference}/benefits/new")
    fill_in(page, {{"class": "class_"}.get(key, key): value for key, value in benefit.items()})
    press(page, "Save this benefit")
    return reference


def _endorsed(council: Council, signed_in: SignedIn, reference: str) -> None:
    requester = signed_in(council.scene.by)
    open_request(requester, reference)
    go_on(requester, "Ask your sponsor to endorse it")
    requester.get_by_label("Who sponsors this?").select_option(council.sponsor)
    press(requester, "Ask them")
    sponsor = signed_in(council.scene.sponsor or "")
    open_request(sponsor, reference)
    go_on(sponsor, "Endorse it, or send it back")
    sponsor.get_by_role("radio", name=re.compile("^I endorse")).check()
    press(sponsor, "Send my answer")
    open_request(requester, reference)
    go_on(requester, "Check your answers and refer it")
    press(requester, council.referring)
    expect(requester.get_by_role("alert")).to_contain_text("It is referred.")


def _decided(
    council: Council, signed_in: SignedIn, reference: str, state: str, choice: Choice
) -> None:
    """One body's turn: what it hears first, its members' votes, and the close."""
    bundle = council.bundle
    body, kinds = bundle.stage(state, date.today())  # noqa: DTZ011
    (chair,) = council.holders(Role.CHAIR, body=body)
    declare(signed_in(chair), reference, "No interest")
    signed_in(chair).goto(f"/requests/{reference}/review/close")
    expect(signed_in(chair).get_by_role("main")).to_contain_text("Members vote after that.")
    for kind in kinds:
        definition = bundle.workflow.assessments[kind]
        (assessor, *_) = council.holders(Role(definition.role))
        label = f"Record the {definition.name.lower()}"
        assess(signed_in(assessor), reference, label, "Satisfied")
    voters = council.holders(*VOTERS, body=body)
    quorum = bundle.organisation.bodies[body].quorum
    for account in [chair, *(one for one in voters if one != chair)][:quorum]:
        if account != chair:
            declare(signed_in(account), reference, "No interest")
        vote(signed_in(account), reference, choice.value.capitalize(), "It follows from the case.")
    page = signed_in(chair)
    open_request(page, reference)
    go_on(page, "Close the voting")
    page.get_by_label("The group’s reasons").fill("We looked at the benefits and their owners.")
    if choice is not Choice.APPROVE:
        page.get_by_role("checkbox").first.check()
    press(page, "Close the voting")
    after = council.after(state, choice)
    expect(page.get_by_role("main")).to_contain_text(bundle.workflow.states[after].label)


def _answered(council: Council, signed_in: SignedIn, reference: str) -> None:
    """What the body sent back is changed where the green button leads."""
    page = signed_in(council.scene.by)
    open_request(page, reference)
    expect(page.get_by_text("The group needs more", exact=False).first).to_be_visible()
    page.goto(f"/requests/{reference}/refer")
    press(page, council.referring)
    expect(page.get_by_role("main")).to_contain_text("hasn’t changed since")
    open_request(page, reference)
    link = page.get_by_role("main").get_by_role("button", name=re.compile("^Answer what the group"))
    link.click()
    words = page.locator("main textarea, main input[type=text]").last
    words.fill(f"{words.input_value()} See also our note of Tuesday."[-110:].strip())
    press(page, "Save")


def _withdrawn(council: Council, signed_in: SignedIn) -> None:
    """What somebody has begun, and needs no more."""
    flow = council.bundle.workflow
    scene = next(one for one in council.scenes if one.reach == "draft")
    page = signed_in(scene.by)
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=scene.check["title"]).first.click()
    trigger = next(
        flow.triggers[name]
        for name in council.bundle.lifecycle.triggers_from(flow.initial)
        if flow.triggers[name].may == "request:withdraw"
    )
    page.get_by_role("main").get_by_role("link", name=trigger.label, exact=True).click()
    page.get_by_label("Why?").fill("A colleague had one to spare.")
    press(page, trigger.label)
    expect(page.get_by_role("main")).to_contain_text(flow.states[trigger.to].label)


def _confirmed(council: Council, signed_in: SignedIn, reference: str) -> None:
    """What is approved subject to something is found on the secretary's work, and confirmed."""
    bundle = council.bundle
    state = council.after(bundle.referred_to()[-1], Choice.APPROVE)
    requester = signed_in(council.scene.by)
    open_request(requester, reference)
    if not bundle.lifecycle.provisional(state):
        expect(requester.get_by_role("main")).to_contain_text("It can be bought")
        return
    expect(requester.get_by_role("main")).to_contain_text(bundle.workflow.states[state].words)
    secretary = signed_in("secretary")
    secretary.goto("/")
    secretary.get_by_role("row").filter(has_text=reference).get_by_role("link").click()
    label = next(
        trigger.label
        for name in bundle.lifecycle.triggers_from(state)
        if bundle.lifecycle.kind((trigger := bundle.workflow.triggers[name]).to) == "decided"
    )
    go_on(secretary, label)
    secretary.get_by_label("Why?").fill("Confirmed at the meeting of Tuesday.")
    press(secretary, label)
    open_request(requester, reference)
    expect(requester.get_by_role("main")).to_contain_text("It can be bought")


def _ended(council: Council, signed_in: SignedIn) -> None:
    """Every way in which an approval ends, each with a request that stands there."""
    lifecycle, flow = council.bundle.lifecycle, council.bundle.workflow
    page = signed_in("secretary")
    for state, definition in flow.states.items():
        if definition.kind is not StateKind.DECIDED:
            continue
        ways = [
            flow.triggers[name]
            for name in lifecycle.triggers_from(state)
            if lifecycle.kind(flow.triggers[name].to) is StateKind.FINAL
        ]
        for trigger in ways:
            page.goto(f"/requests?state={state}")
            page.locator("main td a.govuk-link").first.click()
            page.get_by_role("main").get_by_role("link", name=trigger.label, exact=True).click()
            page.get_by_label("Why?").fill("So it turned out.")
            press(page, trigger.label)
            expect(page.get_by_role("main")).to_contain_text(flow.states[trigger.to].label)


def _looks_around(page: Page, reference: str) -> None:
    """No page breaks, and none speaks of another council."""
    for path in (*PAGES, *MORE, f"/requests/{reference}"):
        answer = page.goto(path)
        assert answer is not None
        if answer.status == 403:
            continue
        assert answer.ok, (path, answer.status)
        words = page.locator("body").inner_text()
        assert not _OF_ONE.search(words), (path, _OF_ONE.findall(words))
