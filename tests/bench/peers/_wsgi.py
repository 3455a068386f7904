"""A WSGI application called as a server calls it, and what a page of it shows.

No socket and no client is in what is timed: they cost every peer the same, and more than any of
the differences that are looked for.
"""

import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench.peers._stopwatch import Stopwatch

_REFERENCE = re.compile(rb'<span class="govuk-hint">([A-Z]+-\d+-\d+)</span>')


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an application, as whoever has that cookie asks for it."""

    application: Callable[..., Any]
    path: str
    cookie: str = ""
    #: What the browser that signed in is called: a session may be bound to it.
    agent: str = ""

    def get(self) -> bytes:
        """The body. Raises RuntimeError unless the answer is 200."""
        status = ""

        def start(given: str, headers: Any, error: Any = None) -> None:
            nonlocal status
            status = given

        answer = self.application(self._environment(), start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if not status.startswith("200"):
            raise RuntimeError(f"{self.path} answers {status}")
        return body

    def timed(self) -> list[float]:
        """Ask for it once; the seconds that it took."""
        watch = Stopwatch()
        with watch:
            self.get()
        return watch.seconds

    def show(self) -> dict[str, Any]:
        """What is on it: the references of its rows, and its size."""
        body = self.get()
        return {"rows": [r.decode() for r in _REFERENCE.findall(body)], "bytes": len(body)}

    def _environment(self) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "HTTP_USER_AGENT": self.agent,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
