"""Your work, the check before you buy, lists of requests, and one request's page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from procureflow.domain.comparison import by_document
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.differences import differences
from procureflow.domain.errors import GuardRefused, InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.findings import Finding
from procureflow.domain.permissions import Permission, Role
from procureflow.models import Decision, Publication, Request
from procureflow.queries import business_cases, policies, register, reviews
from procureflow.queries import requests as reading
from procureflow.queries.requests import RequestPage
from procureflow.services import requests as services
from procureflow.services import section_drafts as drafts
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.assets import suggest_places
from procureflow.web.comparing import changed, written_meanwhile
from procureflow.web.forms.business_cases import RebaseForm, StepForm
from procureflow.web.forms.questions import answers_of, section_form
from procureflow.web.listing import render_list
from procureflow.web.presenting import asks_for_an_exception, taken_back_words
from procureflow.web.saved_lists import kept_views
from procureflow.web.timeline import timeline

bp = Blueprint("requests", __name__)

#: So many decisions of their group are shown to its members.
ENDED = 5
#: So many like requests are shown beside the policy’s answer.
MOST_ALIKE = 3
#: What a column of ids holds: 64 bits.
LARGEST_ID = 2**63 - 1


def page_of(reference: str) -> reading.RequestPage:
    """The request of that reference, as far as whoever is signed in may see it."""
    return reading.request_page(context.reading(), reference, context.actor(), context.today())


def to_page(reference: str) -> Any:
    """Back to the request's page."""
    return redirect(url_for("requests.show", reference=reference))


def to_ask_again(before: RequestPage) -> str:
    """What a change just saved did to what the sponsor had, or had said, as a message ends."""
    if not taken_back_words(before) or page_of(before.request.reference).unchanged_since_submission:
        return ""
    if before.endorsed:
        return " It has to be endorsed again: ask your sponsor when you have finished."
    return " Your sponsor no longer has it: ask again when you have finished."


def ensure_writable(page: reading.RequestPage, section: str) -> None:
    """Raise NotFound where there is no such section, WrongState where it isn't written now."""
    definition = page.bundle.questions.sections.get(section)
    if definition is None:
        raise NotFound("There is no such section.", remedy="Go back to the request.")
    if section not in page.editable_sections():
        raise WrongState(
            f"“{definition.title}” can’t be changed while a request is “{page.state.label}”.",
            remedy="Look at the request: it says who has it now, and what they have to do.",
        )


@bp.get("/")
@requires(Permission.ACCOUNT_USE)
def work() -> Any:
    """What waits for whoever is signed in."""
    waiting = reading.waiting_for(context.reading(), context.actor(), context.today())
    recent = reading.recent(context.reading(), context.actor())
    checks = reading.checks_of(context.reading(), context.actor(), context.today())
    return render_template(
        "requests/work.html",
        waiting=waiting,
        recent=recent,
        checks=checks,
        bundle=policies.bundle_in_force(context.reading(), context.today()),
        ended=reviews.ended_lately(context.reading(), context.actor(), ENDED),
        may_ask=context.actor().holds(Role.REQUESTER),
        views=kept_views(),
        place=_place,
    )


def _place(waiting: reading.Waiting) -> str:
    """Where what waits is dealt with."""
    match waiting.about:
        case reading.About.REQUEST:
            return url_for("requests.show", reference=waiting.reference)
        case reading.About.RECORD:
            return url_for("compliance.show", reference=waiting.reference)
        case reading.About.PERSON:
            return url_for("administration.show", number=int(waiting.reference))
        case reading.About.PROPOSAL:
            return url_for("policies.proposal", number=int(waiting.reference))


@bp.get("/requests")
@requires(Permission.ACCOUNT_USE)
def index() -> Any:
    """The requests that one may see, the newest first."""
    bundle = policies.bundle_in_force(context.reading(), context.today())
    listing = reading.requests_listing(context.reading(), context.actor(), bundle)
    return render_list("requests/index.html", listing, bundle=bundle)


@bp.get("/requests/<reference>")
@requires(Permission.REQUEST_VIEW)
def show(reference: str) -> Any:
    """One request: where it is, who holds it, what is missing, what was said and done."""
    page = page_of(reference)
    return render_template(
        "requests/show.html",
        page=page,
        timeline=timeline(page),
        usual=reading.usual_time(context.reading()) if asks_for_an_exception(page) else None,
        sitting=reviews.sitting(context.reading(), context.actor(), reference),
        newer=_newer(page),
        alike=_decided_alike(page),
    )


def _decided_alike(page: RequestPage) -> list[tuple[Request, Decision]]:
    """What was decided on like requests, while somebody thinks about asking for this one."""
    if page.state.phase != "check":
        return []
    return register.decided_alike(context.reading(), page.request, MOST_ALIKE)


def _newer(page: RequestPage) -> Publication | None:
    """The version of the policy that its author may move it to."""
    if not page.may(Permission.REQUEST_REBASE):
        return None
    return reading.newer_version(context.reading(), page)


@bp.route("/requests/<reference>/steps/<trigger>", methods=["GET", "POST"])
@requires(Permission.REQUEST_VIEW)
def step(reference: str, trigger: str) -> Any:
    """Confirm a step, on a page that says what will follow; then take it."""
    page = page_of(reference)
    definition = page.bundle.workflow.triggers.get(trigger)
    if definition is None:
        raise NotFound("There is no such step.", remedy="Go back to the request.")
    page.ensure(Permission(definition.may))
    if trigger not in page.triggers():
        raise WrongState(
            f"“{definition.label}” isn’t possible while a request is “{page.state.label}”.",
            remedy="Look at the request again: somebody may have moved it on.",
        )
    form = StepForm()
    findings: tuple[Finding, ...] = ()
    target = page.bundle.workflow.states[definition.to]
    if request.method == "POST":
        try:
            with context.unit_of_work() as session:
                services.take_step(
                    session,
                    request_id=page.request.id,
                    trigger=trigger,
                    actor_id=context.actor_id(),
                    now=context.now(),
                    why=form.why.data or "",
                )
            flash(f"{reference} is now “{target.label}”.")
            return to_page(reference)
        except InvalidInput as refusal:
            form.take(refusal.errors)
        except GuardRefused as refusal:
            findings = refusal.findings
            form.take({"": refusal.message})
    body = render_template(
        "requests/step.html",
        page=page,
        trigger=trigger,
        definition=definition,
        target=target,
        form=form,
        findings=findings,
    )
    return body, 400 if form.problems else 200


@bp.route("/requests/<reference>/rebase", methods=["GET", "POST"])
@requires(Permission.REQUEST_REBASE)
def rebase(reference: str) -> Any:
    """Move a request to the version of the policy in force, once it is clear what that changes."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_REBASE)
    version = reading.newer_version(context.reading(), page)
    if version is None:
        raise WrongState(
            "There is no other version of the policy for this request to go on under.",
            remedy="Go on with it as it is.",
        )
    form = RebaseForm(data={"expected": version.bundle})
    if request.method == "POST":
        try:
            with context.unit_of_work() as session:
                number = services.rebase_request(
                    session,
                    request_id=page.request.id,
                    expected=form.expected.data or "",
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            flash(f"{reference} goes on under version {number} of the policy.")
            return to_page(reference)
        except (Stale, WrongState) as refusal:
            form.take({"": f"{refusal.message} {refusal.remedy}"})
            form.expected.data = version.bundle
    found = reading.rebase_page(context.reading(), page, version)
    body = render_template(
        "requests/rebase.html",
        page=page,
        form=form,
        found=found,
        before=policies.publication_of(context.reading(), page.request.bundle),
        changes=by_document(found.changes),
        count=len(found.changes),
        words=differences,
    )
    return body, 400 if form.problems else 200


@bp.get("/requests/<reference>/changes")
@requires(Permission.REQUEST_VIEW)
def changes(reference: str) -> Any:
    """What changed between two versions of the text, word by word."""
    page = page_of(reference)
    found = reading.compared(
        context.reading(), page, request.args.get("from") or None, request.args.get("to") or None
    )
    sections = changed(page.bundle, found) if found else {}
    return render_template("requests/changes.html", page=page, found=found, sections=sections)


@bp.route("/requests/<reference>/again", methods=["GET", "POST"])
@requires(Permission.REQUEST_CREATE)
def again(reference: str) -> Any:
    """Confirm, then begin a request with what this one says."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_CREATE)
    if request.method == "POST":
        with context.unit_of_work() as session:
            _, opened = services.follow_up(
                session,
                request_id=page.request.id,
                actor_id=context.actor_id(),
                now=context.now(),
            )
        flash(f"{opened} begins with what {reference} says. Change what has to be different.")
        return to_page(opened)
    if page.state.kind not in (StateKind.FINAL, StateKind.DECIDED):
        raise WrongState(
            "This request is still on its way.", remedy="Go on with it, or withdraw it first."
        )
    return render_template("requests/again.html", page=page, form=StepForm())


@bp.route("/requests/<reference>/sections/<section>", methods=["GET", "POST"])
@requires(Permission.REQUEST_EDIT)
def section(reference: str, section: str) -> Any:
    """Write a section. What is missing may be left for later; what is typed is never lost."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_EDIT)
    ensure_writable(page, section)
    definition = page.bundle.questions.sections[section]
    current = page.sections.get(section)
    stored = dict(current.answers) if current else {}
    kept = None
    if request.method == "GET":
        kept = business_cases.draft_of(
            context.reading(), page.actor.person, page.request.id, section
        )
    typed = kept.fields if kept else None
    begun = {} if kept else page.bundle.beginnings(section, page.answers, page.facts)
    form = section_form(page.bundle, section, page.facts, {**begun, **stored}, typed=typed)
    suggest_places(form, page.bundle)
    seen = kept.seen if kept else current.version if current else 0
    meanwhile = None
    if request.method == "POST":
        seen = request.form.get("seen", type=int, default=0)
        # What the form doesn't ask stays as it is: benefits have pages of their own, and what is
        # asked no more, since the cost fell, may be asked again.
        others = {key: value for key, value in stored.items() if key not in form}
        written = {**others, **answers_of(form)}
        try:
            with context.unit_of_work() as session:
                services.write_section(
                    session,
                    request_id=page.request.id,
                    section=section,
                    answers=written,
                    seen_version=seen,
                    actor_id=context.actor_id(),
                    now=context.now(),
                )
            flash(f"“{definition.title}” is saved.{to_ask_again(page)}")
            return to_page(reference)
        except InvalidInput as refusal:
            form.take(refusal.errors)
        except Stale:
            # What the page was read from may be older than what refused it.
            page = page_of(reference)
            meanwhile = written_meanwhile(page, section, set(form.data), seen, written)
            seen = meanwhile.version
            form = section_form(page.bundle, section, page.facts, meanwhile.answers, afresh=True)
            form.take({"": meanwhile.told})
    body = render_template(
        "requests/section.html",
        page=page,
        key=section,
        definition=definition,
        form=form,
        seen=seen,
        meanwhile=meanwhile,
        kept=kept,
        begun=begun if request.method == "GET" else {},
        benefits=stored.get(page.bundle.benefits_question or "", []),
        person=current_user,
    )
    status = 409 if meanwhile is not None else 400 if form.problems else 200
    return body, status


@bp.post("/requests/<reference>/sections/<section>/draft")
@requires(Permission.REQUEST_EDIT)
def draft(reference: str, section: str) -> Any:
    """Keep what is typed while it is typed."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_EDIT)
    ensure_writable(page, section)
    with context.unit_of_work() as session:
        drafts.keep_draft(
            session,
            request_id=page.request.id,
            section=section,
            fields=request.form,
            seen_version=request.form.get("seen", type=int, default=0),
            actor_id=context.actor_id(),
            now=context.now(),
        )
    return "", 204


@bp.route("/requests/<reference>/sections/<section>/discard", methods=["GET", "POST"])
@requires(Permission.REQUEST_EDIT)
def discard(reference: str, section: str) -> Any:
    """Confirm, then forget what was typed, and go back to what is saved."""
    page = page_of(reference)
    page.ensure(Permission.REQUEST_EDIT)
    ensure_writable(page, section)
    kept = business_cases.draft_of(context.reading(), page.actor.person, page.request.id, section)
    back = redirect(url_for("requests.section", reference=reference, section=section))
    if kept is None:
        flash("Nothing is kept here besides what is saved.")
        return back
    if request.method == "POST":
        with context.unit_of_work() as session:
            drafts.discard_draft(
                session,
                request_id=page.request.id,
                section=section,
                actor_id=context.actor_id(),
                now=context.now(),
            )
        flash("What you had typed and not saved is gone. This is what is saved.")
        return back
    return render_template(
        "requests/discard.html",
        page=page,
        key=section,
        definition=page.bundle.questions.sections[section],
        kept=kept,
        form=StepForm(),
    )
