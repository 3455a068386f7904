"""The statements that a page sends to its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from procureflow.models import statements


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile. Those that run on the driver itself (`Prepared`, and
    SQLite's BEGIN) aren't told to SQLAlchemy's listeners, and are counted all the same."""
    sent: list[str] = []
    run = statements.execute

    def listen(*arguments: Any) -> None:
        sent.append(str(arguments[2]))

    def execute(connection: Any, text: str, values: Any = ()) -> Any:
        sent.append(text)
        return run(connection, text, values)

    event.listen(engine, "before_cursor_execute", listen)
    statements.execute = execute
    try:
        yield sent
    finally:
        statements.execute = run
        event.remove(engine, "before_cursor_execute", listen)
