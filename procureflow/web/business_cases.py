"""Benefits, the sponsor's endorsement, and referring the case."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from procureflow.domain.errors import GuardRefused, InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.findings import Finding
from procureflow.domain.permissions import Permission, Role
from procureflow.queries import business_cases as content
from procureflow.queries import people
from procureflow.services import benefits as writing
from procureflow.services import business_cases as services
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.forms.business_cases import AskForm, BenefitForm, EndorseForm
from procureflow.web.forms.fields import Form
from procureflow.web.presenting import holder_words
from procureflow.web.requests import ensure_writable, page_of, to_ask_again, to_page

bp = Blueprint("business_cases", __name__, url_prefix="/requests/<reference>")


def _benefits_of(reference: str) -> tuple[Any, str, list[dict[str, Any]], int]:
    """(page, section, rows, version) of a request whose benefits can be written."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_EDIT)
    question = page.bundle.benefits_question
    section = page.bundle.questions.all()[question][0] if question else None
    if question is None or section is None:
        raise NotFound("This council asks for no benefits.", remedy="Go back to the request.")
    ensure_writable(page, section)
    current = page.sections.get(section)
    rows = list(current.answers.get(question, [])) if current else []
    return page, section, rows, current.version if current else 0


def _save(page: Any, section: str, rows: list[dict[str, Any]], seen: int) -> None:
    current = page.sections.get(section)
    answers = {**(current.answers if current else {}), page.bundle.benefits_question: rows}
    with context.unit_of_work() as session:
        writing.write_benefits(
            session,
            request_id=page.request.id,
            section=section,
            answers=answers,
            seen_version=seen,
            actor_id=context.actor_id(),
            now=context.now(),
        )


def _to_section(reference: str, section: str) -> Any:
    return redirect(url_for("requests.section", reference=reference, section=section))


@bp.route("/benefits/new", methods=["GET", "POST"])
@requires(Permission.REQUEST_EDIT)
def add_benefit(reference: str) -> Any:
    """Add a benefit."""
    return _benefit(reference, None)


@bp.route("/benefits/<int:number>", methods=["GET", "POST"])
@requires(Permission.REQUEST_EDIT)
def edit_benefit(reference: str, number: int) -> Any:
    """Change a benefit, counted from 1."""
    return _benefit(reference, number)


def _benefit(reference: str, number: int | None) -> Any:
    page, section, rows, version = _benefits_of(reference)
    if number is not None and not 1 <= number <= len(rows):
        raise NotFound("There is no such benefit.", remedy="Go back to the list.")
    form = BenefitForm.of(rows[number - 1] if number else None)
    seen = request.form.get("seen", type=int, default=0) if request.form else version
    if request.method == "POST":
        row = form.row()
        if not row:
            form.take({"description": "Say what gets better."})
        else:
            rows[number - 1 if number else len(rows) :] = [row, *(rows[number:] if number else [])]
            try:
                _save(page, section, rows, seen)
                flash(f"The benefit is saved.{to_ask_again(page)}")
                return _to_section(reference, section)
            except InvalidInput as refusal:
                written = number or len(rows)
                form.take_row(refusal.errors, page.bundle.benefits_question, written)
            except Stale as refusal:
                if number is None:
                    seen = version  # To add one more does nothing to theirs.
                    form.take({"": f"{refusal.message} Save again to add yours to theirs."})
                else:
                    # What stands at this number by now may be another benefit.
                    remedy = "Copy what you wrote below, go back and open the benefit again."
                    form.take({"": f"{refusal.message} {remedy}"})
    body = render_template(
        "business_cases/benefit.html",
        page=page,
        section=section,
        form=form,
        number=number,
        seen=seen,
    )
    return body, 400 if form.problems else 200


@bp.route("/benefits/<int:number>/remove", methods=["GET", "POST"])
@requires(Permission.REQUEST_EDIT)
def remove_benefit(reference: str, number: int) -> Any:
    """Confirm, then remove a benefit. Its earlier versions stay in the history."""
    page, section, rows, version = _benefits_of(reference)
    if not 1 <= number <= len(rows):
        raise NotFound("There is no such benefit.", remedy="Go back to the list.")
    if request.method == "POST":
        seen = request.form.get("seen", type=int, default=0)
        _save(page, section, rows[: number - 1] + rows[number:], seen)
        flash(f"The benefit is removed.{to_ask_again(page)}")
        return _to_section(reference, section)
    return render_template(
        "business_cases/remove_benefit.html",
        page=page,
        section=section,
        row=rows[number - 1],
        seen=version,
        form=Form(),
    )


def _ensure_a_case(page: Any) -> None:
    if page.state.phase != "case":
        raise WrongState(
            f"This isn’t possible while a request is “{page.state.label}”.",
            remedy="Look at the request: it says who has it now, and what they have to do.",
        )


@bp.route("/ask-sponsor", methods=["GET", "POST"])
@requires(Permission.REQUEST_REFER)
def ask_sponsor(reference: str) -> Any:
    """Put the case to a sponsor."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_REFER)
    _ensure_a_case(page)
    parties = page.request.parties
    sponsors = [
        person
        for person in people.holders(
            context.reading(), [Role.SPONSOR], context.today(), directorate=page.request.directorate
        )
        if person.id not in parties.authors | parties.wrote
    ]
    form = AskForm(data={"sponsor": str(page.request.sponsor_id or "")})
    named = {str(p.id): f"{p.name}, {p.job_title}" for p in sponsors}
    form.sponsor.choices = {"": "Choose a sponsor", **named}
    findings: tuple[Finding, ...] = ()
    if request.method == "POST":
        chosen = form.sponsor.data or ""
        try:
            if chosen not in {str(person.id) for person in sponsors}:
                raise InvalidInput({"sponsor": "Choose a sponsor."})
            with context.unit_of_work() as session:
                services.ask_for_endorsement(
                    session,
                    request_id=page.request.id,
                    sponsor_id=int(chosen),
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            flash("Your sponsor has it now, and gets a message.")
            return to_page(reference)
        except InvalidInput as refusal:
            form.take(refusal.errors)
        except (GuardRefused, WrongState) as refusal:
            findings = getattr(refusal, "findings", ())
            form.take({"": refusal.message})
    body = render_template(
        "business_cases/ask_sponsor.html",
        page=page,
        form=form,
        findings=findings,
        sponsors=sponsors,
    )
    return body, 400 if form.problems else 200


@bp.route("/endorse", methods=["GET", "POST"])
@requires(Permission.REQUEST_ENDORSE)
def endorse(reference: str) -> Any:
    """The sponsor's page: what they put their name to, and their answer."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_ENDORSE)
    if page.submission is None:
        raise NotFound("Nothing has been put to you yet.", remedy="Wait for the requester.")
    form = EndorseForm()
    if request.method == "POST":
        verdict = form.verdict.data
        act = {"endorsed": services.endorse, "sent_back": services.send_back}.get(verdict)
        try:
            if act is None:
                raise InvalidInput({"verdict": "Choose one of the two."})
            with context.unit_of_work() as session:
                act(
                    session,
                    request_id=page.request.id,
                    submission_id=request.form.get("submission", type=int, default=0),
                    note=form.note.data or "",
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            flash("You endorsed it." if verdict == "endorsed" else "You sent it back.")
            return to_page(reference)
        except InvalidInput as refusal:
            form.take(refusal.errors)
        except (Stale, WrongState) as refusal:
            form.take({"": f"{refusal.message} {refusal.remedy}"})
    before = content.last_sent_back(context.reading(), page.request.id, page.actor.person)
    body = render_template("business_cases/endorse.html", page=page, form=form, before=before)
    return body, 400 if form.problems else 200


@bp.route("/refer", methods=["GET", "POST"])
@requires(Permission.REQUEST_REFER)
def refer(reference: str) -> Any:
    """Check your answers, then put the case before the group."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_REFER)
    _ensure_a_case(page)
    form = Form()
    findings: tuple[Finding, ...] = ()
    if request.method == "POST":
        try:
            with context.unit_of_work() as session:
                services.refer_to_group(
                    session,
                    request_id=page.request.id,
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            flash(f"It is referred. {holder_words(page_of(reference))}")
            return to_page(reference)
        except GuardRefused as refusal:
            findings = refusal.findings
            form.take({"": refusal.message})
        except WrongState as refusal:
            form.take({"": f"{refusal.message} {refusal.remedy}"})
    body = render_template("business_cases/refer.html", page=page, form=form, findings=findings)
    return body, 400 if form.problems else 200
