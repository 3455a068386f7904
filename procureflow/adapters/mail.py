"""Mail: written from templates, sent by SMTP or shown on the console."""

from __future__ import annotations

import smtplib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TextIO
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from procureflow.services.mailing import Letter

TIMEOUT_SECONDS = 20


class MailUrlError(Exception):
    """The address for mail can't be used."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes letters from the templates in a folder. The first line of one is its subject."""

    folder: Path
    sender: str
    base_url: str
    council: str

    def write(self, letter: Letter) -> EmailMessage:
        """The message. Plain text: nothing in it needs escaping, and header lines can't be
        smuggled in (the policy of EmailMessage refuses them)."""
        environment = Environment(
            loader=FileSystemLoader(self.folder),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 (plain text)
            keep_trailing_newline=True,
        )
        text = environment.get_template(f"{letter.template}.txt").render(
            **letter.values, name=letter.name, base_url=self.base_url, council=self.council
        )
        subject, _, body = text.partition("\n")
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = letter.to
        # An encoded word in what people wrote would be decoded, line breaks and all.
        message["Subject"] = " ".join(subject.replace("=?", "= ?").split())
        host = urlsplit(self.base_url).hostname or "procureflow"
        message["Message-ID"] = f"<{letter.id}.{letter.key.replace(':', '.')}@{host}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body.lstrip("\n"))
        return message


Send = Callable[[EmailMessage], None]


def sender(url: str, stream: TextIO | None = None) -> Send:
    """How to send, from PROCUREFLOW_MAIL_URL: `console:`, or
    `smtp://user:password@host:587?tls` (`smtps://` for TLS from the first byte)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise MailUrlError(f"PROCUREFLOW_MAIL_URL is no address: {error}.") from error
    if parts.scheme == "console":
        return _console(stream or sys.stdout)
    if parts.scheme in ("smtp", "smtps") and parts.hostname:
        return _smtp(url)
    raise MailUrlError(
        f"PROCUREFLOW_MAIL_URL begins with “{parts.scheme}”: use console: or smtp://"
    )


def _console(stream: TextIO) -> Send:
    def show(message: EmailMessage) -> None:
        stream.write(
            f"--- mail to {message['To']}: {message['Subject']}\n{message.get_content()}\n"
        )
        stream.flush()

    return show


def _smtp(url: str) -> Send:
    parts = urlsplit(url)
    host = parts.hostname or ""
    implicit = parts.scheme == "smtps"
    port = parts.port or (465 if implicit else 25)

    def send(message: EmailMessage) -> None:
        kind = smtplib.SMTP_SSL if implicit else smtplib.SMTP
        with kind(host, port, timeout=TIMEOUT_SECONDS) as server:
            if "tls" in parts.query and not implicit:
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)

    return send
