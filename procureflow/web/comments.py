"""What is asked and said about a request."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from procureflow.domain.errors import InvalidInput
from procureflow.domain.permissions import Permission
from procureflow.queries import people
from procureflow.queries.requests import RequestPage
from procureflow.services import comments as services
from procureflow.services import telling
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.formatting import listed
from procureflow.web.forms.comments import CommentForm
from procureflow.web.presenting import may_comment
from procureflow.web.requests import page_of

bp = Blueprint("comments", __name__, url_prefix="/requests/<reference>/comments")


@bp.route("", methods=["GET", "POST"])
@requires(Permission.REQUEST_VIEW)
def index(reference: str) -> Any:
    """Every comment, and one more."""
    page = page_of(reference)
    sections = page.bundle.questions.sections
    form = CommentForm(data={"section": request.args.get("section", "")})
    form.section.choices = {
        "": "The request as a whole",
        **{key: sections[key].title for key in page.shown_sections()},
    }
    if request.method == "POST":
        page.ensure(Permission.REQUEST_COMMENT)
        try:
            with context.unit_of_work() as session:
                services.comment(
                    session,
                    request_id=page.request.id,
                    section=form.section.data or None,
                    words=form.words.data or "",
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            flash(f"Your comment is here for everybody concerned. {_told(page)}")
            return redirect(url_for("comments.index", reference=reference))
        except InvalidInput as refusal:
            form.take(refusal.errors)
    body = render_template(
        "comments/index.html",
        page=page,
        form=form,
        may_comment=may_comment(page),
        told=_told(page),
    )
    return body, 400 if form.problems else 200


def _told(page: RequestPage) -> str:
    """Who gets a message of a comment, by name."""
    session = context.reading()
    told = telling.told_of_comment(session, page.request, context.today())
    found = people.names(session, told)
    names = [found[person].name for person in told if person != page.actor.person]
    if not names:
        return "Nobody gets a message yet: whoever comes to it reads it with the case."
    return f"{listed(names)} {'gets' if len(names) == 1 else 'get'} a message."
