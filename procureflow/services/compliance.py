"""What was thrown back: the record, the director's answer, the closing by somebody else (NC-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.chain import GENESIS
from procureflow.domain.errors import NotFound, Stale, WrongState
from procureflow.domain.events import (
    DirectorateActionAnswered,
    DirectorateActionClosed,
    DirectorateActionReopened,
    Event,
    NonComplianceOpened,
)
from procureflow.domain.permissions import Actor, Permission, ensure
from procureflow.domain.reference import NON_COMPLIANCE
from procureflow.models import DirectorateAction, NonComplianceRecord
from procureflow.queries import compliance as reading
from procureflow.queries import people
from procureflow.services._record import sealed_row, write_row
from procureflow.services._references import next_reference
from procureflow.services._transition import Held
from procureflow.services._words import words

LONGEST_NOTE = 4000


def open_for_decision(
    session: Session,
    *,
    held: Held,
    bundle: Bundle,
    decision: int,
    rules: Sequence[str],
    now: datetime,
) -> str | None:
    """Open a record and its directorate action, if a cited rule says that one follows.

    Belongs to the unit of work that records the rejection. Returns the record's reference.
    """
    day = local_day(now)
    acting = [r for r in bundle.rules_on(day) if r.id in rules and r.rule.action]
    if not acting:
        return None
    due = day + timedelta(days=bundle.parameters.service_levels.directorate_action)
    reference = next_reference(session, NON_COMPLIANCE, day.year)
    event = NonComplianceOpened(
        directorate=held.directorate,
        rules=tuple(rule.id for rule in acting),
        due_on=due.isoformat(),
        request=held.reference,
        decision=decision,
    )
    row = sealed_row(stream=reference, seq=1, previous=GENESIS, event=event, actor=None, now=now)
    record = NonComplianceRecord(
        reference=reference,
        directorate=held.directorate,
        request_id=held.id,
        decision_id=decision,
        rules=[rule.id for rule in acting],
        summary="; ".join(rule.rule.title for rule in acting),
        opened_at=now,
        version=1,
        head=row["hash"],
    )
    session.add(record)
    session.flush()
    session.add(DirectorateAction(record_id=record.id, due_on=due))
    session.flush()
    write_row(session.connection(), row)
    return reference


def answer_action(
    session: Session, *, record_id: int, done: str, actor_id: int | None, now: datetime
) -> None:
    """The director records what was done. The same again is no news."""
    record, action, actor = _hold(session, record_id, Permission.ACTION_ANSWER, actor_id, now)
    text = words("done", done, LONGEST_NOTE, blank="Say what was done, by whom and when.")
    if action.closed_at is not None:
        raise WrongState("This action is closed.", remedy="There is nothing more to do.")
    if (action.done, action.done_by) == (text, actor.person):
        return
    action.done, action.done_by, action.done_at = text, actor.person, now
    _append(session, record, DirectorateActionAnswered(text), actor, now)


def reopen_action(
    session: Session, *, record_id: int, why: str, actor_id: int | None, now: datetime
) -> None:
    """What was recorded was not enough: the director answers again."""
    record, action, actor = _hold(session, record_id, Permission.ACTION_CLOSE, actor_id, now)
    text = words("note", why, LONGEST_NOTE, blank="Say what is still missing.")
    _ensure_answered(action)
    action.done = action.done_by = action.done_at = None
    _append(session, record, DirectorateActionReopened(text), actor, now)


def close_action(
    session: Session, *, record_id: int, note: str, actor_id: int | None, now: datetime
) -> None:
    """Somebody other than who answered it is satisfied, and says why."""
    record, action, actor = _hold(session, record_id, Permission.ACTION_CLOSE, actor_id, now)
    text = words("note", note, LONGEST_NOTE, blank="Say why this is enough.")
    _ensure_answered(action)
    action.closed_by, action.closed_at, action.closing_note = actor.person, now, text
    _append(session, record, DirectorateActionClosed(text), actor, now)


def _hold(
    session: Session,
    record_id: int,
    permission: Permission,
    actor_id: int | None,
    now: datetime,
) -> tuple[NonComplianceRecord, DirectorateAction, Actor]:
    record = session.scalars(
        select(NonComplianceRecord).where(NonComplianceRecord.id == record_id).with_for_update()
    ).first()
    action = session.get(DirectorateAction, record_id, populate_existing=True)
    if record is None or action is None:
        raise NotFound("There is no such record.", remedy="Check the reference.")
    actor = people.actor(session, actor_id, local_day(now))
    ensure(permission, actor, reading.subject_of(session, record, action))
    return record, action, actor


def _ensure_answered(action: DirectorateAction) -> None:
    if action.closed_at is not None:
        raise WrongState("This action is closed already.", remedy="There is nothing more to do.")
    if action.done is None:
        raise WrongState(
            "The director hasn’t recorded what was done yet.", remedy="Wait for their answer."
        )


def _append(
    session: Session, record: NonComplianceRecord, event: Event, actor: Actor, now: datetime
) -> None:
    """The record's own compare-and-swap, then the event."""
    session.flush()
    seq, previous = record.version + 1, record.head
    row = sealed_row(
        stream=record.reference,
        seq=seq,
        previous=previous,
        event=event,
        actor=actor.person,
        now=now,
    )
    swapped = session.execute(
        update(NonComplianceRecord)
        .where(NonComplianceRecord.id == record.id, NonComplianceRecord.head == previous)
        .values(version=seq, head=row["hash"])
        .execution_options(synchronize_session=False)
    )
    if swapped.rowcount != 1:  # type: ignore[attr-defined]
        raise Stale("Somebody changed this record at the same moment.", remedy="Look again.")
    write_row(session.connection(), row)
    session.expire(record)
