"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from procureflow.web import context
from procureflow.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> Any:
    """The process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/readyz")
@public
def ready() -> Any:
    """The database answers too."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        context.reading().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "the database does not answer\n", 503, plain
    return "ready\n", 200, plain
