"""What whoever looks at a request can do next: its page's buttons and links."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, url_for

from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.guards import asked_of_the_check
from procureflow.domain.permissions import Permission, Role
from procureflow.domain.policy import Answer
from procureflow.queries.requests import RequestPage, ReviewPage
from procureflow.web.formatting import plural
from procureflow.web.presenting import may_comment, may_edit, sent_back


@dataclass(frozen=True, slots=True)
class Act:
    """Something whoever is signed in can do next. One of a page's acts is the primary one."""

    label: str
    url: str
    primary: bool = False


def actions(page: RequestPage) -> list[Act]:
    """What whoever is signed in can do next, the primary one first."""
    found = [*_review_acts(page), *_writing_acts(page), *_talking_acts(page)]
    lifecycle = page.bundle.workflow.triggers
    for trigger in page.triggers():
        definition = lifecycle[trigger]
        if page.may(Permission(definition.may)) and _fits(page, trigger):
            url = url_for("requests.step", reference=page.request.reference, trigger=trigger)
            found.append(Act(definition.label, url, _forward(page, trigger)))
    if page.state.kind in (StateKind.FINAL, StateKind.DECIDED) and page.may(
        Permission.REQUEST_CREATE
    ):
        url = url_for("requests.again", reference=page.request.reference)
        found.append(Act(follow_up_words(page), url))
    first = next((act for act in found if act.primary), None)
    return [
        *([first] if first else []),
        *(Act(act.label, act.url) for act in found if act is not first),
    ]


def follow_up_words(page: RequestPage) -> str:
    """What beginning anew from this request is called."""
    if page.state.kind is StateKind.DECIDED:
        return "Ask to vary this approval"
    return "Start again from this request"


def _fits(page: RequestPage, trigger: str) -> bool:
    """A step whose guard refuses for certain isn't offered: the policy's answer says which."""
    guards = page.bundle.workflow.triggers[trigger].guards
    allowed = page.evaluation.answer is Answer.ALLOWED
    if "no_exception_needed" in guards:
        return allowed and not asked_of_the_check(page.bundle, page.evaluation)
    if "exception_possible" in guards:
        return page.evaluation.answer is Answer.EXCEPTION
    return True


def _forward(page: RequestPage, trigger: str) -> bool:
    """Guarded steps lead on, and what confirms an approval; those without a guard (withdraw, lapse,
    close) lead out."""
    definition = page.bundle.workflow.triggers[trigger]
    return bool(definition.guards) or page.bundle.lifecycle.kind(definition.to) is StateKind.DECIDED


def _writing_acts(page: RequestPage) -> list[Act]:
    found: list[Act] = []
    reference = page.request.reference
    asked = page.unchanged_since_submission and page.endorsement is None
    if asked and page.may(Permission.REQUEST_ENDORSE):
        url = url_for("business_cases.endorse", reference=reference)
        found.append(Act("Endorse it, or send it back", url, primary=True))
    if not may_edit(page):
        return found
    if page.state.phase == "case":
        open_ = [
            key
            for key in page.editable_sections()
            if page.bundle.unanswered(page.answers, page.facts, (key,))
            or any(f.section == key and f.holds_back for f in page.evaluation.findings)
        ]
        asked_for = page.returned
        if asked_for:
            title = page.bundle.questions.sections[asked_for[0]].title
            url = url_for("requests.section", reference=reference, section=asked_for[0])
            found.append(Act(f"Answer what the group asked in “{title}”", url, primary=True))
        if page.endorsed:
            url = url_for("business_cases.refer", reference=reference)
            # What the group asked comes first: it isn't referred again as it is.
            if not asked_for:
                found.append(Act("Check your answers and refer it", url, primary=True))
        elif open_:
            title = page.bundle.questions.sections[open_[0]].title
            url = url_for("requests.section", reference=reference, section=open_[0])
            found.append(Act(f"Go on with “{title}”", url, primary=not asked))
        else:
            url = url_for("business_cases.ask_sponsor", reference=reference)
            again = sent_back(page) and page.unchanged_since_submission
            if again:
                found.append(Act("Change the case", "#sections", primary=True))
            label = "Ask another sponsor" if asked else "Ask your sponsor to endorse it"
            found.append(Act(label, url, primary=not asked and not again))
    else:
        key = page.editable_sections()[0]
        url = url_for("requests.section", reference=reference, section=key)
        refused = page.evaluation.answer in (Answer.REFUSED, Answer.UNKNOWN) or bool(
            asked_of_the_check(page.bundle, page.evaluation)
        )
        found.append(Act("Change your answers", url, primary=refused))
    return found


def _talking_acts(page: RequestPage) -> list[Act]:
    found: list[Act] = []
    if may_edit(page):
        url = url_for("co_authors.index", reference=page.request.reference)
        found.append(Act("Write it together", url))
    me, kinds = page.actor.person, (StateKind.EDITING, StateKind.GROUP)
    if me in page.request.co_authors and page.state.kind in kinds:
        url = url_for("co_authors.remove", reference=page.request.reference, person=me)
        found.append(Act("Stop writing it", url))
    may = may_comment(page)
    if page.comments or may:
        label = (
            f"Read {plural(len(page.comments), 'comment')}{', or add one' if may else ''}"
            if page.comments
            else "Ask or comment"
        )
        found.append(Act(label, url_for("comments.index", reference=page.request.reference)))
    return found


def _review_acts(page: RequestPage) -> list[Act]:
    review = page.open_review
    if review is None:
        return []
    found = _assessing_acts(page, review)
    reference, mine = page.request.reference, page.own_ballot
    if page.may(Permission.REVIEW_DECLARE):
        declared = mine is not None and mine.interest is not None
        url = url_for("reviews.declare", reference=reference)
        label = "Change your declaration" if declared else "Declare your interests"
        found.append(Act(label, url, primary=not declared))
        if mine is not None and declared and mine.member not in page.left and not review.waiting:
            url = url_for("reviews.vote", reference=reference)
            label = "Change your vote" if mine.choice else "Vote"
            found.append(Act(label, url, primary=not mine.choice))
    if page.may(Permission.REVIEW_CLOSE) and not review.waiting and review.outcome.choice:
        url = url_for("reviews.close", reference=reference)
        found.append(Act("Close the voting", url, primary=True))
    return found


def _assessing_acts(page: RequestPage, review: ReviewPage) -> list[Act]:
    found = []
    for kind in review.needed:
        definition = page.bundle.workflow.assessments[kind]
        if page.may(Permission.REVIEW_ASSESS, assessor_role=Role(definition.role)):
            url = url_for("reviews.assess", reference=page.request.reference, kind=kind)
            waits = kind in review.waiting
            verb = "Record" if waits else "Change"
            found.append(Act(f"{verb} the {definition.name.lower()}", url, primary=waits))
    return found


def register(app: Flask) -> None:
    """Make them known to templates."""
    app.jinja_env.globals.update(actions=actions, follow_up_words=follow_up_words)
