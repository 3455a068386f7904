"""Every list and desk, with 100,000 requests in the database: the median time of the server for
each page, as whoever it is for sees it.

The limits are absolute, for what a person waits is: on a busy machine a page can miss one that it
keeps on a quiet one, and so each row is for a reading and never for a test.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from html import unescape
from time import perf_counter
from typing import Any

from tests.bench.databases import Server, Unavailable, postgresql, sqlite
from tests.bench.filling import RARE, fill
from tests.bench.options import Options
from tests.factories.statements import counted
from tests.factories.web import Browser, Clock, Site, make_app

REQUESTS = 100_000
MOST_MILLISECONDS = 150.0
MOST_STATEMENTS = 40
UNIT = "ms"
DATABASES: dict[str, Callable[[], AbstractContextManager[Server]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
}

#: What is asked of the list of requests by whoever sees it.
ASKED = (
    "",
    "?words=designers",
    f"?words={RARE}",
    "?words=designers+contractors&sort=cost",
    "?words=ICT-2026-00",
    "?state=cleared",
    "?state=group_review",
    "?directorate=environment",
    "?category=software",
    "?cost_from=50000",
    "?cost_from=50000&cost_to=60000&sort=cost",
    "?opened_from=2026-10-01",
    "?sort=changed",
    "?sort=waiting",
    "?sort=cost",
    "?state=rejected&directorate=resources&sort=changed",
)
#: Whose page it is, and its address: by the names of `populate`.
PAGES: tuple[tuple[str, str], ...] = (
    *(
        (account, "/")
        for account in (
            *("requester", "sponsor", "director", "ict", "finance"),
            *("member2", "chair", "secretary", "auditor"),
        )
    ),
    *(
        (account, f"/requests{asked}")
        for account in ("requester", "member2", "ict", "auditor")
        for asked in ASKED
    ),
    *(
        ("requester", f"/register{asked}")
        for asked in (
            *("", "?words=drawings", "?words=nowhere", "?outcome=reject", "?sort=oldest"),
            *("?directorate=environment", "?rule=NC-1", "?cost_from=50000&sort=cost", "?sort=cost"),
        )
    ),
    *(
        (account, f"/non-compliance{asked}")
        for account in ("director", "chair", "auditor")
        for asked in (
            *("", "?words=drawings", "?words=nowhere", "?status=open", "?status=closed"),
            *("?directorate=environment", "?rule=NC-1", "?sort=newest"),
        )
    ),
    *(
        ("auditor", f"/audit{asked}")
        for asked in (
            *("", "?who=chair", "?what=VoteCast", "?directorate=environment", "?state=approved"),
            *("?reference=ICT-2026-00", "?from=2026-10-01", "?sort=oldest"),
            *("/directorates", "/roles", "/security", "/events/1"),
        )
    ),
    ("requester", "/requests/{draft}"),
    ("requester", "/requests/{case}"),
    ("sponsor", "/requests/{asked}"),
    ("member2", "/requests/{voting}"),
    ("auditor", "/requests/{approved}"),
    ("auditor", "/requests/{rejected}"),
    ("auditor", "/register/{approved}"),
    ("director", "/non-compliance/{open}"),
)
_NEXT = re.compile(r'rel="next" href="([^"]+)"')


def run(options: Options) -> list[dict[str, Any]]:
    """Measure every page on each database asked for; print those that miss a limit, and all
    medians; return the report's rows."""
    rows: list[dict[str, Any]] = []
    for name, serving in DATABASES.items():
        if options.only not in (None, name):
            continue
        print(f"\n{REQUESTS:,} requests, {name}", flush=True)
        try:
            with serving() as server:
                print(server.about, flush=True)
                rows += measure(name, server.create("large"), options)
        except Unavailable as error:
            print(f"not measured: {error}")
            rows.append(row(name, "every page", None, None))
    return rows


def measure(database: str, target: str, options: Options) -> list[dict[str, Any]]:
    """Fill the database and ask for each page, and for the one after it where there is one."""
    council, places = fill(target, REQUESTS)
    site = Site(make_app(), council, Clock(council.now))
    browsers: dict[str, Browser] = {}
    rows = []
    print("{:11}{:>9}{:>12}  {}".format("account", "p50 ms", "statements", "page"))
    for account, address in PAGES:
        if account not in browsers:
            browsers[account] = site.browser(account)
        for path in _and_next(browsers[account], address.format(**places)):
            taken, statements = _median(browsers[account], path, options.rounds)
            shown = re.sub(r"page=[^&]+", "page=…", path)
            missed = taken > MOST_MILLISECONDS or statements > MOST_STATEMENTS
            print(
                f"{account:11}{taken:9.1f}{statements:12}  {shown}{'  MISSED' if missed else ''}",
                flush=True,
            )
            rows.append(row(database, f"{account} {shown}", taken, statements))
    site.end()
    return rows


def _and_next(browser: Browser, path: str) -> Iterator[str]:
    yield path
    further = _NEXT.search(browser.get(path).text)
    if further:
        yield unescape(further.group(1))


def _median(browser: Browser, path: str, rounds: int) -> tuple[float, int]:
    """(median milliseconds, statements) of a page. Raises RuntimeError where it has none."""
    times = []
    statements = 0
    for _ in range(rounds):
        with counted(browser.site.db.reader) as sent:
            begun = perf_counter()
            answer = browser.get(path)
            times.append(perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")
        statements = len(sent)
    return statistics.median(times) * 1000, statements


def row(database: str, page: str, taken: float | None, statements: int | None) -> dict[str, Any]:
    """A row of the report: how many times a page fits into what it may take."""
    fits = None if taken is None else MOST_MILLISECONDS / taken
    return {
        "name": f"{REQUESTS:,} requests: {page}",
        "database": database,
        "processes": 1,
        "unit": UNIT,
        "ours": None if taken is None else round(taken, 1),
        "other": MOST_MILLISECONDS,
        "ratio": None if fits is None else round(fits, 3),
        "target": 1.0,
        "met": None if fits is None else fits >= 1 and (statements or 0) <= MOST_STATEMENTS,
    }
