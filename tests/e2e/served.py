"""The demonstration council, served as `make run` serves it, and the browser that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from procureflow.cli.demonstration import DOMAIN, PASSWORD

COMMAND = (sys.executable, "-c", "from procureflow.cli import main; main()")
START_SECONDS = 60
STOP_SECONDS = 10
#: The worker looks every few seconds.
MAIL_SECONDS = 30
#: Nothing of the browser's own goes out, and it runs where there is neither sandbox nor GPU.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Served:
    """A served council: where it is, and the folder it is run from."""

    address: str
    folder: Path

    @property
    def database_url(self) -> str:
        """Its database, for what has to be prepared behind the pages."""
        return f"sqlite:///{self.folder / 'instance' / 'procureflow.db'}"

    @property
    def log(self) -> Path:
        """What it says, its mail included: a demonstration has a worker beside it."""
        return self.folder / "demo.log"

    def mailed(self, pattern: str) -> re.Match[str]:
        """The first mail that matches, once the worker has carried it."""
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.log.read_text(), re.S):
                return found
            time.sleep(0.2)
        raise AssertionError(f"no mail matches {pattern}; it said:\n{self.log.read_text()}")


def address_of(account: str) -> str:
    """The e-mail address of a demonstration account."""
    return f"{account}@{DOMAIN}"


def password_of_all() -> str:
    """The one password of the demonstration accounts."""
    return PASSWORD


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[Served]:
    """Serve a fresh demonstration council from that folder until the block ends. `environment`:
    what it is told besides, such as another council's folder."""
    port = _free_port()
    council = Served(f"http://127.0.0.1:{port}", folder)
    with council.log.open("w") as output:
        process = subprocess.Popen(
            [*COMMAND, "demo", "--port", str(port)],
            cwd=folder,
            env=_environment() | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_healthy(council, process)
        yield council
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def chromium() -> str | None:
    """Where Chromium is, or None. Where one is named, it is that one or none."""
    named = os.environ.get("PROCUREFLOW_CHROMIUM")
    # The shell draws no window of its own and needs a quarter less time for it.
    usual = map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))
    found = (named,) if named else usual
    return next((path for path in found if path and Path(path).is_file()), None)


@contextmanager
def browsing(executable: str) -> Iterator[Browser]:
    """A browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


def _environment() -> dict[str, str]:
    """Ours, without what would point the council to another database or folder."""
    return {name: value for name, value in os.environ.items() if "PROCUREFLOW_" not in name}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _wait_until_healthy(council: Served, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{council.address}/healthz", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"The demonstration doesn’t answer. It said:\n{council.log.read_text()}")
