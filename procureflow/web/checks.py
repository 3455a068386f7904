"""The check before you buy: a question a page, left and taken up again, then the answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from procureflow.domain.errors import InvalidInput, NotFound, WrongState
from procureflow.domain.permissions import Permission, Role
from procureflow.queries import policies
from procureflow.queries import requests as reading
from procureflow.services import checks as services
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.assets import suggest_places
from procureflow.web.forms.fields import Form, Radios
from procureflow.web.forms.questions import answers_of, section_form

bp = Blueprint("checks", __name__, url_prefix="/check")


def _page(number: int) -> reading.CheckPage:
    return reading.check_page(context.reading(), number, context.actor(), context.today())


def _to(page: reading.CheckPage, question: str | None) -> Any:
    if question is None:
        return redirect(url_for("checks.answers", number=page.id))
    return redirect(url_for("checks.question", number=page.id, question=question))


@bp.route("", methods=["GET", "POST"])
@requires(Permission.REQUEST_CREATE)
def index() -> Any:
    """Begin a check, or go on with one."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    directorates = {
        grant.directorate: bundle.organisation.directorates[grant.directorate].name
        for grant in sorted(context.actor().grants, key=lambda g: g.directorate or "")
        if grant.role is Role.REQUESTER and grant.directorate
    }
    if not directorates:
        return render_template("checks/cannot_ask.html")
    form = _start_form(directorates)
    if request.method == "POST":
        chosen = form.directorate.data if "directorate" in form else next(iter(directorates))
        try:
            if chosen not in directorates:
                raise InvalidInput({"directorate": "Choose one of the directorates."})
            with context.unit_of_work() as session:
                number = services.begin(
                    session,
                    directorate=chosen,
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            page = _page(number)
            return _to(page, page.to_answer())
        except InvalidInput as refusal:
            form.take(refusal.errors)
        except WrongState as refusal:
            form.take({"": f"{refusal.message} {refusal.remedy}"})
    checks = reading.checks_of(context.reading(), context.actor(), context.today())
    body = render_template(
        "checks/index.html", form=form, checks=checks, bundle=bundle, directorates=directorates
    )
    return body, 400 if form.problems else 200


def _start_form(directorates: dict[str, str]) -> Any:
    """Somebody who asks for several directorates says for which."""
    members: dict[str, Any] = {}
    if len(directorates) > 1:
        members["directorate"] = Radios(
            "Which directorate is it for?", choices=directorates, validate_choice=False
        )
    made: type[Form] = type("StartForm", (Form,), members)
    return made()


@bp.route("/<id:number>", methods=["GET", "POST"])
@requires(Permission.CHECK_ANSWER)
def answers(number: int) -> Any:
    """Check your answers; then the policy's answer, on the page of the request that it opens."""
    page = _page(number)
    missing = page.to_answer()
    form = Form()
    if request.method == "POST" and missing is None:
        try:
            with context.unit_of_work() as session:
                _, reference = services.finish(
                    session, check_id=number, actor_id=context.actor_id(), now=context.now()
                )
            return redirect(url_for("requests.show", reference=reference))
        except InvalidInput as refusal:
            form.take({"": " ".join(refusal.errors.values())})
    elif request.method == "POST":
        form.take({"": "Answer the questions that are still open first."})
    body = render_template("checks/answers.html", page=page, form=form, missing=missing)
    return body, 400 if form.problems else 200


@bp.route("/<id:number>/<question>", methods=["GET", "POST"])
@requires(Permission.CHECK_ANSWER)
def question(number: int, question: str) -> Any:
    """One question. What is answered is kept at once."""
    page = _page(number)
    asked = page.asked
    if question not in asked:
        raise NotFound("This is not asked here.", remedy="Go back to the check.")
    stored = {key: value for key, value in page.answers.items() if value is not None}
    suggested = {**_suggested(page), **stored}
    form = section_form(page.bundle, asked[question], page.facts, suggested, only=question)
    suggest_places(form, page.bundle)
    if request.method == "POST":
        try:
            with context.unit_of_work() as session:
                services.answer(
                    session,
                    check_id=number,
                    question=question,
                    value=answers_of(form).get(question),
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            after = _page(number)
            return _to(after, after.to_answer(question))
        except InvalidInput as refusal:
            form.take(refusal.errors)
    keys = list(asked)
    place = keys.index(question)
    body = render_template(
        "checks/question.html",
        page=page,
        form=form,
        field_=form[question],
        place=place + 1,
        count=len(keys),
        before=keys[place - 1] if place else None,
        options=page.bundle.standard_options(page.facts)
        if question == page.bundle.catalogue_question
        else {},
    )
    return body, 400 if form.problems else 200


def _suggested(page: Any) -> dict[str, Any]:
    """What a standard option that was chosen says of its cost and years: a beginning to change."""
    option = page.bundle.catalogue.options.get(page.facts.get(page.bundle.catalogue_question))
    if option is None:
        return {}
    return {"whole_life_cost": str(option.price), "life_years": option.replace_after}


@bp.route("/<id:number>/remove", methods=["GET", "POST"])
@requires(Permission.CHECK_ANSWER)
def remove(number: int) -> Any:
    """Confirm, then remove a check."""
    page = _page(number)
    if request.method == "POST":
        with context.unit_of_work() as session:
            services.discard(
                session, check_id=number, actor_id=context.actor_id(), now=context.now()
            )
        flash("The check is removed.")
        return redirect(url_for("checks.index"))
    return render_template("checks/remove.html", page=page, form=Form())
