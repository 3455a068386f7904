"""The register of decisions, open to all staff."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from procureflow.domain.permissions import Permission
from procureflow.queries import people, policies
from procureflow.queries import register as reading
from procureflow.queries.requests import may_view
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.listing import render_list

bp = Blueprint("register", __name__, url_prefix="/register")


@bp.get("")
@requires(Permission.REGISTER_VIEW)
def index() -> Any:
    """Every decision, the newest first."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    return render_list(
        "register/index.html",
        reading.register_listing(bundle, context.today()),
        bundle=bundle,
        outcomes=reading.OUTCOMES,
    )


@bp.get("/<reference>")
@requires(Permission.REGISTER_VIEW)
def show(reference: str) -> Any:
    """One decision: what, who, why, under which conditions or rules."""
    session = context.reading()
    entry = reading.entry(session, reference)
    return render_template(
        "register/show.html",
        entry=entry,
        outcomes=reading.OUTCOMES,
        rules={rule.id: rule for rule in entry.bundle.rules_on(entry.decided_on)},
        people=people.names(session, {entry.decision.decided_by}),
        may_view=may_view(session, entry.request, context.actor()),
    )
