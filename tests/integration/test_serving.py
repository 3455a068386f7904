"""The server itself: what clients do to it before any of our code is asked."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.council import Council

START_SECONDS = 30
#: Far below the thirty seconds after which a worker that does nothing else is killed.
ANSWER_SECONDS = 5
STALLED = 6


@pytest.fixture
def port(sqlite_council: Council, tmp_path: Path) -> Iterator[int]:
    """Where `procureflow serve` answers, for this council."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    environment = {
        **os.environ,
        "PROCUREFLOW_SECRET_KEY": "a-secret-key-that-only-this-test-has",
        "PROCUREFLOW_BASE_URL": f"http://127.0.0.1:{number}",
        "PROCUREFLOW_DATABASE_URL": sqlite_council.db.url.render_as_string(hide_password=False),
    }
    command = [sys.executable, "-c", "from procureflow.cli import main; main()"]
    with (tmp_path / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(number)],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while time.monotonic() < deadline:
                try:
                    ask(number, "GET /healthz HTTP/1.1")
                    break
                except OSError:
                    time.sleep(0.1)
            yield number
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def ask(port: int, *lines: str, body: str = "") -> str:
    """The status line of the answer to these lines."""
    host = f"Host: 127.0.0.1:{port}"
    with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as connection:
        head = "\r\n".join([lines[0], host, "Connection: close", *lines[1:]])
        connection.sendall(f"{head}\r\n\r\n{body}".encode("latin-1"))
        return connection.recv(4096).decode("latin-1").partition("\r\n")[0]


def test_stalled_clients_hold_nobody_up(port: int) -> None:
    """More of them than there are workers: some say nothing, some stop in the middle."""
    stalled = [socket.create_connection(("127.0.0.1", port)) for _ in range(STALLED)]
    for connection in stalled[::2]:
        connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
    assert ask(port, "GET /healthz HTTP/1.1") == "HTTP/1.1 200 OK"
    for connection in stalled:
        connection.close()


@pytest.mark.parametrize("prefix", ["/x", "//evil.example"])
def test_no_header_says_where_we_are(port: int, prefix: str) -> None:
    answer = ask(port, "GET /sign-in HTTP/1.1", f"SCRIPT_NAME: {prefix}")
    assert answer == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("body", ["zz\r\nabc", "5\r\nabc\r\n0\r\n\r\n", "3\r\na=b\r\n0\r\n\r\n"])
def test_a_body_that_doesnt_say_its_length_is_refused(port: int, body: str) -> None:
    form = "Content-Type: application/x-www-form-urlencoded"
    answer = ask(port, "POST /sign-in HTTP/1.1", "Transfer-Encoding: chunked", form, body=body)
    assert answer.startswith("HTTP/1.1 411")


def test_a_cookie_of_nonsense_is_no_fault(port: int) -> None:
    answer = ask(port, "GET /sign-in HTTP/1.1", "Cookie: remember_token=\xff|\xff; session=\xfe")
    assert answer == "HTTP/1.1 200 OK"
