"""People and their roles; passwords, one-time links, and signing in."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from zxcvbn import zxcvbn

from procureflow.domain.calendar import local_day
from procureflow.domain.errors import InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.events import (
    PasswordSet,
    PersonAdded,
    PersonDisabled,
    RoleEnded,
    RoleGranted,
)
from procureflow.domain.permissions import Role
from procureflow.domain.reference import PEOPLE_STREAM
from procureflow.models import Grant, OneTimeLink, Person
from procureflow.queries import people as reading
from procureflow.services._people import (
    ensure_administered,
    ensure_administers,
    ensure_scope,
    happened,
    hold_person,
    particulars_errors,
)
from procureflow.services._record import hold_stream

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
#: zxcvbn's score, 0 to 4: below this a password is on a list, or as good as on one.
LEAST_SCORE = 3
#: As much as zxcvbn looks at: it takes half a second for these, and six for twice as many.
LOOKED_AT = 30
#: zxcvbn keeps the words it was given in a module: one at a time.
_one_at_a_time = Lock()

_TAKEN = "There is an account with this address already. Change that one, or use another address."

_hasher = PasswordHasher()

#: Whoever acts at the command line of the server: no account, and recorded as such.
CONSOLE = None


def add_person(
    session: Session,
    *,
    email: str,
    name: str,
    job_title: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Make an account without a password. Returns its id. Raises InvalidInput."""
    ensure_administers(session, actor_id, now)
    hold_stream(session, PEOPLE_STREAM)
    errors = {}
    try:
        address = validate_email(email.strip(), check_deliverability=False, test_environment=True)
        normal = address.normalized.lower()
    except EmailNotValidError:
        errors["email"] = "Enter an e-mail address, like name@example.gov.uk."
        normal = ""
    errors |= particulars_errors(name, job_title)
    if normal and reading.person_by_email(session, normal) is not None:
        errors["email"] = _TAKEN
    if errors:
        raise InvalidInput(errors)
    person = Person(email=normal, name=name.strip(), job_title=job_title.strip(), created_at=now)
    session.add(person)
    session.flush()
    happened(session, PersonAdded(person.id), actor_id, now)
    return person.id


def grant_role(
    session: Session,
    *,
    person_id: int,
    role: Role,
    actor_id: int | None,
    now: datetime,
    starts_on: date | None = None,
    ends_on: date | None = None,
    directorate: str | None = None,
    body: str | None = None,
) -> int:
    """Give a role, over the scope that it has, from a day on. Where it begins at once, the
    person's sessions end. Only the console gives one for the past: what was allowed on a day stays
    what it was. Nobody gives one to themselves: whoever could would hold them all."""
    ensure_administers(session, actor_id, now)
    ensure_scope(session, role, directorate, body, local_day(now))
    today = local_day(now)
    starts = starts_on or today
    if actor_id is not CONSOLE and person_id == actor_id:
        raise WrongState(
            "Nobody gives a role to themselves.",
            remedy="Ask another administrator, or whoever runs the server.",
        )
    if actor_id is not CONSOLE and starts < today:
        raise InvalidInput({"starts_on": "A role can’t start before today."})
    if ends_on is not None and ends_on <= starts:
        raise InvalidInput({"ends_on": "A role ends on a later day than it starts."})
    person = hold_person(session, person_id)
    held = select(Grant.id).where(
        Grant.person_id == person.id,
        Grant.role == role.value,
        Grant.directorate == directorate,
        Grant.body == body,
        or_(Grant.ends_on.is_(None), Grant.ends_on > starts),
        # One that was taken back before it began was never held.
        or_(Grant.ends_on.is_(None), Grant.ends_on > Grant.starts_on),
    )
    if ends_on is not None:
        held = held.where(Grant.starts_on < ends_on)
    if session.scalar(held.limit(1)) is not None:
        raise InvalidInput({"role": "They have this role in that time already. End that one."})
    grant = Grant(
        person_id=person.id,
        role=role.value,
        directorate=directorate,
        body=body,
        starts_on=starts,
        ends_on=ends_on,
    )
    session.add(grant)
    if starts <= today:
        person.session_epoch += 1
    session.flush()
    event = RoleGranted(
        person=person.id,
        grant=grant.id,
        role=role.value,
        directorate=directorate,
        body=body,
        starts_on=starts.isoformat(),
        ends_on=ends_on.isoformat() if ends_on else None,
    )
    happened(session, event, actor_id, now)
    return grant.id


def end_role(
    session: Session, *, grant_id: int, ends_on: date, actor_id: int | None, now: datetime
) -> None:
    """End a role: from that day on it is not held. Where it ends at once, the person's sessions
    end too. Only the console ends one for the past.

    An administrator can't end the last one's; the console can, for it can make another.
    """
    ensure_administers(session, actor_id, now)
    grant = session.get(Grant, grant_id)
    if grant is None:
        raise NotFound("There is no such role.")
    if ends_on < grant.starts_on:
        raise InvalidInput({"ends_on": "A role can’t end before it starts."})
    day, person = local_day(now), hold_person(session, grant.person_id)
    if grant.ends_on is not None and grant.ends_on <= day:
        raise WrongState(
            "This role has ended already.", remedy="Give it anew if they are to have it again."
        )
    if grant.ends_on is not None and ends_on > grant.ends_on:
        raise InvalidInput({"ends_on": "It ends sooner already. Give the role anew from that day."})
    if actor_id is not CONSOLE and ends_on < day:
        raise InvalidInput({"ends_on": "A role can’t end before today: it was held until now."})
    if actor_id is not CONSOLE and grant.role == Role.ADMINISTRATOR:
        hold_stream(session, PEOPLE_STREAM)
        ensure_administered(session, day, ending={grant.id: ends_on})
    grant.ends_on = ends_on
    if ends_on <= day:
        person.session_epoch += 1
    session.flush()
    event = RoleEnded(grant.person_id, grant.id, ends_on.isoformat())
    happened(session, event, actor_id, now)


def disable_person(
    session: Session,
    *,
    person_id: int,
    actor_id: int | None,
    now: datetime,
    closes_on: date | None = None,
) -> None:
    """Disable an account from a day on (None: at once): nobody signs in with it, and its sessions
    end. Another day may be given until then.

    An administrator can't disable the last one; the console can, for it can make another.
    """
    ensure_administers(session, actor_id, now)
    person, today = hold_person(session, person_id), local_day(now)
    if not person.open_on(today):
        raise WrongState("This account is disabled already.", remedy="There is nothing to do.")
    closes = closes_on or today
    if closes < today:
        raise InvalidInput(
            {"last_day": "Their last day can’t be before today: they could sign in."}
        )
    if closes == person.closes_on:
        raise WrongState("This is their last day already.", remedy="There is nothing to do.")
    if actor_id is not CONSOLE:
        hold_stream(session, PEOPLE_STREAM)
        ensure_administered(session, today, closing={person.id: closes})
    person.closes_on = closes
    if closes == today:
        person.session_epoch += 1
    session.flush()
    happened(session, PersonDisabled(person.id, closes.isoformat()), actor_id, now)


def issue_link(
    session: Session, *, person_id: int, purpose: str, valid_for: timedelta, now: datetime
) -> str:
    """A token that sets one person's password once. Earlier ones of theirs stop working."""
    person = hold_person(session, person_id)
    void_links(session, person_id=person.id, now=now)
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            person_id=person.id,
            purpose=purpose,
            token_hash=_fingerprint(token),
            expires_at=now + valid_for,
        )
    )
    session.flush()
    return token


def void_links(session: Session, *, person_id: int, now: datetime) -> None:
    """Let no link of a person that was sent before work any more."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
    )


def usable_link(
    session: Session, token: str, now: datetime, *, lock: bool = False
) -> OneTimeLink | None:
    """The link of a token that can still be used, or None. Whoever uses it up locks it."""
    query = select(OneTimeLink).where(OneTimeLink.token_hash == _fingerprint(token))
    link = session.scalars(query.with_for_update() if lock else query).first()
    if link is None or link.used_at is not None or link.expires_at <= now:
        return None
    person = session.get(Person, link.person_id)
    return link if person is not None and person.open_on(local_day(now)) else None


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that was found good enough, hashed. Made by `new_password`, before the
    transaction that stores it: both take long, and nobody should wait for them."""

    hash: str


def new_password(person: Person, password: str) -> NewPassword:
    """Long, on no list of common ones, and not the person's own name (ASVS 5.0: 6.2.1 to
    6.2.12). No recipe. Raises InvalidInput."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput({"password": f"Use at least {SHORTEST_PASSWORD} characters."})
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput({"password": f"Use {LONGEST_PASSWORD} characters or fewer."})
    own = [person.email, person.email.partition("@")[0], *person.name.split(), "procureflow"]
    with _one_at_a_time:
        score = zxcvbn(password[:LOOKED_AT], user_inputs=own)["score"]
    if score < LEAST_SCORE:
        raise InvalidInput(
            {"password": "This is too easy to guess. Three unrelated words make a good one."}
        )
    return NewPassword(_hasher.hash(password))


def set_password_by_link(
    session: Session, *, token: str, password: NewPassword, now: datetime
) -> int:
    """Set a password with a one-time link. Returns the person. Ends all their sessions."""
    link = usable_link(session, token, now, lock=True)
    if link is None:
        raise WrongState(
            "This link has been used or has run out.", remedy="Ask for a new link to sign in."
        )
    person = hold_person(session, link.person_id)
    link.used_at = now
    _set_password(session, person, password, link.purpose, person.id, now)
    return person.id


def change_password(
    session: Session, *, actor_id: int, verified: Verified, password: NewPassword, now: datetime
) -> int:
    """Change one's own password. Ends all one's sessions. Returns the new session epoch."""
    person = hold_person(session, actor_id)
    if person.password_hash != verified.hash:
        raise Stale("Your password was changed at the same moment.", remedy="Sign in again.")
    _set_password(session, person, password, "changed", person.id, now)
    return person.session_epoch


def end_sessions(session: Session, *, person_id: int) -> None:
    """End every session of a person: what signing out does."""
    hold_person(session, person_id).session_epoch += 1
    session.flush()


def stop_password(session: Session, *, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Let somebody's password and links work no more, and end their sessions. An administrator
    can't do it to the last one, who could then let nobody in."""
    person = hold_person(session, person_id)
    if person.password_hash is None:
        raise WrongState("They have no password.", remedy="Send them a link to set one.")
    if actor_id is not CONSOLE:
        hold_stream(session, PEOPLE_STREAM)
        today = local_day(now)
        ensure_administered(session, today, closing={person.id: today})
    void_links(session, person_id=person.id, now=now)
    person.password_hash = None
    person.session_epoch += 1
    session.flush()
    happened(session, PasswordSet(person.id, "stopped"), actor_id, now)


def authenticate(session: Session, *, email: str, password: str, day: date) -> Person | None:
    """Whose address and password these are, where the account is open that day; or None.
    Constant in effort."""
    person = reading.person_by_email(session, email)
    right = verify_password(person, password)
    return person if right and person is not None and person.open_on(day) else None


@cache
def _nobody() -> str:
    """Verified where there is no such account, so that an answer takes as long either way."""
    return _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Verified:
    """The stored hash that somebody has just shown to know the password of."""

    hash: str


def own_password(person: Person, password: str) -> Verified:
    """That this is the person's password. Raises InvalidInput. Before the transaction, too."""
    if not verify_password(person, password):
        raise InvalidInput({"current": "This is not your password."})
    return Verified(person.password_hash or "")


def verify_password(person: Person | None, password: str) -> bool:
    """Whether this is the person's password; takes the same time for nobody."""
    stored = person.password_hash if person is not None and person.password_hash else None
    try:
        _hasher.verify(stored or _nobody(), password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def _set_password(
    session: Session, person: Person, password: NewPassword, how: str, actor: int, now: datetime
) -> None:
    person.password_hash = password.hash
    person.session_epoch += 1
    session.flush()
    happened(session, PasswordSet(person.id, how), actor, now)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
