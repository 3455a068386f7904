"""Everything that can happen: frozen, past tense, people by id.

An event's fields become the body of its audit row. What identifies a person stays in the table
of people, so that a leaver can be pseudonymised without touching history.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events. `kind` is the name under which it is recorded."""

    @classmethod
    def kind(cls) -> str:
        """The recorded name: the class's own."""
        return cls.__name__

    def payload(self) -> dict[str, Any]:
        """What happened, as plain values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


# --- a request's own stream -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestOpened(Event):
    """Somebody asked. `sections` are the first versions: section → hash of its answers. `wrote`
    is who else wrote what it begins with, where that is what the request `previous` says."""

    bundle: str
    directorate: str
    requester: int
    sections: dict[str, str]
    previous: str | None = None
    wrote: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionWritten(Event):
    """A new version of a section."""

    section: str
    version: int
    hash: str


@dataclass(frozen=True, slots=True)
class RequestMoved(Event):
    """A step that has no more to it than the step: start the case, withdraw, lapse, close."""

    trigger: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class RequestRebased(Event):
    """The request goes on under other documents than it began with: those of that version."""

    bundle: str
    version: int


@dataclass(frozen=True, slots=True)
class RequestCleared(Event):
    """The policy allowed it as it stands. `submission` pins `sections`: section → version;
    `content` and `facts` are the hashes of what it pins and of the facts it stores."""

    trigger: str
    submission: int
    sections: dict[str, int]
    content: str
    facts: str


@dataclass(frozen=True, slots=True)
class EndorsementAsked(Event):
    """The case was put to a sponsor. Names what it pins as RequestCleared does."""

    submission: int
    sponsor: int
    sections: dict[str, int]
    content: str
    facts: str


@dataclass(frozen=True, slots=True)
class RequestEndorsed(Event):
    """The sponsor put their name to a submission."""

    submission: int
    note: str


@dataclass(frozen=True, slots=True)
class RequestSentBack(Event):
    """The sponsor asked for changes before endorsing."""

    submission: int
    note: str


@dataclass(frozen=True, slots=True)
class ReviewOpened(Event):
    """A submission came before a body. Names what it pins as RequestCleared does."""

    trigger: str
    review: int
    submission: int
    body: str
    stage: str
    round: int
    sections: dict[str, int]
    content: str
    facts: str


@dataclass(frozen=True, slots=True)
class ReviewPassedOn(Event):
    """What one body recommended came before the next: the same submission, a review of its own."""

    review: int
    submission: int
    body: str
    stage: str
    round: int


@dataclass(frozen=True, slots=True)
class AssessmentRecorded(Event):
    """An assessor gave (or changed) an assessment."""

    review: int
    assessment: str
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class InterestDeclared(Event):
    """A member declared an interest, or that there is none."""

    review: int
    interest: str
    note: str
    vote_removed: bool = False


@dataclass(frozen=True, slots=True)
class VoteCast(Event):
    """A member voted, or changed their vote."""

    review: int
    submission: int
    choice: str
    reason: str


@dataclass(frozen=True, slots=True)
class VotingClosed(Event):
    """The presiding member closed the voting; the rules gave the outcome."""

    trigger: str
    review: int
    submission: int
    decision: int
    outcome: str
    tally: dict[str, int]
    casting_vote_used: bool
    reasons: str
    conditions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestHandedOver(Event):
    """Somebody else asks for it, or sponsors it, from now on (None: that stays as it was)."""

    requester: int | None
    sponsor: int | None


@dataclass(frozen=True, slots=True)
class CoAuthorAdded(Event):
    """Somebody writes it beside the requester."""

    person: int


@dataclass(frozen=True, slots=True)
class CoAuthorRemoved(Event):
    """They write it no more. What they wrote stays."""

    person: int


@dataclass(frozen=True, slots=True)
class CommentMade(Event):
    """Something was asked or said about a section, or (None) about the request as a whole."""

    section: str | None
    words: str


#: What happens beside a request's way: with whom it is, and what they have to do, stays as it was.
ASIDE = frozenset({"RequestHandedOver", "CoAuthorAdded", "CoAuthorRemoved", "CommentMade"})


# --- a non-compliance record's stream -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NonComplianceOpened(Event):
    """What breaks the policy was thrown back and became an action in the directorate (NC-1)."""

    directorate: str
    rules: tuple[str, ...]
    due_on: str
    request: str | None = None
    decision: int | None = None


@dataclass(frozen=True, slots=True)
class PurchaseReported(Event):
    """A purchase made outside the policy was reported, and became an action in the directorate.
    `amount` is in pounds."""

    directorate: str
    rules: tuple[str, ...]
    due_on: str
    what: str
    supplier: str
    amount: str
    bought_on: str
    evidence: str


@dataclass(frozen=True, slots=True)
class PurchaseCorrected(Event):
    """Whoever reported a purchase corrected what the report says, and why."""

    what: str
    supplier: str
    amount: str
    bought_on: str
    evidence: str
    why: str


@dataclass(frozen=True, slots=True)
class DirectorateActionAnswered(Event):
    """The director recorded what was done."""

    done: str


@dataclass(frozen=True, slots=True)
class DirectorateActionReopened(Event):
    """What was recorded was not enough."""

    why: str


@dataclass(frozen=True, slots=True)
class DirectorateActionClosed(Event):
    """Somebody other than who answered it was satisfied."""

    note: str


# --- people and publications --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonAdded(Event):
    """An account was made."""

    person: int


@dataclass(frozen=True, slots=True)
class PersonDisabled(Event):
    """An account closes on a day: at once, or when somebody has left."""

    person: int
    closes_on: str


@dataclass(frozen=True, slots=True)
class PersonEnabled(Event):
    """An account stays, or is open again; links sent before it work no more."""

    person: int


@dataclass(frozen=True, slots=True)
class PersonRenamed(Event):
    """A name or a job title was changed. What it is now stands in the table of people alone."""

    person: int


@dataclass(frozen=True, slots=True)
class RoleGranted(Event):
    """A role was given, over a scope and from a date."""

    person: int
    grant: int
    role: str
    directorate: str | None
    body: str | None
    starts_on: str
    ends_on: str | None


@dataclass(frozen=True, slots=True)
class RoleEnded(Event):
    """A role ends on a date."""

    person: int
    grant: int
    ends_on: str


@dataclass(frozen=True, slots=True)
class PasswordSet(Event):
    """A password was set, changed or stopped; every session of the person ended."""

    person: int
    how: str


@dataclass(frozen=True, slots=True)
class AssetsImported(Event):
    """The corporate asset register was replaced: how many assets it has, what changed, and the
    hash of it as it is now."""

    assets: int
    added: int
    changed: int
    removed: int
    register: str


@dataclass(frozen=True, slots=True)
class BundleProposed(Event):
    """Somebody proposed documents, on top of publication number `after`."""

    proposal: int
    bundle: str
    after: int
    effective_from: str
    why: str


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn(Event):
    """What was proposed isn't to be published."""

    proposal: int


@dataclass(frozen=True, slots=True)
class BundlePublished(Event):
    """Documents were published together, to be in force from a day on. `proposal` is None for those
    that the database began with."""

    bundle: str
    effective_from: str
    why: str
    proposal: int | None = None
