"""What a request's page says and offers, told from what the queries found."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import date

from flask import Flask

from procureflow.domain.benefits import CLASSES, FIELDS
from procureflow.domain.bundle import Bundle
from procureflow.domain.definitions.catalogue import Option
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.findings import Finding, Settled, Verdict
from procureflow.domain.guards import asked_of_the_check
from procureflow.domain.permissions import Permission, Role
from procureflow.domain.policy import Answer, CompiledRule
from procureflow.domain.progress import Holder
from procureflow.domain.voting import Ending, Office
from procureflow.models import Decision, Request
from procureflow.models.reviews import AssessmentVerdict
from procureflow.queries import people
from procureflow.queries.requests import RequestPage
from procureflow.services import comments
from procureflow.web import context
from procureflow.web.formatting import capital, day, plural


def votes_in_words(decision: Decision) -> str:
    """How many voted how."""
    tally = decision.tally
    return (
        f"{tally['approve']} to approve, {tally['reject']} to reject, {tally['return']} to return, "
        f"{tally['abstain']} abstained"
    )


def rules_by_id(page: RequestPage) -> dict[str, CompiledRule]:
    """The rules in force on the day that the page's facts are of."""
    return {rule.id: rule for rule in page.bundle.rules_on(page.facts["today"])}


def may_edit(page: RequestPage) -> bool:
    """Whether the sections can be written by whoever looks at them."""
    return page.state.kind is StateKind.EDITING and page.may(Permission.REQUEST_EDIT)


def may_see_records(page: RequestPage) -> bool:
    """Whether the records that came of it are open to whoever looks."""
    return page.may(Permission.NON_COMPLIANCE_VIEW)


def policy_sentence(page: RequestPage) -> str:
    """The policy's answer in one sentence; once the group has spoken, what came of it."""
    ended = page.state.kind in (StateKind.DECIDED, StateKind.FINAL)
    if ended and page.decision is not None and page.evaluation.answer is Answer.EXCEPTION:
        came = {Ending.APPROVED: "granted one", Ending.REJECTED: "did not grant one"}
        said = came.get(Ending(page.decision.outcome))
        if said:
            body = decided_by(page, page.decision)
            yet = f" {page.state.words}" if provisional(page) else ""
            return f"This needed an exception, and the {body} {said}.{yet}"
    if page.evaluation.answer is Answer.ALLOWED and asked_of_the_check(
        page.bundle, page.evaluation
    ):
        return "This needs no exception, and the policy asks for something more first."
    return {
        Answer.ALLOWED: "You can buy this. No exception is needed.",
        Answer.EXCEPTION: _exception_sentence(page),
        Answer.UNKNOWN: "The policy can’t answer yet: something is missing.",
        Answer.REFUSED: "This is not allowed as it stands.",
    }[page.evaluation.answer]


def _exception_sentence(page: RequestPage) -> str:
    by = f"an exception, decided by the {page.facts['body']}"
    rules = rules_by_id(page)
    if any(rules[finding.code].rule.action for finding in page.evaluation.findings):
        return f"This needed {by}, before it was bought. Ask for it now."
    if not asks_for_an_exception(page):
        return f"This needed {by}."
    return f"Not yet. This needs {by}: order and promise nothing until then."


def asks_for_an_exception(page: RequestPage) -> bool:
    """Whether it needs an exception that nobody has decided on yet."""
    undecided = page.state.kind in (StateKind.EDITING, StateKind.GROUP)
    return undecided and page.evaluation.answer is Answer.EXCEPTION


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as it stands in its request: in a word, in its colour, and what to do about it.
    `settled` says that nothing about it is open any more."""

    label: str
    tone: str
    remedy: str = ""
    settled: bool = False


def tell(page: RequestPage, finding: Finding) -> Told:
    """How a finding stands, by the answers, the assessments and the decision so far."""
    if finding.verdict is Verdict.REQUIRE:
        return _tell_requirement(page, finding)
    label = {
        Verdict.ALLOW: "Allowed",
        Verdict.ADVISE: "Good to know",
        Verdict.REFUSE: "Not as it stands",
        Verdict.UNKNOWN: "Can’t tell yet",
    }[finding.verdict]
    if finding.verdict in (Verdict.ALLOW, Verdict.ADVISE):
        return Told(label, finding.verdict.value, settled=True)
    return Told(label, finding.verdict.value, _while_editing(page, finding))


def open_findings(page: RequestPage) -> list[Finding]:
    """What somebody who answers for the request has to know of: everything not settled."""
    return [f for f in page.evaluation.findings if not tell(page, f).settled]


def settled_findings(page: RequestPage) -> list[Finding]:
    """What nobody has to do anything about any more."""
    return [f for f in page.evaluation.findings if tell(page, f).settled]


def _tell_requirement(page: RequestPage, finding: Finding) -> Told:
    open_ = Told("Needed", "require", _while_editing(page, finding))
    if finding.settled_by is Settled.ANSWERS:
        return Told("Done", "allow", settled=True) if finding.met else open_
    if finding.settled_by is Settled.ASSESSMENT:
        return _tell_assessed(page, finding)
    ending = Ending(page.decision.outcome) if page.decision else None
    if ending is Ending.APPROVED and provisional(page):
        return Told(page.state.label, "require")
    if ending is Ending.APPROVED:
        return Told("Exception granted", "allow", settled=True)
    if ending is Ending.REJECTED:
        return Told("No exception granted", "refuse")
    label = "Needs an exception" if page.state.phase == "check" else "The group decides"
    return replace(open_, label=label)


def _tell_assessed(page: RequestPage, finding: Finding) -> Told:
    requires = rules_by_id(page)[finding.code].rule.requires
    kind = requires.assessment if requires else None
    found = [a for one in page.heard for a in one.assessments if a.kind == kind]
    if not found:
        return Told("To be confirmed", "require", _while_editing(page, finding))
    return {
        AssessmentVerdict.SATISFIED: Told("Confirmed", "allow", settled=True),
        AssessmentVerdict.SATISFIED_IF: Told("Confirmed on a condition", "require"),
        AssessmentVerdict.NOT_SATISFIED: Told("Not confirmed", "refuse"),
    }[AssessmentVerdict(found[0].verdict)]


def _while_editing(page: RequestPage, finding: Finding) -> str:
    """What to do about it, while something can be done: what others settle, when the case says
    all that it is asked, is theirs."""
    if page.state.kind is not StateKind.EDITING:
        return ""
    theirs = finding.verdict is Verdict.REQUIRE and finding.settled_by is not Settled.ANSWERS
    if theirs and not page.bundle.unanswered(page.answers, page.facts):
        return ""
    return finding.remedy


def standard_option(page: RequestPage) -> Option | None:
    """The standard option that was chosen, where the policy lets it be ordered."""
    if page.evaluation.answer is not Answer.ALLOWED:
        return None
    chosen = page.facts[page.bundle.catalogue_question]
    return page.bundle.catalogue.options.get(chosen) if chosen else None


def since_decided(bundle: Bundle, request: Request, decision: Decision) -> str:
    """What became of it after that decision, in a few words: a lapsed approval is none any more.
    Nothing where it stands as it was decided."""
    state = bundle.workflow.states.get(request.state)
    if request.state_since <= decision.decided_at:
        known = state is not None and bundle.lifecycle.provisional(request.state)
        return f"“{state.label}”" if state is not None and known else ""
    return f"now “{state.label if state else request.state}”, since {day(request.state_since)}"


def progress_words(page: RequestPage) -> str:
    """What whoever holds it has to do."""
    if page.returned:
        words = "The group needs more before it decides."
        if may_edit(page):
            return f"{words} Answer what it asked, then ask your sponsor to endorse it again."
        return f"{words} Whoever asked answers, the sponsor endorses it again, and it comes back."
    if page.progress.holder is Holder.SPONSOR and page.request.sponsor_id == page.actor.person:
        return "Read it, and then endorse it or send it back."
    decision = page.decision
    buying = page.progress.holder is Holder.REQUESTER and page.state.kind is StateKind.DECIDED
    if buying and decision is not None and decision.conditions:
        conditions = plural(len(decision.conditions), "condition")
        return f"It can be bought, within the {conditions} of the decision."
    return f"{page.progress.words} {_vice_presides(page)}".strip()


def _vice_presides(page: RequestPage) -> str:
    """Why it is with the vice chair; nothing where it isn't."""
    review = page.open_review
    if page.progress.holder is not Holder.PRESIDING or review is None:
        return ""
    presiding = next(b for b in review.ballots if b.member == review.outcome.presiding)
    if presiding.office is not Office.VICE_CHAIR:
        return ""
    return "The chair takes no part in this item so far, so the vice chair can close it."


def taken_back_words(page: RequestPage) -> str:
    """What saving a change does to what the sponsor has, or has said; nothing where it does
    nothing."""
    sponsor = page.people.get(page.request.sponsor_id or 0)
    if sponsor is None or not page.unchanged_since_submission:
        return ""
    if page.endorsement is None:
        return (
            f"{sponsor.name} has this case now. If you save a change, it comes back to you: ask "
            f"{sponsor.name} again when you have finished."
        )
    if page.endorsed:
        return (
            f"{sponsor.name} endorsed this case. If you save a change, it has to be endorsed again."
        )
    return ""


def sent_back(page: RequestPage) -> bool:
    """Whether the sponsor sent it back, and hasn't been asked again since."""
    return (
        page.state.phase == "case"
        and page.endorsement is not None
        and page.endorsement.verdict == "sent_back"
    )


def first_asked_by(page: RequestPage) -> int | None:
    """Whoever asked at first, where somebody else has taken it over."""
    opened = next((event for event in page.events if event.kind == "RequestOpened"), None)
    asked = json.loads(opened.payload)["requester"] if opened else None
    return None if asked == page.request.requester_id else asked


def own_part(page: RequestPage) -> str:
    """How a member of the group stands in the open review; nothing for anybody else."""
    review, mine = page.open_review, page.own_ballot
    if review is None or mine is None:
        return ""
    if mine.member in page.left:
        declared = next(d for d in review.declarations if d.person_id == mine.member)
        said = (
            f"You declared a {declared.interest} interest, “{declared.note}”, and left this item."
        )
        return f"{said} You have no vote in it, and see the votes when it is closed."
    if mine.choice:
        return f"You have voted: {mine.choice}. You can change it until the voting is closed."
    then = "Voting opens when the assessors have answered." if review.waiting else ""
    if mine.interest is None:
        if mine.office is not Office.MEMBER and page.progress.holder is Holder.PRESIDING:
            then = "Then you can vote, and preside."
        return f"You can declare your interests now. {then}".strip()
    return f"You have declared your interests. {then or 'Your vote is still to come.'}"


def _waits_for_member(page: RequestPage) -> bool:
    """Whether a member of the group can do something in the open review that they haven't done."""
    review, mine = page.open_review, page.own_ballot
    if review is None or mine is None or mine.member in page.left:
        return False
    return mine.interest is None or (mine.choice is None and not review.waiting)


def provisional(page: RequestPage) -> bool:
    """Whether it was approved and may not be bought: not yet, or not for now."""
    return page.bundle.lifecycle.provisional(page.request.state)


def decided_by(page: RequestPage, decision: Decision) -> str:
    """The name of the body that decided."""
    body = next(p.review.body for p in page.reviews if p.review.id == decision.review_id)
    return page.bundle.organisation.bodies[body].name


def recommended(page: RequestPage) -> list[Decision]:
    """What bodies recommended of the content that was before a body last."""
    heard = {one.review.id for one in page.heard}
    return [
        made
        for made in page.decisions
        if made.outcome == Ending.RECOMMENDED and made.review_id in heard
    ]


def holder_words(page: RequestPage) -> str:
    """Who holds the ball, by name where it is one person."""
    holder, me = page.progress.holder, page.actor.person
    request = page.request
    if _waits_for_member(page):
        return "It is with you now."
    if holder is Holder.NOBODY:
        return f"{page.state.label}."
    if holder is Holder.REQUESTER:
        return _person(page, request.requester_id, me)
    if holder is Holder.SPONSOR:
        return _person(page, request.sponsor_id, me)
    review = page.open_review
    if holder is Holder.ASSESSORS and review is not None:
        kinds = page.bundle.workflow.assessments
        who = [_holders(Role(kinds[kind].role)) for kind in review.waiting]
        return f"{capital(' and '.join(who))} {'has' if len(who) == 1 else 'have'} it."
    if holder is Holder.PRESIDING and review is not None:
        return _person(page, review.outcome.presiding, me)
    if holder is Holder.SECRETARY:
        return "The group’s secretary has it."
    return "The group’s members have it."


def _holders(role: Role) -> str:
    """Whoever holds a role today, by name where that is one person."""
    found = people.holders(context.reading(), [role], context.today())
    if len(found) == 1:
        return f"{found[0].name}, {found[0].job_title},"
    return f"the {role.words}"


def _person(page: RequestPage, person: int | None, me: int) -> str:
    if person == me:
        return "It is with you now."
    found = page.people.get(person) if person is not None else None
    return f"{found.name}, {found.job_title}, has it." if found else "Nobody has it."


def may_comment(page: RequestPage) -> bool:
    """Whether whoever is signed in can say something about it, and something can come of it."""
    return page.state.kind in comments.OPEN and page.may(Permission.REQUEST_COMMENT)


def blanks(words: str) -> str:
    """A rule's words where no request fills them: {body} reads “the body in charge”."""
    return re.sub(r"\{(\w+)\}", lambda match: _BLANKS.get(match.group(1), "…"), words)


_BLANKS = {
    "body": "body in charge",
    "director": "director",
    "directorate_name": "your directorate",
    "tier": "tier",
}


def register(app: Flask) -> None:
    """Make them known to templates."""
    app.jinja_env.filters["blanks"] = blanks
    app.jinja_env.globals.update(
        asks_for_an_exception=asks_for_an_exception,
        as_date=date.fromisoformat,
        benefit_classes=CLASSES,
        decided_by=decided_by,
        recommended=recommended,
        benefit_fields=FIELDS,
        first_asked_by=first_asked_by,
        holder_words=holder_words,
        may_comment=may_comment,
        may_edit=may_edit,
        may_see_records=may_see_records,
        open_findings=open_findings,
        own_part=own_part,
        policy_sentence=policy_sentence,
        provisional=provisional,
        progress_words=progress_words,
        since_decided=since_decided,
        rules_by_id=rules_by_id,
        settled_findings=settled_findings,
        sent_back=sent_back,
        standard_option=standard_option,
        taken_back_words=taken_back_words,
        tell=tell,
        votes_in_words=votes_in_words,
    )
