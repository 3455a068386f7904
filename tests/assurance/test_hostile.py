"""Hostile values in every field of every page: no fault of ours, nothing shown as it was typed,
nothing changed by what was refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from procureflow.adapters.files import read_documents
from procureflow.models import Grant, NonComplianceRecord, Request
from procureflow.services import co_authors, compliance, people, policies, saved_lists
from tests.assurance.counts import PAYLOADS
from tests.assurance.figures import record, share
from tests.assurance.payloads import PLAINEST, broken_out, payload
from tests.assurance.visiting import (
    BASE_URL,
    FormOnPage,
    Pairs,
    Snapshot,
    application,
    send,
    visitor,
)
from tests.factories import assets
from tests.factories.council import CHECK, HEREFORDSHIRE, Council

pytestmark = [
    pytest.mark.assurance,
    # WTForms 3.3 announces what 3.4 will take away; pyproject.toml keeps to 3.3.
    pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples"),
]

#: Names that no form of ours has and that a careless one would take (Frappe #40339).
UNASKED = ("state", "role", "actor", "actor_id", "user_id", "approved_by", "version", "head")
BENEFIT = {
    "description": "Fewer drawings come back wrong",
    "class_": "quantifiable",
    "change": "Drawings are exchanged as files",
    "owner": "Head of Highways",
    "measure": "Drawings returned a year",
    "baseline": "140",
    "target": "20",
    "expected-day": "31",
    "expected-month": "3",
    "expected-year": "2041",
}


@dataclass(frozen=True)
class Page:
    """A page with a form: its endpoint, where it is, who opens it, and what is rightly filled in.

    What isn't named here is sent as the page gives it. `form_at` is where the form stands, if it
    isn't where it is sent.
    """

    endpoint: str
    path: str
    who: str | None
    filled: dict[str, str] = field(default_factory=dict)
    form_at: str | None = None


@dataclass(frozen=True)
class Scene:
    """The application, its pages, and the database to go back to after each value."""

    app: Flask
    council: Council
    pages: list[Page]
    snapshot: Snapshot


@pytest.fixture
def scene(sqlite_council: Council) -> Iterator[Scene]:
    """A request at every point at which there is a form."""
    pages = list(_pages(sqlite_council))
    app = application(sqlite_council)
    snapshot = Snapshot(str(sqlite_council.db.url.database))
    yield Scene(app, sqlite_council, pages, snapshot)
    snapshot.close()


def _pages(council: Council) -> Iterator[Page]:
    token = council.act(
        people.issue_link,
        person_id=council.people["auditor"],
        purpose="first_password",
        valid_for=timedelta(days=7),
    )
    yield Page("people.sign_in", "/sign-in", None, {"email": "a@council.example"})
    yield Page("people.forgotten_password", "/forgotten-password", None)
    yield Page("people.set_password", f"/set-password/{token}", None)
    yield Page("people.account", "/account", "stranger")
    yield Page("people.sign_out", "/sign-out", "stranger", form_at="/account")
    check = f"/check/{council.checked(**CHECK, supplier=None)}"
    yield Page("checks.index", "/check", "requester")
    yield Page("checks.question", f"{check}/title", "requester", {"title": "CAD"})
    yield Page("checks.question", f"{check}/need", "requester", {"need": "To draw."})
    yield Page("checks.answers", check, "requester")
    yield Page("checks.remove", f"{check}/remove", "requester")
    council.act(
        saved_lists.save_list, by="auditor", listing="requests", name="Mine", query="sort=cost"
    )
    mine, here = {"name": "Old ones"}, "/register?sort=oldest"
    yield Page("saved_lists.save", "/lists/register/saved", "auditor", mine, form_at=here)
    yield Page("saved_lists.remove", "/lists/saved/1/remove", "auditor", form_at="/requests")
    yield from _editing(council)
    yield from _reviewing(council)
    yield from _thrown_back(council)
    yield from _documents(council)
    yield from _assets(council)
    yield from _desk(council)


def _editing(council: Council) -> Iterator[Page]:
    draft = _of(council, council.opened())
    for trigger in ("start_business_case", "withdraw"):
        yield Page("requests.step", f"{draft}/steps/{trigger}", "requester")
    case = _of(council, council.case_written())
    for section in ("need", "strategic", "commercial", "financial", "management"):
        yield Page("requests.section", f"{case}/sections/{section}", "requester")
    said = {"section": "need", "words": "How many?"}
    yield Page("comments.index", f"{case}/comments", "sponsor", said)
    joining = {"person": str(council.people["colleague"])}
    yield Page("co_authors.index", f"{case}/co-authors", "requester", joining)
    together = council.opened()
    whom = council.people["colleague"]
    council.act(co_authors.add_co_author, by="requester", request_id=together, person_id=whom)
    leaving = f"{_of(council, together)}/co-authors/{whom}/remove"
    yield Page("co_authors.remove", leaving, "requester")
    typed = f"{case}/sections/strategic"
    yield Page("requests.draft", f"{typed}/draft", "requester", form_at=typed)
    yield Page("requests.discard", f"{typed}/discard", "requester", form_at=typed)
    yield Page("business_cases.add_benefit", f"{case}/benefits/new", "requester", BENEFIT)
    yield Page("business_cases.edit_benefit", f"{case}/benefits/1", "requester")
    yield Page("business_cases.remove_benefit", f"{case}/benefits/1/remove", "requester")
    sponsor = {"sponsor": str(council.people["sponsor"])}
    yield Page("business_cases.ask_sponsor", f"{case}/ask-sponsor", "requester", sponsor)
    asked = _of(council, council.asked()[0])
    verdict = {"verdict": "sent_back", "note": "Say more."}
    yield Page("business_cases.endorse", f"{asked}/endorse", "sponsor", verdict)
    yield Page("business_cases.refer", f"{_of(council, council.endorsed())}/refer", "requester")


def _reviewing(council: Council) -> Iterator[Page]:
    request, review = council.voted("approve", "approve", "approve")
    council.declare(review, "member3")
    here = f"{_of(council, request)}/review"
    satisfied = {"verdict": "satisfied_if", "note": "Where it is backed up."}
    yield Page("reviews.assess", f"{here}/assessments/standards", "ict", satisfied)
    yield Page("reviews.assess", f"{here}/assessments/funding", "finance", satisfied)
    declared = {"interest": "personal", "note": "I know them."}
    yield Page("reviews.declare", f"{here}/interest", "member4", declared)
    yield Page("reviews.vote", f"{here}/vote", "member3", {"choice": "return", "reason": "More."})
    closing = {"reasons": "As discussed.", "conditions": "Train everybody."}
    yield Page("reviews.close", f"{here}/close", "chair", closing)
    for choice, more in (("reject", {"rules": "NC-1"}), ("return", {"sections": "commercial"})):
        other = f"{_of(council, council.voted(choice, choice, choice)[0])}/review"
        yield Page("reviews.close", f"{other}/close", "chair", {**closing, **more})


def _thrown_back(council: Council) -> Iterator[Page]:
    for number in (1, 2):
        rejected, _ = council.closed("reject", already_ordered=True)
        with council.db.reading() as session:
            reference = session.get_one(NonComplianceRecord, number).reference
        here = f"/non-compliance/{reference}"
        yield Page("compliance.answer", f"{here}/answer", "director", {"done": "Cancelled."})
    council.act(compliance.answer_action, by="director", record_id=2, done="Cancelled.")
    yield Page("compliance.close", f"{here}/close", "secretary", {"note": "Enough."})
    yield Page("compliance.reopen", f"{here}/reopen", "secretary", {"note": "How?"})
    yield Page("requests.again", f"{_of(council, rejected)}/again", "requester")
    bought = {
        **{"directorate": "environment", "what": "Tablets", "supplier": "A shop", "amount": "5"},
        **{"bought_on-day": "1", "bought_on-month": "10", "bought_on-year": "2026"},
        **{"evidence": "An invoice.", "rules": "NC-1"},
    }
    yield Page("compliance.report", "/non-compliance/report", "finance", bought)
    reference = council.act(
        compliance.report_purchase,
        by="finance",
        directorate="environment",
        purchase={**_PURCHASE, "amount": "340"},
        rules=["NC-1"],
    )
    corrected = {**bought, "why": "A digit was wrong.", "amount": "341"}
    yield Page("compliance.correct", f"/non-compliance/{reference}/correct", "finance", corrected)


#: As a report says it.
_PURCHASE = {
    "what": "Tablets",
    "supplier": "A shop",
    "bought_on": "2026-10-01",
    "evidence": "An invoice.",
}


def _assets(council: Council) -> Iterator[Page]:
    """The import of the register: nothing is typed but the file itself."""
    assets.read_in(council)
    here = "/catalogue/assets/import"
    yield Page("assets.choose", here, "ict")
    yield Page("assets.confirm", f"{here}/confirm", "ict")


def _documents(council: Council) -> Iterator[Page]:
    """The policy officer's forms, and moving a request to what they published."""
    texts = read_documents(HEREFORDSHIRE)
    name = "parameters.yaml"
    begun = council.opened()
    council.publish(council.now.date(), {**texts, name: f"# The second.\n{texts[name]}"})
    yield Page("requests.rebase", f"{_of(council, begun)}/rebase", "requester")
    changed = texts[name].replace("12000", "10000")
    typed = {"text": changed, "why": "The threshold is too high."}
    yield Page("policies.propose", f"/policy/proposals/new?document={name}", "policy1", typed)
    for act, threshold in (("withdraw", "9000"), ("publish", "8000")):
        proposal = council.act(
            policies.propose_bundle,
            by="policy1",
            documents={**texts, name: texts[name].replace("12000", threshold)},
            effective_from=None,
            why="The threshold is too high.",
        )
        yield Page(f"policies.{act}", f"/policy/proposals/{proposal}/{act}", "policy2")


def _desk(council: Council) -> Iterator[Page]:
    """The administrator's forms about people."""
    invited = {"email": "new@council.example", "name": "New", "role": "auditor"}
    yield Page("administration.invite", "/admin/people/new", "admin", invited)
    leaver = council.people["requester"]
    with council.db.reading() as session:
        grant = session.scalars(select(Grant.id).where(Grant.person_id == leaver)).one()
    here = f"/admin/people/{leaver}"
    yield Page("administration.details", f"{here}/details", "admin", {"name": "Another Name"})
    yield Page("administration.give_role", f"{here}/roles/new", "admin", {"role": "auditor"})
    yield Page("administration.end_role", f"{here}/roles/{grant}/end", "admin")
    for act in ("link", "end_sessions", "disable"):
        yield Page(f"administration.{act}", f"{here}/{act.replace('_', '-')}", "admin")
    successor = {"requester_environment": str(council.people["colleague"])}
    yield Page("administration.hand_over", f"{here}/hand-over", "admin", successor)
    gone = council.people["member5"]
    council.act(people.disable_person, by="admin", person_id=gone)
    yield Page("administration.enable", f"/admin/people/{gone}/enable", "admin")


def _of(council: Council, request: int) -> str:
    with council.db.reading() as session:
        return f"/requests/{session.get_one(Request, request).reference}"


@dataclass
class Form:
    """A page's form in the hands of somebody: what would be sent."""

    page: Page
    client: FlaskClient
    fields: dict[str, list[str]]

    def pairs(self, target: str, value: bytes, dice: random.Random | None) -> Pairs:
        """What is sent with that value in one field; with dice, now and then in an odder way."""
        pairs: Pairs = [
            (name, one.encode())
            for name, values in self.fields.items()
            if name != target
            for one in values
        ]
        way = dice.random() if dice else 1.0
        if way < 0.03:
            return [*pairs, (f"{target}[0]", value)]
        if way < 0.06:
            return [*pairs, (target, value), (target, b"again")]
        if way < 0.2:
            pairs += [(name, value) for name in UNASKED]
        return [*pairs, (target, value)]


def _open(scene: Scene, page: Page) -> Form:
    client = visitor(scene.app, scene.council, page.who)
    answer = client.get(page.form_at or page.path, base_url=BASE_URL)
    assert answer.status_code == 200, f"{page.path}: {answer.status_code}"
    fields = FormOnPage(answer.get_data(as_text=True)).fields
    assert "csrf_token" in fields, f"{page.path} has no form"
    fields |= {name: [value] for name, value in page.filled.items() if name in fields}
    return Form(page, client, fields)


@dataclass
class Found:
    """What went wrong, and how far the values came."""

    faults: list[str] = field(default_factory=list)
    #: What was sent → what of it became part of some page.
    echoes: dict[str, str] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    accepted: int = 0
    sent: int = 0


def _look(found: Found, about: str, answer: TestResponse, after: str = "") -> None:
    if answer.status_code >= 500:
        found.faults.append(f"{answer.status_code} of {about} {after}")
    if answer.mimetype == "text/html":
        broken = broken_out(answer.get_data(as_text=True))
        if broken:
            found.echoes[about] = f"{', '.join(broken)} {after}"
    location = answer.headers.get("Location", "/")
    if not location.startswith("/") or location.startswith("//"):
        found.faults.append(f"{about} leads to {location}")


def _attack(scene: Scene, values: int) -> Found:
    """The plainest value into every field, then so many others, into one field each in turn."""
    found, dice = Found(), random.Random(1)
    forms = [_open(scene, page) for page in scene.pages]
    auditor = visitor(scene.app, scene.council, "auditor")
    targets = [(form, name) for form in forms for name in form.fields]
    dice.shuffle(targets)
    for number in range(len(targets) + values):
        form, name = targets[number % len(targets)]
        value = PLAINEST if number < len(targets) else payload(dice)
        pairs = form.pairs(name, value, dice if number >= len(targets) else None)
        about = f"{form.page.path}: {name}={value[:80]!r}"
        answer = send(form.client, form.page.path, pairs)
        found.sent += 1
        _look(found, about, answer)
        if 400 <= answer.status_code < 500:
            if scene.snapshot.touched and (changed := scene.snapshot.changed()):
                found.changes.append(f"{answer.status_code} of {about} changed {changed}")
        elif 300 <= answer.status_code < 400:
            found.accepted += 1
            location = answer.headers["Location"]
            for client in (form.client, auditor):
                seen = client.get(location, base_url=BASE_URL)
                _look(found, about, seen, f"at {location}")
        scene.snapshot.restore()
        if form.page.endpoint.startswith("people."):
            # It may have signed in or out: a new browser, and its own token.
            form.client, form.fields = (again := _open(scene, form.page)).client, again.fields
    return found


def test_every_form_is_among_the_pages(scene: Scene) -> None:
    posted = {
        rule.endpoint for rule in scene.app.url_map.iter_rules() if "POST" in (rule.methods or ())
    }
    assert posted == {page.endpoint for page in scene.pages}


def test_every_form_is_accepted_as_it_is_filled(scene: Scene) -> None:
    """Otherwise nothing hostile would come further than the first wrong answer."""
    refused = set()
    for page in scene.pages:
        form = _open(scene, page)
        pairs = [(name, value.encode()) for name, given in form.fields.items() for value in given]
        if send(form.client, page.path, pairs).status_code not in (204, 302):
            refused.add(page.endpoint)
        scene.snapshot.restore()
    # These want a password or a file, or say the same whatever was sent.
    passwords = {"people.sign_in", "people.set_password", "people.account"}
    assert refused == {*passwords, "assets.choose", "people.forgotten_password"}


def test_hostile_values_do_nothing(scene: Scene) -> None:
    found = _attack(scene, PAYLOADS)
    careless = application(scene.council)
    careless.jinja_env.autoescape = False
    few = [page for page in scene.pages if page.endpoint.startswith("reviews.")]
    unescaped = _attack(Scene(careless, scene.council, few, scene.snapshot), 0)
    for unit, wrong, twin in (
        ("server faults", found.faults, None),
        ("values echoed unescaped", found.echoes, unescaped.echoes),
        ("changes by a refused request", found.changes, None),
    ):
        record(
            f"hostile input: {found.sent} values",
            database="sqlite",
            unit=f"% {unit}",
            ours=share(len(wrong), found.sent),
            other=None if twin is None else share(len(twin), unescaped.sent),
        )
    assert not found.faults, found.faults[:10]
    assert not found.echoes, list(found.echoes.items())[:10]
    assert not found.changes, found.changes[:10]
    # Some values must come all the way in, or nothing was tried behind the door.
    assert found.accepted > found.sent / 20
    assert unescaped.echoes, "nobody notices a page that escapes nothing"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/requests", "state"),
        ("/requests", "words"),
        ("/requests", "page"),
        ("/requests", "cost_from"),
        ("/requests", "anything"),
        ("/register", "words"),
        ("/register", "rule"),
        ("/non-compliance", "from"),
        ("/audit", "who"),
        ("/audit", "reference"),
        ("/audit/directorates", "from"),
        ("/requests/ICT-2026-0001/changes", "from"),
        ("/sign-in", "next"),
        ("/", "anything"),
        ("/policy", "on"),
    ],
)
def test_hostile_addresses_do_nothing(scene: Scene, path: str, name: str) -> None:
    client = visitor(scene.app, scene.council, None if path == "/sign-in" else "auditor")
    found, dice = Found(), random.Random(2)
    for _ in range(max(20, PAYLOADS // 20)):
        value = payload(dice)
        query = urlencode({name.encode(): value})
        _look(found, f"{path}?{query}", client.get(f"{path}?{query}", base_url=BASE_URL))
    assert not scene.snapshot.changed()
    assert not found.faults, found.faults[:10]
    assert not found.echoes, list(found.echoes.items())[:10]
