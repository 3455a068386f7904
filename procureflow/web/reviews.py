"""A group's review of a request: assessments, declarations, votes, and the close."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from procureflow.domain.answers import as_kept
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import GuardRefused, InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.permissions import Permission, Role
from procureflow.domain.policy import CompiledRule
from procureflow.domain.voting import Office
from procureflow.models import Vote
from procureflow.queries import people
from procureflow.queries import reviews as reading
from procureflow.queries.requests import RequestPage, ReviewPage
from procureflow.services import reviews as services
from procureflow.web import context
from procureflow.web.access import requires
from procureflow.web.formatting import day, decided
from procureflow.web.forms.fields import Form
from procureflow.web.forms.reviews import AssessmentForm, CloseForm, InterestForm, VoteForm
from procureflow.web.presenting import recommended, tell
from procureflow.web.requests import page_of, to_page

bp = Blueprint("reviews", __name__, url_prefix="/requests/<reference>/review")


def _open(reference: str) -> tuple[Any, Any]:
    """(page, its open review). Raises WrongState where there is none."""
    page = page_of(reference)
    review = page.open_review
    if review is None:
        decision = page.decision
        said = "No group has this request before it now."
        if decision is not None and page.state.kind is not StateKind.EDITING:
            outcome = decided(decision.outcome).lower()
            closed = f"was closed on {day(decision.decided_at)}: {outcome}."
            said = f"The voting on “{page.request.title}” {closed}"
        raise WrongState(said, remedy="The request’s page says what was decided and why.")
    return page, review


def _sitting(reference: str) -> reading.Sitting | None:
    return reading.sitting(context.reading(), context.actor(), reference)


def _sent(form: Form, act: Any, **arguments: Any) -> bool:
    """Make the one service call; put a refusal into the form. Returns whether it went through."""
    try:
        with context.unit_of_work() as session:
            act(session, actor_id=context.actor_id(), now=context.now(), **arguments)
    except InvalidInput as refusal:
        form.take(refusal.errors)
    except (GuardRefused, Stale, WrongState) as refusal:
        form.take({"": f"{refusal.message} {refusal.remedy}"})
    else:
        return True
    return False


@bp.route("/assessments/<kind>", methods=["GET", "POST"])
@requires(Permission.REVIEW_ASSESS)
def assess(reference: str, kind: str) -> Any:
    """Record an assessment, the case beside the question."""
    page, review = _open(reference)
    definition = page.bundle.workflow.assessments.get(kind)
    if definition is None or kind not in review.needed:
        raise NotFound("This review asks for no such assessment.", remedy="Go back.")
    page.ensure(Permission.REVIEW_ASSESS, assessor_role=Role(definition.role))
    given = next((a for a in review.assessments if a.kind == kind), None)
    form = AssessmentForm(data={"verdict": given.verdict, "note": given.note} if given else None)
    if request.method == "POST" and _sent(
        form,
        services.record_assessment,
        review_id=review.review.id,
        kind=kind,
        verdict=form.verdict.data or "",
        note=form.note.data or "",
    ):
        flash(f"Your {definition.name.lower()} is recorded.")
        return to_page(reference)
    body = render_template("reviews/assess.html", page=page, definition=definition, form=form)
    return body, 400 if form.problems else 200


@bp.route("/interest", methods=["GET", "POST"])
@requires(Permission.REVIEW_DECLARE)
def declare(reference: str) -> Any:
    """Declare an interest, before anything else."""
    page, review = _open(reference)
    page.ensure(Permission.REVIEW_DECLARE)
    mine = next((d for d in review.declarations if d.person_id == page.actor.person), None)
    form = InterestForm(data={"interest": mine.interest, "note": mine.note} if mine else None)
    if request.method == "POST" and _sent(
        form,
        services.declare_interest,
        review_id=review.review.id,
        interest=form.interest.data or "",
        note=form.note.data or "",
    ):
        after = _open(reference)[1]
        removed = ""
        if _voted(page, review) and not _voted(page, after):
            removed = " The vote that you had cast is removed: vote again, if you stay."
        flash(f"Your declaration is recorded.{removed}")
        return to_page(reference)
    body = render_template(
        "reviews/declare.html",
        page=page,
        review=review,
        form=form,
        mine=mine,
        sitting=_sitting(reference),
        secretaries=people.holders(
            context.reading(), [Role.SECRETARY], context.today(), body=review.review.body
        ),
    )
    return body, 400 if form.problems else 200


def _voted(page: RequestPage, review: ReviewPage) -> bool:
    return any(vote.person_id == page.actor.person for vote in review.votes)


@bp.route("/vote", methods=["GET", "POST"])
@requires(Permission.REVIEW_VOTE)
def vote(reference: str) -> Any:
    """Vote, or change one's vote."""
    page, review = _open(reference)
    page.ensure(Permission.REVIEW_VOTE)
    declared = page.actor.person in {d.person_id for d in review.declarations}
    if request.method == "GET" and not declared:
        flash("Declare your interests first. Then you can vote.", "problem")
        return redirect(url_for("reviews.declare", reference=reference))
    if request.method == "GET" and page.actor.person in page.left:
        said = "You left this item when you declared your interest, so you have no vote in it."
        flash(f"{said} If that was a mistake, change your declaration.", "problem")
        return redirect(url_for("reviews.declare", reference=reference))
    if request.method == "GET" and review.waiting:
        flash(f"Voting opens when every assessment is in. {_awaited(page, review)}", "problem")
        return to_page(reference)
    mine = next((v for v in review.votes if v.person_id == page.actor.person), None)
    form = VoteForm(data={"choice": mine.choice, "reason": mine.reason} if mine else None)
    if (
        request.method == "POST"
        and _meant(form, mine)
        and _sent(
            form,
            services.cast_vote,
            review_id=review.review.id,
            choice=form.choice.data or "",
            reason=form.reason.data or "",
        )
    ):
        flash("Your vote is recorded. You can change it until the voting is closed.")
        return to_page(reference)
    body = render_template(
        "reviews/vote.html",
        page=page,
        review=review,
        form=form,
        mine=mine,
        sitting=_sitting(reference),
    )
    return body, 400 if form.problems else 200


def _awaited(page: RequestPage, review: ReviewPage) -> str:
    """Which assessments are still to come; nothing where none is."""
    kinds = page.bundle.workflow.assessments
    names = [kinds[kind].name.lower() for kind in review.waiting]
    return f"Waiting for the {' and '.join(names)}." if names else ""


def _meant(form: VoteForm, mine: Vote | None) -> bool:
    """Whether the reason may go with the vote: one that was given for another vote is asked about
    once, because it stands in the record under a name."""
    choice, reason = form.choice.data or "", as_kept(form.reason.data or "")
    if mine is None or not reason or reason != mine.reason or choice in (mine.choice, ""):
        return True
    if form.meant.data == choice:
        return True
    form.meant.data = choice
    said = f"You gave this reason for your vote “{mine.choice}”."
    form.take(
        {"reason": f"{said} Change it, or press “Vote” again if it is the reason for this one."}
    )
    return False


@bp.route("/close", methods=["GET", "POST"])
@requires(Permission.REVIEW_CLOSE)
def close(reference: str) -> Any:
    """Close the voting. The page says beforehand what the rules give for these votes."""
    page, review = _open(reference)
    mine = page.own_ballot
    undeclared = mine is not None and mine.interest is None and mine.office is not Office.MEMBER
    if undeclared and request.method == "GET":
        flash("Declare your interests first. Then you can preside.", "problem")
        return redirect(url_for("reviews.declare", reference=reference))
    page.ensure(Permission.REVIEW_CLOSE)
    outcome = review.outcome.choice
    form = CloseForm()
    rules = page.bundle.rules_on(page.day)
    fired = [finding.code for finding in page.evaluation.findings]
    ordered = sorted((r for r in rules if r.breakable), key=lambda r: r.id not in fired)
    form.rules.choices = {r.id: f"{r.id}: {r.rule.title}" for r in ordered}
    form.sections.choices = {
        key: section.title
        for key, section in page.bundle.questions.sections.items()
        if key in page.sections
    }
    if request.method == "POST":
        form.validate()
        if not form.problems and _sent(
            form,
            services.close_voting,
            review_id=review.review.id,
            expected=form.expected.data or "",
            reasons=form.reasons.data or "",
            conditions=(form.conditions.data or "").splitlines(),
            rules=form.rules.data or (),
            sections=form.sections.data or (),
        ):
            flash("The voting is closed and the decision is recorded.")
            return to_page(reference)
        page, review = _open(reference)
        outcome = review.outcome.choice
        if outcome is not None and form.expected.data not in ("", outcome.value):
            before = f"You wrote these for “{form.expected.data}”."
            form.take(
                {"reasons": f"{before} Read them again before you close with another outcome."}
            )
    form.expected.data = outcome.value if outcome else ""
    if request.method == "GET":
        # What a body before this one would have bound it to, to begin with.
        words = [condition.words for made in recommended(page) for condition in made.conditions]
        form.conditions.data = "\n".join(words)
    body = render_template(
        "reviews/close.html",
        page=page,
        review=review,
        form=form,
        outcome=outcome,
        rule_hints={r.id: said for r in ordered if (said := _about(page, r))},
        target=_target(page, outcome),
        awaited=_awaited(page, review),
    )
    return body, 400 if form.problems else 200


def _about(page: RequestPage, rule: CompiledRule) -> str:
    """What the chair should know of a rule before citing it: how it stands, and what follows."""
    found = [tell(page, f).label for f in page.evaluation.findings if f.code == rule.id]
    stands = f"It applies to this request: {found[0].lower()}." if found else ""
    acts = (
        "Citing it opens an action for the directorate: its director says what was done about it, "
        "and somebody else closes it."
    )
    return " ".join(filter(None, (stands, acts if rule.rule.action else "")))


def _target(page: Any, outcome: Any) -> Any:
    """The state that the outcome leads to, or None."""
    if outcome is None:
        return None
    flow = page.bundle.workflow
    return flow.states[flow.triggers[page.state.outcomes[outcome]].to]
