"""How many statements each page takes: at most 40, and no more for more rows."""

from __future__ import annotations

import pytest

from tests.factories.statements import counted
from tests.factories.web import Site

MOST = 40

#: Every kind of page that reads more than itself: account → addresses, by the names of `places`.
PAGES: list[tuple[str, str]] = [
    *(
        ("requester", path)
        for path in ("/", "/check", "/check/{check}", "/check/{check}/title", "/requests")
    ),
    ("requester", "/requests/{draft}"),
    ("requester", "/requests/{case}"),
    ("requester", "/requests/{case}/sections/financial"),
    ("requester", "/requests/{rejected}"),
    ("requester", "/requests/{returned}"),
    ("requester", "/requests/{approved}/again"),
    ("sponsor", "/"),
    ("sponsor", "/requests/{asked}/endorse"),
    ("director", "/"),
    ("director", "/non-compliance/{open}"),
    ("ict", "/"),
    ("ict", "/requests/{referred}/review/assessments/standards"),
    ("member2", "/"),
    ("member2", "/requests/{voting}"),
    ("member2", "/requests/{voting}/review/vote"),
    ("chair", "/requests/{voting}/review/close"),
    ("secretary", "/non-compliance/{answered}"),
    ("auditor", "/requests/{approved}"),
    *(("auditor", path) for path in ("/", "/requests", "/register", "/non-compliance")),
    ("auditor", "/register/{approved}"),
    ("auditor", "/requests?words=drawings&sort=cost"),
    *(("auditor", f"/audit{path}") for path in ("", "/directorates", "/roles", "/security")),
    ("auditor", "/audit/events/1"),
    ("admin", "/admin"),
    ("policy1", "/policy"),
    ("policy1", "/catalogue"),
]


def _statements(site: Site, account: str, path: str) -> int:
    browser = site.browser(account)
    browser.get(path)  # what is kept between pages is there
    with counted(site.db.reader) as sent:
        answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return len(sent)


@pytest.mark.parametrize(("account", "address"), PAGES)
def test_no_page_takes_many_statements(
    site: Site, places: dict[str, str], account: str, address: str
) -> None:
    taken = _statements(site, account, address.format(**places))
    assert 0 < taken <= MOST, f"{taken} statements"


#: Lists and desks, whose rows grow.
GROWING = [
    *(("requester", path) for path in ("/", "/requests")),
    *(("sponsor", path) for path in ("/", "/requests")),
    *(("ict", path) for path in ("/", "/requests")),
    *(("chair", path) for path in ("/", "/requests", "/register", "/non-compliance")),
    *(("director", path) for path in ("/", "/non-compliance")),
    *(
        ("auditor", path)
        for path in ("/", "/requests", "/register", "/non-compliance", "/audit", "/audit/security")
    ),
    ("auditor", "/audit/directorates"),
]


def test_more_rows_take_no_more_statements(site: Site) -> None:
    """Of every state a few more, and for everybody."""
    before = {page: _statements(site, *page) for page in GROWING}
    for _ in range(3):
        site.council.case_written()
        site.council.asked()
        site.council.referred()
        site.council.voted("approve", "approve", "approve")
        for outcome in ("approve", "reject", "return"):
            site.council.closed(outcome)
    after = {page: _statements(site, *page) for page in GROWING}
    assert after == before


def test_a_long_history_takes_no_more_statements(site: Site, places: dict[str, str]) -> None:
    """A request that was returned twice has three reviews; each is read by itself, and there is
    nothing else that grows with what happened."""
    request, _ = site.council.closed("return")
    path = f"/requests/ICT-2026-{request:04d}"
    once = _statements(site, "auditor", path)
    site.council.referred_again(request)
    assert _statements(site, "auditor", path) - once <= 6
