"""Who comes in where: every route, method and relation, tried for real."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select

from procureflow.domain.permissions import Permission
from procureflow.models import SecurityEntry
from procureflow.web import access, context
from procureflow.web.access import access_of, requires
from tests.factories.web import Site, make_app
from tests.security.addresses import at, forms

#: Who asks, by the letters of the table's columns. As the requests go: `requester` made all but
#: {elsewhere} and {own}; `sponsor` is named on them; `chair` presides but on {recused}, where
#: the vice-chair (member1) does; `insider` is a member of the group who made {own}.
COLUMNS: dict[str, str | None] = {
    "nob": None,  # not signed in
    "req": "requester",
    "col": "colleague",  # asks for the same directorate
    "ins": "insider",  # asks for the same directorate, and is a member of the group
    "re2": "requester2",  # asks for another directorate
    "spo": "sponsor",
    "sp3": "sponsor3",  # of the same directorate, not named
    "sp2": "sponsor2",  # of another directorate
    "dir": "director",
    "di2": "director2",  # of another directorate
    "ict": "ict",
    "fin": "finance",
    "cha": "chair",
    "vic": "member1",
    "mem": "member2",
    "sec": "secretary",
    "aud": "auditor",
    "pol": "policy1",
    "adm": "admin",
    "str": "stranger",  # no role at all
}
GRID = (Path(__file__).parent / "access.txt").read_text("utf-8")
_HEAD, *_LINES = [line.split() for line in GRID.splitlines() if line and line[0] != "#"]
ROWS = [(line[0], line[1], dict(zip(_HEAD, map(int, line[2:]), strict=True))) for line in _LINES]


def _name(row: tuple[str, str, dict[str, int]]) -> str:
    return f"{row[0]} {row[1]}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_who_comes_in(
    site: Site, places: dict[str, str], row: tuple[str, str, dict[str, int]]
) -> None:
    """The answer is the table's. What is refused, and whatever is only looked at, leaves nothing;
    each refusal is in the security log, with who it was."""
    method, address, expected = row
    path, form = at(address, places), forms(site, places).get(address)
    before, found = site.rows(), {}
    for column, account in COLUMNS.items():
        browser = site.browser(account)
        answer = browser.get(path) if method == "GET" else browser.post(path, form)
        found[column] = answer.status_code
        done = method == "POST" and answer.status_code in (204, 302)
        if not done and address != "/forgotten-password":
            assert site.rows() == before, f"{column}: {answer.status_code}, and left something"
        if answer.status_code == 403:
            assert _last_refusal(site) == (site.council.people[account or ""], method, path)
        if account is None and answer.status_code == 302 and address != "/sign-in":
            assert (answer.location or "").startswith("/sign-in")
        if method == "POST":
            site.restore()
    assert found == expected


def _last_refusal(site: Site) -> tuple[int | None, str, str]:
    with site.db.reading() as session:
        entry = session.scalars(select(SecurityEntry).order_by(SecurityEntry.id.desc())).first()
        assert entry is not None
        assert entry.kind == "forbidden"
        assert entry.detail["permission"] in {permission.value for permission in Permission}
        return entry.person_id, entry.detail["method"], entry.detail["path"]


def test_whoever_may_gets_through() -> None:
    """So that a 403 in the table is about who asks, and not about what is asked: every address
    that takes a form lets somebody through."""
    never = {
        *("/sign-in", "/set-password/{none}", "/account"),
        *("/requests/{cleared}/steps/withdraw", "/requests/{voting}/steps/approve"),
        *("/requests/{voting}/sections/strategic", "/requests/{approved}/sections/strategic"),
        *("/requests/{approved}/review/close", "/requests/{draft}/endorse"),
        *("/non-compliance/{open}/close", "/non-compliance/{closed}/close"),
        *("/policy/proposals/new", "/policy/proposals/1/publish", "/requests/{draft}/rebase"),
        *("/lists/nothing/saved", "/requests/{voting}/again", "/catalogue/assets/import"),
        *("/requests/{voting}/sections/strategic/draft", "/requests/{voting}/co-authors"),
        *("/requests/{rejected}/comments", "/requests/{voting}/sections/strategic/discard"),
    }
    for method, address, expected in ROWS:
        if method == "POST" and address != "/sign-in":
            by = {status for column, status in expected.items() if column != "nob"}
            assert (by & {200, 204, 302} == set()) == (address in never), address


# --- the table is whole -------------------------------------------------------------------------


def _declared(app: Flask) -> set[tuple[str, str]]:
    """(endpoint, method) of every row."""
    adapter = app.url_map.bind("localhost")
    found = set()
    for method, address, _ in ROWS:
        path = address.translate(str.maketrans("{}", "xx")).replace("xnonex", "x" * 43)
        path = re.sub("xchecke?d?x|xsavedx|xpersonx|xcolleaguex|xgrantx|xleftx", "1", path)
        endpoint, _arguments = adapter.match(path, method=method)
        found.add((str(endpoint), method))
    return found


def _existing(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_and_method_is_in_the_table(app: Flask) -> None:
    assert _existing(app) - _declared(app) == set()
    assert {method for _, method in _existing(app)} == {"GET", "POST"}


def test_a_route_that_is_missing_is_seen() -> None:
    another = make_app()
    another.add_url_rule("/more", "more", lambda: "more", methods=["GET", "PUT"])
    assert _existing(another) - _declared(another) == {("more", "GET"), ("more", "PUT")}


def test_every_route_says_who_may_come_in(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        given = access_of(app, rule.endpoint)
        assert given == access.PUBLIC or isinstance(given, Permission), rule.endpoint


#: Everything that anybody may open without an account.
PUBLIC = {
    *("people.sign_in", "people.forgotten_password", "people.set_password"),
    *("policies.theme", "health.alive", "health.ready", "static"),
    *("help.index", "help.accessibility"),
}


def test_what_is_public_is_a_short_list(app: Flask) -> None:
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if access_of(app, rule.endpoint) == access.PUBLIC
    }
    assert found == PUBLIC


def test_a_view_that_says_nothing_is_closed(site: Site) -> None:
    """To everybody, whatever they may do elsewhere, and for every method."""
    closed = make_app()
    more = Blueprint("more", __name__)

    @more.route("/unclassified", methods=["GET", "POST", "PUT", "DELETE"])
    def unclassified() -> str:
        raise AssertionError("it was reached")

    @more.get("/for-auditors")
    @requires(Permission.AUDIT_VIEW)
    def for_auditors() -> str:
        return "in"

    closed.register_blueprint(more)
    closed.config["WTF_CSRF_ENABLED"] = False
    closed.extensions[context.EXTENSION] = site.app.extensions[context.EXTENSION]
    wanted = {None: 302, "requester": 403, "auditor": 200, "admin": 403}
    for account, status in wanted.items():
        client = closed.test_client()
        if account is not None:
            client.set_cookie(site.cookie_name, site.browser(account).cookie or "")
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            assert client.open("/unclassified", method=method).status_code == 403, method
        assert client.get("/for-auditors").status_code == status


# --- other methods ------------------------------------------------------------------------------


@pytest.mark.parametrize("account", [None, "requester", "chair", "admin"])
def test_head_is_a_get_without_a_body(
    site: Site, places: dict[str, str], account: str | None
) -> None:
    """The same answer, and nothing is left, not even where the GET shows a form."""
    browser, before = site.browser(account), site.rows(leave_out=())
    entries = len(before["security_log"])
    for method, address, _ in ROWS:
        if method == "GET":
            path = at(address, places)
            shown = browser.get(path)
            answer = browser.client.head(path, buffered=True, data=forms(site, places).get(address))
            assert (answer.status_code, answer.data) == (shown.status_code, b""), address
            assert answer.headers.get("Location") == shown.headers.get("Location")
            entries += 2 * (shown.status_code == 403)
    after = site.rows(leave_out=())
    assert len(after.pop("security_log")) == entries, "only what was refused is remembered"
    before.pop("security_log")
    assert after == before


ECHO = "sent-and-never-seen"


@pytest.mark.parametrize("account", [None, "requester", "chair"])
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "X"])
def test_no_other_method_does_anything(
    site: Site, places: dict[str, str], method: str, account: str | None
) -> None:
    # At a desk's door an OPTIONS is refused like a GET, and remembered like it.
    logged = ("security_log",) if method == "OPTIONS" and account else ()
    browser, before = site.browser(account), site.rows(leave_out=logged)
    token = browser.token
    for address in sorted({address for _, address, _ in ROWS}):
        form = {**forms(site, places).get(address, {}), "csrf_token": token, "echo": ECHO}
        answer = browser.client.open(at(address, places), method=method, data=form, buffered=True)
        if method == "OPTIONS":
            # Told to whoever may come in; the others are shown the door, as by a GET.
            desk = address.startswith(("/audit", "/admin")) or address in (
                *("/policy/proposals/new", "/policy/proposals/1/withdraw"),
                *("/policy/proposals/1/replay", "/catalogue/assets/import"),
                "/catalogue/assets/import/confirm",
            )
            assert answer.status_code == (302 if account is None else 403 if desk else 200) or (
                account is None and answer.status_code == 200
            ), address
        else:
            assert answer.status_code == 405, address
            assert "TRACE" not in answer.headers["Allow"]
        assert ECHO not in answer.text, "nothing is sent back as it came"
    assert site.rows(leave_out=logged) == before


def test_a_method_in_a_field_or_header_is_no_method(site: Site, places: dict[str, str]) -> None:
    browser, before = site.browser("requester"), site.rows()
    path = at("/requests/{draft}/steps/withdraw", places)
    answer = browser.get(path, headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code == 200
    assert browser.get(f"{path}?_method=POST&csrf_token={browser.token}").status_code == 200
    assert site.rows() == before


# --- what isn't one's own, by its number --------------------------------------------------------


def test_another_directorates_draft_is_refused_and_remembered(
    site: Site, places: dict[str, str]
) -> None:
    browser = site.browser("requester2")
    answer = browser.get(f"/requests/{places['draft']}")
    assert answer.status_code == 403
    assert "CAD" not in answer.text
    assert "ask the person who made it" in answer.text
    assert _last_refusal(site)[2] == f"/requests/{places['draft']}"


def test_lists_show_nothing_that_a_page_refuses(site: Site, places: dict[str, str]) -> None:
    """What an account finds on its lists is what it may open, and the other way round."""
    references = sorted(set(places.values()))
    for account in ("requester", "requester2", "sponsor2", "ict", "member5", "auditor", "stranger"):
        browser = site.browser(account)
        pages = "".join(browser.get(path).text for path in ("/requests", "/non-compliance", "/"))
        for reference in references:
            area = "requests" if reference.startswith("ICT") else "non-compliance"
            opened = browser.get(f"/{area}/{reference}").status_code == 200
            assert (f"/{area}/{reference}" in pages) == opened, (account, reference)


def test_an_error_of_ours_is_not_an_open_door(site: Site, places: dict[str, str]) -> None:
    """Where the roles can't be read, nobody comes in."""
    browser = site.browser("auditor")
    with site.db.unit_of_work() as session:
        session.connection().exec_driver_sql("ALTER TABLE grants RENAME TO elsewhere")
    answer = browser.get("/requests")
    assert answer.status_code == 503
    assert places["draft"] not in answer.text
