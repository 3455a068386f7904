"""Hostile input, wherever anything is taken (OWASP ASVS 5.0: V1, V2, V15)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from procureflow.adapters.mail import Writer
from procureflow.models import Check, Mail, Request, SecurityEntry, Submission
from procureflow.services import mailing
from procureflow.services.co_authors import add_co_author
from procureflow.settings import resource
from tests.factories.council import CASE, CHECK
from tests.factories.web import PASSWORD, Browser, Site, email, make_app, token_of
from tests.security.addresses import BENEFIT, at, forms, typed
from tests.security.test_access import COLUMNS, ROWS

#: Who gets furthest at each address that takes a form, and the address.
FORMS = [
    (
        address,
        next((COLUMNS[c] for c, status in expected.items() if c != "nob" and status == 302), None)
        if address != "/sign-in"
        else None,
    )
    for method, address, expected in ROWS
    if method == "POST"
]


def _ids(form: tuple[str, str | None]) -> str:
    return form[0]


# --- where one is sent after signing in ---------------------------------------------------------

ELSEWHERE = [
    *("//evil.example", "///evil.example", "////evil.example", "/////evil.example"),
    *("\\\\evil.example", "\\\\\\evil.example", "/\\evil.example", "\\/evil.example"),
    *("/\\/evil.example", "/%5cevil.example", "/%09/evil.example", "/\t/evil.example"),
    *("\t//evil.example", " //evil.example", "/\r/evil.example", "/\n/evil.example"),
    *("/\r\nLocation: https://evil.example", "https://evil.example", "https:evil.example"),
    *("https:/evil.example", "http:///evil.example", "//evil.example@localhost"),
    *("@evil.example", "/@evil.example", "javascript:alert(1)", "JavaScript:alert(1)"),
    *("data:text/html,x", "evil.example", "./evil", "../evil", "?x", "#x", "/\x00//evil.example"),
    *("//localhost@evil.example", "http://localhost@evil.example", "/%2f%2fevil.example", "/;@x"),
    *("/\u2028/evil.example", "/\u3000//evil.example", "//[::1]", "//evil%E3%80%82example"),
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_sent_to_another_host(site: Site, wanted: str) -> None:
    """Flask-Security CVE-2021-32618, CVE-2023-49438."""
    answer = site.browser("requester").get(f"/sign-in?next={quote(wanted, safe='')}")
    if answer.status_code == 400:
        assert "\x00" in wanted
        return
    assert answer.status_code == 302
    _stays_here(answer.headers["Location"])


def _stays_here(location: str) -> None:
    """As a browser reads it: it drops tabs and line breaks, and takes \\ for /."""
    read = re.sub(r"[\t\r\n]", "", location).replace("\\", "/").strip()
    assert read.startswith("/"), location
    assert not read.startswith("//"), location
    assert urlsplit(read).netloc == ""


def test_the_form_itself_sends_nobody_away_either(site: Site) -> None:
    browser = Browser(site)
    answer = browser.sign_in("requester", following=quote("//evil.example", safe=""))
    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.post("/sign-out?next=//evil.example").location == "/sign-in"


# --- which host we are --------------------------------------------------------------------------

FORGED = ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example",
          "[::1]", "", "localhost evil", "evil.example#localhost"]  # fmt: skip


@pytest.mark.parametrize("host", FORGED)
def test_a_forged_host_is_refused(site: Site, host: str) -> None:
    """CVE-2025-43930."""
    browser, before = site.browser(), site.rows()
    for path in ("/sign-in", "/forgotten-password", "/nowhere", "/static/app.css", "/healthz"):
        answer = browser.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "evil" not in answer.text
        assert "Content-Security-Policy" in answer.headers
    form = {"email": email("requester")}
    answer = browser.post("/forgotten-password", form, headers={"Host": host})
    assert answer.status_code == 400
    assert site.rows() == before


FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Host": "evil.example",
    "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin",
    "X-Forwarded-Proto": "javascript",
    "X-Forwarded-Prefix": "//evil.example",
    "Forwarded": "host=evil.example;proto=https",
    "Origin": "https://evil.example",
}


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_host_that_a_proxy_claims_is_not_believed(site: Site, proxies: int) -> None:
    """Links are built from the configured address alone."""
    wiring = site.app.extensions["procureflow"]
    app = make_app(trusted_proxies=proxies)
    app.extensions["procureflow"] = wiring
    client = app.test_client()
    page = client.get("/sign-in", headers=FORWARDED)
    assert page.status_code == 200
    assert "evil" not in page.text
    form = {"csrf_token": token_of(page), "email": email("requester")}
    answer = client.post("/forgotten-password", data=form, headers=FORWARDED)
    assert answer.status_code == 200
    assert "evil" not in answer.text
    with site.db.reading() as session:
        (mail,) = session.scalars(select(Mail).where(Mail.template == "forgotten_password"))
        assert mail.values["link"].startswith("http://localhost/set-password/")
    door = client.get("/requests", headers=FORWARDED)
    assert (door.location or "").startswith("/sign-in")


# --- forms that didn't come from our pages ------------------------------------------------------


@pytest.mark.parametrize("form", FORMS, ids=_ids)
def test_no_form_without_a_token_of_this_session(
    site: Site, places: dict[str, str], form: tuple[str, str | None]
) -> None:
    address, account = form
    browser, path = site.browser(account), at(address, places)
    fields = forms(site, places).get(address, {})
    own, others = browser.token, site.browser("sponsor2").token
    before = site.rows(leave_out=())
    tried: list[dict[str, str]] = [
        {},
        {"csrf_token": ""},
        {"csrf_token": "x"},
        {"csrf_token": others},
        {"csrf_token": own[:-1]},
        {"csrf_token": own.swapcase()},
        {"csrf_token": f"{own} "},
    ]
    for wrong in tried:
        answer = browser.client.post(path, data={**fields, **wrong}, buffered=True)
        assert answer.status_code == 400, wrong
        assert "Nothing was changed" in answer.text
    # In the address, in a cookie, or as JSON it isn't the form's.
    for answer in (
        browser.client.post(f"{path}?csrf_token={own}", data=fields),
        browser.client.post(path, json={**fields, "csrf_token": own}),
        browser.client.post(path, data=f"csrf_token={own}", content_type="text/plain"),
    ):
        assert answer.status_code == 400
    assert site.rows(leave_out=()) == before


# --- shapes that no form of ours has ------------------------------------------------------------


def _misshapen(fields: dict[str, str]) -> Iterator[MultiDict[str, str]]:
    """GLPI CVE-2022-35947: `token[0]=LIKE`; duplicates; NULs in names and values."""
    name = next(iter(fields), "email")
    pairs = list(fields.items())
    for more in (
        [(f"{name}[0]", "LIKE")],
        [(f"{name}[]", "x"), (f"{name}[]", "y")],
        [(f"{name}[a][b]", "x")],
        [("[", "x")],
        [(name, "x"), (name, "y")],
        [("seen", "1"), ("seen", "2")],
        [("csrf_token", "x")],
        [(name, "a\x00b")],
        [("a\x00b", "x")],
        [("password", "\x00")],
    ):
        yield MultiDict([*pairs, *more])


@pytest.mark.parametrize("form", FORMS, ids=_ids)
def test_arrays_duplicates_and_nuls_are_refused(
    site: Site, places: dict[str, str], form: tuple[str, str | None]
) -> None:
    address, account = form
    browser, path = site.browser(account), at(address, places)
    fields = {**forms(site, places).get(address, {}), "csrf_token": browser.token}
    before = site.rows(leave_out=())
    for data in _misshapen(fields):
        answer = browser.client.post(path, data=data, buffered=True)
        assert answer.status_code == 400, data
    for query in ("a=1&a=2", "a[]=1", "a[0]=1", "a=%00", "%00=1", f"a={'x' * 501}"):
        answer = browser.client.post(f"{path}?{query}", data=fields, buffered=True)
        assert answer.status_code == 400, query
    assert site.rows(leave_out=()) == before


@pytest.mark.parametrize("form", FORMS, ids=_ids)
def test_what_is_no_form_or_too_large_is_refused(
    site: Site, places: dict[str, str], form: tuple[str, str | None]
) -> None:
    address, account = form
    browser, path = site.browser(account), at(address, places)
    token, before = browser.token, site.rows(leave_out=())
    fields = forms(site, places).get(address, {})
    large = browser.client.post(path, data={**fields, "csrf_token": token, "x": "y" * 1_000_001})
    assert large.status_code == 413
    parts = {**fields, "csrf_token": token, **{f"f{n}": "x" for n in range(201)}}
    many = browser.client.post(path, data=parts, content_type="multipart/form-data")
    assert many.status_code == 413
    with_file = {**fields, "csrf_token": token, "file": (BytesIO(b"<svg/>"), "x.svg")}
    assert browser.client.post(path, data=with_file).status_code == 400
    for body, kind in (
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"not a form", "multipart/form-data"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"<a/>", "application/xml"),
        (b"[1", "application/json"),
        (b"", ""),
    ):
        answer = browser.client.post(path, data=body, content_type=kind)
        assert answer.status_code == 400, kind
    assert site.rows(leave_out=()) == before


def test_an_address_takes_no_odd_parameters(site: Site, places: dict[str, str]) -> None:
    browser = site.browser("auditor")
    odd = ["a=1&a=2", "a[]=1", "state[]=draft", "state=draft&state=case", "x=%00", "%00"]
    for method, address, _ in ROWS:
        if method == "GET" and not address.startswith(("/static", "/healthz", "/readyz", "/theme")):
            for query in odd:
                assert browser.get(f"{at(address, places)}?{query}").status_code == 400


NUMBERS = ["0", "-1", "1.5", "1e9", "x", "", "\u0663", "\uff19", "99999999999999999999999999", " 1",
           "+1", "0x10", "1;DROP TABLE requests", "' OR '1'='1", "9223372036854775807",
           "9223372036854775808", "-9223372036854775809", "NaN", "true"]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_that_are_none(site: Site, places: dict[str, str], number: str) -> None:
    """In lists, in hidden fields and in addresses: never a fault of ours."""
    auditor, requester = site.browser("auditor"), site.browser("requester")
    before, quoted = site.rows(), quote(number)
    for path in ("/requests", "/non-compliance", "/register"):
        for name in ("page", "sort", "state", "from", "cost_from", "outcome", "rule", "nothing"):
            assert auditor.get(f"{path}?{name}={quoted}").status_code in (200, 400)
    assert auditor.get(f"/requests?cost_from={quoted}&download=csv").status_code in (200, 400)
    case = f"/requests/{places['case']}"
    for path in (f"{case}/benefits/{quoted}", f"{case}/benefits/{quoted}/remove"):
        answer = requester.get(path)
        assert answer.status_code in (200, 404, 308)
    section = {**typed(CASE["strategic"]), "why_now": "x", "seen": number}
    if number not in ("+1", " 1"):
        assert requester.post(f"{case}/sections/strategic", section).status_code == 409
        sponsor = site.browser("sponsor")
        answer = sponsor.post(
            f"/requests/{places['asked']}/endorse", {"verdict": "endorsed", "submission": number}
        )
        assert answer.status_code == 400
        answer = requester.post(f"{case}/ask-sponsor", {"sponsor": number})
        assert answer.status_code == 400
        assert site.rows() == before


REFERENCES = [
    *("ICT-2026-0001%00", "ICT-2026-0001%20", "%20ICT-2026-0001", "ict-2026-0001"),
    *(
        "ICT-2026-9999",
        "ICT-2026-\uff11",
        "ICT-2026-\u0661",
        "NC-2026-0001",
        "0",
        "1",
        "-1",
        "None",
    ),
    *("..%2f..%2fetc%2fpasswd", "%2e%2e", "...", "'", '"', "';DROP TABLE requests;--", "%"),
    *("ICT-2026-000_", "ICT-2026-%25", "x" * 2000, "%F0%9F%98%80", "%FF%FE", "%ED%A0%80"),
    *("%E2%80%AEICT-2026-0001", "{{7*7}}", "<script>alert(1)</script>", "ICT-2026-0001;a=b"),
    *("%0d%0aSet-Cookie:x=y", "new", "people", "publications", "~", "*"),
]


@pytest.mark.parametrize("reference", REFERENCES)
def test_references_that_are_none(site: Site, reference: str) -> None:
    _no_such_reference(site, reference)


@pytest.mark.postgres
def test_references_that_are_none_on_postgresql(postgresql_site: Site) -> None:
    """Whose text can't hold a NUL."""
    faulty = []
    for reference in REFERENCES:
        try:
            _no_such_reference(postgresql_site, reference)
        except AssertionError:
            faulty.append(reference)
    assert faulty == []


def _no_such_reference(site: Site, reference: str) -> None:
    auditor, chair = site.browser("auditor"), site.browser("chair")
    before = site.rows()
    area = "requests" if reference.startswith("NC") else None
    for where in (area,) if area else ("requests", "non-compliance"):
        paths = [f"/{where}/{reference}"]
        if where == "requests":
            paths += [f"{paths[0]}/{rest}" for rest in ("endorse", "steps/withdraw", "review/vote")]
        else:
            paths += [f"{paths[0]}/answer"]
        for path in paths:
            answer = auditor.get(path)
            assert answer.status_code == 404, path
            assert "<script>alert" not in answer.text
            assert "x=y" not in str(answer.headers)
            assert chair.post(path).status_code in (404, 405), path
    assert site.rows() == before


PARTS = ["x", "' OR 1=1", "%00", "{{7*7}}", "x" * 500, "%F0%9F%98%80", "__class__", "none"]


@pytest.mark.parametrize("part", PARTS)
def test_names_that_are_none(site: Site, places: dict[str, str], part: str) -> None:
    """Of a step, of a section, of an assessment."""
    requester, ict, before = site.browser("requester"), site.browser("ict"), site.rows()
    for browser, path in (
        (requester, f"/requests/{places['draft']}/steps/{part}"),
        (requester, f"/requests/{places['case']}/sections/{part}"),
        (ict, f"/requests/{places['referred']}/review/assessments/{part}"),
    ):
        assert browser.get(path).status_code == 404, path
        assert browser.post(path, {"verdict": "satisfied"}).status_code == 404, path
    assert site.rows() == before


# --- fields that nobody asked for ---------------------------------------------------------------

UNASKED = {
    "state": "approved",
    "state_kind": "decided",
    "role": "administrator",
    "actor": "16",
    "actor_id": "16",
    "user_id": "16",
    "person_id": "16",
    "user": "admin",
    "approved_by": "12",
    "decided_by": "12",
    "ignore_permissions": "1",
    "id": "1",
    "request_id": "1",
    "review_id": "1",
    "record_id": "1",
    "version": "1",
    "head": "0" * 64,
    "directorate": "resources",
    "requester_id": "3",
    "sponsor_id": "3",
    "decision_id": "1",
    "bundle": "0" * 64,
    "now": "2001-01-01",
    "permission": "review:close",
    "presiding": "1",
    "_method": "DELETE",
    "__proto__": "x",
}


@pytest.mark.parametrize("form", FORMS, ids=_ids)
def test_unasked_fields_change_nothing(
    site: Site, places: dict[str, str], form: tuple[str, str | None]
) -> None:
    """Frappe #40339. What the form does with them is to the last column what it does without."""
    address, account = form
    fields = forms(site, places).get(address, {})
    left: list[Any] = []
    for more in ({}, {k: v for k, v in UNASKED.items() if k not in fields}):
        browser = site.browser(account)
        answer = browser.post(at(address, places), {**fields, **more})
        left.append((answer.status_code, answer.location, _told(site)))
        site.restore()
    assert left[0] == left[1]


def _told(site: Site) -> dict[str, Any]:
    """Every row; but for secrets that are drawn anew each time."""
    rows: dict[str, Any] = site.rows(leave_out=("security_log", "one_time_links", "mails"))
    rows["people"] = [row[:4] + row[5:] for row in rows["people"]]
    return rows


def test_ids_of_another_request_are_refused(site: Site, places: dict[str, str]) -> None:
    """GLPI #127: the number changed. The submission of one request, put to another."""
    before = site.rows()
    with site.db.reading() as session:
        others = session.scalars(
            select(Submission.id)
            .join(Request, Request.id == Submission.request_id)
            .where(Request.reference != places["asked"])
        ).all()
    sponsor = site.browser("sponsor")
    for submission in others:
        answer = sponsor.post(
            f"/requests/{places['asked']}/endorse",
            {"verdict": "endorsed", "submission": str(submission)},
        )
        assert answer.status_code == 400
        assert "has changed since it was put to you" in answer.text
    assert site.rows() == before


def test_a_sponsor_from_elsewhere_cant_be_slipped_in(site: Site, places: dict[str, str]) -> None:
    browser, before = site.browser("requester"), site.rows()
    for account in ("requester", "sponsor2", "director", "chair", "stranger"):
        answer = browser.post(
            f"/requests/{places['case']}/ask-sponsor",
            {"sponsor": str(site.council.people[account])},
        )
        assert answer.status_code == 400
        assert "Choose a sponsor." in answer.text
    assert site.rows() == before


def test_a_directorate_cant_be_slipped_in(site: Site) -> None:
    """Who asks for one directorate asks for that one, whatever the form says."""
    browser = site.browser("requester")
    answer = browser.post("/check", {"directorate": "children_young_people"})
    assert answer.status_code == 302
    with site.db.reading() as session:
        newest = session.scalars(select(Check).order_by(Check.id.desc())).first()
        assert newest is not None
        assert newest.directorate == "environment"


def _ask(browser: Browser, **answers: str) -> TestResponse:
    """The whole check, a question at a time."""
    page = browser.post("/check")
    number = (page.location or "").split("/")[2]
    for question, value in {**typed(CHECK), "supplier": "", **answers}.items():
        page = browser.post(f"/check/{number}/{question}", {question: value})
        assert page.status_code == 302, page.text
    return browser.post(f"/check/{number}")


# --- hostile text, shown to everybody -----------------------------------------------------------

MARK = "zq7"
HOSTILE = (
    f"{MARK}<script>alert(1)</script>\"'><img src=x onerror=alert(1)></textarea></title>"
    "{{7*7}}{%raw%}${7*7}</dd></blockquote>\u202egnp.exe\U0001f600&lt;b&gt;"
)


def _hostile(suffix: str) -> str:
    """As much of it as one line takes, told apart by where it was typed."""
    return f"{HOSTILE[: 118 - len(suffix)]}{suffix}"


@pytest.fixture
def poisoned(site: Site) -> Site:
    """Hostile text in every field that takes text, on the whole way of a request."""
    requester = site.browser("requester")
    requester.post("/check/1/title", {"title": _hostile("check")})
    answer = _ask(
        requester,
        title=_hostile("title"),
        place=_hostile("place"),
        need=HOSTILE + "need",
        supplier=_hostile("supplier"),
        already_ordered="yes",
    )
    assert answer.status_code == 302, answer.text
    path = answer.location or ""
    assert requester.post(f"{path}/steps/start_business_case").status_code == 302
    texts = {
        "strategic": dict.fromkeys(
            (
                *("case_need", "why_now", "standard_why_not", "how_it_came_about"),
                *("council_plan", "objectives", "if_nothing_is_done", "depends_on"),
            ),
            HOSTILE,
        )
        | {"belongs_to": _hostile("b"), "priority_project": "no"},
        "economic": dict.fromkeys(("options_considered", "preferred_option"), HOSTILE),
        "commercial": {
            "case_supplier": _hostile("s"),
            "quote": HOSTILE,
            "framework": _hostile("f"),
            "route_to_market": "quotes",
            "contract_length": _hostile("l"),
            "contract_manager": _hostile("m"),
            "way_out": HOSTILE,
            "small_supplier": "not_known",
        },
        "financial": {
            "budget_code": HOSTILE[:40],
            "budget_holder": _hostile("h"),
            "project_management_cost": "4000",
            "training_cost": "1",
            "funding_source": "mixed",
            "running_cost_owner": _hostile("r"),
        },
        "management": {
            **dict.fromkeys(("plan", "main_risks", "data_protection", "equality"), HOSTILE),
            "project_manager": _hostile("p"),
            "project_board": _hostile("o"),
            **dict.fromkeys(("technical_appraisal", "financial_appraisal"), _hostile("a")),
            "review_on-day": "1",
            "review_on-month": "3",
            "review_on-year": "2041",
            "go_live-day": "1",
            "go_live-month": "3",
            "go_live-year": "2040",
            "training": HOSTILE,
        },
    }
    for section, fields in texts.items():
        answer = requester.post(f"{path}/sections/{section}", {**fields, "seen": "0"})
        assert answer.status_code == 302, (section, answer.text)
    benefit = {
        name: value if name.startswith(("expected", "class")) else HOSTILE
        for name, value in BENEFIT.items()
    }
    assert requester.post(f"{path}/benefits/new", {**benefit, "seen": "1"}).status_code == 302
    sponsor = site.browser("sponsor")
    for verdict in ("sent_back", "endorsed"):
        asked = requester.post(
            f"{path}/ask-sponsor", {"sponsor": str(site.council.people["sponsor"])}
        )
        assert asked.status_code == 302, asked.text
        with site.db.reading() as session:
            submission = max(session.scalars(select(Submission.id)))
        form = {"verdict": verdict, "note": HOSTILE, "submission": str(submission)}
        assert sponsor.post(f"{path}/endorse", form).status_code == 302
    assert requester.post(f"{path}/refer").status_code == 302
    for account, kind in (("ict", "standards"), ("finance", "funding")):
        form = {"verdict": "not_satisfied", "note": HOSTILE}
        answer = site.browser(account).post(f"{path}/review/assessments/{kind}", form)
        assert answer.status_code == 302
    for account in ("chair", "member1", "member2"):
        browser = site.browser(account)
        declared = browser.post(
            f"{path}/review/interest", {"interest": "personal", "note": HOSTILE}
        )
        assert declared.status_code == 302
        voted = browser.post(f"{path}/review/vote", {"choice": "reject", "reason": HOSTILE})
        assert voted.status_code == 302
    closed = site.browser("chair").post(
        f"{path}/review/close", {"expected": "reject", "reasons": HOSTILE, "rules": "NC-1"}
    )
    assert closed.status_code == 302, closed.text
    record = "/non-compliance/NC-2026-0004"
    director, secretary = site.browser("director"), site.browser("secretary")
    assert director.post(f"{record}/answer", {"done": HOSTILE}).status_code == 302
    assert secretary.post(f"{record}/reopen", {"note": HOSTILE}).status_code == 302
    assert director.post(f"{record}/answer", {"done": HOSTILE}).status_code == 302
    assert secretary.post(f"{record}/close", {"note": HOSTILE}).status_code == 302
    return site


class Elements(HTMLParser):
    """The elements of a page, as a browser reads them."""

    def __init__(self, page: TestResponse) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, dict(attrs)))


OUR_SCRIPT = {"type": "module", "src": "/static/app.js"}


def _harmless(page: TestResponse) -> None:
    """Whatever was typed is text on the page, and nothing else."""
    for tag, attributes in Elements(page).found:
        # The one script is ours, from our own address; so is the picture of the workflow.
        drawn = tag == "svg" and (attributes.get("aria-label") or "").startswith("Where ICT-2026-")
        ours = drawn or (tag == "script" and attributes == OUR_SCRIPT)
        assert ours or tag not in ("script", "img", "iframe", "object", "svg", "style"), tag
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src", "action"):
            assert (attributes.get(name) or "/")[0] in "/#", attributes
    assert f"{MARK}49" not in page.text
    assert "{{49" not in page.text


def test_hostile_text_is_text_to_everybody(poisoned: Site) -> None:
    """ERPNext CVE-2022-23056, 23057 and 23058: in every field, seen by every role."""
    seen = {}
    for account in COLUMNS.values():
        browser = poisoned.browser(account)
        seen[account] = 0
        for path in (
            *("/", "/requests", "/non-compliance", "/policy", "/register"),
            *("/requests?words=zq7", "/register?words=zq7"),
            *("/requests/ICT-2026-0017", "/non-compliance/NC-2026-0004"),
        ):
            page = browser.get(path)
            assert page.status_code in (200, 302, 403)
            _harmless(page)
            # The register is open to all staff, and what was searched for stands there again.
            if not path.startswith("/register") and "?" not in path:
                seen[account] += page.text.count(MARK)
    assert seen["auditor"] > 25
    assert seen["requester"] > 25
    assert seen[None] == seen["stranger"] == 0


def test_hostile_text_is_text_in_forms_and_refusals(site: Site, places: dict[str, str]) -> None:
    """Also where it is shown again beside what is wrong with it."""
    requester = site.browser("requester")
    long = HOSTILE * 40
    tried = [
        ("requester", "/check/{check}/title", {"title": HOSTILE + "x" * 200}),
        ("requester", "/check/{check}/life_years", {"life_years": HOSTILE}),
        ("requester", "/requests/{case}/sections/financial", {"training_cost": HOSTILE}),
        ("requester", "/requests/{case}/sections/management", {"go_live-day": HOSTILE}),
        ("requester", "/requests/{case}/benefits/new", {"value": HOSTILE, "description": HOSTILE}),
        ("requester", "/requests/{draft}/steps/withdraw", {"why": long}),
        ("requester", "/requests/{case}/ask-sponsor", {"sponsor": HOSTILE}),
        ("sponsor", "/requests/{asked}/endorse", {"verdict": HOSTILE, "note": HOSTILE}),
        ("ict", "/requests/{referred}/review/assessments/standards",
         {"verdict": HOSTILE, "note": HOSTILE}),
        ("member2", "/requests/{voting}/review/interest", {"interest": HOSTILE, "note": HOSTILE}),
        ("member2", "/requests/{voting}/review/vote", {"choice": HOSTILE, "reason": HOSTILE}),
        ("chair", "/requests/{voting}/review/close", {"expected": "reject", "reasons": HOSTILE}),
        ("director", "/non-compliance/{open}/answer", {"done": long}),
        ("chair", "/non-compliance/{answered}/close", {"note": long}),
    ]  # fmt: skip
    before = site.rows()
    for account, address, fields in tried:
        page = site.browser(account).post(at(address, places), fields)
        assert page.status_code == 400, address
        assert "govuk-error-summary" in page.text, address
        _harmless(page)
    door = Browser(site)
    page = door.sign_in(f"{HOSTILE[:60]}@x", "x")
    _harmless(page)
    _harmless(requester.get(f"/requests/{quote(HOSTILE)}"))
    _harmless(requester.get(f"/requests?state={quote(HOSTILE)}"))
    assert site.rows() == before


def test_hostile_text_is_text_in_mails(poisoned: Site) -> None:
    writer = Writer(
        resource("templates") / "email", "P <p@localhost>", "http://localhost", "The Council"
    )
    moment = poisoned.clock.moment
    with poisoned.db.unit_of_work() as session:
        while mailing.expand_outbox(session, now=moment) == mailing.BATCH:
            pass
        letters = []
        while (letter := mailing.claim_mail(session, now=moment)) is not None:
            letters.append(letter)
    about = [writer.write(letter) for letter in letters if MARK in str(letter.values)]
    assert len(about) >= 5
    for message in about:
        assert message.get_content_type() == "text/plain"
        assert message["Bcc"] is None
        assert "\n" not in str(message["Subject"])
        assert "49" not in message.get_content()
        found = re.findall(r"\S+://\S+", message.get_content())
        assert all(link.startswith("http://localhost/") for link in found)


def test_control_characters_are_refused_with_a_sentence(site: Site, places: dict[str, str]) -> None:
    browser, before = site.browser("requester"), site.rows()
    for odd in ("bell\x07", "escape\x1b[31m", "line\nbreak", "back\x08space"):
        page = browser.post(at("/check/{check}/title", places), {"title": odd})
        assert page.status_code == 400
        assert "control characters." in page.text
    assert site.rows() == before


# --- two people at once -------------------------------------------------------------------------


NOTES = [
    ("/requests/{draft}/steps/withdraw", "why"),
    ("/requests/{asked}/endorse", "note"),
    ("/requests/{referred}/review/assessments/standards", "note"),
    ("/requests/{voting}/review/interest", "note"),
    ("/requests/{voting}/review/vote", "reason"),
    ("/requests/{voting}/review/close", "reasons"),
    ("/requests/{voting}/review/close", "conditions"),
    ("/non-compliance/{open}/answer", "done"),
    ("/non-compliance/{answered}/close", "note"),
    ("/non-compliance/{answered}/reopen", "note"),
]


@pytest.mark.parametrize(("address", "name"), NOTES)
def test_control_characters_are_refused_in_every_note(
    site: Site, places: dict[str, str], address: str, name: str
) -> None:
    """In an event they would stay for ever, and a mail shows them on a console."""
    browser, before = site.browser(dict(FORMS)[address]), site.rows()
    sent = {**forms(site, places)[address], name: "a\x1b[31mb"}
    page = browser.post(at(address, places), sent)
    assert page.status_code == 400
    assert "Remove the control characters." in page.text
    assert site.rows() == before


def test_more_fields_than_any_form_has_are_refused(site: Site) -> None:
    many = {f"field{n}": "x" for n in range(300)}
    assert site.browser("requester").post("/check", many).status_code == 400


def test_a_link_too_long_to_come_back_to_still_leads_to_signing_in(site: Site) -> None:
    answer = site.browser(None).get("/requests?state=" + "x" * 480)
    assert answer.status_code == 302
    assert site.browser(None).get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("seen", ["", "x", "-1", "99", "9" * 40])
def test_an_unreadable_version_is_an_old_one(site: Site, places: dict[str, str], seen: str) -> None:
    browser, before = site.browser("requester"), site.rows()
    answer = browser.post(at("/requests/{case}/benefits/1/remove", places), {"seen": seen})
    assert answer.status_code == 409
    assert site.rows() == before


@pytest.mark.parametrize("part", ["day", "month", "year"])
@pytest.mark.parametrize("number", ["0", "-1", "32", "9999999999", "9" * 400, "٣", "1e3", "x"])
def test_a_date_that_is_none_is_refused_with_a_sentence(
    site: Site, places: dict[str, str], part: str, number: str
) -> None:
    address = at("/requests/{case}/benefits/new", places)
    answer = site.browser("requester").post(address, {**BENEFIT, f"expected-{part}": number})
    assert answer.status_code == 400
    assert "Enter a real date" in answer.text or "Enter the year in full" in answer.text


def test_the_second_of_two_sees_both(site: Site, places: dict[str, str]) -> None:
    """What they typed is still in the form, what the other wrote beside it, and nothing is lost:
    neither where both changed an answer nor where one of them did."""
    path = f"/requests/{places['case']}/sections/strategic"
    with site.db.reading() as session:
        request = session.scalars(select(Request).filter_by(reference=places["case"])).one().id
    colleague = site.council.people["colleague"]
    site.council.act(add_co_author, by="requester", request_id=request, person_id=colleague)
    first, second = site.browser("colleague"), site.browser("requester")
    pages = [browser.get(path) for browser in (first, second)]
    seen = [re.search(r'name="seen" value="(\d+)"', page.text) for page in pages]
    assert all(found is not None and found.group(1) == "1" for found in seen)
    begun = {**typed(CASE["strategic"]), "seen": "1"}
    theirs = {**begun, "why_now": "The contract ends.", "objectives": "Theirs alone."}
    mine = {
        **begun,
        "why_now": "The licence ends.",
        "depends_on": "Mine <alone>.",
        "council_plan": "",
    }
    assert first.post(path, theirs).status_code == 302
    before = site.rows()
    page = second.post(path, mine)
    assert page.status_code == 409
    assert site.rows() == before
    assert "Colleague Person saved this section while you were writing." in page.text
    their_part, _, my_part = page.text.partition(">What you are about to save</h2>")
    assert "The contract ends." in their_part
    assert "Theirs alone." in their_part
    assert their_part.count("You wrote something else") == 1
    assert "Mine" not in their_part
    assert "The licence ends." in my_part
    form = _typed_in(my_part)
    assert form.pop("csrf_token")
    assert form == {
        **typed(CASE["strategic"]),
        "why_now": "The licence ends.",
        "objectives": "Theirs alone.",
        "depends_on": "Mine <alone>.",
        "council_plan": "",
        "seen": "2",
    }
    assert second.post(path, form).status_code == 302
    saved = first.get(f"/requests/{places['case']}").text
    for words in ("The licence ends.", "Theirs alone.", "Mine &lt;alone&gt;."):
        assert words in saved


def _typed_in(page: str) -> dict[str, str]:
    """The fields of a section's form as a browser would send them unchanged."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    lines = re.findall(r'<input class="govuk-input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page)
    texts = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\s*([^<]*)</textarea>', page)
    chosen = re.findall(r'<input[^>]* name="(\w+)" type="radio" value="(\w+)"[^>]* checked', page)
    return {name: unescape(text) for name, text in (*hidden, *lines, *texts, *chosen)}


def test_the_second_of_ones_own_windows_is_told_so(site: Site, places: dict[str, str]) -> None:
    path = f"/requests/{places['case']}/sections/strategic"
    browser = site.browser("requester")
    begun = {**typed(CASE["strategic"]), "seen": "1"}
    assert browser.post(path, {**begun, "why_now": "In one window."}).status_code == 302
    page = browser.post(path, {**begun, "objectives": "In the other."})
    assert page.status_code == 409
    assert "You saved this section elsewhere while you were writing." in page.text
    assert "In one window." in page.text
    assert "In the other." in page.text


def test_two_who_add_a_benefit_at_once_keep_both(site: Site, places: dict[str, str]) -> None:
    path = f"/requests/{places['case']}/benefits/new"
    browser = site.browser("requester")
    one = {**BENEFIT, "description": "First of two", "seen": "1"}
    two = {**BENEFIT, "description": "Second of two", "seen": "1"}
    assert browser.post(path, one).status_code == 302
    page = browser.post(path, two)
    assert page.status_code == 400
    assert "while you were writing" in page.text
    assert 'value="Second of two"' in page.text
    again = re.search(r'name="seen" value="(\d+)"', page.text)
    assert again is not None
    assert browser.post(path, {**two, "seen": again.group(1)}).status_code == 302
    shown = browser.get(f"/requests/{places['case']}").text
    assert "First of two" in shown
    assert "Second of two" in shown


def test_a_benefit_that_moved_is_not_overwritten(site: Site, places: dict[str, str]) -> None:
    """One removes the first while another changes the second."""
    base = f"/requests/{places['case']}/benefits"
    browser = site.browser("requester")
    for n, name in enumerate(("Beta", "Gamma"), 1):
        added = browser.post(f"{base}/new", {**BENEFIT, "description": name, "seen": str(n)})
        assert added.status_code == 302
    assert browser.post(f"{base}/1/remove", {"seen": "3"}).status_code == 302
    form = {**BENEFIT, "description": "Beta, better", "seen": "3"}
    page = browser.post(f"{base}/2", form)  # opened while it was Beta
    again = re.search(r'name="seen" value="(\d+)"', page.text)
    if again is not None:
        browser.post(f"{base}/2", {**form, "seen": again.group(1)})
    shown = browser.get(f"/requests/{places['case']}").text
    assert "Gamma" in shown


def test_whoever_presses_twice_acts_once(site: Site, places: dict[str, str]) -> None:
    """A double click, or the page before in the browser's history."""
    for account, address in (
        ("requester", "/requests/{draft}/steps/withdraw"),
        ("sponsor", "/requests/{asked}/endorse"),
        ("requester", "/requests/{endorsed}/refer"),
        ("chair", "/requests/{voting}/review/close"),
        ("chair", "/non-compliance/{answered}/close"),
    ):
        fields = forms(site, places).get(address)
        browser = site.browser(account)
        assert browser.post(at(address, places), fields).status_code == 302
        before = site.rows()
        assert browser.post(at(address, places), fields).status_code in (400, 409), address
        assert site.rows() == before


def test_what_the_chair_was_shown_is_what_is_closed(site: Site, places: dict[str, str]) -> None:
    """The votes change between the page and the button."""
    chair = site.browser("chair")
    path = f"/requests/{places['voting']}/review"
    assert 'name="expected" value="approve"' in chair.get(f"{path}/close").text.replace(
        ' id="expected"', ""
    ).replace('name="expected" type="hidden"', 'name="expected"')
    for account in ("member1", "member2"):
        form = {"choice": "reject", "reason": "Too dear."}
        assert site.browser(account).post(f"{path}/vote", form).status_code == 302
    before = site.rows()
    page = chair.post(f"{path}/close", {"expected": "approve", "reasons": "As discussed."})
    assert page.status_code == 400
    assert "they now give “reject”" in page.text
    assert "As discussed." in page.text
    assert site.rows() == before


# --- never a fault of ours ----------------------------------------------------------------------


@pytest.mark.postgres
def test_every_address_answers_on_postgresql(postgresql_site: Site, places: dict[str, str]) -> None:
    """Each row of the table once, by who gets furthest, with a form that goes through."""
    site = postgresql_site
    for method, address, expected in ROWS:
        if address.startswith("/set-password/"):
            continue  # tested by itself in test_sessions.py
        column = min((status, column) for column, status in expected.items() if column != "nob")[1]
        browser = site.browser(COLUMNS[column])
        path = at(address, places)
        answer = (
            browser.get(path)
            if method == "GET"
            else browser.client.post(path, data=forms(site, places).get(address), buffered=True)
        )
        assert answer.status_code == (expected[column] if method == "GET" else 400), address


def test_the_security_log_holds_no_more_than_it_needs(site: Site, places: dict[str, str]) -> None:
    """Refusals by id and address of the page, never what was typed."""
    browser = site.browser("requester2")
    browser.post(f"/requests/{places['draft']}/steps/withdraw", {"why": HOSTILE})
    with site.db.reading() as session:
        entry = session.scalars(select(SecurityEntry).order_by(SecurityEntry.id.desc())).first()
        assert entry is not None
        assert entry.kind == "forbidden"
        assert MARK not in str(entry.detail)
    assert PASSWORD not in str(site.rows(leave_out=()))
