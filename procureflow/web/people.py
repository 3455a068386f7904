"""Signing in and out, and one's own password."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user

from procureflow.domain.errors import InvalidInput, TooManyAttempts, WrongState
from procureflow.domain.permissions import Actor, Permission
from procureflow.queries import evidence as history
from procureflow.queries import people as reading
from procureflow.services import mailing
from procureflow.services import people as services
from procureflow.web import context, security
from procureflow.web.access import public, requires
from procureflow.web.forms.people import (
    ChangePasswordForm,
    ForgottenForm,
    NewPasswordForm,
    SignInForm,
)

bp = Blueprint("people", __name__)

#: The cookie's own words: whose session, of which epoch, since when, last used when.
EPOCH, SINCE, SEEN = "epoch", "since", "seen"
#: What the security log calls an attempt that went through.
_THROUGH = {"attempt": "signed_in"}
#: Whether there is such an account isn't told by how long the answer takes.
NO_SOONER_SECONDS = 0.1
#: How often the cookie is written anew while somebody works.
REFRESH = timedelta(minutes=1)


class SignedIn(UserMixin):
    """Whoever is signed in, for flask-login."""

    def __init__(self, account: reading.Account) -> None:
        self.id = str(account.id)
        self.name = account.name
        self.job_title = account.job_title
        self.email = account.email
        self.epoch = account.session_epoch
        self.actor: Actor = account.actor


def load_user(user_id: str) -> SignedIn | None:
    """Who the cookie says it is, while that session lives: same epoch, neither idle too long nor
    too old (OWASP ASVS 5.0: 7.3.1, 7.3.2, 7.4.1 to 7.4.3)."""
    limits = context.settings().sign_in
    moment = context.now()
    try:
        since = datetime.fromisoformat(session[SINCE])
        seen = datetime.fromisoformat(session[SEEN])
        person_id = int(user_id)
    except (KeyError, TypeError, ValueError):
        return None
    if moment - since > timedelta(hours=limits.longest_hours):
        return None
    if moment - seen > timedelta(minutes=limits.idle_minutes):
        return None
    account = reading.account(context.reading(), person_id, context.today())
    if account is None or account.session_epoch != session.get(EPOCH):
        return None
    if moment - seen > REFRESH:
        session[SEEN] = moment.isoformat()
    return SignedIn(account)


def start_session(account: reading.Account) -> None:
    """A new session for this person: nothing of the one before is left in it."""
    session.clear()
    moment = context.now().isoformat()
    session[EPOCH], session[SINCE], session[SEEN] = account.session_epoch, moment, moment
    login_user(SignedIn(account))


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Any:
    """Sign in, and go on to where one wanted to."""
    wanted = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(wanted)
    form = SignInForm()
    if request.method != "POST":
        return render_template("people/sign_in.html", form=form)
    email, password = form.email.data or "", form.password.data or ""
    subject = security.keyed(email)
    try:
        _ensure_not_throttled(subject)
    except TooManyAttempts as refusal:
        form.take({"": f"{refusal.message} {refusal.remedy}"})
        return render_template("people/sign_in.html", form=form), 429
    person = services.authenticate(
        context.reading(), email=email, password=password, day=context.today()
    )
    account = reading.account(context.reading(), person.id, context.today()) if person else None
    if account is None:
        whose = reading.person_by_email(context.reading(), email)
        security.remember("sign_in_failed", subject=subject, person=whose.id if whose else None)
        form.take({"": "The e-mail address or the password isn’t right."})
        return render_template("people/sign_in.html", form=form), 400
    start_session(account)
    security.remember("signed_in", subject=subject)
    return redirect(wanted)


@bp.post("/sign-out")
@requires(Permission.ACCOUNT_USE)
def sign_out() -> Any:
    """End every session of this person: a copied cookie is worth nothing afterwards."""
    with context.unit_of_work() as work:
        services.end_sessions(work, person_id=int(current_user.id))
    security.remember("signed_out")
    logout_user()
    session.clear()
    flash("You are signed out, here and everywhere else.")
    return redirect(url_for("people.sign_in"))


@bp.route("/forgotten-password", methods=["GET", "POST"])
@public
def forgotten_password() -> Any:
    """Send a link, if there is such an account; the answer is the same either way."""
    form = ForgottenForm()
    if request.method != "POST":
        return render_template("people/forgotten_password.html", form=form)
    email = form.email.data or ""
    if not email.strip():
        form.take({"email": "Enter your e-mail address."})
        return render_template("people/forgotten_password.html", form=form), 400
    begun, subject = time.monotonic(), security.keyed(email)
    _ensure_not_throttled(subject, "link_asked")
    with context.unit_of_work() as work:
        person = reading.person_by_email(work, email)
        if person is not None and person.open_on(context.today()):
            minutes = context.settings().sign_in.forgotten_password_minutes
            mailing.mail_link(
                work,
                person_id=person.id,
                purpose="forgotten_password",
                valid_for=timedelta(minutes=minutes),
                base_url=context.settings().base_url,
                now=context.now(),
            )
    time.sleep(max(0.0, NO_SOONER_SECONDS - (time.monotonic() - begun)))
    return render_template("people/link_sent.html")


@bp.route("/set-password/<string(minlength=20, maxlength=100):token>", methods=["GET", "POST"])
@public
def set_password(token: str) -> Any:
    """Set a password with a one-time link. Opening it uses nothing up: mail scanners do that."""
    form = NewPasswordForm()
    link = services.usable_link(context.reading(), token, context.now())
    if link is None:
        return render_template("people/link_dead.html"), 404
    if request.method != "POST":
        return render_template("people/set_password.html", form=form)
    person = reading.person(context.reading(), link.person_id)
    try:
        password = services.new_password(person, form.password.data or "")
        with context.unit_of_work() as work:
            services.set_password_by_link(work, token=token, password=password, now=context.now())
    except InvalidInput as refusal:
        form.take(refusal.errors)
        return render_template("people/set_password.html", form=form), 400
    except WrongState:
        return render_template("people/link_dead.html"), 404
    security.remember("password_set", subject=security.keyed(person.email))
    flash("Your password is set. Sign in with it.")
    return redirect(url_for("people.sign_in"))


@bp.route("/account", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
def account() -> Any:
    """One's own account: who one is here, and a new password."""
    form = ChangePasswordForm()
    if request.method != "POST":
        return render_template("people/account.html", form=form)
    try:
        _ensure_not_throttled(security.keyed(current_user.email))
        person = reading.person(context.reading(), int(current_user.id))
        verified = services.own_password(person, form.current.data or "")
        password = services.new_password(person, form.password.data or "")
        with context.unit_of_work() as work:
            services.change_password(
                work,
                actor_id=person.id,
                verified=verified,
                password=password,
                now=context.now(),
            )
            renewed = reading.account(work, int(current_user.id), context.today())
    except InvalidInput as refusal:
        if "current" in refusal.errors:
            security.remember("sign_in_failed", subject=security.keyed(current_user.email))
        form.take(refusal.errors)
        return render_template("people/account.html", form=form), 400
    if renewed is not None:
        start_session(renewed)
    security.remember("password_changed")
    flash("Your password is changed. Every other session of yours has ended.")
    return redirect(url_for("people.account"))


def safe_next(wanted: str | None) -> str:
    """Where to go after signing in: a path of our own, or home (CVE-2021-32618, CVE-2023-49438)."""
    home = url_for("requests.work")
    if not wanted or not wanted.startswith("/") or wanted.startswith("//"):
        return home
    if any(c in wanted for c in "\\@\t\r\n") or any(ord(c) < ord(" ") for c in wanted):
        return home
    parts = urlsplit(wanted)
    return home if parts.scheme or parts.netloc else wanted


def _ensure_not_throttled(subject: str, kind: str = "attempt") -> None:
    """Count this attempt first, then refuse it where it is one too many: many at once count.

    Those that went through don't count, or a council behind one address would lock itself out.
    An address over its limit says nothing of the account any more, or it could lock everybody
    out; and whoever sets a password by a link begins again.
    """
    limits = context.settings().sign_in
    since = context.now() - timedelta(minutes=limits.window_minutes)
    through = _THROUGH.get(kind, "")
    address = {"address": context.address()}
    security.remember(f"{kind}_from")
    # Read after the commit: those at the same moment see each other.
    found = _entries(f"{kind}_from", since, **address) - _entries(through, since, **address)
    if found <= limits.attempts_per_address:
        security.remember(kind, subject=subject)
        reset = history.last_of(context.reading(), "password_set", subject=subject)
        since = max(since, reset) if reset else since
        found = _entries(kind, since, subject=subject) - _entries(through, since, subject=subject)
        if found <= limits.attempts_per_account:
            return
    raise TooManyAttempts(
        "There were too many attempts.",
        remedy=f"Wait {limits.window_minutes} minutes, or use “I’ve forgotten my password”.",
    )


def _entries(kind: str, since: datetime, **who: str) -> int:
    return history.entries(context.reading(), kind, since=since, **who)
