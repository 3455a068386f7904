"""Who writes a request beside its requester."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import InvalidInput, NotFound, WrongState
from procureflow.domain.permissions import Permission
from procureflow.queries import co_authors as reading
from procureflow.queries.requests import RequestPage
from procureflow.services import co_authors as services
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.forms.co_authors import CoAuthorForm
from procureflow.web.forms.fields import Form
from procureflow.web.requests import page_of, to_page

bp = Blueprint("co_authors", __name__, url_prefix="/requests/<reference>/co-authors")


def _writable(reference: str) -> RequestPage:
    page = page_of(reference)
    page.ensure(Permission.REQUEST_EDIT)
    if page.state.kind is not StateKind.EDITING:
        raise WrongState(
            f"Nobody writes a request while it is “{page.state.label}”.",
            remedy="When it comes back to you, you can write it together again.",
        )
    return page


@bp.route("", methods=["GET", "POST"])
@requires(Permission.REQUEST_EDIT)
def index(reference: str) -> Any:
    """Who writes it, and somebody more."""
    page = _writable(reference)
    parties = page.request.parties
    found = reading.who_may_join(
        context.reading(), page.request.directorate, parties, context.today()
    )
    form = CoAuthorForm()
    named = {str(p.id): f"{p.name}, {p.job_title} ({p.email})" for p in found}
    form.person.choices = {"": "Choose a colleague", **named}
    if request.method == "POST":
        chosen = form.person.data or ""
        try:
            if chosen not in named:
                raise InvalidInput({"person": "Choose a colleague."})
            with context.unit_of_work() as session:
                services.add_co_author(
                    session,
                    request_id=page.request.id,
                    person_id=int(chosen),
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            flash(f"{named[chosen]} can write it now too, and gets a message.")
            return redirect(url_for("co_authors.index", reference=reference))
        except InvalidInput as refusal:
            form.take(refusal.errors)
    body = render_template("co_authors/index.html", page=page, form=form, found=found)
    return body, 400 if form.problems else 200


@bp.route("/<id:person>/remove", methods=["GET", "POST"])
@requires(Permission.REQUEST_VIEW)
def remove(reference: str, person: int) -> Any:
    """Confirm, then let somebody write it no more."""
    mine = person == context.actor_id()
    page = page_of(reference) if mine else _writable(reference)
    if person not in page.request.co_authors:
        raise NotFound("They don’t write this request.", remedy="Go back to the request.")
    if request.method == "POST":
        with context.unit_of_work() as session:
            services.remove_co_author(
                session,
                request_id=page.request.id,
                person_id=person,
                actor_id=context.actor_id(),
                now=context.now(),
            )
        flash(f"{page.people[person].name} doesn’t write it any more.")
        if mine:
            return to_page(reference)
        return redirect(url_for("co_authors.index", reference=reference))
    return render_template("co_authors/remove.html", page=page, person=person, form=Form())
