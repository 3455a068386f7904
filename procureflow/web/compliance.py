"""Non-compliance records: the list, one record, the director's answer, the closing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from procureflow.domain.bundle import Bundle
from procureflow.domain.errors import InvalidInput, WrongState
from procureflow.domain.permissions import Permission, Role, Subject, allows, ensure
from procureflow.queries import compliance as reading
from procureflow.queries import evidence, people, policies
from procureflow.services import compliance as services
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.formatting import day
from procureflow.web.forms.compliance import AnswerForm, CorrectForm, NoteForm, ReportForm
from procureflow.web.listing import render_list
from procureflow.web.timeline import lines

bp = Blueprint("compliance", __name__, url_prefix="/non-compliance")


def _record(reference: str) -> reading.RecordView:
    today = context.today()
    return reading.record_by_reference(context.reading(), reference, context.actor(), today)


def _may(permission: Permission, view: reading.RecordView) -> bool:
    return reading.may(context.reading(), permission, context.actor(), view, context.today())


def _ensure(permission: Permission, view: reading.RecordView) -> None:
    reading.ensure_may(context.reading(), permission, context.actor(), view, context.today())


@bp.get("")
@requires(Permission.ACCOUNT_USE)
def index() -> Any:
    """The records that one may see, open and overdue first."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    return render_list(
        "compliance/index.html",
        reading.records_listing(context.actor(), bundle, context.today()),
        directorates=bundle.organisation.directorates,
        today=context.today(),
        may_report=bool(_reportable(bundle)),
    )


def _reportable(bundle: Bundle) -> dict[str, str]:
    """The directorates that whoever is signed in may report a purchase of."""
    return {
        key: name
        for key, name in bundle.organisation.directorate_names.items()
        if allows(Permission.NON_COMPLIANCE_REPORT, context.actor(), Subject(directorate=key))
    }


@bp.route("/report", methods=["GET", "POST"])
@requires(Permission.NON_COMPLIANCE_REPORT)
def report() -> Any:
    """Report what was bought outside the policy."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    directorates = _reportable(bundle)
    if not directorates:
        ensure(Permission.NON_COMPLIANCE_REPORT, context.actor())
    breakable = [
        rule
        for rule in bundle.rules_on(context.today())
        if rule.breakable and not rule.asks_for_a_case
    ]
    rules = sorted(breakable, key=lambda rule: rule.rule.action is None)
    form = ReportForm(data={"rules": [rule.id for rule in rules if rule.rule.action]})
    form.directorate.choices = {"": "Choose a directorate", **directorates}
    if len(directorates) == 1:
        form.directorate.choices = directorates
    form.rules.choices = {rule.id: f"{rule.id}: {rule.rule.title}" for rule in rules}
    if request.method == "POST":
        try:
            _ensure_chosen(form, directorates)
            with context.unit_of_work() as session:
                reference = services.report_purchase(
                    session,
                    directorate=form.directorate.data,
                    purchase=form.purchase(),
                    rules=form.rules.data or (),
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            mine = _may(Permission.ACTION_ANSWER, _record(reference))
            then = "Record what was done about it." if mine else "The director gets a message."
            flash(f"The purchase is reported. {then}")
            return redirect(url_for("compliance.show", reference=reference))
        except InvalidInput as refusal:
            form.take(refusal.errors)
    days = bundle.parameters.service_levels.directorate_action
    body = render_template(
        "compliance/report.html",
        form=form,
        days=days,
        rule_hints={rule.id: rule.rule.words for rule in rules if "{" not in rule.rule.words},
    )
    return body, 400 if form.problems else 200


def _ensure_chosen(form: ReportForm, directorates: Collection[str]) -> None:
    """Raise InvalidInput, with all that is wrong besides, where no directorate is chosen."""
    if form.directorate.data in directorates:
        return
    errors = {"directorate": "Choose one of the directorates."}
    try:
        services.checked_purchase(form.purchase(), context.today())
    except InvalidInput as refusal:
        errors |= refusal.errors
    raise InvalidInput(errors)


@bp.get("/<reference>")
@requires(Permission.NON_COMPLIANCE_VIEW)
def show(reference: str) -> Any:
    """One record: what broke which rule, what the directorate owes, what was done."""
    view = _record(reference)
    session = context.reading()
    bundle = policies.bundle_in_force(session, context.today())
    events = evidence.events_of(session, [reference])
    ids = {e.actor_id for e in events} | {view.action.done_by, view.action.closed_by}
    ids |= {view.report.reported_by} if view.report else set()
    names = people.names(session, ids)
    return render_template(
        "compliance/show.html",
        view=view,
        people=names,
        directorate=bundle.organisation.directorates[view.record.directorate],
        rules={rule.id: rule for rule in bundle.rules_on(context.today())},
        may_answer=_may(Permission.ACTION_ANSWER, view),
        may_close=_may(Permission.ACTION_CLOSE, view),
        may_correct=_may(Permission.NON_COMPLIANCE_CORRECT, view),
        timeline=lines(bundle, events, names),
        today=context.today(),
        directors=[
            person.name
            for person in people.holders(
                session, [Role.DIRECTOR], context.today(), directorate=view.record.directorate
            )
        ],
    )


@bp.route("/<reference>/correct", methods=["GET", "POST"])
@requires(Permission.NON_COMPLIANCE_CORRECT)
def correct(reference: str) -> Any:
    """Whoever reported a purchase puts the report right."""
    view = _record(reference)
    _ensure(Permission.NON_COMPLIANCE_CORRECT, view)
    services.ensure_correctable(view.action)
    report = view.report
    assert report is not None  # noqa: S101 (narrows the type: somebody reported it)
    form = CorrectForm(
        data={
            "what": report.what,
            "supplier": report.supplier,
            "amount": f"{report.amount:f}",
            "bought_on": report.bought_on.isoformat(),
            "evidence": report.evidence,
        }
    )
    if request.method == "POST":
        sent = _act(
            reference,
            view,
            form,
            services.correct_purchase,
            "The report is corrected. The director gets a message.",
            purchase=form.purchase(),
            why=form.why.data or "",
        )
        if sent is not None:
            return sent
    body = render_template("compliance/correct.html", view=view, form=form)
    return body, 400 if form.problems else 200


def _ensure_open(view: Any) -> None:
    if view.action.status == "closed":
        raise WrongState(
            f"This action was closed on {day(view.action.closed_at)}.",
            remedy="The record’s page says what was done and why it was enough.",
        )


def _act(reference: str, view: Any, form: Any, act: Any, message: str, **arguments: Any) -> Any:
    """One service call; a redirect where it went through, None where the form has to be shown."""
    try:
        with context.unit_of_work() as session:
            act(
                session,
                record_id=view.record.id,
                actor_id=context.actor_id(),
                now=context.now(),
                **arguments,
            )
    except InvalidInput as refusal:
        form.take(refusal.errors)
        return None
    except WrongState as refusal:
        form.take({"": f"{refusal.message} {refusal.remedy}"})
        return None
    flash(message)
    return redirect(url_for("compliance.show", reference=reference))


@bp.route("/<reference>/answer", methods=["GET", "POST"])
@requires(Permission.ACTION_ANSWER)
def answer(reference: str) -> Any:
    """The director records what was done."""
    view = _record(reference)
    _ensure(Permission.ACTION_ANSWER, view)
    _ensure_open(view)
    asked = reading.asked_again(context.reading(), view.record)
    earlier = view.action.done or (asked.earlier if asked else "")
    form = AnswerForm(data={"done": earlier})
    if request.method == "POST":
        text = form.done.data or ""
        sent = _act(reference, view, form, services.answer_action, "It is recorded.", done=text)
        if sent is not None:
            return sent
    body = render_template("compliance/answer.html", view=view, form=form, asked=asked)
    return body, 400 if form.problems else 200


@bp.route("/<reference>/close", methods=["GET", "POST"])
@requires(Permission.ACTION_CLOSE)
def close(reference: str) -> Any:
    """Somebody else is satisfied and closes it."""
    return _closing(reference, services.close_action, "The action is closed.", "close", "note")


@bp.route("/<reference>/reopen", methods=["GET", "POST"])
@requires(Permission.ACTION_CLOSE)
def reopen(reference: str) -> Any:
    """What was recorded is not enough: back to the director."""
    message = "It is back with the director."
    return _closing(reference, services.reopen_action, message, "reopen", "why")


def _closing(reference: str, act: Any, message: str, what: str, argument: str) -> Any:
    view = _record(reference)
    _ensure(Permission.ACTION_CLOSE, view)
    _ensure_open(view)
    form = NoteForm()
    if request.method == "POST":
        sent = _act(reference, view, form, act, message, **{argument: form.note.data or ""})
        if sent is not None:
            return sent
    body = render_template("compliance/close.html", view=view, form=form, what=what)
    return body, 400 if form.problems else 200
