"""People, the roles they hold on a day, and who holds a role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.errors import NotSignedIn
from procureflow.domain.permissions import Actor, Grant, Role
from procureflow.models import Grant as GrantRow
from procureflow.models import Person, Request
from procureflow.models.statements import Prepared


def in_force(day: Any) -> ColumnElement[bool]:
    """A role is held from the day it starts on, and up to the day it ends on."""
    return and_(GrantRow.starts_on <= day, or_(GrantRow.ends_on.is_(None), GrantRow.ends_on > day))


def account_open(day: Any) -> ColumnElement[bool]:
    """An account stands up to the day on which it closes."""
    return or_(Person.closes_on.is_(None), Person.closes_on > day)


def among(column: Any, person: int) -> ColumnElement[bool]:
    """A column of people's ids, most often of none, has this one in it."""
    text = type_coerce(column, Text())
    bare = func.replace(func.replace(text, "[", ","), "]", ",")
    return and_(text != "[]", bare.contains(f",{person},"))


def had_a_part(person: int) -> ColumnElement[bool]:
    """They are, or were, a party to the request (`Parties.ever`)."""
    return or_(
        Request.requester_id == person,
        func.coalesce(Request.sponsor_id == person, false()),
        *(
            among(column, person)
            for column in (Request.co_authors, Request.wrote, Request.answered)
        ),
    )


COUNCIL = "The whole council"


def over(bundle: Bundle, grant: GrantRow) -> str:
    """Over what a role is held, in words. What the documents have no more stands for itself."""
    organisation = bundle.organisation
    if grant.directorate is not None:
        return organisation.directorate_names.get(grant.directorate, grant.directorate)
    if grant.body is not None:
        return organisation.body_names.get(grant.body, grant.body)
    return COUNCIL


_in_force = in_force(bindparam("day"))
#: One row a grant of `person` in force on `day`, in the order that `actor_of` takes.
ACTOR_COLUMNS = (
    # Nobody there has no day on which it closes, either, where they are joined to something else.
    and_(Person.id.is_not(None), account_open(bindparam("day"))).label("open"),
    GrantRow.role,
    GrantRow.directorate.label("over_directorate"),
    GrantRow.body.label("over_body"),
)
GRANT_IN_FORCE = and_(GrantRow.person_id == Person.id, _in_force)
_ACTOR_QUERY = (
    select(*ACTOR_COLUMNS)
    .select_from(Person)
    .outerjoin(GrantRow, GRANT_IN_FORCE)
    .where(Person.id == bindparam("person"))
)
_ACTOR = Prepared(_ACTOR_QUERY)
#: Every page begins with it: one statement, and no object of the ORM.
_ACCOUNT = Prepared(
    _ACTOR_QUERY.add_columns(Person.name, Person.job_title, Person.email, Person.session_epoch)
)


@dataclass(frozen=True, slots=True)
class Account:
    """What the web needs of whoever is signed in."""

    id: int
    name: str
    job_title: str
    email: str
    session_epoch: int
    actor: Actor


def actor(session: Session, person_id: int | None, day: date) -> Actor:
    """Who acts, with the roles they hold that day. Raises NotSignedIn as `actor_of` does."""
    return actor_of(person_id, _ACTOR.run(session.connection(), person=person_id, day=day).all())


def actor_of(person_id: int | None, rows: Sequence[Sequence[Any]]) -> Actor:
    """Who acts, from rows of ACTOR_COLUMNS. Raises NotSignedIn for nobody, for somebody unknown
    and for a disabled account: the actor is resolved once, and never a guess."""
    if person_id is None or not rows or not rows[0][0]:
        raise NotSignedIn("You are not signed in.", remedy="Sign in and try again.")
    return Actor(
        person_id,
        frozenset(Grant(Role(role), *over) for _, role, *over in rows if role is not None),
    )


def account(session: Session, person_id: int, day: date) -> Account | None:
    """The account of a person who may sign in, or None."""
    rows = _ACCOUNT.run(session.connection(), person=person_id, day=day).all()
    if not rows or not rows[0].open:
        return None
    return Account(
        id=person_id,
        name=rows[0].name,
        job_title=rows[0].job_title,
        email=rows[0].email,
        session_epoch=rows[0].session_epoch,
        actor=actor_of(person_id, [row[: len(ACTOR_COLUMNS)] for row in rows]),
    )


def person(session: Session, person_id: int) -> Person:
    """The person of that id, who must be there."""
    return session.get_one(Person, person_id)


def person_by_email(session: Session, email: str) -> Person | None:
    """The person with that address, however it is capitalised."""
    return session.scalars(select(Person).where(Person.email == email.strip().lower())).first()


def names(session: Session, ids: Iterable[int | None]) -> dict[int, Person]:
    """People by id, in one query."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    return {p.id: p for p in session.scalars(select(Person).where(Person.id.in_(wanted)))}


def holders(
    session: Session,
    roles: Sequence[Role],
    day: date,
    *,
    directorate: str | None = None,
    body: str | None = None,
) -> list[Person]:
    """Active people who hold one of the roles that day (over that scope, where one is given)."""
    query = (
        select(Person)
        .join(GrantRow, GrantRow.person_id == Person.id)
        .where(account_open(day), GrantRow.role.in_([r.value for r in roles]), _in_force)
        .distinct()
        .order_by(Person.name, Person.id)
    )
    if directorate is not None:
        query = query.where(GrantRow.directorate == directorate)
    if body is not None:
        query = query.where(GrantRow.body == body)
    return list(session.scalars(query, {"day": day}))
