"""The administrator's desk: inviting, new links, ending sessions, enabling again, new names."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from procureflow.domain.calendar import local_day
from procureflow.domain.errors import InvalidInput, WrongState
from procureflow.domain.events import PersonEnabled, PersonRenamed
from procureflow.domain.permissions import Role
from procureflow.services import mailing, people
from procureflow.services._people import (
    ensure_administers,
    ensure_scope,
    happened,
    hold_person,
    particulars_errors,
)


def invite_person(
    session: Session,
    *,
    email: str,
    name: str,
    job_title: str,
    role: Role | None,
    directorate: str | None,
    body: str | None,
    starts_on: date | None = None,
    valid_for: timedelta,
    base_url: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Make an account with a first role, and mail the link that sets its password. Returns its
    id. Raises InvalidInput with everything that is wrong: nobody is told of one thing a time."""
    errors: dict[str, str] = {}
    today = local_day(now)
    if starts_on is not None and starts_on < today:
        errors["starts_on"] = "A role can’t start before today."
    if role is None:
        errors["role"] = "Choose a role to begin with."
    else:
        try:
            ensure_scope(session, role, directorate, body, today)
        except InvalidInput as refusal:
            errors |= refusal.errors
    try:
        person = people.add_person(
            session, email=email, name=name, job_title=job_title, actor_id=actor_id, now=now
        )
    except InvalidInput as refusal:
        raise InvalidInput({**refusal.errors, **errors}) from refusal
    if role is None or errors:
        raise InvalidInput(errors)
    people.grant_role(
        session,
        person_id=person,
        role=role,
        directorate=directorate,
        body=body,
        starts_on=starts_on,
        actor_id=actor_id,
        now=now,
    )
    mailing.mail_link(
        session,
        person_id=person,
        purpose="first_password",
        # Whoever starts later sets the password then, and not before.
        valid_for=valid_for + max(timedelta(), (starts_on or today) - today),
        base_url=base_url,
        now=now,
    )
    return person


def send_link(
    session: Session,
    *,
    person_id: int,
    first: timedelta,
    forgotten: timedelta,
    base_url: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Mail a new link to set a password: valid for `first` where there is none yet, for
    `forgotten` otherwise. Links sent before stop working."""
    ensure_administers(session, actor_id, now)
    person = hold_person(session, person_id)
    if not person.open_on(local_day(now)):
        raise WrongState("This account is disabled.", remedy="Enable it again first.")
    fresh = person.password_hash is None
    mailing.mail_link(
        session,
        person_id=person.id,
        purpose="first_password" if fresh else "forgotten_password",
        valid_for=first if fresh else forgotten,
        base_url=base_url,
        now=now,
    )


def end_sessions_of(
    session: Session,
    *,
    person_id: int,
    actor_id: int | None,
    now: datetime,
    stop_password: bool = False,
) -> None:
    """End every session of somebody: a device was left signed in. Where one was lost, the password
    that may stand on it is stopped, too, with every link: a new link lets them in again."""
    ensure_administers(session, actor_id, now)
    if not stop_password:
        people.end_sessions(session, person_id=person_id)
        return
    if person_id == actor_id:
        raise WrongState(
            "Nobody stops their own password.", remedy="Change it: that ends every session, too."
        )
    people.stop_password(session, person_id=person_id, actor_id=actor_id, now=now)


def enable_person(session: Session, *, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Let somebody sign in again, or go on to, with the password and the roles that they have.
    Links sent before an account was disabled stay dead."""
    ensure_administers(session, actor_id, now)
    person = hold_person(session, person_id)
    if person.closes_on is None:
        raise WrongState("This account is active already.", remedy="There is nothing to do.")
    if not person.open_on(local_day(now)):
        people.void_links(session, person_id=person.id, now=now)
    person.closes_on = None
    session.flush()
    happened(session, PersonEnabled(person.id), actor_id, now)


def rename_person(
    session: Session,
    *,
    person_id: int,
    name: str,
    job_title: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Change somebody's name or job title. The history keeps who, never the name."""
    ensure_administers(session, actor_id, now)
    errors = particulars_errors(name, job_title)
    if errors:
        raise InvalidInput(errors)
    person = hold_person(session, person_id)
    if (person.name, person.job_title) == (name.strip(), job_title.strip()):
        return
    person.name, person.job_title = name.strip(), job_title.strip()
    session.flush()
    happened(session, PersonRenamed(person.id), actor_id, now)
