"""The check before you buy, a question at a time, until it becomes a request.

A check is its author's own note: no event tells of it. What it becomes has a history.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procureflow.domain import answers as answering
from procureflow.domain.calendar import local_day
from procureflow.domain.errors import InvalidInput, NotFound, WrongState
from procureflow.domain.permissions import Parties, Permission, Subject, ensure
from procureflow.models import Check
from procureflow.queries import people, policies
from procureflow.services.requests import open_request

MOST = 50


def begin(session: Session, *, directorate: str, actor_id: int | None, now: datetime) -> int:
    """Begin a check for a directorate. Returns its id."""
    actor = people.actor(session, actor_id, local_day(now))
    ensure(Permission.REQUEST_CREATE, actor, Subject(directorate=directorate))
    query = select(func.count()).select_from(Check).where(Check.person_id == actor.person)
    if (session.scalar(query) or 0) >= MOST:
        raise WrongState(
            f"You have {MOST} checks in hand.", remedy="Finish one, or remove one you don’t need."
        )
    check = Check(
        person_id=actor.person, directorate=directorate, answers={}, begun_at=now, updated_at=now
    )
    session.add(check)
    session.flush()
    return check.id


def answer(
    session: Session,
    *,
    check_id: int,
    question: str,
    value: Any,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Keep the answer to one question. Raises InvalidInput where it can't be accepted, or is
    missing and needed."""
    check = _hold(session, check_id, actor_id, now)
    bundle = policies.bundle_in_force(session, local_day(now))
    section, asked = bundle.questions.all().get(question, (None, None))
    if section is None or asked is None or section not in bundle.sections_of("check"):
        raise NotFound("This is not asked here.", remedy="Go back to the check.")
    kept = answering.clean(bundle, section, {question: value}).get(question)
    if kept is None and asked.required:
        raise InvalidInput({question: f"Answer “{asked.label}”"})
    check.answers = {**check.answers, question: kept}
    check.updated_at = now
    session.flush()


def finish(
    session: Session, *, check_id: int, actor_id: int | None, now: datetime
) -> tuple[int, str]:
    """Make it a request, with the policy's answer. Returns (id, reference) of the request.

    Raises InvalidInput naming what is missing.
    """
    check = _hold(session, check_id, actor_id, now)
    bundle = policies.bundle_in_force(session, local_day(now))
    known = bundle.questions.all()
    given = {k: v for k, v in check.answers.items() if v is not None and k in known}
    opened = open_request(
        session, directorate=check.directorate, answers=given, actor_id=actor_id, now=now
    )
    session.delete(check)
    session.flush()
    return opened


def discard(session: Session, *, check_id: int, actor_id: int | None, now: datetime) -> None:
    """Remove a check that isn't needed any more."""
    session.delete(_hold(session, check_id, actor_id, now))
    session.flush()


def _hold(session: Session, check_id: int, actor_id: int | None, now: datetime) -> Check:
    check = session.scalars(select(Check).where(Check.id == check_id).with_for_update()).first()
    if check is None:
        raise NotFound("There is no such check.", remedy="It may have become a request already.")
    actor = people.actor(session, actor_id, local_day(now))
    ensure(Permission.CHECK_ANSWER, actor, Subject(parties=Parties(check.person_id)))
    return check
