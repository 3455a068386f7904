"""Keeping what somebody types into a section before they save it, so that nothing typed is lost.

A draft is its author's own: no event tells of it, and nobody else sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete
from sqlalchemy.orm import Session

from procureflow.domain.chain import canonical
from procureflow.domain.definitions.questions import Section
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import InvalidInput, NotFound, Stale
from procureflow.domain.permissions import Permission
from procureflow.models import SectionDraft
from procureflow.models.statements import Prepared
from procureflow.queries import business_cases as content
from procureflow.queries import policies
from procureflow.services._situation import ensure_allowed, ensure_kind
from procureflow.services._transition import hold

_FORGET = Prepared(
    delete(SectionDraft).where(
        SectionDraft.person_id == bindparam("person"),
        SectionDraft.request_id == bindparam("request"),
        SectionDraft.section == bindparam("section"),
    )
)
#: More than every answer of any section at its longest.
LONGEST = 100_000


def keep_draft(
    session: Session,
    *,
    request_id: int,
    section: str,
    fields: Mapping[str, str],
    seen_version: int,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Keep the fields of a section's form as they are typed: name → text. What isn't a field of
    the section is left out. Raises Stale where the section was saved since."""
    held = hold(session, request_id, actor_id=actor_id, now=now)
    ensure_allowed(Permission.REQUEST_EDIT, held)
    bundle = policies.governing(session, held.bundle, held.in_force)
    ensure_kind(bundle, held, StateKind.EDITING)
    defined = bundle.questions.sections.get(section)
    if defined is None:
        raise NotFound("There is no such section.", remedy="Go back to the request.")
    current = content.current_sections(session, held.id).get(section)
    if seen_version != (current.version if current else 0):
        # A save that was made meanwhile, perhaps by them: a draft would hide it.
        raise Stale("This section was saved since.", remedy="Open it again.")
    typed = {name: text for name, text in fields.items() if _asked(defined, name)}
    if len(canonical(typed)) > LONGEST:
        raise InvalidInput({"": "This is too long to be kept. Shorten it."})
    key = (held.actor.person, held.id, section)
    draft = session.get(SectionDraft, key)
    if draft is None:
        draft = SectionDraft(person_id=key[0], request_id=key[1], section=key[2])
        session.add(draft)
    draft.fields, draft.seen, draft.at = typed, seen_version, now
    session.flush()


def discard_draft(
    session: Session, *, request_id: int, section: str, actor_id: int | None, now: datetime
) -> None:
    """Forget what was typed and not saved."""
    held = hold(session, request_id, actor_id=actor_id, now=now)
    ensure_allowed(Permission.REQUEST_EDIT, held)
    forget(session, held.actor.person, held.id, section)


def forget(session: Session, person: int, request: int, section: str) -> None:
    """Remove somebody's draft of a section, if there is one."""
    _FORGET.run(session.connection(), person=person, request=request, section=section)


def _asked(section: Section, name: str) -> bool:
    """Whether a form has a field of that name for this section: a date has three."""
    return name in section.questions or name.rpartition("-")[0] in section.questions
