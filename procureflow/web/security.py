"""What every answer carries and every request must be: headers, parameters, the security log."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import Response, abort, request

from procureflow.services import evidence
from procureflow.web import context

#: No inline script or style anywhere, so none is allowed.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
#: The only fields that may come more than once.
SEVERAL = frozenset({"rules", "sections"})
LONGEST_PARAMETER = 500
MOST_PARAMETERS = 200
#: Where files may be sent, and under which name.
FILES = {"policies.propose": "documents", "assets.choose": "register"}


def set_headers(response: Response) -> Response:
    """The usual headers (OWASP ASVS 5.0: 3.4.1 to 3.4.6)."""
    headers = response.headers
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if context.settings().secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return response


def refuse_unmeasured() -> None:
    """Refuse a body that doesn't say how long it is: too long a one would be cut off unseen."""
    if "Transfer-Encoding" in request.headers:
        abort(411)


def check_parameters() -> None:
    """Refuse arrays, duplicates, NULs and oversized parameters with a 400, before any view.

    Nothing of ours has a NUL in its address, and PostgreSQL can't look for one: that is a 404.
    """
    if "\0" in request.path:
        abort(404)
    if len(request.args) + len(request.form) > MOST_PARAMETERS:
        abort(400)
    for values, longest in ((request.args, LONGEST_PARAMETER), (request.form, None)):
        for name, given in values.lists():
            odd = "[" in name or "\0" in name or any("\0" in value for value in given)
            many = len(given) > 1 and name not in SEVERAL
            large = longest is not None and any(len(value) > longest for value in given)
            if odd or many or large:
                abort(400)
    if any(name != FILES.get(request.endpoint or "") for name in request.files):
        abort(400)


def keyed(text: str) -> str:
    """A keyed hash of something typed: to count by it without keeping it."""
    key = context.settings().secret_key.encode()
    return hmac.new(key, text.strip().lower().encode(), hashlib.sha256).hexdigest()


def remember(
    kind: str, *, subject: str | None = None, person: int | None = None, **detail: Any
) -> None:
    """Append to the security log, in a transaction of its own. `person` is whose account it was,
    where nobody is signed in."""
    with context.unit_of_work() as session:
        evidence.log_security(
            session,
            kind=kind,
            address=context.address(),
            now=context.now(),
            person_id=context.actor_id() or person,
            subject=subject,
            **detail,
        )
