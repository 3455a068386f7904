"""One application for all tests of a process, over a copy of the same data for each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from procureflow.db import Database
from procureflow.web.context import EXTENSION
from tests.factories.council import Council, found
from tests.factories.web import Clock, Site, make_app, populate, settle


@dataclass
class Kept:
    """A populated database to copy, the sessions begun in it, and where everything is."""

    path: Path
    people: dict[str, int]
    moment: datetime
    places: dict[str, str]


@pytest.fixture(scope="session")
def app() -> Flask:
    """The application. Making it takes long, for its templates are compiled as they are met."""
    return make_app()


@pytest.fixture(scope="session")
def kept(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A council with requests at each point of their way."""
    path = tmp_path_factory.mktemp("populated") / "populated.db"
    shutil.copy(sqlite_template, path)
    council = found(Database(f"sqlite:///{path}"))
    settle(council)
    places = populate(council)
    council.db.dispose()
    return Kept(path, council.people, council.tick(), places)


class Keys:
    """Sessions begun by really signing in, each when it is first asked for."""

    def __init__(self, app: Flask, kept: Kept, folder: Path) -> None:
        self.app, self.kept, self.folder = app, kept, folder
        self.begun: dict[str, tuple[str, str]] = {}

    def __call__(self, account: str) -> tuple[str, str]:
        """(cookie, token) of a session of that account."""
        if account not in self.begun:
            self.begun[account] = self._begin(account)
        return self.begun[account]

    def _begin(self, account: str) -> tuple[str, str]:
        before = self.app.extensions[EXTENSION]
        path = self.folder / f"{account}.db"
        shutil.copy(self.kept.path, path)
        council = Council(Database(f"sqlite:///{path}"), dict(self.kept.people))
        elsewhere = Site(self.app, council, Clock(self.kept.moment))
        browser = elsewhere.browser(account)
        token, cookie = browser.token, browser.cookie
        elsewhere.end()
        path.unlink()
        self.app.extensions[EXTENSION] = before
        assert cookie is not None
        return cookie, token


@pytest.fixture(scope="session")
def keys(app: Flask, kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Sessions, each begun once by really signing in."""
    return Keys(app, kept, tmp_path_factory.mktemp("keys"))


@pytest.fixture
def site(app: Flask, kept: Kept, keys: Keys, tmp_path: Path) -> Iterator[Site]:
    """The application over a copy of the populated database."""
    path = tmp_path / "site.db"
    shutil.copy(kept.path, path)
    council = Council(Database(f"sqlite:///{path}"), dict(kept.people), kept.moment)
    made = Site(app, council, Clock(kept.moment), keys, kept.path)
    yield made
    made.end()


@pytest.fixture
def places(kept: Kept) -> dict[str, str]:
    """Where everything is: name → reference."""
    return kept.places


@pytest.fixture
def postgresql_site(app: Flask, postgresql_url: str, keys: Keys) -> Iterator[Site]:
    """The application over the same data on PostgreSQL: the ids are the same."""
    council = found(Database(postgresql_url))
    settle(council)
    populate(council)
    made = Site(app, council, Clock(council.tick()), keys)
    yield made
    made.end()
