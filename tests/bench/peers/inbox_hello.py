"""The least that ProcureFlow's application answers: whether it lives. Nobody is signed in, and
the database isn't asked; what happens around every request does happen."""

from typing import Any

from tests.bench.peers._wsgi import Page
from tests.factories.web import make_app


def setup(target: str) -> Page:
    """The application, over whatever database."""
    return Page(make_app(), "/healthz")


open = setup


def lifecycle(page: Page) -> list[float]:
    """Ask for the page once; the seconds it took."""
    return page.timed()


def show(page: Page) -> dict[str, Any]:
    """What is on it."""
    return page.show()
