"""What every answer carries, and what an error's page looks like (OWASP ASVS 5.0: V3)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from procureflow.web import context
from tests.factories.web import Browser, Site, make_app
from tests.security.addresses import at
from tests.security.test_access import ROWS

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def _carries_them(answer: TestResponse, address: str = "") -> None:
    for name, value in ALWAYS.items():
        assert answer.headers.getlist(name) == [value], (address, name)
    assert "Strict-Transport-Security" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    if not address.startswith("/static/"):
        assert answer.headers.getlist("Cache-Control") == ["no-store"], address


@pytest.mark.parametrize("account", [None, "chair"])
def test_every_answer_carries_them(site: Site, places: dict[str, str], account: str | None) -> None:
    """Pages, redirects, errors, files, whatever the method."""
    browser = site.browser(account)
    for method, address, _ in ROWS:
        path = at(address, places)
        answer = browser.get(path) if method == "GET" else browser.client.post(path)
        _carries_them(answer, address)
        text = (answer.mimetype or "").startswith("text/")
        assert not text or answer.headers["Content-Type"].endswith("charset=utf-8"), address
    for method in ("HEAD", "OPTIONS", "PUT", "TRACE"):
        _carries_them(browser.client.open("/requests", method=method))
    _carries_them(browser.get("/nowhere"))
    _carries_them(browser.get("/static/nowhere.css"), "/static/")


def test_over_https_it_stays_https(site: Site) -> None:
    secure = make_app(base_url="https://procureflow.council.example")
    settings = secure.extensions[context.EXTENSION].settings
    secure.extensions[context.EXTENSION] = context.Wiring(settings, site.db, site.clock)
    for path, status in (("/sign-in", 200), ("/nowhere", 404), ("/requests", 302)):
        answer = secure.test_client().get(path, base_url="https://procureflow.council.example")
        assert answer.status_code == status
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("account", [None, "requester", "chair", "auditor"])
def test_no_page_needs_what_the_policy_forbids(
    site: Site, places: dict[str, str], account: str | None
) -> None:
    """No inline script, style or handler, and nothing from another host."""
    browser = site.browser(account)
    seen = 0
    for method, address, _ in ROWS:
        if method != "GET" or address.startswith("/static"):
            continue
        page = browser.get(at(address, places))
        if page.mimetype != "text/html" or page.status_code == 302:
            continue
        seen += 1
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page.text), address
        assert "javascript:" not in page.text
        sources = re.findall(r'(?:src|href|action)="([^"]*)"', page.text)
        assert all(re.match(r"/(?!/)|#", source) for source in sources), (address, sources)
        assert page.text.count('<html lang="en"') == 1
    assert seen >= (3 if account is None else 30)


# --- errors -------------------------------------------------------------------------------------


def _is_a_page_of_ours(answer: TestResponse, status: int, *words: str) -> None:
    """In the product's clothes, with what happened, a next step and a way back."""
    assert answer.status_code == status
    _carries_them(answer)
    assert answer.mimetype == "text/html"
    for part in (
        "Herefordshire Council</a>",
        "govuk-frontend-6.3.0.min.css",
        'id="main-content"',
        'class="govuk-heading-l"',
        *words,
    ):
        assert part in answer.text, part
    heading = re.search(r'<h1 class="govuk-heading-l">([^<]+)</h1>', answer.text)
    assert heading is not None
    assert f"<title>{heading.group(1)} - ProcureFlow" in answer.text
    for leak in ("Traceback", "werkzeug", "sqlalchemy", "sqlite", 'File "', "procureflow/"):
        assert leak not in answer.text


@pytest.mark.parametrize("account", [None, "requester"])
def test_each_error_has_a_page_of_ours(
    site: Site, places: dict[str, str], account: str | None
) -> None:
    browser = site.browser(account)
    _is_a_page_of_ours(browser.client.post("/sign-in"), 400, "copy what you wrote, reload the page")
    _is_a_page_of_ours(browser.get("/policy?a=1&a=2"), 400, "check what you entered")
    _is_a_page_of_ours(browser.get("/nowhere"), 404, "check it is right")
    answer = browser.client.put("/policy")
    _is_a_page_of_ours(answer, 405, "use the page’s own buttons")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    answer = browser.client.post("/sign-in", data={"email": "x" * 1_000_001})
    _is_a_page_of_ours(answer, 413, "Shorten what you entered")
    if account is None:
        return
    answer = browser.get(f"/requests/{places['elsewhere']}")
    _is_a_page_of_ours(answer, 403, "belongs to another directorate", "ask the person who made it")
    answer = browser.get("/requests/ICT-2026-9999")
    _is_a_page_of_ours(answer, 404, "There is no request ICT-2026-9999.", "Check the reference.")
    answer = browser.get(f"/requests/{places['approved']}/review/vote")
    _is_a_page_of_ours(answer, 409, "was closed on", ": approved.", "page says what")
    answer = browser.get(f"/requests/{places['draft']}/steps/approve")
    _is_a_page_of_ours(answer, 403, "Only the member who presides")


def test_too_many_attempts_have_a_page_of_ours(site: Site) -> None:
    for _ in range(10):
        answer = Browser(site).post("/forgotten-password", {"email": "a@council.example"})
        assert answer.status_code == 200
    answer = Browser(site).post("/forgotten-password", {"email": "a@council.example"})
    _is_a_page_of_ours(answer, 429, "Wait 15 minutes")


@pytest.mark.parametrize("account", [None, "requester"])
def test_a_fault_of_ours_tells_nothing_but_a_number(
    site: Site, account: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """The number is in the log, with what happened."""
    broken = make_app()
    settings = broken.extensions[context.EXTENSION].settings
    broken.extensions[context.EXTENSION] = context.Wiring(settings, site.db, site.clock)

    def fails() -> str:
        raise ZeroDivisionError("the inside of our own: /etc/passwd")

    fails.access = "public"  # type: ignore[attr-defined]
    broken.add_url_rule("/fails", "fails", fails)
    client = broken.test_client()
    if account is not None:
        client.set_cookie(site.cookie_name, site.browser(account).cookie or "")
    answer = client.get("/fails")
    _is_a_page_of_ours(answer, 500, "Something went wrong on our side", "Nothing was changed.")
    assert "/etc/passwd" not in answer.text
    assert "ZeroDivisionError" not in answer.text
    found = re.search(r"give the administrator this number: ([0-9a-f]{8})\.", answer.text)
    assert found is not None
    (record,) = [r for r in caplog.records if r.name == "procureflow.web.errors"]
    assert found.group(1) in record.getMessage()
    assert record.exc_info is not None


@pytest.mark.parametrize("account", [None, "requester"])
def test_a_database_that_is_away_has_a_page_too(site: Site, account: str | None) -> None:
    """Also for whoever is signed in, whose name can't be looked up for the frame."""
    browser = site.browser(account)
    token = browser.token
    with site.db.unit_of_work() as session:
        for table in ("grants", "people"):
            session.connection().exec_driver_sql(f"ALTER TABLE {table} RENAME TO away_{table}")
    answer = browser.get("/requests") if account else _failing_sign_in(browser, token)
    _is_a_page_of_ours(answer, 503, "The database is busy.", "Try again in a moment.")
    assert browser.get("/healthz").status_code == 200


def _failing_sign_in(browser: Browser, token: str) -> TestResponse:
    form = {"email": "requester@council.example", "password": "x"}
    return browser.post("/sign-in", form, token=token)


def test_readiness_tells_whether_the_database_answers(site: Site) -> None:
    browser = site.browser()
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")
    wiring = site.app.extensions[context.EXTENSION]

    class Away:
        """A database that doesn't answer."""

        def reading(self) -> None:
            raise OperationalError("SELECT 1", {}, Exception("it is away"))

    site.app.extensions[context.EXTENSION] = context.Wiring(
        wiring.settings,
        Away(),  # type: ignore[arg-type]
        site.clock,
    )
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database does not answer\n")
    assert browser.get("/healthz").status_code == 200
    site.app.extensions[context.EXTENSION] = wiring
