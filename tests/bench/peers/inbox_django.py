"""The same list in Django: its sessions, users, forms, paginator and templates, over the same
rows of the same database. Its own tables stand beside ours."""

# mypy: disable-error-code="import-not-found, import-untyped"
# ruff: noqa: PLC0415 - see djapps

from pathlib import Path
from typing import Any

from tests.bench.peers import djapps
from tests.bench.peers._wsgi import Page

APP = "tests.bench.peers.djapps.inbox"
PATH = "/requests"


def setup(target: str) -> Page:
    """Make Django's own tables; sign in."""
    return _page(target, migrate=True)


def open(target: str) -> Page:
    """Sign in."""
    return _page(target, migrate=False)


def _page(target: str, *, migrate: bool) -> Page:
    djapps.site(target, APP, Path(__file__).parent / "djapps/inbox/templates", migrate=migrate)
    from django.contrib.auth.models import User
    from django.core.wsgi import get_wsgi_application
    from django.db import connection
    from django.test import Client

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name FROM people WHERE email = %s", ["requester@council.example"]
        )
        person, name = cursor.fetchone()
    user, _ = User.objects.get_or_create(
        pk=person, username="requester", defaults={"first_name": name}
    )
    browser = Client()
    browser.force_login(user)
    # The page sets the cookie of its form's token the first time.
    browser.get(PATH)
    cookie = "; ".join(f"{key}={morsel.value}" for key, morsel in browser.cookies.items())
    return Page(get_wsgi_application(), PATH, cookie)


def lifecycle(page: Page) -> list[float]:
    """Ask for the page once; the seconds it took."""
    return page.timed()


def show(page: Page) -> dict[str, Any]:
    """What is on it."""
    return page.show()
