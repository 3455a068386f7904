"""The whole law on one screen: permission → who, as an OR-list of AND-lists of small predicates.

What isn't declared here is denied. Grants are read after the lock, by the date of the act; a
predicate sees the actor's grants in force and the subject, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from procureflow.domain.errors import NotPermitted
from procureflow.domain.permission_words import NOT_DECLARED, WORDS


class Role(StrEnum):
    """What somebody may be, each over a scope (see SCOPES) and between two dates."""

    REQUESTER = "requester"
    SPONSOR = "sponsor"
    DIRECTOR = "director"
    ICT_ASSESSOR = "ict_assessor"
    FINANCE_ASSESSOR = "finance_assessor"
    MEMBER = "member"
    CHAIR = "chair"
    VICE_CHAIR = "vice_chair"
    SECRETARY = "secretary"
    AUDITOR = "auditor"
    POLICY_OFFICER = "policy_officer"
    ADMINISTRATOR = "administrator"

    @property
    def words(self) -> str:
        """As a sentence has it: "ICT assessor"."""
        return self.value.replace("ict_", "ICT ").replace("_", " ")


class Scope(StrEnum):
    """Over what a role is held."""

    DIRECTORATE = "directorate"
    BODY = "body"
    COUNCIL = "council"


SCOPES: dict[Role, Scope] = {
    Role.REQUESTER: Scope.DIRECTORATE,
    Role.SPONSOR: Scope.DIRECTORATE,
    Role.DIRECTOR: Scope.DIRECTORATE,
    Role.ICT_ASSESSOR: Scope.COUNCIL,
    Role.FINANCE_ASSESSOR: Scope.COUNCIL,
    Role.MEMBER: Scope.BODY,
    Role.CHAIR: Scope.BODY,
    Role.VICE_CHAIR: Scope.BODY,
    Role.SECRETARY: Scope.BODY,
    Role.AUDITOR: Scope.COUNCIL,
    Role.POLICY_OFFICER: Scope.COUNCIL,
    Role.ADMINISTRATOR: Scope.COUNCIL,
}

ASSESSORS = frozenset({Role.ICT_ASSESSOR, Role.FINANCE_ASSESSOR})
VOTERS = frozenset({Role.CHAIR, Role.VICE_CHAIR, Role.MEMBER})
GROUP = VOTERS | {Role.SECRETARY}
STAFF = frozenset({Role.REQUESTER, Role.SPONSOR, Role.DIRECTOR})


class Permission(StrEnum):
    """Everything that can be allowed: subject, then act."""

    ACCOUNT_USE = "account:use"
    CHECK_ANSWER = "check:answer"
    REQUEST_CREATE = "request:create"
    REQUEST_VIEW = "request:view"
    REQUEST_EDIT = "request:edit"
    REQUEST_STEP = "request:step"
    REQUEST_REBASE = "request:rebase"
    REQUEST_WITHDRAW = "request:withdraw"
    REQUEST_REFER = "request:refer"
    REQUEST_ENDORSE = "request:endorse"
    REQUEST_COMMENT = "request:comment"
    REVIEW_FOLLOW = "review:follow"
    REVIEW_ASSESS = "review:assess"
    REVIEW_DECLARE = "review:declare"
    REVIEW_VOTE = "review:vote"
    REVIEW_CLOSE = "review:close"
    AUTHORISATION_MANAGE = "authorisation:manage"
    REGISTER_VIEW = "register:view"
    NON_COMPLIANCE_VIEW = "non_compliance:view"
    NON_COMPLIANCE_REPORT = "non_compliance:report"
    NON_COMPLIANCE_CORRECT = "non_compliance:correct"
    ACTION_ANSWER = "action:answer"
    ACTION_CLOSE = "action:close"
    ASSETS_VIEW = "assets:view"
    ASSETS_IMPORT = "assets:import"
    POLICY_VIEW = "policy:view"
    POLICY_PROPOSE = "policy:propose"
    POLICY_PUBLISH = "policy:publish"
    AUDIT_VIEW = "audit:view"
    PEOPLE_ADMINISTER = "people:administer"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in force, over a directorate or a body (None: the whole council)."""

    role: Role
    directorate: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person and the roles they hold on that day."""

    person: int
    grants: frozenset[Grant]

    def holds(self, *roles: Role) -> bool:
        """Whether they hold one of these, over anything."""
        return any(grant.role in roles for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has a part in a request, or had one: requester, sponsor and co-authors now, whoever
    wrote any of it or put it forward, and whoever answered for it as sponsor."""

    requester: int | None = None
    sponsor: int | None = None
    co_authors: frozenset[int] = frozenset()
    wrote: frozenset[int] = frozenset()
    answered: frozenset[int] = frozenset()

    @property
    def authors(self) -> frozenset[int]:
        """Who writes it today."""
        return _people(self.requester) | self.co_authors

    @property
    def current(self) -> frozenset[int]:
        """Whose it is today."""
        return self.authors | _people(self.sponsor)

    @property
    def ever(self) -> frozenset[int]:
        """Who never judges it: what somebody wrote stays theirs when it is handed over."""
        return self.current | self.wrote | self.answered


def _people(*ids: int | None) -> frozenset[int]:
    return frozenset(person for person in ids if person is not None)


NOBODY = Parties()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted on, as far as permission depends on it.

    `parties` are those of the request. `bodies` are the bodies that have, or had, this before them.
    `left` are those whose declared interest keeps them out of its latest review.
    `answered_by` recorded what was done about a directorate action; `reported_by` reported what it
    is about; `proposed_by` proposed documents.
    """

    directorate: str | None = None
    parties: Parties = NOBODY
    bodies: frozenset[str] = frozenset()
    assessor_role: Role | None = None
    presiding: int | None = None
    left: frozenset[int] = frozenset()
    answered_by: int | None = None
    reported_by: int | None = None
    proposed_by: int | None = None


NOTHING = Subject()

Predicate = Callable[[Actor, Subject], bool]


def _signed_in(_actor: Actor, _subject: Subject) -> bool:
    return True


def _has(*roles: Role) -> Predicate:
    return lambda actor, _subject: actor.holds(*roles)


def _over_directorate(*roles: Role) -> Predicate:
    return lambda actor, subject: (
        subject.directorate is not None
        and any(g.role in roles and g.directorate == subject.directorate for g in actor.grants)
    )


def _of_body(*roles: Role) -> Predicate:
    return lambda actor, subject: any(
        g.role in roles and g.body in subject.bodies for g in actor.grants
    )


def _requester(actor: Actor, subject: Subject) -> bool:
    return actor.person == subject.parties.requester


def _author(actor: Actor, subject: Subject) -> bool:
    return actor.person in subject.parties.authors


def _sponsor(actor: Actor, subject: Subject) -> bool:
    return actor.person == subject.parties.sponsor


def _not_a_party(actor: Actor, subject: Subject) -> bool:
    """Four eyes: requester, co-authors and sponsor, now or before, never judge their own."""
    return actor.person not in subject.parties.ever


def _did_not_write(actor: Actor, subject: Subject) -> bool:
    return actor.person not in subject.parties.authors | subject.parties.wrote


def _referred(_actor: Actor, subject: Subject) -> bool:
    """It has come before a body at least once."""
    return bool(subject.bodies)


def _named_assessor(actor: Actor, subject: Subject) -> bool:
    return subject.assessor_role is not None and actor.holds(subject.assessor_role)


def _presides(actor: Actor, subject: Subject) -> bool:
    return actor.person == subject.presiding


def _stays(actor: Actor, subject: Subject) -> bool:
    """They haven't left for this item."""
    return actor.person not in subject.left


def _did_not_answer(actor: Actor, subject: Subject) -> bool:
    """Nobody closes the directorate action that they answered themselves."""
    return actor.person != subject.answered_by


def _reporter(actor: Actor, subject: Subject) -> bool:
    return actor.person == subject.reported_by


def _did_not_report(actor: Actor, subject: Subject) -> bool:
    """Nor the one that follows from their own report."""
    return actor.person != subject.reported_by


def _did_not_propose(actor: Actor, subject: Subject) -> bool:
    """Nobody publishes their own proposal."""
    return actor.person != subject.proposed_by


_OVERSIGHT = (Role.AUDITOR,)

#: What a workflow may let somebody take a step with: the others are about no step, and whoever
#: reads everything changes nothing.
STEPS = (
    Permission.REQUEST_STEP,
    Permission.REQUEST_REFER,
    Permission.REQUEST_WITHDRAW,
    Permission.AUTHORISATION_MANAGE,
)

#: Acts in a review: of the body that has it now, whichever had the request before.
OF_ONE_BODY = frozenset(
    {
        Permission.REVIEW_FOLLOW,
        Permission.REVIEW_DECLARE,
        Permission.REVIEW_VOTE,
        Permission.REVIEW_CLOSE,
    }
)

LAW: dict[Permission, tuple[tuple[Predicate, ...], ...]] = {
    Permission.ACCOUNT_USE: ((_signed_in,),),
    Permission.CHECK_ANSWER: ((_author,),),
    Permission.REQUEST_CREATE: ((_over_directorate(Role.REQUESTER),),),
    # A co-author sees it like any colleague, for as long as they hold a role in the directorate.
    Permission.REQUEST_VIEW: (
        (_requester,),
        (_sponsor,),
        (_over_directorate(*STAFF),),
        (_has(*ASSESSORS), _referred),
        (_of_body(*GROUP),),
        (_has(*_OVERSIGHT),),
    ),
    Permission.REQUEST_EDIT: ((_author, _over_directorate(Role.REQUESTER)),),
    Permission.REQUEST_STEP: ((_author, _over_directorate(Role.REQUESTER)),),
    Permission.REQUEST_REBASE: ((_author, _over_directorate(Role.REQUESTER)),),
    Permission.REQUEST_WITHDRAW: ((_author, _over_directorate(Role.REQUESTER)),),
    Permission.REQUEST_REFER: ((_author, _over_directorate(Role.REQUESTER)),),
    Permission.REQUEST_ENDORSE: ((_sponsor, _over_directorate(Role.SPONSOR), _did_not_write),),
    # Whoever may see it may ask about it, but for those who read everything and change nothing.
    Permission.REQUEST_COMMENT: (
        (_requester,),
        (_sponsor,),
        (_over_directorate(*STAFF), _stays),
        (_has(*ASSESSORS), _referred, _stays),
        (_of_body(*GROUP), _stays),
    ),
    # How members vote while the voting is open: theirs to see who stay, and nobody's who has a part
    # in it.
    Permission.REVIEW_FOLLOW: (
        (_of_body(*GROUP), _not_a_party, _stays),
        (_has(*_OVERSIGHT), _not_a_party),
    ),
    Permission.REVIEW_ASSESS: ((_named_assessor, _not_a_party, _stays),),
    Permission.REVIEW_DECLARE: ((_of_body(*VOTERS), _not_a_party),),
    Permission.REVIEW_VOTE: ((_of_body(*VOTERS), _not_a_party),),
    Permission.REVIEW_CLOSE: ((_of_body(Role.CHAIR, Role.VICE_CHAIR), _presides, _not_a_party),),
    Permission.AUTHORISATION_MANAGE: ((_of_body(Role.SECRETARY), _not_a_party),),
    Permission.REGISTER_VIEW: ((_signed_in,),),
    Permission.NON_COMPLIANCE_VIEW: (
        (_reporter,),
        (_over_directorate(*STAFF),),
        (_of_body(*GROUP),),
        (_has(*_OVERSIGHT),),
    ),
    # A purchase outside the policy is reported by whoever comes upon it.
    Permission.NON_COMPLIANCE_REPORT: (
        (_over_directorate(*STAFF),),
        (_has(*ASSESSORS, *_OVERSIGHT),),
    ),
    Permission.NON_COMPLIANCE_CORRECT: ((_reporter,),),
    Permission.ACTION_ANSWER: ((_over_directorate(Role.DIRECTOR),),),
    Permission.ACTION_CLOSE: (
        (_of_body(Role.CHAIR, Role.SECRETARY), _did_not_answer, _did_not_report, _not_a_party),
    ),
    # What the council has is no secret of a service (AST-2); the ICT service keeps the register.
    Permission.ASSETS_VIEW: ((_signed_in,),),
    Permission.ASSETS_IMPORT: ((_has(Role.ICT_ASSESSOR),),),
    Permission.POLICY_VIEW: ((_signed_in,),),
    Permission.POLICY_PROPOSE: ((_has(Role.POLICY_OFFICER),),),
    Permission.POLICY_PUBLISH: ((_has(Role.POLICY_OFFICER), _did_not_propose),),
    Permission.AUDIT_VIEW: ((_has(*_OVERSIGHT),),),
    Permission.PEOPLE_ADMINISTER: ((_has(Role.ADMINISTRATOR),),),
}


def allows(permission: Permission, actor: Actor, subject: Subject = NOTHING) -> bool:
    """Whether the law lets this actor do this to this subject."""
    return any(
        all(predicate(actor, subject) for predicate in every) for every in LAW.get(permission, ())
    )


def ensure(permission: Permission, actor: Actor, subject: Subject = NOTHING) -> None:
    """Raise NotPermitted, saying why in words, unless the law allows it."""
    if not allows(permission, actor, subject):
        message, remedy = WORDS.get(permission, NOT_DECLARED)
        raise NotPermitted(str(permission), message, remedy=remedy)
