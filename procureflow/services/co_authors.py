"""Co-authors: people of the directorate who write a request beside its requester."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import InvalidInput, WrongState
from procureflow.domain.events import CoAuthorAdded, CoAuthorRemoved
from procureflow.domain.permissions import Permission
from procureflow.queries import co_authors as reading
from procureflow.queries import policies
from procureflow.services._situation import ensure_allowed, ensure_kind
from procureflow.services._transition import Held, apply, hold


def add_co_author(
    session: Session, *, request_id: int, person_id: int, actor_id: int | None, now: datetime
) -> None:
    """Let somebody else of the directorate write it too. Raises InvalidInput where they can't."""
    held = _hold(session, request_id, actor_id, now)
    if person_id in held.parties.co_authors:
        return
    if not reading.may_join(session, held.directorate, held.parties, person_id, now):
        raise InvalidInput(
            {
                "person": "Choose somebody who asks for ICT in this directorate and doesn’t "
                "sponsor this request."
            }
        )
    among = held.parties.co_authors | {person_id}
    apply(session, held, CoAuthorAdded(person_id), now=now, co_authors=sorted(among))


def remove_co_author(
    session: Session, *, request_id: int, person_id: int, actor_id: int | None, now: datetime
) -> None:
    """They write it no more. What they wrote stays, and with it that they never judge it.

    Oneself one may remove without any role, and while a group has it: whoever was named and did
    nothing is kept from no vote by it.
    """
    if person_id == actor_id:
        held = hold(session, request_id, actor_id=actor_id, now=now)
        bundle = policies.governing(session, held.bundle, held.in_force)
        ensure_kind(bundle, held, StateKind.EDITING, StateKind.GROUP)
    else:
        held = _hold(session, request_id, actor_id, now)
    if person_id not in held.parties.co_authors:
        raise WrongState("They are no co-author any more.", remedy="There is nothing to do.")
    left = held.parties.co_authors - {person_id}
    apply(session, held, CoAuthorRemoved(person_id), now=now, co_authors=sorted(left))


def _hold(session: Session, request_id: int, actor_id: int | None, now: datetime) -> Held:
    held = hold(session, request_id, actor_id=actor_id, now=now)
    ensure_allowed(Permission.REQUEST_EDIT, held)
    ensure_kind(policies.governing(session, held.bundle, held.in_force), held, StateKind.EDITING)
    return held
