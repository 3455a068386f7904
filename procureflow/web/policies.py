"""The policy in force, as it stood on another day, and every version of it: each rule in plain
words, with its source and standing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    stream_template,
    url_for,
)

from procureflow.domain.calendar import local_day
from procureflow.domain.comparison import by_document, compare
from procureflow.domain.definitions.source import ConfigFaults, Fault
from procureflow.domain.differences import differences
from procureflow.domain.errors import InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.permissions import Permission, Subject, allows, ensure
from procureflow.domain.rehearsal import Report, rehearse
from procureflow.models import Decision, Publication
from procureflow.queries import people
from procureflow.queries import policies as reading
from procureflow.services import policies as services
from procureflow.web import context
from procureflow.web.access import public, requires
from procureflow.web.formatting import day as in_words
from procureflow.web.forms.fields import Form, day_of
from procureflow.web.forms.policies import ProposeForm
from procureflow.web.listing import read_day

bp = Blueprint("policies", __name__)

#: So many requests are replayed on a page, the newest: it must be there before servers give up. The
#: command line replays all.
MOST_REPLAYED = 20_000


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


@bp.get("/policy/workflow")
@requires(Permission.POLICY_VIEW)
def workflow() -> Any:
    """The workflow in force, drawn and in words: states, who takes which step, what holds it
    back."""
    bundle = reading.bundle_in_force(context.reading(), context.today())
    return render_template("policies/workflow.html", flow=bundle.workflow)


@bp.get("/policy/versions")
@requires(Permission.POLICY_VIEW)
def versions() -> Any:
    """Every version of the documents: from when, by whom and why; and what is proposed."""
    session = context.reading()
    found, proposals = reading.publications(session), reading.proposals(session)
    ids = {v.published_by for v in found} | {p.proposed_by for p in proposals}
    return render_template(
        "policies/versions.html",
        versions=found,
        proposals=proposals,
        people=people.names(session, ids),
        may_propose=_may_propose(),
    )


def _may_propose() -> bool:
    return allows(Permission.POLICY_PROPOSE, context.actor())


# --- proposing and publishing ---------------------------------------------------------------------


@bp.route("/policy/proposals/new", methods=["GET", "POST"])
@requires(Permission.POLICY_PROPOSE)
def propose() -> Any:
    """Propose documents: one of them changed on the page, some from files, or an earlier version
    again."""
    session = context.reading()
    latest = reading.latest(session)
    number = request.args.get("version", type=int) or latest.number
    base = reading.publication(session, number)
    texts = reading.texts(session, base.bundle)
    name = request.args.get("document", "")
    form = ProposeForm(data={"text": texts.get(name, "")})
    faults: tuple[Fault, ...] = ()
    if request.method == "POST":
        if name in texts:
            texts[name] = (form.text.data or "").replace("\r\n", "\n")
        try:
            documents = form.changed(texts)
            proposal = _proposed(form, documents)
            if proposal is not None:
                flash("It is proposed. Another policy officer publishes it.")
                return redirect(url_for("policies.proposal", number=proposal))
        except ConfigFaults as error:
            faults = error.faults
            form.take({"": "The documents don’t hold: see below what is wrong, and where."})
    body = render_template(
        "policies/propose.html",
        form=form,
        faults=faults,
        base=base,
        latest=latest,
        names=sorted(texts),
        name=name if name in texts else "",
    )
    return body, 400 if form.problems else 200


def _proposed(form: ProposeForm, documents: Mapping[str, str]) -> int | None:
    """The proposal made of these documents; None where the form says what is wrong."""
    try:
        first = day_of(form.effective_from)
        with context.unit_of_work() as session:
            return services.propose_bundle(
                session,
                documents=documents,
                effective_from=first,
                why=form.why.data or "",
                actor_id=context.actor_id(),
                now=context.now(),
            )
    except InvalidInput as refusal:
        form.take(refusal.errors)
    return None


@bp.get("/policy/proposals/<id:number>")
@requires(Permission.POLICY_VIEW)
def proposal(number: int) -> Any:
    """What is proposed: what it changes, from when, by whom and why."""
    return _proposal("policies/proposal.html", number)


def _proposal(template: str, number: int, **more: Any) -> Any:
    session = context.reading()
    found = reading.proposal(session, number)
    before = reading.publication(session, found.after)
    changes = compare(
        reading.bundle(session, before.bundle),
        reading.bundle(session, found.bundle),
        found.effective_from,
    )
    subject = Subject(proposed_by=found.proposed_by)
    return render_template(
        template,
        proposal=found,
        before=before,
        changes=by_document(changes),
        count=len(changes),
        people=people.names(session, (found.proposed_by, found.ended_by)),
        may_propose=_may_propose(),
        may_publish=allows(Permission.POLICY_PUBLISH, context.actor(), subject),
        words=differences,
        **more,
    )


@bp.get("/policy/proposals/<id:number>/replay")
@requires(Permission.POLICY_PROPOSE)
def replay(number: int) -> Any:
    """What is proposed, tried on the requests that were asked before. Sent while it is worked out,
    so that one sees how far it is; nothing is written."""
    found = reading.proposal(context.reading(), number)
    before = reading.publication(context.reading(), found.after)

    def reports() -> Iterator[Report]:
        # Read while it is sent: by then the session of the request itself is closed.
        session = context.reading()
        old, new = (reading.bundle(session, b) for b in (before.bundle, found.bundle))
        requests = reading.submitted(session, MOST_REPLAYED)
        yield from rehearse(requests, old, new, found.effective_from)

    bundle = reading.bundle(context.reading(), found.bundle)
    return stream_template(
        "policies/replay.html",
        proposal=found,
        before=before,
        reports=reports(),
        most=MOST_REPLAYED,
        titles={rule.id: rule.rule.title for rule in bundle.rules_on(found.effective_from)},
        directorates=bundle.organisation.directorate_names,
    )


@bp.route("/policy/proposals/<id:number>/publish", methods=["GET", "POST"])
@requires(Permission.POLICY_PUBLISH)
def publish(number: int) -> Any:
    """Publish what somebody else proposed, once it is clear what follows."""
    found = reading.proposal(context.reading(), number)
    ensure(Permission.POLICY_PUBLISH, context.actor(), Subject(proposed_by=found.proposed_by))
    return _ending(number, "policies/publish.html", services.publish_bundle, "It is published.")


@bp.route("/policy/proposals/<id:number>/withdraw", methods=["GET", "POST"])
@requires(Permission.POLICY_PROPOSE)
def withdraw(number: int) -> Any:
    """Let a proposal go."""
    act = services.withdraw_proposal
    return _ending(number, "policies/withdraw.html", act, "The proposal is withdrawn.")


def _ending(number: int, template: str, act: Any, done: str) -> Any:
    form = Form()
    if request.method == "POST":
        try:
            with context.unit_of_work() as session:
                act(session, proposal_id=number, actor_id=context.actor_id(), now=context.now())
            flash(done)
            return redirect(url_for("policies.versions"))
        except (Stale, WrongState) as refusal:
            form.take({"": f"{refusal.message} {refusal.remedy}"})
    return _proposal(template, number, form=form), 400 if form.problems else 200


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
