"""The policy in force, as it stood on another day, and every version of it: each rule in plain
words, with its source and standing."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from procureflow.domain.calendar import local_day
from procureflow.domain.errors import NotFound
from procureflow.domain.permissions import Permission
from procureflow.models import Decision, Publication
from procureflow.queries import people
from procureflow.queries import policies as reading
from procureflow.web import context
from procureflow.web.access import public, requires
from procureflow.web.formatting import day as in_words
from procureflow.web.listing import read_day

bp = Blueprint("policies", __name__)


@bp.app_template_global()
def decided_under(fingerprint: str, decision: Decision) -> tuple[int, str]:
    """(number, address) of the version of the policy that a decision was made under, as it stood
    on the day of the decision."""
    found = reading.publication_of(context.reading(), fingerprint, decision.decided_at)
    number = found.number
    on = local_day(decision.decided_at).isoformat()
    return number, url_for("policies.version", number=number, on=on)


@bp.get("/policy")
@requires(Permission.POLICY_VIEW)
def index() -> Any:
    """Every rule in force today, or on another day."""
    day, problem = _asked_day()
    try:
        found = reading.publication_in_force(context.reading(), day)
    except NotFound:
        problem = f"On: there was no policy yet on {in_words(day)}."
        day = context.today()
        found = reading.publication_in_force(context.reading(), day)
    return _rules(found, day, problem)


@bp.get("/policy/versions")
@requires(Permission.POLICY_VIEW)
def versions() -> Any:
    """Every version of the documents: from when, by whom and why."""
    found = reading.publications(context.reading())
    names = people.names(context.reading(), (version.published_by for version in found))
    return render_template("policies/versions.html", versions=found, people=names)


@bp.get("/policy/versions/<id:number>")
@requires(Permission.POLICY_VIEW)
def version(number: int) -> Any:
    """Every rule that a version has on a day: a request keeps the version it began under."""
    found = reading.publication(context.reading(), number)
    day, problem = _asked_day()
    return _rules(found, day, problem)


def _asked_day() -> tuple[date, str | None]:
    """The day as the address has it, or today; and what is wrong with it."""
    text = request.args.get("on", "").strip()
    try:
        return read_day("On", text) if text else context.today(), None
    except ValueError as error:
        return context.today(), str(error)


def _rules(found: Publication, day: date, problem: str | None) -> Any:
    session = context.reading()
    bundle = reading.bundle(session, found.bundle)
    in_force = reading.publication_in_force(session, context.today())
    body = render_template(
        "policies/index.html",
        version=found,
        current=found.number == in_force.number and day == context.today(),
        day=day,
        problem=problem,
        rules=bundle.rules_on(day),
        documents={policy.name: policy for policy in bundle.policies},
    )
    return body, 400 if problem else 200


@bp.get("/theme.css")
@public
def theme() -> Response:
    """The council's own colour. A file of its own, because no style stands in a page."""
    council = reading.bundle_in_force(context.reading(), context.today()).organisation.council
    return Response(f":root {{ --govuk-brand-colour: {council.colour}; }}\n", mimetype="text/css")
