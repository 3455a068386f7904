"""The policy in force: every rule in plain words, with its source and standing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template

from procureflow.domain.permissions import Permission
from procureflow.queries import policies as reading
from procureflow.web import context
from procureflow.web.access import public, requires

bp = Blueprint("policies", __name__)


@bp.get("/policy")
@requires(Permission.POLICY_VIEW)
def index() -> Any:
    """Every rule in force today."""
    bundle = reading.bundle_in_force(context.reading(), context.today())
    documents = {policy.name: policy for policy in bundle.policies}
    return render_template(
        "policies/index.html",
        bundle=bundle,
        rules=bundle.rules_on(context.today()),
        documents=documents,
    )


@bp.get("/theme.css")
@public
def theme() -> Response:
    """The council's own colour. A file of its own, because no style stands in a page."""
    council = reading.bundle_in_force(context.reading(), context.today()).organisation.council
    return Response(f":root {{ --govuk-brand-colour: {council.colour}; }}\n", mimetype="text/css")
