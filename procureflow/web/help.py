"""Help, and the accessibility statement: open to everybody, also before signing in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from procureflow.queries import policies
from procureflow.web import context
from procureflow.web.access import public

bp = Blueprint("help", __name__)


@bp.get("/help")
@public
def index() -> Any:
    """What each person does here, and what the words mean."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    organisation = bundle.organisation
    return render_template(
        "help/index.html",
        bodies=[organisation.body_names[body] for body in bundle.route(context.today())],
        days=bundle.parameters.service_levels.directorate_action,
        glossary=tuple(organisation.glossary.items()),
    )


@bp.get("/accessibility")
@public
def accessibility() -> Any:
    """The accessibility statement."""
    return render_template("help/accessibility.html")
