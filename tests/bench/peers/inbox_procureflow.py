"""The list of requests as ProcureFlow serves it, to a requester who is signed in."""

from datetime import datetime
from typing import Any

from procureflow.db import Database
from tests.bench.filling import fill
from tests.bench.peers._wsgi import Page
from tests.factories.council import Council
from tests.factories.web import Clock, Site, make_app

REQUESTS = 1_000
ACCOUNT = "requester"
PATH = "/requests"


def setup(target: str) -> Page:
    """Fill the database; sign in."""
    council, _ = fill(target, REQUESTS)
    return _page(council)


def open(target: str) -> Page:
    """Sign in to a database that has been filled."""
    return _page(Council(Database(target), {}, datetime.now().astimezone()))


def _page(council: Council) -> Page:
    site = Site(make_app(), council, Clock(council.now))
    browser = site.browser(ACCOUNT)
    # The page sets the cookie of its form's token the first time.
    browser.get(PATH)
    agent = browser.client.environ_base["HTTP_USER_AGENT"]
    return Page(site.app, PATH, f"{site.cookie_name}={browser.cookie}", agent)


def lifecycle(page: Page) -> list[float]:
    """Ask for the page once; the seconds it took."""
    return page.timed()


def show(page: Page) -> dict[str, Any]:
    """What is on it."""
    return page.show()
