"""The driver's side of a worker process; `worker.py` says what the lines mean."""

import json
import subprocess
import threading
from typing import Any

from tests.bench.options import PROJECT

# Seconds a worker may take beyond the time it was asked to run: migrations are the slowest thing.
PATIENCE = 120


class WorkerFailed(Exception):
    """A worker answered with an error, died, or took too long."""


class Worker:
    """One long-lived process of one peer. Tell it something, then hear its answer."""

    def __init__(self, python: str, peer: str, target: str) -> None:
        self._process = subprocess.Popen(
            [python, "-m", "tests.bench.worker", peer, target],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._commands = self._process.stdin
        self._replies = self._process.stdout

    def tell(self, command: str) -> None:
        """Send a command without waiting for its answer."""
        try:
            self._commands.write(command + "\n")
        except BrokenPipeError:
            raise WorkerFailed("the process has ended") from None

    def hear(self, seconds: float = 0) -> dict[str, Any]:
        """Return the answer, expected within `seconds` and some patience."""
        clock = threading.Timer(seconds + PATIENCE, self._process.kill)
        clock.start()
        try:
            line = self._replies.readline()
        finally:
            clock.cancel()
        if not line:
            raise WorkerFailed("the process ended, or gave no answer in time")
        reply = json.loads(line)
        if "error" in reply:
            raise WorkerFailed(reply["error"])
        return reply

    def ask(self, command: str) -> dict[str, Any]:
        """Send a command and return its answer."""
        self.tell(command)
        return self.hear()

    def close(self) -> None:
        """End the process, politely where it still listens."""
        try:
            self._process.communicate("quit\n", timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
