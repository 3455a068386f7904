"""Lists on a page: what the address asks for, what is wrong with it, and the file to take away."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

import procureflow
from procureflow.web import saved_lists
from tests.factories.web import Site
from tests.integration.test_pages import text_of

LISTS = ["/requests", "/register", "/non-compliance", "/catalogue/assets"]


def _rows(site: Site, address: str, account: str = "auditor") -> list[list[str]]:
    answer = site.browser(account).get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(answer.text[1:])))


def _link(page: str, words: str) -> str:
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>{words}<', page)
    assert found is not None, f"no link “{words}”"
    return unescape(found[1])


def test_a_list_says_what_it_lists_and_how_many(site: Site) -> None:
    page = text_of(
        site, "auditor", "/requests?state=group_review&cost_from=50,000&directorate=environment"
    )
    assert "4 requests : “Group review”, asked for by Environment, £50,000 or more." in page
    assert "Sorted by: newest first." in page
    assert "Download this list (CSV)" in page
    nothing = text_of(site, "auditor", "/requests?words=zebra")
    assert "No requests : about “zebra”." in nothing
    assert "Take a filter away" in nothing
    assert "Download" not in nothing


def test_views_are_at_hand_where_one_begins(site: Site) -> None:
    """Those of lists that are open to whoever kept them."""
    browser = site.browser("auditor")
    for listing, name in (("register", "Dear ones"), ("audit", "Who did what")):
        browser.post(f"/lists/{listing}/saved", {"name": name, "query": "sort=oldest"})
    page = browser.get("/").text
    assert 'href="/register?sort=oldest">Dear ones</a>' in page
    assert 'href="/audit?sort=oldest">Who did what</a>' in page
    assert "Views you keep" not in text_of(site, "chair", "/")
    site.council.end_roles("auditor")
    site.session_of = None
    page = site.browser("auditor").get("/").text
    assert "Dear ones" in page
    assert "Who did what" not in page


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/requests?state=gone", "State: “gone” can’t be chosen any more."),
        ("/requests?colour=red", "This list has no filter “colour”."),
        ("/requests?sort=beauty", "This list can’t be sorted like that."),
        ("/requests?page=forged", "There is no such page of this list."),
        ("/requests?cost_from=lots", "Cost from (£): enter an amount in pounds"),
        ("/requests?opened_from=yesterday", "Asked from: enter a real date"),
        ("/requests?opened_to=9999-12-31", "Asked until: enter a real date"),
        ("/requests?words=%25", "Words: enter a word or a number to look for."),
        ("/register?outcome=return", "Decision: “return” can’t be chosen any more."),
        ("/non-compliance?status=late", "Action: “late” can’t be chosen any more."),
        ("/requests?cost_from=9000&cost_to=100", "Cost to (£): this is below “Cost from (£)”"),
        ("/register?decided_from=2026-10-31&decided_to=2026-10-01", "so nothing fits."),
        ("/requests?download=pdf", "This list can be taken away as CSV only."),
        ("/requests?state=gone&download=csv", "State: “gone” can’t be chosen any more."),
    ],
)
def test_what_cannot_be_listed_is_named_and_nothing_is_shown(
    site: Site, address: str, sentence: str
) -> None:
    answer = site.browser("auditor").get(address)
    assert answer.status_code == 400
    page = unescape(answer.text)
    assert sentence in page
    assert "There is a problem" in page
    assert "Show the whole list" in page
    assert "CAD licences" not in page, "nothing that might be taken for the answer"


def test_what_was_typed_stands_in_the_filter_again(site: Site) -> None:
    answer = site.browser("auditor").get("/requests?cost_from=lots&words=drawings")
    assert 'name="cost_from" inputmode="decimal" spellcheck="false" value="lots"' in answer.text
    assert 'maxlength="200" value="drawings"' in answer.text


def test_a_place_belongs_to_its_list_and_its_order(site: Site) -> None:
    for _ in range(30):
        site.council.opened()
    browser = site.browser("auditor")
    following = _link(browser.get("/requests").text, "Next page")
    second = browser.get(following)
    assert second.status_code == 200
    assert browser.get(_link(second.text, "Previous page")).status_code == 200
    token = following.rpartition("page=")[2]
    for elsewhere in (f"/requests?sort=cost&page={token}", f"/register?page={token}"):
        assert browser.get(elsewhere).status_code == 400
    assert browser.get(f"/requests?page={token[:-2]}xx").status_code == 400
    with_filter = browser.get(f"/requests?state=draft&page={token}")
    assert with_filter.status_code == 200, "a place is a sort key: filters may change around it"


def test_the_whole_list_is_taken_away_page_or_no_page(site: Site) -> None:
    for _ in range(30):
        site.council.opened()
    head, *rows = _rows(site, "/requests?download=csv")
    assert head[:3] == ["Reference", "Title", "Directorate"]
    assert len(rows) == 30 + 16
    assert rows[0][0] == "ICT-2026-0046"
    assert rows[0][4:7] == ["Draft", rows[0][5], "64415.00"]
    assert re.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d", rows[0][5])
    mine = _rows(site, "/requests?download=csv", "requester2")
    assert [row[0] for row in mine[1:]] == ["ICT-2026-0002"]


@pytest.mark.parametrize("path", LISTS)
def test_a_file_of_no_rows_has_its_head(site: Site, path: str) -> None:
    (head,) = _rows(site, f"{path}?words=zebra&download=csv")
    assert head[0] == ("tag" if path == "/catalogue/assets" else "Reference")


@pytest.mark.parametrize("formula", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "  =1"])
def test_what_looks_like_a_formula_is_text(site: Site, formula: str) -> None:
    site.council.opened(title=f"{formula} x", supplier=formula)
    (_, row) = _rows(site, "/requests?download=csv&state=draft&sort=newest")[:2]
    for cell in (row[1], row[7]):
        assert cell[0] in "'" or not cell.startswith(("=", "+", "@", "-")), cell


def test_a_view_is_kept_under_a_name_and_leads_back(site: Site) -> None:
    browser = site.browser("auditor")
    answer = browser.post(
        "/lists/requests/saved", {"name": "Dear drafts", "query": "state=draft&cost_from=50,000"}
    )
    assert answer.status_code == 302
    assert answer.location == "/requests?state=draft&cost_from=50%2C000"
    page = browser.get("/requests")
    assert browser.get(_link(page.text, "Dear drafts")).status_code == 200
    answer = browser.post("/lists/requests/saved", {"name": " ", "query": "state=draft"})
    assert "Give the view a name." in browser.get(answer.location or "").text


def test_views_are_kept_of_every_list_that_there_is(site: Site) -> None:
    """Whoever adds a list would otherwise forget that it can be kept."""
    root = Path(procureflow.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in root.glob("queries/**/*.py"))
    names = set(re.findall(r'return Listing\(\s*name="([\w-]+)"', code))
    assert len(names) >= 5
    assert names <= set(saved_lists.LISTS)
    browser = site.browser("requester")
    browser.post("/lists/assets/saved", {"name": "Idle ones", "query": "in_use=no"})
    assert "Idle ones" in browser.get("/catalogue/assets").text


def test_a_view_whose_filter_is_gone_says_so_and_can_be_removed(site: Site) -> None:
    browser = site.browser("auditor")
    browser.post("/lists/requests/saved", {"name": "Old", "query": "state=abolished&shade=blue"})
    page = browser.get("/requests?state=abolished&shade=blue")
    assert page.status_code == 400
    for words in ("can’t be chosen any more", "no filter “shade”", "the view “Old”"):
        assert words in unescape(page.text)


@pytest.mark.parametrize("query", ["//evil.example", "a=b\r\nSet-Cookie: x=y", "#x", "?a=b", "%00"])
def test_keeping_a_view_leads_nowhere_else(site: Site, query: str) -> None:
    answer = site.browser("auditor").post("/lists/requests/saved", {"name": "x", "query": query})
    assert answer.status_code == 302
    assert re.match(r"/requests(\?|$)", answer.location or "")
    assert "Set-Cookie: x" not in str(answer.headers)


@pytest.mark.parametrize("path", LISTS)
def test_ten_thousand_characters_are_too_many(site: Site, path: str) -> None:
    assert site.browser("auditor").get(f"{path}?words={'x' * 10_000}").status_code == 400
    assert site.browser("auditor").get(f"{path}?words={quote('é' * 200)}").status_code == 200
