"""Somebody at a browser without scripts: opens a page, reads its form, sends it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from procureflow.app import create_app
from procureflow.queries import people as reading
from procureflow.settings import Settings, SignIn
from procureflow.web import people
from tests.factories.council import HEREFORDSHIRE, Council

BASE_URL = "http://localhost"
Pairs = list[tuple[str, bytes]]


def application(council: Council) -> Flask:
    """The web application over the council's database, at the council's own time."""
    limits = SignIn(
        attempts_per_account=1000,
        attempts_per_address=1000,
        window_minutes=15,
        idle_minutes=60,
        longest_hours=12,
        first_password_days=7,
        forgotten_password_minutes=60,
    )
    settings = Settings(
        database_url=str(council.db.url),
        secret_key="for these tests only, and long enough",
        council_folder=HEREFORDSHIRE,
        base_url=BASE_URL,
        mail_url="console:",
        mail_from="ProcureFlow <procureflow@council.example>",
        sign_in=limits,
    )
    return create_app(settings, council.db, now=lambda: council.now + timedelta(minutes=1))


def visitor(app: Flask, council: Council, account: str | None) -> FlaskClient:
    """A browser in which that person is signed in; None: nobody."""
    client = app.test_client()
    if account is None:
        return client
    with council.db.reading() as work:
        known = reading.account(work, council.people[account], council.now.date())
    assert known is not None
    with app.test_request_context(base_url=BASE_URL):
        people.start_session(known)
        begun = dict(session)
    with client.session_transaction(base_url=BASE_URL) as cookie:
        cookie.update(begun)
    return client


@dataclass
class FormOnPage(HTMLParser):
    """The form of a page's main part: what it would send if nothing were touched."""

    page: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    _inside: bool = False
    _select: str | None = None
    _textarea: str | None = None

    def __post_init__(self) -> None:
        super().__init__()
        _, _, main = self.page.partition("<main")
        self.feed("<main" + main)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the fields of a form that is posted."""
        has = {name: value or "" for name, value in attrs}
        name = has.get("name", "")
        if tag == "form":
            self._inside = has.get("method", "get").lower() == "post"
        elif not self._inside:
            return
        elif tag == "input" and name:
            sent = has.get("type") not in ("radio", "checkbox") or "checked" in has
            self.fields.setdefault(name, []).extend([has.get("value", "")] if sent else [])
        elif tag == "select":
            self._select = name
            self.fields.setdefault(name, [])
        elif tag == "option" and self._select and "selected" in has:
            self.fields[self._select].append(has.get("value", ""))
        elif tag == "textarea":
            self._textarea = name
            self.fields[name] = [""]

    def handle_endtag(self, tag: str) -> None:
        """Leave what ends."""
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        """A text area's own text."""
        if self._textarea:
            self.fields[self._textarea][0] += data


def send(client: FlaskClient, path: str, pairs: Pairs) -> TestResponse:
    """Post these fields as a browser would."""
    return client.post(
        path,
        data=urlencode([(name.encode(), value) for name, value in pairs]),
        content_type="application/x-www-form-urlencoded",
        base_url=BASE_URL,
    )


class Snapshot:
    """A SQLite database as it was, to compare with and to go back to."""

    def __init__(self, path: str | Path) -> None:
        self.live = sqlite3.connect(path, timeout=30)
        self.kept = sqlite3.connect(":memory:")
        self.live.backup(self.kept)
        self._version = self._now()

    def _now(self) -> Any:
        return self.live.execute("PRAGMA data_version").fetchone()[0]

    @property
    def touched(self) -> bool:
        """Whether anything at all was written since."""
        return bool(self._now() != self._version)

    def changed(self) -> list[str]:
        """The tables that differ; the security log is there to be written."""
        tables = self.kept.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        differ = []
        for (name,) in tables.fetchall():
            query = f'SELECT * FROM "{name}"'
            then, now = (c.execute(query).fetchall() for c in (self.kept, self.live))
            if then != now and name != "security_log":
                differ.append(name)
        return differ

    def restore(self) -> None:
        """Go back."""
        if self.touched:
            self.kept.backup(self.live)
            self._version = self._now()

    def close(self) -> None:
        """Let go of both."""
        self.live.close()
        self.kept.close()
