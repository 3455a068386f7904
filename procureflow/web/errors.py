"""Refusals and faults → pages in the product's own clothes, each with a next step."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from flask import Flask, g, render_template, request
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from procureflow.domain.errors import (
    InvalidInput,
    NotFound,
    NotPermitted,
    NotSignedIn,
    Refusal,
    Stale,
    TooManyAttempts,
    WrongState,
)
from procureflow.web import context, security

log = logging.getLogger(__name__)

STATUS: dict[type[Refusal], int] = {
    NotSignedIn: 401,
    NotPermitted: 403,
    NotFound: 404,
    Stale: 409,
    WrongState: 409,
    InvalidInput: 400,
    TooManyAttempts: 429,
}
#: status → (title, what to do)
WORDS: dict[int, tuple[str, str]] = {
    400: ("That request can’t be understood", "Go back, check what you entered and try again."),
    401: ("You need to sign in", "Sign in and try again."),
    403: ("You can’t do this", "Go back to your work."),
    404: ("Page not found", "If you typed the address, check it is right."),
    405: ("That can’t be done here", "Go back and use the page’s own buttons."),
    409: ("This can’t be done now", "Look at it again before you go on."),
    411: ("That came without its length", "Send it again from the page itself."),
    413: ("That is too much at once", "Shorten what you entered and try again."),
    416: ("There is no such part", "Ask for the whole."),
    429: ("Too many attempts", "Wait a little and try again."),
    500: ("Something went wrong on our side", "Nothing was changed. Try again in a moment."),
    503: ("Busy at the moment", "Nothing was changed. Try again in a moment."),
}


_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_WITH_A_STATUS = ("Allow", "Retry-After")


def register(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(Exception, _fault)


#: Where people write: what they typed is shown again on the page that refuses it. Nowhere else,
#: for it may be a password.
_WRITTEN_IN = frozenset({"requests", "business_cases", "comments", "reviews", "compliance"})
#: Shorter than this is a choice or a number, which nobody minds giving again.
_WORDS_FROM = 20


def _typed() -> list[str]:
    if request.method != "POST" or request.blueprint not in _WRITTEN_IN:
        return []
    fields = request.form.items(multi=True)
    return [said for name, said in fields if name != "csrf_token" and len(said) >= _WORDS_FROM]


def page(status: int, message: str = "", remedy: str = "") -> tuple[str, int]:
    """The page of an error."""
    _know_who_asks()
    title, default = WORDS.get(status, WORDS[500])
    # What has changed is looked at again where it stands.
    of = (request.view_args or {}).get("reference") if status == HTTPStatus.CONFLICT else None
    body = render_template(
        "errors/error.html",
        title=title,
        message=message,
        remedy=remedy or default,
        status=status,
        reference=of,
        record=request.blueprint == "compliance",
        typed=_typed() if status in (HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT) else [],
    )
    return body, status


def _know_who_asks() -> None:
    """The frame of a page names who is signed in; where that can't be told, it names nobody."""
    try:
        _ = current_user.is_authenticated
    except Exception:
        context.end_reading()
        g._login_user = AnonymousUserMixin()


def _refusal(refusal: Refusal) -> tuple[str, int]:
    status = next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), 409)
    if isinstance(refusal, NotPermitted):
        security.remember(
            "forbidden", permission=refusal.permission, path=request.path, method=request.method
        )
    return page(status, refusal.message, refusal.remedy)


def _forged(_error: CSRFError) -> tuple[str, int]:
    return page(
        400,
        "This page was open too long, or you signed in again since, so we can’t be sure that "
        "the form came from you. Nothing was changed.",
        "Go back, copy what you wrote, reload the page and send it again.",
    )


def _http(error: HTTPException) -> tuple[str, int, dict[str, str]] | HTTPException:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return error
    if isinstance(error, SecurityError):
        # Asked for under a name that isn't ours, we link to nothing but where we are.
        return f"ProcureFlow is at {context.settings().base_url}\n", status, _PLAIN
    # What a status demands besides its page: Allow with a 405, Retry-After with a 429.
    kept = {name: value for name, value in error.get_headers() if name in _WITH_A_STATUS}
    return *page(status), kept


def _busy(error: OperationalError) -> tuple[str, int]:
    log.warning("the database is busy or away: %s", error.orig)
    return page(503, "The database is busy.")


def _fault(error: Exception) -> tuple[str, int]:
    token = secrets.token_hex(4)
    log.error("fault %s on %s %s", token, request.method, request.path, exc_info=error)
    return page(500, f"If it happens again, give the administrator this number: {token}.")
