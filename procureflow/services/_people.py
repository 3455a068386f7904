"""What every act on people needs: permission, the lock, the scope of a role, and the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.domain.answers import text, trimmed
from procureflow.domain.calendar import first_uncovered, in_words, local_day
from procureflow.domain.errors import InvalidInput, NotFound, WrongState
from procureflow.domain.events import Event
from procureflow.domain.permissions import SCOPES, Permission, Role, Scope, ensure
from procureflow.domain.reference import PEOPLE_STREAM
from procureflow.models import Grant, Person
from procureflow.queries import people as reading
from procureflow.queries import policies
from procureflow.services._record import record

LONGEST_NAME = 120
NOTHING: Mapping[int, date] = MappingProxyType({})


def ensure_administers(session: Session, actor_id: int | None, now: datetime) -> None:
    """The console has no account: whoever reaches it has the server already."""
    if actor_id is not None:
        actor = reading.actor(session, actor_id, local_day(now))
        ensure(Permission.PEOPLE_ADMINISTER, actor)


def particulars_errors(name: str, job_title: str) -> dict[str, str]:
    """What is wrong with a name or a job title, by field."""
    errors = {}
    if not trimmed(name):
        errors["name"] = "Enter the person’s name."
    for field, given in (("name", name), ("job_title", job_title)):
        try:
            text(given.strip(), LONGEST_NAME, one_line=True)
        except ValueError as error:
            errors[field] = str(error)
    return errors


def ensure_scope(
    session: Session, role: Role, directorate: str | None, body: str | None, day: date
) -> None:
    """A role has the scope that SCOPES gives it, over something there is. Raises InvalidInput."""
    organisation = policies.bundle_in_force(session, day).organisation
    scope = SCOPES[role]
    known: dict[Scope, tuple[str, str | None, Mapping[str, object]]] = {
        Scope.DIRECTORATE: ("directorate", directorate, organisation.directorates),
        Scope.BODY: ("body", body, organisation.bodies),
    }
    errors = {}
    for kind, (field, given, there) in known.items():
        if given is None and scope is kind:
            errors[field] = f"The role of {role.words} is held over a {field}: choose one."
        elif given is not None and scope is not kind:
            over = "the council" if scope is Scope.COUNCIL else f"a {scope.value}"
            errors[field] = f"The role of {role.words} is held over {over}: choose no {field}."
        elif given is not None and given not in there:
            errors[field] = f"There is no {field} {given}."
    if errors:
        raise InvalidInput(errors)


def ensure_administered(
    session: Session,
    day: date,
    *,
    closing: Mapping[int, date] = NOTHING,
    ending: Mapping[int, date] = NOTHING,
) -> None:
    """Refuse what leaves the council without an administrator sooner than it would be: `closing`
    accounts (person → day), or `ending` roles (grant → day). Who never set a password doesn't
    count.

    Whoever asks holds the stream of people: two who disable each other take turns.
    """
    rows = session.execute(
        select(Grant.id, Grant.person_id, Grant.starts_on, Grant.ends_on, Person.closes_on)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.role == Role.ADMINISTRATOR.value,
            reading.account_open(day),
            Person.password_hash.is_not(None),
        )
    ).all()
    now = first_uncovered([(r.starts_on, _sooner(r.ends_on, r.closes_on)) for r in rows], day)
    left = [
        (
            row.starts_on,
            _sooner(ending.get(row.id, row.ends_on), closing.get(row.person_id, row.closes_on)),
        )
        for row in rows
    ]
    then = first_uncovered(left, day)
    if then is not None and (now is None or then < now):
        since = "any more" if then == day else f"from {in_words(then)} on"
        raise WrongState(
            f"Nobody would be administrator {since}.",
            remedy="Make somebody else administrator first: it counts once they have a password.",
        )


def _sooner(one: date | None, other: date | None) -> date | None:
    """Of two days on which something ends, the first; None: neither ends."""
    return min((day for day in (one, other) if day is not None), default=None)


def hold_person(session: Session, person_id: int) -> Person:
    """Lock a person. Raises NotFound.

    Their id stays free to be referred to (FOR NO KEY UPDATE): an event that names them as who
    acted doesn't wait, or two administrators who disable each other would wait for ever.
    """
    query = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    person = session.scalars(query).first()
    if person is None:
        raise NotFound("There is no such person.")
    return person


def happened(
    session: Session,
    event: Event,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Record it in the stream of people."""
    record(session, stream=PEOPLE_STREAM, event=event, actor=actor_id, now=now)
