"""Comments: what those concerned ask and say about a request or one of its sections.

A comment stands in the history alone: it is never changed or taken back.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import InvalidInput
from procureflow.domain.events import CommentMade
from procureflow.domain.permissions import Permission
from procureflow.queries import policies, reviews
from procureflow.queries.evidence import was_last
from procureflow.services._situation import ensure_allowed, ensure_kind
from procureflow.services._transition import apply, hold
from procureflow.services._words import words as said

LONGEST_COMMENT = 2000
#: While a request is in one of these, something can still come of a comment.
OPEN = (StateKind.EDITING, StateKind.GROUP, StateKind.DECIDED)


def comment(
    session: Session,
    *,
    request_id: int,
    section: str | None,
    words: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Say something about a section, or (None) about the request as a whole. Said twice in a row,
    it is said once."""
    held = hold(session, request_id, actor_id=actor_id, now=now)
    bodies = reviews.bodies_of(session, held.id)
    bundle = policies.governing(session, held.bundle, held.in_force)
    left = reviews.left_latest(session, bundle, held.id)
    ensure_allowed(Permission.REQUEST_COMMENT, held, bodies=bodies, left=left)
    ensure_kind(bundle, held, *OPEN)
    if section is not None and section not in bundle.questions.sections:
        raise InvalidInput({"section": "Choose one of the sections."})
    event = CommentMade(
        section, said("words", words, LONGEST_COMMENT, blank="Write what you would ask or say.")
    )
    if was_last(session, held.reference, event, held.actor.person):
        return
    apply(session, held, event, now=now)
