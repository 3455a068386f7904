"""Serving pages, and the worker that carries the news."""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import OperationalError

from procureflow.adapters import clock
from procureflow.adapters.mail import Writer, sender
from procureflow.app import create_app
from procureflow.cli import demonstration
from procureflow.cli.database import open_ready, upgrade_and_seed
from procureflow.db import Database
from procureflow.queries import policies as policy_reading
from procureflow.services import mailing
from procureflow.settings import Settings, load, resource

POLL_SECONDS = 5
THREADS = 8
log = logging.getLogger(__name__)


def _port_option(command: Any) -> Any:
    return click.option(
        "--port",
        type=click.IntRange(1, 65535),
        default=lambda: os.environ.get("PORT", "8000"),
        help="Port to listen on (default: $PORT, else 8000).",
    )(command)


class _Server(BaseApplication):
    """gunicorn without a configuration file."""

    def __init__(self, make: Any, options: dict[str, Any]) -> None:
        self.make, self.options = make, options
        super().__init__()

    def load_config(self) -> None:
        """Take the options over."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in each worker: connections don't survive a fork."""
        return self.make()


def _serve(settings: Settings, host: str, port: int, workers: int) -> None:
    _Server(
        lambda: create_app(settings, Database(settings.database_url)),
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            # A browser opens connections before it needs them: with one request at a time, each
            # would hold a worker until it times out.
            "worker_class": "gthread",
            "threads": THREADS,
            # No header of a client's decides where we are or who calls.
            "forwarder_headers": "",
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
        },
    ).run()


@click.command()
@_port_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
def serve(port: int, host: str, workers: int) -> None:
    """Serve the pages. Needs PROCUREFLOW_SECRET_KEY and PROCUREFLOW_BASE_URL."""
    settings = load()
    database = open_ready(settings)
    with database.reading() as session:
        installation = policy_reading.installation(session)
    database.dispose()
    shown = installation is not None and installation.demonstration
    _serve(settings.model_copy(update={"demonstration": shown}), host, int(port), workers)


@click.command()
@_port_option
def demo(port: int) -> None:
    """Serve a demonstration council, with people and requests in every state."""
    secret = secrets.token_hex(32)
    address = f"http://127.0.0.1:{port}"
    settings = load(secret_key=secret, base_url=address, demonstration=True)
    database = upgrade_and_seed(settings)
    password = demonstration.prepare(database, settings)
    others = demonstration.accounts(database)
    database.dispose()
    click.echo(demonstration.welcome(settings.base_url, password, others))
    with _worker_beside(settings):
        _serve(settings, "127.0.0.1", int(port), 2)


@contextmanager
def _worker_beside(settings: Settings) -> Iterator[None]:
    """A worker in a process of its own, while a demonstration serves: its mail is shown here."""
    environment = {
        **os.environ,
        "PROCUREFLOW_SECRET_KEY": settings.secret_key,
        "PROCUREFLOW_BASE_URL": settings.base_url,
        "PROCUREFLOW_DATABASE_URL": settings.database_url,
        "PROCUREFLOW_CONFIG": str(settings.council_folder),
    }
    command = [sys.executable, "-c", "from procureflow.cli import main; main()", "worker"]
    process = subprocess.Popen(command, env=environment)  # noqa: S603 (our own command)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@click.command()
@click.option("--once", is_flag=True, help="Carry what waits, then stop.")
def worker(once: bool) -> None:
    """Mail whoever has something to do (PROCUREFLOW_MAIL_URL; on the console by default)."""
    settings = load()
    database = open_ready(settings)
    with database.reading() as session:
        council = policy_reading.bundle_in_force(session, clock.now().date()).organisation.council
    writer = Writer(
        resource("templates") / "email", settings.mail_from, settings.base_url, council.name
    )
    send = sender(settings.mail_url)
    while True:
        try:
            sent = carry(database, writer, send)
        except OperationalError as error:
            log.warning("the database is busy or away: %s", error.orig)
            sent = 0
        if once:
            click.echo(f"{sent} sent.")
            break
        if not sent:
            time.sleep(POLL_SECONDS)


def carry(database: Database, writer: Writer, send: Any) -> int:
    """Turn events into mails and send what waits. Returns how many were sent."""
    while True:
        with database.unit_of_work() as session:
            if mailing.expand_outbox(session, now=clock.now()) < mailing.BATCH:
                break
    with database.unit_of_work() as session:
        mailing.remind(session, now=clock.now())
    sent = 0
    while True:
        with database.unit_of_work() as session:
            letter = mailing.claim_mail(session, now=clock.now())
        if letter is None:
            return sent
        try:
            send(writer.write(letter))
        except Exception as error:
            log.warning("mail %s could not be sent: %s", letter.id, error)
            with database.unit_of_work() as session:
                mailing.mark_failed(session, mail_id=letter.id, error=str(error), now=clock.now())
            continue
        with database.unit_of_work() as session:
            mailing.mark_sent(session, mail_id=letter.id, now=clock.now())
        sent += 1
