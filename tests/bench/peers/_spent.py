"""Where ProcureFlow's own time goes: statements, commits, and the rest, which is Python."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from procureflow.models import statements


@dataclass(slots=True)
class Spent:
    """Calls to the database and the seconds in them, since this was made."""

    statements: int = 0
    in_statements: float = 0.0
    commits: int = 0
    in_commits: float = 0.0


@contextmanager
def watching(engine: Engine) -> Iterator[Spent]:
    """Count and time every statement and commit through that engine until the block ends."""
    spent = Spent()
    run, commit = statements.execute, engine.dialect.do_commit
    started = [0.0]

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def execute(*arguments: Any) -> Any:
            begun = time.perf_counter()
            result = call(*arguments)
            spent.statements += 1
            spent.in_statements += time.perf_counter() - begun
            return result

        return execute

    def committed(connection: Any) -> None:
        begun = time.perf_counter()
        commit(connection)
        spent.commits += 1
        spent.in_commits += time.perf_counter() - begun

    def before(*_: Any) -> None:
        started[0] = time.perf_counter()

    def after(*_: Any) -> None:
        spent.statements += 1
        spent.in_statements += time.perf_counter() - started[0]

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    statements.execute = timed(run)
    engine.dialect.do_commit = committed  # type: ignore[assignment]
    try:
        yield spent
    finally:
        statements.execute = run
        engine.dialect.do_commit = commit  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
