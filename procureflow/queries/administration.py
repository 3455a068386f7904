"""What the administrator sees: people, their roles, and how much they hold. Never what a request
says: the administrator may open none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import in_words
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import NotFound
from procureflow.domain.events import PersonDisabled
from procureflow.domain.permissions import Role
from procureflow.domain.reference import PEOPLE_STREAM
from procureflow.models import Assessment, AuditEvent, Declaration, Grant, Person, Request, Review
from procureflow.queries import listing, people, policies
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order

#: A request that somebody still works on.
IN_HAND = frozenset({StateKind.EDITING.value, StateKind.GROUP.value})
#: Where one person alone may hold up a body.
OFFICES = (Role.CHAIR, Role.VICE_CHAIR, Role.SECRETARY)
ACCOUNTS = {
    "active": "Active",
    "invited": "Invited, no password yet",
    "leaving": "Leaving",
    "disabled": "Disabled",
}


def _is(account: str, day: date) -> ColumnElement[bool]:
    """Accounts of that kind. Whoever leaves is active, or invited, until they have left."""
    stands = people.account_open(day)
    kinds: dict[str, ColumnElement[bool]] = {
        "active": and_(stands, Person.password_hash.is_not(None)),
        "invited": and_(stands, Person.password_hash.is_(None)),
        "leaving": and_(stands, Person.closes_on.is_not(None)),
        "disabled": not_(stands),
    }
    return kinds[account]


def account_of(person: Person, day: date) -> str:
    """How it stands with an account: a key of ACCOUNTS."""
    if not person.open_on(day):
        return "disabled"
    if person.closes_on is not None:
        return "leaving"
    return "active" if person.password_hash else "invited"


def grant_words(bundle: Bundle, grant: Grant) -> str:
    """A role with what it is held over: "member, Information Policy Group"."""
    words = Role(grant.role).words
    if grant.directorate is None and grant.body is None:
        return words
    return f"{words}, {people.over(bundle, grant)}"


def roles_in_words(bundle: Bundle, person: Person, day: date) -> list[str]:
    """The roles that somebody holds on a day."""
    return sorted(grant_words(bundle, grant) for grant in person.grants if _held(grant, day))


def roles_to_come(bundle: Bundle, person: Person, day: date) -> list[str]:
    """The roles that somebody will hold later, with their first day."""
    coming = (g for g in person.grants if g.starts_on > day and not _ended(g, day))
    return [
        f"{grant_words(bundle, grant)}, from {in_words(grant.starts_on)}"
        for grant in sorted(coming, key=lambda grant: grant.starts_on)
    ]


def people_listing(bundle: Bundle, today: date) -> Listing:
    """Everybody with an account. The roles of all on a page are read in one query."""
    organisation = bundle.organisation
    name = func.lower(Person.name)
    holds = _holders(today)
    return Listing(
        name="people",
        query=select(Person).options(selectinload(Person.grants)),
        filters=(
            Filter(
                "words",
                "Words in the name, e-mail address or job title",
                Kind.WORDS,
                listing.contains(Person.name, Person.email, Person.job_title),
                "with {}",
            ),
            Filter(
                "role",
                "Role",
                Kind.CHOICE,
                lambda role: Person.id.in_(holds.where(Grant.role == role)),
                "being {}",
                {role.value: role.words for role in Role},
            ),
            Filter(
                "directorate",
                "Directorate",
                Kind.CHOICE,
                lambda key: Person.id.in_(holds.where(Grant.directorate == key)),
                "with a role in {}",
                organisation.directorate_names,
            ),
            Filter(
                "body",
                "Body",
                Kind.CHOICE,
                lambda key: Person.id.in_(holds.where(Grant.body == key)),
                "with a role in the {}",
                organisation.body_names,
            ),
            Filter(
                "account", "Account", Kind.CHOICE, lambda key: _is(key, today), choices=ACCOUNTS
            ),
        ),
        orders={
            "name": Order("Name", (name, Person.id)),
            "newest": Order("Newest first", (Person.created_at, Person.id), descending=True),
        },
        columns=(
            Column("Name", lambda row: row.Person.name),
            Column("E-mail address", lambda row: row.Person.email),
            Column("Job title", lambda row: row.Person.job_title),
            Column("Roles", lambda row: "; ".join(roles_in_words(bundle, row.Person, today))),
            Column("Account", lambda row: ACCOUNTS[account_of(row.Person, today)]),
            Column("Closes on", lambda row: row.Person.closes_on),
            Column("Since", lambda row: row.Person.created_at),
        ),
    )


def _holders(day: date) -> Any:
    return select(Grant.person_id).where(people.in_force(day))


def _held(grant: Grant, day: date) -> bool:
    return grant.starts_on <= day and not _ended(grant, day)


def _ended(grant: Grant, day: date) -> bool:
    """It has ended, or was taken back before it began."""
    return grant.ends_on is not None and grant.ends_on <= max(day, grant.starts_on)


# --- one person ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody is to requests in hand of one directorate, and which they are."""

    role: Role
    directorate: str
    references: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.references)

    @property
    def field(self) -> str:
        """The name under which a form asks for their successor."""
        return field_of(self.role, self.directorate)


@dataclass(frozen=True, slots=True)
class Office:
    """An office that somebody holds; `alone` where nobody else active holds it too. `then` is who
    holds it next and from when, where that is known; `deputy` who is vice chair beside a chair."""

    role: Role
    body: str
    alone: bool
    then: tuple[str, date] | None = None
    deputy: str | None = None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person: the account, the roles by when they are held, and what they have in hand."""

    person: Person
    today: date
    held: list[Grant]
    to_come: list[Grant]
    ended: list[Grant]
    parts: list[Part]
    offices: list[Office]

    @property
    def account(self) -> str:
        """How it stands with the account: a key of ACCOUNTS."""
        return account_of(self.person, self.today)

    @property
    def emptied(self) -> list[Office]:
        """The offices that nobody active holds when this person goes."""
        return [office for office in self.offices if office.alone]

    def grant(self, number: int) -> Grant:
        """A role of theirs that hasn't ended. Raises NotFound."""
        for grant in (*self.held, *self.to_come):
            if grant.id == number:
                return grant
        raise NotFound(
            "There is no such role of theirs that could end.", remedy="Go back to the person."
        )


def field_of(role: Role, directorate: str) -> str:
    """The name of a (role, directorate) in forms."""
    return f"{role.value}_{directorate}"


def person_page(session: Session, person_id: int, today: date) -> PersonPage:
    """One person as the administrator sees them. Raises NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.", remedy="Look for them in the list of people.")
    grants = sorted(person.grants, key=lambda grant: (grant.starts_on, grant.id))
    held = [grant for grant in grants if _held(grant, today)]
    return PersonPage(
        person=person,
        today=today,
        held=held,
        to_come=[g for g in grants if not _ended(g, today) and g.starts_on > today],
        ended=[g for g in grants if _ended(g, today)],
        parts=parts_of(in_hand(session, person_id), person_id),
        offices=_offices(session, person_id, held, today),
    )


def in_hand(session: Session, person_id: int) -> Sequence[Any]:
    """The requests in hand that somebody asks for or sponsors, in the order of their ids: whose
    they are, and nothing of what they say."""
    query = select(
        Request.id,
        Request.reference,
        Request.directorate,
        *(Request.requester_id, Request.sponsor_id),
        *(Request.co_authors, Request.wrote, Request.answered),
    ).where(
        or_(Request.requester_id == person_id, Request.sponsor_id == person_id),
        Request.state_kind.in_(sorted(IN_HAND)),
    )
    return session.execute(query.order_by(Request.id)).all()


def parts_of(rows: Sequence[Any], person_id: int) -> list[Part]:
    """Which of these requests somebody asks for and sponsors, by directorate."""
    found: dict[tuple[Role, str], list[str]] = {}
    for row in rows:
        for role, who in ((Role.REQUESTER, row.requester_id), (Role.SPONSOR, row.sponsor_id)):
            if who == person_id:
                found.setdefault((role, row.directorate), []).append(row.reference)
    return [Part(*key, tuple(references)) for key, references in sorted(found.items())]


def _offices(session: Session, person_id: int, held: list[Grant], today: date) -> list[Office]:
    mine = [(Role(g.role), g.body) for g in held if g.role in OFFICES and g.body is not None]
    if not mine:
        return []
    query = (
        select(Grant.role, Grant.body, Grant.starts_on, Person.name)
        .join(Person, and_(Person.id == Grant.person_id, people.account_open(today)))
        .where(
            Grant.person_id != person_id,
            Grant.role.in_([role.value for role in OFFICES]),
            or_(Grant.ends_on.is_(None), Grant.ends_on > today),
        )
        .order_by(Grant.starts_on, Grant.id)
    )
    others: dict[tuple[str, str | None], list[tuple[str, date]]] = {}
    for row in session.execute(query):
        others.setdefault((row.role, row.body), []).append((row.name, row.starts_on))
    offices = []
    for role, body in mine:
        known = others.get((role.value, body), [])
        alone = all(starts_on > today for _, starts_on in known)
        vice = others.get((Role.VICE_CHAIR.value, body), []) if role is Role.CHAIR else []
        deputy = next((name for name, starts_on in vice if starts_on <= today), None)
        offices.append(Office(role, body, alone, known[0] if known and alone else None, deputy))
    return offices


def other_chairs(
    session: Session, body: str | None, starts: date, ends: date | None, person_id: int | None
) -> list[str]:
    """Who else active is chair of a body at any time between two days: one person presides."""
    query = (
        select(Person.name)
        .join(Grant, Grant.person_id == Person.id)
        .where(
            people.account_open(starts),
            Grant.role == Role.CHAIR.value,
            Grant.body == body,
            or_(Grant.ends_on.is_(None), Grant.ends_on > starts),
        )
        .order_by(Grant.starts_on, Grant.id)
    )
    if person_id is not None:
        query = query.where(Person.id != person_id)
    if ends is not None:
        query = query.where(Grant.starts_on < ends)
    return list(session.scalars(query))


def vacant(session: Session, grant: Grant, day: date) -> bool:
    """Whether an office has nobody active on the day on which this grant of it ends."""
    if grant.role not in OFFICES:
        return False
    query = (
        select(Grant.id)
        .join(Person, and_(Person.id == Grant.person_id, _is("active", day)))
        .where(
            Grant.id != grant.id,
            Grant.role == grant.role,
            Grant.body == grant.body,
            people.in_force(day),
        )
    )
    return session.scalar(query.limit(1)) is None


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody whose account closes or has closed, what is to be done about it, and since when."""

    person: Person
    closes_on: date
    to_do: list[str]
    since: datetime


def leavers(session: Session, today: date) -> list[Leaver]:
    """Who leaves or has left, and has requests in hand still or holds an office that nobody else
    will hold then."""
    in_hand_of = (
        select(Person.id, func.count().label("many"))
        .join(Request, or_(Request.requester_id == Person.id, Request.sponsor_id == Person.id))
        .where(Person.closes_on.is_not(None), Request.state_kind.in_(sorted(IN_HAND)))
        .group_by(Person.id)
    )
    held = {row.id: row.many for row in session.execute(in_hand_of)}
    offices = (
        select(Grant)
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role.in_([role.value for role in OFFICES]), Person.closes_on.is_not(None))
        .order_by(Grant.id)
    )
    emptied: dict[int, list[Grant]] = {}
    for grant in session.scalars(offices.options(joinedload(Grant.person))):
        closes = grant.person.closes_on
        if closes and _held(grant, closes) and vacant(session, grant, max(closes, today)):
            emptied.setdefault(grant.person_id, []).append(grant)
    if not held and not emptied:
        return []
    bundle = policies.bundle_in_force(session, today)
    since = _closed_at(session)
    found = []
    for person in people.names(session, {*held, *emptied}).values():
        to_do = [f"make somebody else {grant_words(bundle, g)}" for g in emptied.get(person.id, [])]
        if person.id in held:
            count = held[person.id]
            to_do.append(f"hand over {count} request{'' if count == 1 else 's'} in hand")
        if person.closes_on is not None:
            found.append(Leaver(person, person.closes_on, to_do, since[person.id]))
    return found


def _closed_at(session: Session) -> dict[int, datetime]:
    """When it was last said of each person that their account closes."""
    query = (
        select(AuditEvent.payload, AuditEvent.at)
        .where(AuditEvent.stream == PEOPLE_STREAM, AuditEvent.kind == PersonDisabled.__name__)
        .order_by(AuditEvent.seq)
    )
    return {json.loads(payload)["person"]: at for payload, at in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Successors:
    """Who holds the same role as somebody who leaves: those who could take over, and those who
    can't because they have another part in some of it."""

    able: list[Person]
    kept_out: list[Person]


def successors(
    session: Session, parts: Sequence[Part], person_id: int, today: date
) -> dict[str, Successors]:
    """Who could take over each part, by its field's name."""
    rows = {row.reference: row for row in in_hand(session, person_id)}
    judges = judging(session, [row.id for row in rows.values()])
    found = {}
    for part in parts:
        kept_out: set[int | None] = set()
        for row in map(rows.__getitem__, part.references):
            sponsors = {row.sponsor_id, *row.answered}
            authors = {row.requester_id, *row.co_authors, *row.wrote}
            kept_out |= sponsors if part.role is Role.REQUESTER else authors
            kept_out |= judges.get(row.id, set())
        holders = people.holders(session, [part.role], today, directorate=part.directorate)
        others = [person for person in holders if person.id != person_id]
        found[part.field] = Successors(
            able=[person for person in others if person.id not in kept_out],
            kept_out=[person for person in others if person.id in kept_out],
        )
    return found


def judging(session: Session, requests: Sequence[int]) -> dict[int, set[int]]:
    """Who has declared an interest or given an assessment in the open review of each of these."""
    found: dict[int, set[int]] = {}
    for model, person in (
        (Declaration, Declaration.person_id),
        (Assessment, Assessment.assessor_id),
    ):
        query = (
            select(Review.request_id, person)
            .join(model, model.review_id == Review.id)
            .where(Review.request_id.in_(requests), Review.closed_at.is_(None))
        )
        for request, somebody in session.execute(query):
            found.setdefault(request, set()).add(somebody)
    return found
