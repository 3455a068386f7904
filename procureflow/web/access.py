"""Every route says who may come in. What says nothing is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, redirect, render_template, request, session, url_for
from flask_login import current_user

from procureflow.domain.errors import NotPermitted
from procureflow.domain.permissions import NOTHING, Permission, ensure
from procureflow.web.security import LONGEST_PARAMETER

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
#: Permissions that depend on no subject: checked at the door. For the others the door only asks
#: that somebody is signed in; the query or the service that knows the subject decides.
WITHOUT_SUBJECT = frozenset(
    {
        Permission.ACCOUNT_USE,
        Permission.ASSETS_VIEW,
        Permission.ASSETS_IMPORT,
        Permission.POLICY_VIEW,
        Permission.POLICY_PROPOSE,
        Permission.REGISTER_VIEW,
        Permission.AUDIT_VIEW,
        Permission.PEOPLE_ADMINISTER,
    }
)


def public(view: View) -> View:
    """Anybody may come in."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Whoever comes in is signed in and needs this permission for what they do there."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> str | Permission | None:
    """How an endpoint is classified; None: not at all, and so closed."""
    if endpoint == "static":
        return PUBLIC
    access: str | Permission | None = getattr(app.view_functions[endpoint], "access", None)
    return access


def guard() -> Any:
    """Before each request: an unclassified route is closed, the rest ask who is there."""
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint)
    if access == PUBLIC:
        return None
    if not isinstance(access, Permission):
        raise NotPermitted("route", "This page is not open to anybody.")
    if not current_user.is_authenticated:
        typed = _typed() if request.method == "POST" else []
        if typed:
            return render_template("errors/signed_out.html", typed=typed), 403
        looks = request.method in ("GET", "HEAD")
        wanted = request.full_path.rstrip("?") if looks else None
        if wanted is not None and len(wanted) > LONGEST_PARAMETER:
            wanted = None
        return redirect(url_for("people.sign_in", next=wanted))
    ensure_open(request.endpoint)
    return None


#: Fields of forms that say nothing which somebody would miss, or that nobody may see.
_NOT_SHOWN = frozenset({"csrf_token", "password", "current", "seen", "expected", "meant"})


def _typed() -> list[tuple[str, str]]:
    """What somebody typed, by the name of its field, whose session ended while they did."""
    if "_user_id" not in session:
        return []
    fields = request.form.items(multi=True)
    return [
        (name.replace("_", " "), said)
        for name, said in fields
        if name not in _NOT_SHOWN and said.strip()
    ]


def ensure_open(endpoint: str) -> None:
    """Raise NotPermitted where whoever is signed in is turned away at the door of an endpoint."""
    access = access_of(current_app, endpoint)
    if isinstance(access, Permission) and access in WITHOUT_SUBJECT:
        ensure(access, current_user.actor, NOTHING)


def is_open(endpoint: str) -> bool:
    """Whether whoever is signed in gets through the door of an endpoint."""
    try:
        ensure_open(endpoint)
    except NotPermitted:
        return False
    return True
