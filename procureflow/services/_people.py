"""What every act on people needs: permission, the lock, the scope of a role, and the record."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.domain.answers import text
from procureflow.domain.calendar import local_day
from procureflow.domain.errors import InvalidInput, NotFound
from procureflow.domain.events import (
    PasswordSet,
    PersonAdded,
    PersonDisabled,
    RoleEnded,
    RoleGranted,
)
from procureflow.domain.permissions import SCOPES, Permission, Role, Scope, ensure
from procureflow.domain.reference import PEOPLE_STREAM
from procureflow.models import Person
from procureflow.queries import people as reading
from procureflow.queries import policies
from procureflow.services._record import record

LONGEST_NAME = 120


def ensure_administers(session: Session, actor_id: int | None, now: datetime) -> None:
    """The console has no account: whoever reaches it has the server already."""
    if actor_id is not None:
        actor = reading.actor(session, actor_id, local_day(now))
        ensure(Permission.PEOPLE_ADMINISTER, actor)


def particulars_errors(name: str, job_title: str) -> dict[str, str]:
    """What is wrong with a name or a job title, by field."""
    errors = {}
    if not name.strip():
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
    errors = {}
    if (directorate is not None) is not (scope is Scope.DIRECTORATE):
        errors["directorate"] = f"The role of {role.value} is held over a {scope.value}."
    elif directorate is not None and directorate not in organisation.directorates:
        errors["directorate"] = f"There is no directorate {directorate}."
    if (body is not None) is not (scope is Scope.BODY):
        errors["body"] = f"The role of {role.value} is held over a {scope.value}."
    elif body is not None and body not in organisation.bodies:
        errors["body"] = f"There is no body {body}."
    if errors:
        raise InvalidInput(errors)


def hold_person(session: Session, person_id: int) -> Person:
    """Lock a person. Raises NotFound."""
    person = session.scalars(select(Person).where(Person.id == person_id).with_for_update()).first()
    if person is None:
        raise NotFound("There is no such person.")
    return person


def happened(
    session: Session,
    event: PersonAdded | PersonDisabled | RoleGranted | RoleEnded | PasswordSet,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Record it in the stream of people."""
    record(session, stream=PEOPLE_STREAM, event=event, actor=actor_id, now=now)
