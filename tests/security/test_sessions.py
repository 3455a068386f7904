"""Signing in, staying in, and being put out again (OWASP ASVS 5.0: V6, V7)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select
from werkzeug.test import TestResponse

from procureflow.domain.permissions import Role
from procureflow.models import Grant, Mail, OneTimeLink, Person, SecurityEntry
from procureflow.services import people
from procureflow.web import context
from tests.factories.web import PASSWORD, SIGN_IN, Browser, Site, email, make_app, token_of

NEW_PASSWORD = "another orchard entirely"


@pytest.fixture
def strict(site: Site) -> Iterator[Site]:
    """A site that throttles after three attempts by account and six by address."""
    wiring = site.app.extensions[context.EXTENSION]
    limits = SIGN_IN.model_copy(update={"attempts_per_account": 3, "attempts_per_address": 6})
    site.app.extensions[context.EXTENSION] = context.Wiring(
        wiring.settings.model_copy(update={"sign_in": limits}), site.db, site.clock
    )
    yield site
    site.app.extensions[context.EXTENSION] = wiring


def _person(site: Site, account: str) -> Person:
    with site.db.reading() as session:
        row = session.get_one(Person, site.council.people[account])
        session.expunge(row)
    return row


def _log(site: Site, kind: str) -> list[SecurityEntry]:
    with site.db.reading() as session:
        found = list(session.scalars(select(SecurityEntry).where(SecurityEntry.kind == kind)))
        session.expunge_all()
    return found


# --- beginning ----------------------------------------------------------------------------------


def test_signing_in_begins_a_new_session(site: Site) -> None:
    """Nothing of the session before it is left: neither its cookie nor its token."""
    browser = Browser(site)
    token = token_of(browser.get("/sign-in"))
    before = browser.cookie
    answer = browser.sign_in("requester")
    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.signed_in
    assert browser.cookie not in (None, before)
    assert browser.token != token
    assert browser.post("/sign-out", token=token).status_code == 400
    assert browser.signed_in
    assert not browser.steal(before).signed_in, "a session that was set beforehand is worth nothing"
    assert [entry.person_id for entry in _log(site, "signed_in")] == [
        site.council.people["requester"]
    ]


def test_the_cookie_says_as_little_as_can_be(site: Site) -> None:
    browser = Browser(site)
    browser.get("/sign-in")
    (header,) = browser.sign_in("requester").headers.getlist("Set-Cookie")
    attributes = {part.strip().lower() for part in header.split(";")[1:]}
    assert attributes == {"httponly", "path=/", "samesite=lax"}
    coder = SecureCookieSessionInterface().get_signing_serializer(site.app)
    assert coder is not None
    held = coder.loads(browser.cookie or "")
    assert set(held) <= {"_user_id", "_fresh", "_id", "epoch", "since", "seen", "csrf_token"}
    assert email("requester") not in str(held)


def test_over_https_the_cookie_is_bound_to_the_host(site: Site) -> None:
    secure = make_app(base_url="https://procureflow.council.example")
    wiring = secure.extensions[context.EXTENSION]
    secure.extensions[context.EXTENSION] = context.Wiring(wiring.settings, site.db, site.clock)
    client = secure.test_client()
    answer = client.get("/sign-in", base_url="https://procureflow.council.example")
    (header,) = answer.headers.getlist("Set-Cookie")
    name, *attributes = [part.strip() for part in header.split(";")]
    assert name.startswith("__Host-procureflow=")
    assert {a.lower() for a in attributes} == {"secure", "httponly", "path=/", "samesite=lax"}
    form = {"csrf_token": token_of(answer), "email": email("requester"), "password": "x"}
    place = "https://procureflow.council.example/"
    for referrer, status in ((None, 400), ("https://evil.example/", 400), (place, 400)):
        headers = {"Referer": referrer} if referrer else {}
        sent = client.post("/sign-in", data=form, base_url=place, headers=headers)
        assert sent.status_code == status
        assert ("isn’t right" in sent.text) == (referrer == place), "only our own pages send forms"


def test_whoever_is_signed_in_needn_t_sign_in(site: Site) -> None:
    browser = site.browser("requester")
    assert browser.get("/sign-in").location == "/"
    assert browser.get("/sign-in?next=/policy").location == "/policy"
    assert browser.get("/sign-in?next=//evil.example").location == "/"


def test_the_sign_in_leads_to_where_one_wanted_to(site: Site, places: dict[str, str]) -> None:
    wanted = f"/requests/{places['draft']}?a=b"
    browser = Browser(site)
    door = browser.get(wanted)
    assert door.status_code == 302
    assert (door.location or "").startswith("/sign-in?next=/requests/ICT-2026-0001")
    answer = browser.client.post(
        door.location or "",
        data={
            "csrf_token": token_of(browser.get(door.location or "")),
            "email": f"  {email('requester').upper()} ",
            "password": PASSWORD,
        },
    )
    assert answer.location == wanted


# --- ending -------------------------------------------------------------------------------------


def _sign_out(site: Site, browser: Browser) -> None:
    assert browser.post("/sign-out").location == "/sign-in"


def _disable(site: Site, _browser: Browser) -> None:
    site.council.act(
        people.disable_person, person_id=site.council.people["requester"], actor_id=None
    )


def _grant(site: Site, _browser: Browser) -> None:
    site.council.act(
        people.grant_role,
        person_id=site.council.people["requester"],
        role=Role.AUDITOR,
        actor_id=None,
    )


def _end_role(site: Site, _browser: Browser) -> None:
    with site.db.reading() as session:
        grant = session.scalars(
            select(Grant.id).where(Grant.person_id == site.council.people["requester"])
        ).one()
    site.council.act(
        people.end_role, grant_id=grant, ends_on=site.clock.moment.date(), actor_id=None
    )


def _change_password(site: Site, browser: Browser) -> None:
    answer = browser.post("/account", {"current": PASSWORD, "password": NEW_PASSWORD})
    assert answer.location == "/account"


def _set_password(site: Site, _browser: Browser) -> None:
    other = Browser(site)
    assert other.post(f"/set-password/{_link(site)}", {"password": NEW_PASSWORD}).status_code == 302


def _go_idle(site: Site, _browser: Browser) -> None:
    site.clock.forward(minutes=60, seconds=1)


def _grow_old(site: Site, browser: Browser) -> None:
    for _ in range(24):
        site.clock.forward(minutes=30)
        assert browser.signed_in
    site.clock.forward(seconds=1)


ENDS = [
    _sign_out,
    _disable,
    _grant,
    _end_role,
    _change_password,
    _set_password,
    _go_idle,
    _grow_old,
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__.strip("_"))
def test_a_copied_cookie_is_worth_nothing_afterwards(
    site: Site, places: dict[str, str], end: Callable[[Site, Browser], None]
) -> None:
    """flask-login #480."""
    browser = site.browser("requester")
    thief = browser.steal(browser.cookie)
    token = browser.token
    assert thief.signed_in
    end(site, browser)
    before = site.rows()
    latest = browser.steal(browser.cookie) if end is _grow_old else thief
    for stolen in (thief, latest):
        assert not stolen.signed_in
        assert stolen.get(f"/requests/{places['draft']}").status_code == 302
        path = f"/requests/{places['draft']}/steps/withdraw"
        answer = stolen.post(path, token=token)
        assert answer.status_code == 302
        assert (answer.location or "").startswith("/sign-in")
    assert site.rows() == before
    assert browser.signed_in == (end is _change_password), "one's own session goes on, renewed"


def test_a_session_lives_as_long_as_it_is_used(site: Site) -> None:
    browser = site.browser("requester")
    for _ in range(11):
        site.clock.forward(minutes=60)
        assert browser.signed_in
    assert browser.signed_in


def test_what_one_browser_does_keeps_no_copy_alive(site: Site) -> None:
    browser = site.browser("requester")
    thief = browser.steal(browser.cookie)
    site.clock.forward(minutes=50)
    assert browser.signed_in
    site.clock.forward(minutes=11)
    assert browser.signed_in
    assert not thief.signed_in


def test_signing_out_is_a_post_and_ends_it_everywhere(site: Site) -> None:
    browser, other = site.browser("requester"), site.browser("requester")
    assert browser.get("/sign-out").status_code == 405
    assert browser.client.post("/sign-out").status_code == 400
    assert other.signed_in
    answer = browser.post("/sign-out")
    assert "signed out, here and everywhere" in browser.get(answer.location or "").text
    assert not browser.signed_in
    assert not other.signed_in


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: cookie[:-1] + ("A" if cookie[-1] != "A" else "B"),
        lambda cookie: "A" + cookie,
        lambda cookie: cookie.rpartition(".")[0],
        lambda cookie: "." + cookie,
        lambda cookie: cookie.partition(".")[2],
        lambda cookie: "",
        lambda cookie: "null",
        lambda cookie: "\u00e9" * 10,
        lambda cookie: "a" * 5000,
        lambda cookie: "eyJfdXNlcl9pZCI6IjEifQ.aAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
    ids=range(10),
)
def test_a_forged_cookie_is_nobodys(site: Site, change: Callable[[str], str]) -> None:
    cookie = site.browser("requester").cookie or ""
    forged = Browser(site)
    header = f"{site.cookie_name}={change(cookie)}".encode().decode("latin-1")
    answer = forged.get("/account", headers={"Cookie": header})
    assert answer.status_code == 302


def test_a_cookie_signed_with_another_key_is_nobodys(site: Site) -> None:
    other = make_app(secret_key="another secret, just as long as the first")
    coder = SecureCookieSessionInterface().get_signing_serializer(other)
    mine = SecureCookieSessionInterface().get_signing_serializer(site.app)
    assert coder is not None
    assert mine is not None
    held = mine.loads(site.browser("requester").cookie or "")
    thief = Browser(site)
    thief.take(str(coder.dumps(held)))
    assert not thief.signed_in
    thief.take(str(mine.dumps(held)))
    assert thief.signed_in, "the same, signed with ours, would be"


# --- attempts -----------------------------------------------------------------------------------


def _try(site: Site, account: str, password: str = "wrong", address: str = "10.0.0.1") -> int:
    return Browser(site, address).sign_in(account, password).status_code


def test_attempts_on_an_account_are_limited(strict: Site) -> None:
    """Wherever they come from, however the address is written, and the right password too."""
    spellings = ("requester", "REQUESTER@council.example", " requester@Council.example ")
    found = [_try(strict, s, address=f"10.0.0.{n}") for n, s in enumerate(spellings)]
    assert found == [400, 400, 400]
    page = Browser(strict, "10.0.0.9").sign_in("requester")
    assert page.status_code == 429
    assert "too many attempts. Wait 15 minutes, or use “I’ve forgotten" in page.text
    assert _try(strict, "colleague", PASSWORD) == 302
    strict.clock.forward(minutes=15)
    assert _try(strict, "requester", PASSWORD) == 302


def test_attempts_from_an_address_are_limited(strict: Site) -> None:
    accounts = ("requester", "colleague", "nobody1", "nobody2", "nobody3", "nobody4")
    assert [_try(strict, account) for account in accounts] == [400] * 6
    assert _try(strict, "sponsor", PASSWORD) == 429
    assert _try(strict, "sponsor", PASSWORD, address="10.0.0.2") == 302


def test_an_address_over_its_limit_locks_no_account(strict: Site) -> None:
    """Or one address could keep everybody out."""
    for n in range(6):
        _try(strict, f"nobody{n}", address="10.0.0.66")
    for _ in range(5):
        assert _try(strict, "sponsor", address="10.0.0.66") == 429
    assert _try(strict, "sponsor", PASSWORD, address="10.0.0.2") == 302


def test_a_new_password_by_a_link_ends_a_lock(strict: Site) -> None:
    """That is what the refusal advises."""
    for n in range(5):
        _try(strict, "requester", address=f"10.0.1.{n}")
    assert _try(strict, "requester", PASSWORD) == 429
    strict.clock.forward(seconds=1)
    token = _link(strict)
    browser = Browser(strict)
    assert browser.post(f"/set-password/{token}", {"password": NEW_PASSWORD}).status_code == 302
    strict.clock.forward(seconds=1)
    assert _try(strict, "requester", NEW_PASSWORD) == 302
    assert [_try(strict, "requester") for _ in range(4)] == [400, 400, 400, 429]


def test_an_account_that_isnt_there_is_throttled_alike(strict: Site) -> None:
    assert [_try(strict, "nobody", address=f"10.0.0.{n}") for n in range(4)] == [400, 400, 400, 429]


def test_whoever_gets_in_uses_no_attempt_up(strict: Site) -> None:
    """A council behind one address would lock itself out each morning."""
    for account in ("requester", "requester", "requester", "requester", "colleague", "sponsor"):
        assert _try(strict, account, PASSWORD) == 302
    assert _try(strict, "director", PASSWORD) == 302
    assert [_try(strict, "requester") for _ in range(4)] == [400, 400, 400, 429]


def test_many_attempts_at_once_are_as_many(strict: Site) -> None:
    _storm(strict)


@pytest.mark.postgres
def test_many_attempts_at_once_are_as_many_on_postgresql(
    strict: Site, postgresql_site: Site
) -> None:
    wiring = strict.app.extensions[context.EXTENSION]
    limits = SIGN_IN.model_copy(update={"attempts_per_account": 3, "attempts_per_address": 6})
    strict.app.extensions[context.EXTENSION] = context.Wiring(
        wiring.settings.model_copy(update={"sign_in": limits}),
        postgresql_site.db,
        postgresql_site.clock,
    )
    _storm(postgresql_site)


def _storm(site: Site) -> None:
    ready = []
    for _ in range(12):
        browser = Browser(site)
        ready.append((browser, token_of(browser.get("/sign-in"))))

    def attempt(prepared: tuple[Browser, str]) -> int:
        browser, token = prepared
        form = {"csrf_token": token, "email": email("requester"), "password": "wrong"}
        return browser.client.post("/sign-in", data=form).status_code

    with ThreadPoolExecutor(12) as threads:
        found = sorted(threads.map(attempt, ready))
    assert found.count(400) <= 3
    assert found == [400] * found.count(400) + [429] * (12 - found.count(400))


def test_the_answer_is_the_same_for_an_account_that_isnt_there(site: Site) -> None:
    pages = []
    for account in ("requester", "nobody", "stranger"):
        if account == "stranger":
            site.council.act(
                people.disable_person, person_id=site.council.people["stranger"], actor_id=None
            )
        browser = Browser(site)
        password = PASSWORD if account == "stranger" else "wrong"
        answer = browser.sign_in(account, password)
        pages.append((answer.status_code, _without(answer, account)))
    assert pages[0] == pages[1] == pages[2]
    assert "The e-mail address or the password isn’t right." in pages[0][1]


def _without(answer: TestResponse, account: str) -> str:
    text = answer.text.replace(email(account), "…")
    return re.sub(r'name="csrf_token" value="[^"]+"', "", text)


def test_an_account_that_isnt_there_costs_as_much(site: Site) -> None:
    """In processor time, which a busy machine doesn't blur."""

    def cost(account: str) -> float:
        browser = Browser(site)
        began = time.process_time()
        browser.sign_in(account, "wrong")
        return time.process_time() - began

    cost("requester")
    known = sorted(cost("requester") for _ in range(3))[1]
    unknown = sorted(cost("nobody") for _ in range(3))[1]
    assert 0.5 < unknown / known < 2


def test_what_was_tried_is_kept_nowhere(site: Site) -> None:
    browser = Browser(site)
    answer = browser.sign_in("secret.somebody@council.example", "a-wrong-password")
    assert "a-wrong-password" not in answer.text
    everything = str(site.rows(leave_out=()))
    assert "secret.somebody" not in everything
    assert "a-wrong-password" not in everything
    (entry,) = _log(site, "sign_in_failed")
    assert re.fullmatch("[0-9a-f]{64}", entry.subject or "")
    assert entry.address == "127.0.0.1"


def test_an_address_that_a_proxy_claims_is_not_believed(strict: Site) -> None:
    """No proxy is trusted unless it is set: whoever sends the header doesn't choose the address."""
    for n in range(6):
        browser = Browser(strict, "10.0.0.1")
        browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{n}"
        browser.sign_in(f"nobody{n}", "wrong")
    assert _try(strict, "sponsor", PASSWORD) == 429


# --- one-time links -----------------------------------------------------------------------------


def _link(site: Site, account: str = "requester", minutes: int = 60) -> str:
    with site.db.unit_of_work() as session:
        return people.issue_link(
            session,
            person_id=site.council.people[account],
            purpose="forgotten_password",
            valid_for=timedelta(minutes=minutes),
            now=site.clock.moment,
        )


def _set(site: Site, token: str, password: str = NEW_PASSWORD) -> int:
    return Browser(site).post(f"/set-password/{token}", {"password": password}).status_code


def test_opening_a_link_uses_nothing_up(site: Site) -> None:
    """Mail scanners follow links (activepieces #14024)."""
    token = _link(site)
    before = site.rows(leave_out=())
    for _ in range(3):
        assert Browser(site).get(f"/set-password/{token}").status_code == 200
        assert Browser(site).client.head(f"/set-password/{token}").status_code == 200
    assert site.rows(leave_out=()) == before
    assert _set(site, token) == 302
    assert _set(site, token, "a third one, just as long") == 404
    assert Browser(site).get(f"/set-password/{token}").status_code == 404
    assert Browser(site).sign_in("requester", NEW_PASSWORD).status_code == 302


def test_a_link_that_cant_be_used_says_what_to_do(site: Site) -> None:
    expired, earlier = _link(site, "colleague", 60), _link(site)
    later, gone = _link(site), _link(site, "stranger")
    site.council.act(
        people.disable_person, person_id=site.council.people["stranger"], actor_id=None
    )
    site.clock.forward(minutes=59)
    assert Browser(site).get(f"/set-password/{later}").status_code == 200
    site.clock.forward(minutes=1)
    for token in (expired, earlier, gone, later, "x" * 43, "x" * 20, expired.swapcase()):
        page = Browser(site).get(f"/set-password/{token}")
        assert page.status_code == 404
        assert "/forgotten-password" in page.text, "the next step"
        assert _set(site, token) == 404
    for odd in ("x", "x" * 101, "%00" * 20, "../" * 10, "é" * 30):
        assert Browser(site).get(f"/set-password/{odd}").status_code == 404


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "aaaaaaaaaaaaa", "requester2026"])
def test_a_password_that_is_refused_leaves_the_link(site: Site, password: str) -> None:
    token = _link(site)
    before = site.rows()
    page = Browser(site).post(f"/set-password/{token}", {"password": password})
    assert page.status_code == 400
    assert "govuk-error-summary" in page.text
    assert not password or f'value="{password}"' not in page.text
    assert site.rows() == before
    assert _set(site, token) == 302


def test_ones_own_password_needs_the_old_one(site: Site) -> None:
    browser, before = site.browser("requester"), site.rows()
    page = browser.post("/account", {"current": "wrong", "password": NEW_PASSWORD})
    assert page.status_code == 400
    assert "This is not your password." in page.text
    assert NEW_PASSWORD not in page.text
    assert site.rows() == before
    assert len(_log(site, "sign_in_failed")) == 1


def test_guessing_ones_password_in_a_session_is_throttled(strict: Site) -> None:
    browser = strict.browser("requester")
    form = {"current": "wrong", "password": NEW_PASSWORD}
    assert [browser.post("/account", form).status_code for _ in range(4)] == [400, 400, 400, 429]
    form["current"] = PASSWORD
    assert browser.post("/account", form).status_code == 429


# --- forgotten passwords ------------------------------------------------------------------------


def _ask(site: Site, account: str) -> TestResponse:
    return Browser(site).post("/forgotten-password", {"email": email(account)})


def test_who_is_here_isnt_told_by_a_forgotten_password(site: Site) -> None:
    site.council.act(
        people.disable_person, person_id=site.council.people["stranger"], actor_id=None
    )
    pages = [_ask(site, account) for account in ("requester", "nobody", "stranger")]
    assert [page.status_code for page in pages] == [200] * 3
    assert len({_without(page, "") for page in pages}) == 1
    with site.db.reading() as session:
        (mail,) = session.scalars(select(Mail).where(Mail.template == "forgotten_password"))
        (link,) = session.scalars(select(OneTimeLink).where(OneTimeLink.used_at.is_(None)))
        assert mail.person_id == link.person_id == site.council.people["requester"]
        assert mail.values["link"].startswith("http://localhost/set-password/")
        assert link.expires_at == site.clock.moment + timedelta(minutes=60)
    assert _set(site, mail.values["link"].rpartition("/")[2]) == 302


def test_asking_for_links_is_limited_by_itself(strict: Site) -> None:
    """Too many attempts lead to the link, as the page says: that must not be closed too. And
    whoever asks for links in somebody's name doesn't lock them out."""
    for _ in range(4):
        _try(strict, "requester")
    found = [_ask(strict, "requester").status_code for _ in range(4)]
    assert found == [200, 200, 200, 429]
    for _ in range(3):
        _ask(strict, "colleague")
    assert _try(strict, "colleague", PASSWORD) == 302


# --- on the other engine ------------------------------------------------------------------------


@pytest.mark.postgres
def test_a_link_is_opened_on_postgresql_too(postgresql_site: Site) -> None:
    token = _link(postgresql_site)
    assert Browser(postgresql_site).get(f"/set-password/{token}").status_code == 200
    assert _set(postgresql_site, token) == 302


@pytest.mark.postgres
def test_signing_in_and_out_on_postgresql(postgresql_site: Site) -> None:
    browser: Any = Browser(postgresql_site)
    assert browser.sign_in("requester").status_code == 302
    thief = browser.steal(browser.cookie)
    assert thief.signed_in
    browser.post("/sign-out")
    assert not thief.signed_in
