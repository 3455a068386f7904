"""The real application over a test database: a settable clock, and browsers that sign in."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from procureflow.adapters.files import read_documents
from procureflow.app import create_app
from procureflow.db import Database
from procureflow.domain.permissions import Role
from procureflow.models import Base, Person, Request
from procureflow.queries import people as reading
from procureflow.services import co_authors, compliance, people, policies, requests, saved_lists
from procureflow.settings import Settings, SignIn
from procureflow.web import context
from tests.factories import assets
from tests.factories.council import BEGINNING, CHECK, DESKTOP, GROUP, HEREFORDSHIRE, Council
from tests.factories.council import PEOPLE as COUNCIL_PEOPLE

PASSWORD = "kettle-orchard-lantern"
SECRET = "a secret that is long enough to sign with"
SIGN_IN = SignIn(
    attempts_per_account=10,
    attempts_per_address=50,
    window_minutes=15,
    idle_minutes=60,
    longest_hours=12,
    first_password_days=7,
    forgotten_password_minutes=60,
)
#: Who else there is: a sponsor and a director whom nothing concerns, and a member who asks.
BESIDES: dict[str, tuple[tuple[Role, dict[str, str]], ...]] = {
    "sponsor3": ((Role.SPONSOR, {"directorate": "environment"}),),
    "director2": ((Role.DIRECTOR, {"directorate": "children_young_people"}),),
    "insider": (
        (Role.REQUESTER, {"directorate": "environment"}),
        (Role.MEMBER, {"body": GROUP}),
    ),
}
ACCOUNTS = (*COUNCIL_PEOPLE, *BESIDES)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def settings(**changed: Any) -> Settings:
    """Settings for a site at http://localhost."""
    given: dict[str, Any] = {
        "database_url": "sqlite://",
        "secret_key": SECRET,
        "council_folder": HEREFORDSHIRE,
        "base_url": "http://localhost",
        "mail_url": "console:",
        "mail_from": "ProcureFlow <procureflow@localhost>",
        "sign_in": SIGN_IN,
    }
    return Settings(**{**given, **changed})


def email(account: str) -> str:
    """The address of an account."""
    return f"{account}@council.example"


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    moment: datetime = BEGINNING

    def __call__(self) -> datetime:
        """The moment."""
        return self.moment

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**by)


class Browser:
    """Somebody's browser: it keeps cookies, and sends forms with the token of a page."""

    def __init__(self, site: Site, address: str = "127.0.0.1") -> None:
        self.site = site
        self.client: FlaskClient = site.app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = address
        self._token: str | None = None

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, buffered=True, **more)

    def post(
        self, path: str, data: Any = None, *, token: str | None = None, **more: Any
    ) -> TestResponse:
        """Send a form, with this browser's token (or another one)."""
        fields = {"csrf_token": self.token if token is None else token, **(data or {})}
        return self.client.post(path, data=fields, buffered=True, **more)

    @property
    def token(self) -> str:
        """The token that the pages of this session carry."""
        if self._token is None:
            page = self.client.get("/account")
            if page.status_code != 200:
                page = self.client.get("/sign-in")
            self._token = token_of(page)
        return self._token

    @property
    def cookie(self) -> str | None:
        """The session cookie, as a thief would copy it."""
        found = self.client.get_cookie(self.site.cookie_name)
        return None if found is None else found.value

    def steal(self, cookie: str | None) -> Browser:
        """Another browser with that cookie."""
        other = Browser(self.site)
        other.take(cookie)
        return other

    def take(self, cookie: str | None, token: str | None = None) -> None:
        """Have that cookie from now on."""
        assert cookie is not None
        self.client.set_cookie(self.site.cookie_name, cookie)
        self._token = token

    def sign_in(
        self, account: str, password: str = PASSWORD, following: str | None = None
    ) -> TestResponse:
        """Sign in through the form."""
        path = "/sign-in" if following is None else f"/sign-in?next={following}"
        page = self.client.get("/sign-in")
        token = token_of(page) if page.status_code == 200 else self.token
        self._token = None
        given = account if "@" in account else email(account)
        return self.client.post(
            path, data={"csrf_token": token, "email": given, "password": password}
        )

    @property
    def signed_in(self) -> bool:
        """Whether the session lives."""
        return self.client.get("/account").status_code == 200


def token_of(page: TestResponse) -> str:
    """The token in a page's form."""
    found = _TOKEN.search(page.text)
    assert found is not None, f"no form on the page ({page.status_code})"
    return unescape(found.group(1))


@dataclass
class Site:
    """The application over one database."""

    app: Flask
    council: Council
    clock: Clock
    #: Begins a session over the same data, or has begun it already: (cookie, token).
    session_of: Callable[[str], tuple[str, str]] | None = None
    #: Where the database can be had again as it was.
    original: Path | None = None

    def __post_init__(self) -> None:
        before = self.app.extensions[context.EXTENSION].settings
        self.app.extensions[context.EXTENSION] = context.Wiring(before, self.db, self.clock)

    @property
    def db(self) -> Database:
        """The database."""
        return self.council.db

    @property
    def cookie_name(self) -> str:
        """What the session's cookie is called."""
        return str(self.app.config["SESSION_COOKIE_NAME"])

    def browser(self, account: str | None = None, address: str = "127.0.0.1") -> Browser:
        """A browser in which that account is signed in (None: nobody). Signing in takes half a
        second, so that a session begun once is used again by every site over the same data."""
        found = Browser(self, address)
        if account is None:
            return found
        if self.session_of is not None:
            found.take(*self.session_of(account))
            return found
        answer = found.sign_in(account)
        assert answer.status_code == 302, answer.text
        return found

    def rows(self, *, leave_out: tuple[str, ...] = ("security_log",)) -> dict[str, list[Any]]:
        """Every row of every table, but for those left out."""
        names = [t.name for t in Base.metadata.sorted_tables if t.name not in leave_out]
        with self.db.reading() as session:
            cursor = session.connection().connection.cursor()
            return {
                name: sorted(cursor.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names
            }

    def restore(self) -> None:
        """Have the database as it was."""
        assert self.original is not None
        assert self.db.url.database is not None
        self.db.dispose()
        path = Path(self.db.url.database)
        for journal in ("-wal", "-shm"):
            path.with_name(path.name + journal).unlink(missing_ok=True)
        shutil.copy(self.original, path)

    def end(self) -> None:
        """Close the database."""
        self.db.dispose()


def settle(council: Council) -> None:
    """Everybody besides, and a password for everyone."""
    for account, grants in BESIDES.items():
        person = council.act(
            people.add_person,
            email=email(account),
            name=f"{account.title()} Person",
            job_title=account.title(),
            actor_id=people.CONSOLE,
        )
        council.people[account] = person
        for role, scope in grants:
            council.act(
                people.grant_role,
                person_id=person,
                role=role,
                actor_id=people.CONSOLE,
                starts_on=date(2025, 11, 1),
                **scope,
            )
    token = council.act(
        people.issue_link,
        person_id=council.people["requester"],
        purpose="first_password",
        valid_for=timedelta(days=1),
    )
    with council.db.reading() as session:
        owner = reading.person(session, council.people["requester"])
    password = people.new_password(owner, PASSWORD)
    council.act(people.set_password_by_link, token=token, password=password)
    with council.db.unit_of_work() as session:
        first = session.scalars(
            select(Person.password_hash).where(Person.id == council.people["requester"])
        ).one()
        session.execute(update(Person).values(password_hash=first))


#: Every page is reached by name: request → how far it came.
PLACES = (
    *("draft", "elsewhere", "cleared", "case", "asked", "endorsed", "referred", "voting"),
    *("recused", "own", "approved", "returned", "rejected"),
)


def populate(council: Council) -> dict[str, str]:
    """Requests at each point of their way, and records at each of theirs. Name → reference."""
    council.opened()
    council.opened("requester2")
    cleared = council.opened(**DESKTOP)
    council.act(requests.take_step, by="requester", request_id=cleared, trigger="clear")
    council.case_written()
    council.asked()
    council.endorsed()
    council.referred()
    council.voted("approve", "approve", "approve")
    _, review = council.assessed()
    council.declare(review, "chair", "prejudicial")
    for by in ("member1", "member2", "member3"):
        council.declare(review, by)
        council.vote(review, by)
    _insiders(council)
    council.closed("approve")
    council.closed("return")
    council.closed("reject")
    names = dict(zip(PLACES, (f"ICT-2026-{n:04d}" for n in range(1, 99)), strict=False))
    for _ in range(2):
        council.closed("reject")
    for record in (2, 3):
        council.act(
            compliance.answer_action, by="director", record_id=record, done="Talked to all."
        )
    council.act(compliance.close_action, by="chair", record_id=3, note="Enough.")
    texts, moment = read_documents(HEREFORDSHIRE), council.now
    for officer in ("policy1", "policy2"):
        council.act(
            policies.propose_bundle,
            by=officer,
            documents={**texts, "workflow.yaml": f"# By {officer}.\n{texts['workflow.yaml']}"},
            effective_from=council.now.date() + timedelta(days=365),
            why="The documents change.",
        )
    council.now = moment
    names["reported"] = council.act(
        compliance.report_purchase,
        by="ict",
        directorate="environment",
        purchase=PURCHASE,
        rules=["NC-1"],
    )
    names["together"] = _together(council)
    moment = council.now
    assets.imported(council)
    assets.read_in(council, assets.ROWS[0])
    council.now = moment
    names["colleague"] = str(council.people["colleague"])
    names.update(check=str(council.checked(title="A plotter")))
    names.update(checked=str(council.checked(**CHECK, supplier=None)))
    council.act(
        saved_lists.save_list, by="requester", listing="requests", name="Mine", query="sort=cost"
    )
    names.update(saved="1")
    names.update(person=str(council.people["requester"]), grant="1", left=str(_left(council)))
    names.update(open="NC-2026-0001", answered="NC-2026-0002", closed="NC-2026-0003")
    return names


PURCHASE = {
    "what": "Eight tablets for the depot",
    "supplier": "High street retailer",
    "amount": "6240",
    "bought_on": "2026-10-01",
    "evidence": "Invoice 4711, paid by purchasing card.",
}


def _together(council: Council) -> str:
    """A draft with a co-author."""
    act = {"request_id": council.opened(), "person_id": council.people["colleague"]}
    council.act(co_authors.add_co_author, by="requester", **act)
    with council.db.reading() as session:
        return session.get_one(Request, act["request_id"]).reference


def _left(council: Council) -> int:
    """Somebody whose account is disabled."""
    person = council.act(
        people.add_person,
        email=email("left"),
        name="Left Person",
        job_title="Left",
        actor_id=people.CONSOLE,
    )
    council.act(people.disable_person, person_id=person, actor_id=people.CONSOLE)
    return int(person)


def _insiders(council: Council) -> None:
    """A request of a member of the group, which the others vote on."""
    _, review = council.assessed("insider")
    for by in ("chair", "member2", "member3"):
        council.declare(review, by)
        council.vote(review, by)


def make_app(**changed: Any) -> Flask:
    """An application whose database is given to each Site."""
    return create_app(settings(**changed), Database("sqlite://"), Clock())
