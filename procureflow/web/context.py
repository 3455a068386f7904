"""What a view needs of the application: settings, sessions, the moment and who acts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from flask import current_app, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from procureflow.db import Database
from procureflow.domain.calendar import local_day
from procureflow.domain.permissions import Actor
from procureflow.settings import Settings

EXTENSION = "procureflow"


@dataclass(frozen=True, slots=True)
class Wiring:
    """What `create_app` wires once."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]


def wiring() -> Wiring:
    """The application's own."""
    return cast(Wiring, current_app.extensions[EXTENSION])


def settings() -> Settings:
    """The settings in force."""
    return wiring().settings


def now() -> datetime:
    """The moment of this request: one for all that it does."""
    if "now" not in g:
        g.now = wiring().clock()
    return cast(datetime, g.now)


def today() -> date:
    """The day of this request in the council's zone."""
    return local_day(now())


def reading() -> Session:
    """The session that this request reads from. It can't write."""
    if "reading" not in g:
        g.reading_context = wiring().database.reading()
        g.reading = g.reading_context.__enter__()
    return cast(Session, g.reading)


def end_reading(_error: BaseException | None = None) -> None:
    """Give the read session back; the next read sees what was written since."""
    context = g.pop("reading_context", None)
    g.pop("reading", None)
    if context is not None:
        context.__exit__(None, None, None)


def unit_of_work() -> AbstractContextManager[Session]:
    """One transaction that holds the write lock."""
    end_reading()
    return wiring().database.unit_of_work()


def actor() -> Actor:
    """Who is signed in, with the roles they hold today."""
    return cast(Actor, current_user.actor)


def actor_id() -> int | None:
    """The person who is signed in, or None."""
    return int(current_user.id) if current_user.is_authenticated else None


def address() -> str:
    """Where the request came from."""
    return request.remote_addr or "unknown"
