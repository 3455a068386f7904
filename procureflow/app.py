"""create_app: the one place where things are wired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
)
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from procureflow.adapters import clock
from procureflow.db import Database
from procureflow.domain.permissions import Role
from procureflow.queries import policies as policy_reading
from procureflow.settings import Settings, resource
from procureflow.web import (
    access,
    acts,
    administration,
    ahead,
    assets,
    business_cases,
    catalogue,
    checks,
    co_authors,
    comments,
    compliance,
    context,
    errors,
    evidence,
    formatting,
    health,
    help,
    people,
    picture,
    policies,
    presenting,
    register,
    requests,
    reviews,
    saved_lists,
    security,
)

LARGEST_REQUEST = 1_000_000


def create_app(
    settings: Settings, database: Database, now: Callable[[], datetime] = clock.now
) -> Flask:
    """The web application over that database. `now` is the clock."""
    app = Flask("procureflow", static_folder="web/static", template_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-procureflow" if settings.secure else "procureflow",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.sign_in.longest_hours),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        MAX_FORM_PARTS=security.MOST_PARAMETERS,
        TRUSTED_HOSTS=_hosts(settings),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.url_map.converters["id"] = _Id
    app.extensions[context.EXTENSION] = context.Wiring(settings, database, now)
    _templates(app)
    _requests(app)
    for module in (
        *(people, requests, checks, business_cases, co_authors, comments, reviews),
        *(register, compliance, policies, catalogue, assets, saved_lists),
        *(evidence, administration, help, health),
    ):
        app.register_blueprint(module.bp)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def _hosts(settings: Settings) -> list[str]:
    """The hosts that we answer to. A demonstration is found under both of its local names."""
    host = settings.host.rpartition(":")[0] if ":" in settings.host else settings.host
    return [host, "localhost", "127.0.0.1"] if settings.demonstration else [host]


def _templates(app: Flask) -> None:
    app.jinja_env.loader = ChoiceLoader(
        [
            FileSystemLoader(resource("templates")),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    # What the GOV.UK components are written for: they look into parameters that aren't given.
    app.jinja_env.undefined = ChainableUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    formatting.register(app)
    picture.register(app)
    presenting.register(app)
    ahead.register(app)
    acts.register(app)
    app.jinja_env.globals["Role"] = Role

    @app.context_processor
    def shell() -> dict[str, Any]:
        """What the frame of every page needs, also of an error's."""
        council = None
        try:
            bundle = policy_reading.bundle_in_force(context.reading(), context.today())
            council = bundle.organisation.council
        except Exception:
            context.end_reading()
        return {"council": council, "demonstration": context.settings().demonstration}


class _Id(IntegerConverter):
    """What a column of ids holds; more is no address of ours."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=requests.LARGEST_ID)


class _NoRememberCookie(LoginManager):
    """A session ends when it ends: there is no cookie that would begin it again, and so none is
    read (a malformed one is a fault in flask-login)."""

    def _load_user_from_remember_cookie(self, _cookie: str) -> None:
        return None


def _requests(app: Flask) -> None:
    """What happens around every request, in order."""
    app.before_request(security.refuse_unmeasured)
    CSRFProtect(app)
    manager = _NoRememberCookie(app)
    manager.user_loader(people.load_user)
    app.before_request(security.check_parameters)
    app.before_request(access.guard)
    app.after_request(security.set_headers)
    app.teardown_request(context.end_reading)
    errors.register(app)
