"""Events → sentences: who did what, when, and what they said; and each kind of event in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from procureflow.domain.bundle import Bundle
from procureflow.domain.permissions import Permission
from procureflow.domain.voting import DECIDED, Ending
from procureflow.models import AuditEvent, Person
from procureflow.queries.evidence.events import OF_MEMBERS
from procureflow.queries.evidence.roles import ROLES
from procureflow.queries.requests import RequestPage
from procureflow.web import formatting


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline. `said` is what somebody wrote, shown as theirs."""

    number: int
    at: datetime
    who: str
    title: str
    said: str = ""
    details: tuple[str, ...] = ()


def timeline(page: RequestPage) -> list[Entry]:
    """A request's history with that of the records it led to, the latest first."""
    kept = {review.review.id for review in page.reviews if not page.follows(review)}
    own = page.request.reference
    records = page.may(Permission.NON_COMPLIANCE_VIEW)
    events = [
        event
        for event in page.events
        if (records or event.stream == own)
        and not (event.kind in OF_MEMBERS and json.loads(event.payload)["review"] in kept)
    ]
    return lines(page.bundle, events, page.people)


def lines(
    bundle: Bundle, events: Iterable[AuditEvent], people: Mapping[int, Person]
) -> list[Entry]:
    """Events as sentences, the latest first."""
    return [_entry(bundle, event, people) for event in reversed(list(events))]


def _entry(bundle: Bundle, event: AuditEvent, people: Mapping[int, Person]) -> Entry:
    payload: dict[str, Any] = json.loads(event.payload)
    person = people.get(event.actor_id) if event.actor_id is not None else None
    who = f"{person.name}, {person.job_title}" if person else "ProcureFlow"
    title, said, details = _TELL[event.kind](bundle, payload, people)
    if event.state_to is not None and event.state_from is not None:
        label = bundle.workflow.states[event.state_to].label
        details = (*details, f"Now “{label}”.")
    return Entry(event.id, event.at, who, title, said, details)


#: Of these kinds, what is told beside the kind itself: a field of what was recorded.
_BRIEF = {"VoteCast": "choice", "InterestDeclared": "interest", "AssessmentRecorded": "verdict"}


def brief(event: AuditEvent) -> str:
    """In a word, what an event says that its kind doesn't."""
    if event.kind not in _BRIEF:
        return ""
    try:
        said = json.loads(event.payload)[_BRIEF[event.kind]]
    except (KeyError, TypeError, ValueError):
        return ""
    return str(said).replace("_", " ")


Told = tuple[str, str, tuple[str, ...]]


def _section(bundle: Bundle, key: str) -> str:
    section = bundle.questions.sections.get(key)
    return section.title if section else key


def _own_words(bundle: Bundle, payload: dict[str, Any]) -> str | None:
    """What the council's documents call the step that was taken, where they say it."""
    trigger = bundle.workflow.triggers.get(payload["trigger"])
    return trigger.done if trigger else None


def _opened(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    name = bundle.organisation.directorates[payload["directorate"]].name
    return "Opened the request", "", (f"For {name}.",)


def _written(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    title = _section(bundle, payload["section"])
    return f"Wrote “{title}”", "", (f"Version {payload['version']}.",)


def _moved(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    trigger = bundle.workflow.triggers[payload["trigger"]]
    return trigger.told, payload["why"], ()


def _cleared(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return bundle.workflow.triggers[payload["trigger"]].told, "", ()


def _asked(_bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]) -> Told:
    sponsor = people.get(payload["sponsor"])
    whom = sponsor.name if sponsor else "the sponsor"
    return f"Asked {whom} to endorse it", "", ()


def _endorsed(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return "Endorsed the case", payload["note"], ()


def _sent_back(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return "Sent it back to the requester", payload["note"], ()


def _reviewed(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    body = bundle.organisation.bodies[payload["body"]].name
    return _own_words(bundle, payload) or f"Referred it to the {body}", "", ()


def _passed_on(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    body = bundle.organisation.bodies[payload["body"]].name
    return f"Passed it on to the {body}", "", ()


def _assessed(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    name = bundle.workflow.assessments[payload["assessment"]].name
    verdict = payload["verdict"].replace("_", " ")
    return f"Recorded the {name.lower()}: {verdict}", payload["note"], ()


def _declared(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    interest = payload["interest"]
    title = "Declared no interest" if interest == "none" else f"Declared a {interest} interest"
    details = ("Their earlier vote was removed.",) if payload["vote_removed"] else ()
    return title, payload["note"], details


def _voted(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return f"Voted: {payload['choice']}", payload["reason"], ()


def _closed(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    tally = payload["tally"]
    details = [
        f"{tally['approve']} to approve, {tally['reject']} to reject, {tally['return']} to "
        f"return, {tally['abstain']} abstained; {tally['recused']} left, {tally['absent']} "
        "without a vote."
    ]
    if payload["casting_vote_used"]:
        details.append("The casting vote decided.")
    details += [f"Condition: {words}" for words in payload["conditions"]]
    details += [f"Breaks {rule}." for rule in payload["rules"]]
    details += [f"More is needed in “{_section(bundle, s)}”." for s in payload["sections"]]
    title = _own_words(bundle, payload) or DECIDED[Ending(payload["outcome"])]
    return title, payload["reasons"], tuple(details)


def _purchase_reported(bundle: Bundle, payload: dict[str, Any], people: Any) -> Told:
    _, _, details = _record_opened(bundle, payload, people)
    return "Reported a purchase outside the policy", payload["evidence"], details


def _purchase_corrected(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    said = (
        f"{payload['what']}, from {payload['supplier']}, for "
        f"{formatting.money(payload['amount'])}, on {_day(payload['bought_on'])}."
    )
    return "Corrected the report", payload["why"], (f"It says now: {said}",)


def _handed_over(_bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]) -> Told:
    details = []
    for part, does in (("requester", "asks for"), ("sponsor", "sponsors")):
        if payload[part] is not None:
            successor = people.get(payload[part])
            who = successor.name if successor else "Somebody else"
            details.append(f"{who} {does} it from now on.")
    return "Handed it over", "", tuple(details)


def _co_author_added(
    _bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]
) -> Told:
    return f"Let {_whose(payload, people)} write it too", "", ()


def _co_author_removed(
    _bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]
) -> Told:
    return f"Ended that {_whose(payload, people)} writes it", "", ()


def _commented(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    section = payload["section"]
    about = f" on “{_section(bundle, section)}”" if section is not None else ""
    return f"Commented{about}", payload["words"], ()


def _record_opened(bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    directorate = bundle.organisation.directorates[payload["directorate"]]
    rules = ", ".join(payload["rules"])
    return (
        "A directorate action was opened",
        "",
        (f"Under {rules}. The {directorate.director} records what was done.",),
    )


def _answered(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return "Recorded what was done", payload["done"], ()


def _reopened(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return "Asked for more", payload["why"], ()


def _action_closed(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return "Closed the directorate action", payload["note"], ()


def _whose(payload: dict[str, Any], people: Mapping[int, Person]) -> str:
    person = people.get(payload["person"])
    return person.name if person else "somebody who has left"


def _person_added(_bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]) -> Told:
    return f"Made an account for {_whose(payload, people)}", "", ()


def _person_disabled(
    _bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]
) -> Told:
    whose, closes = _whose(payload, people), payload.get("closes_on")
    if closes is None:
        return f"Disabled the account of {whose}", "", ()
    return f"Disabled the account of {whose} from {_day(closes)} on", "", ()


def _person_enabled(_bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]) -> Told:
    return f"Enabled the account of {_whose(payload, people)} again", "", ()


def _person_renamed(_bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]) -> Told:
    return f"Changed the name or job title of {_whose(payload, people)}", "", ()


def _role_granted(bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]) -> Told:
    directorate, body = payload["directorate"], payload["body"]
    over = "the whole council"
    if directorate is not None:
        over = bundle.organisation.directorates[directorate].name
    elif body is not None:
        over = bundle.organisation.bodies[body].name
    details = [f"Over {over}, from {_day(payload['starts_on'])}."]
    if payload["ends_on"]:
        details.append(f"No longer from {_day(payload['ends_on'])}.")
    role = ROLES[payload["role"]]
    return f"Gave {_whose(payload, people)} the role “{role}”", "", tuple(details)


def _role_ended(_bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]) -> Told:
    title = f"Ended a role of {_whose(payload, people)}"
    return title, "", (f"No longer from {_day(payload['ends_on'])}.",)


_HOW = {
    "first_password": "For the first time, with a link.",
    "forgotten_password": "With a link, having forgotten the one before.",
    "changed": "Knowing the one before.",
}


def _password_set(_bundle: Bundle, payload: dict[str, Any], people: Mapping[int, Person]) -> Told:
    how = payload["how"]
    if how == "stopped":
        return f"Stopped the password of {_whose(payload, people)}", "", ()
    return f"Set the password of {_whose(payload, people)}", "", (_HOW.get(how, how),)


def _published(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    details = (f"In force from {_day(payload['effective_from'])}.",)
    return "Published the council’s documents", payload["why"], details


def _assets_imported(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    new, changed, gone = payload["added"], payload["changed"], payload["removed"]
    said = f"{new:,} new, {changed:,} changed, {gone:,} gone; {payload['assets']:,} in all."
    return "Imported the corporate asset register", "", (said,)


def _rebased(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return f"Moved it to version {payload['version']} of the policy", "", ()


def _proposed(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    details = (f"To be in force from {_day(payload['effective_from'])}.",)
    return f"Proposed documents (proposal {payload['proposal']})", payload["why"], details


def _proposal_withdrawn(_bundle: Bundle, payload: dict[str, Any], _people: Any) -> Told:
    return f"Withdrew proposal {payload['proposal']}", "", ()


def _day(text: str) -> str:
    return formatting.day(date.fromisoformat(text))


_TELL: dict[str, Any] = {
    "RequestOpened": _opened,
    "SectionWritten": _written,
    "RequestMoved": _moved,
    "RequestRebased": _rebased,
    "RequestCleared": _cleared,
    "EndorsementAsked": _asked,
    "RequestEndorsed": _endorsed,
    "RequestSentBack": _sent_back,
    "ReviewOpened": _reviewed,
    "ReviewPassedOn": _passed_on,
    "AssessmentRecorded": _assessed,
    "InterestDeclared": _declared,
    "VoteCast": _voted,
    "VotingClosed": _closed,
    "RequestHandedOver": _handed_over,
    "CoAuthorAdded": _co_author_added,
    "CoAuthorRemoved": _co_author_removed,
    "CommentMade": _commented,
    "NonComplianceOpened": _record_opened,
    "PurchaseReported": _purchase_reported,
    "PurchaseCorrected": _purchase_corrected,
    "DirectorateActionAnswered": _answered,
    "DirectorateActionReopened": _reopened,
    "DirectorateActionClosed": _action_closed,
    "PersonAdded": _person_added,
    "PersonDisabled": _person_disabled,
    "PersonEnabled": _person_enabled,
    "PersonRenamed": _person_renamed,
    "RoleGranted": _role_granted,
    "RoleEnded": _role_ended,
    "PasswordSet": _password_set,
    "AssetsImported": _assets_imported,
    "BundleProposed": _proposed,
    "ProposalWithdrawn": _proposal_withdrawn,
    "BundlePublished": _published,
}

#: Each kind of event in words, whatever it says besides: to choose from, and for lists of many.
KINDS = {
    "RequestOpened": "Opened the request",
    "SectionWritten": "Wrote a section",
    "RequestMoved": "Took a step",
    "RequestRebased": "Moved a request to another version of the policy",
    "RequestCleared": "Recorded that no exception is needed",
    "EndorsementAsked": "Asked the sponsor to endorse it",
    "RequestEndorsed": "Endorsed the case",
    "RequestSentBack": "Sent it back to the requester",
    "ReviewOpened": "Referred it to a body",
    "ReviewPassedOn": "Passed it on to another body",
    "AssessmentRecorded": "Recorded an assessment",
    "InterestDeclared": "Declared an interest, or none",
    "VoteCast": "Voted",
    "VotingClosed": "Closed the voting",
    "RequestHandedOver": "Handed a request over",
    "CoAuthorAdded": "Added a co-author",
    "CoAuthorRemoved": "Removed a co-author",
    "CommentMade": "Commented on a request",
    "NonComplianceOpened": "A directorate action was opened",
    "PurchaseReported": "Reported a purchase outside the policy",
    "PurchaseCorrected": "Corrected the report of a purchase",
    "DirectorateActionAnswered": "Recorded what was done",
    "DirectorateActionReopened": "Asked for more",
    "DirectorateActionClosed": "Closed the directorate action",
    "PersonAdded": "Made an account",
    "PersonDisabled": "Disabled an account",
    "PersonEnabled": "Enabled an account again",
    "PersonRenamed": "Changed a name or a job title",
    "RoleGranted": "Gave a role",
    "RoleEnded": "Ended a role",
    "PasswordSet": "Set or stopped a password",
    "AssetsImported": "Imported the corporate asset register",
    "BundleProposed": "Proposed documents of the council",
    "ProposalWithdrawn": "Withdrew proposed documents",
    "BundlePublished": "Published the council’s documents",
}
