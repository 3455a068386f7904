"""The standard catalogue, by job role."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from procureflow.domain.permissions import Permission
from procureflow.queries import policies
from procureflow.web import context
from procureflow.web.access import requires

bp = Blueprint("catalogue", __name__)


@bp.get("/catalogue")
@requires(Permission.POLICY_VIEW)
def index() -> Any:
    """Every standard option, under the job roles it is for."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    by_role = {
        role.name: [o for o in bundle.catalogue.options.values() if key in o.job_roles]
        for key, role in bundle.organisation.job_roles.items()
    }
    return render_template("catalogue/index.html", bundle=bundle, by_role=by_role)
