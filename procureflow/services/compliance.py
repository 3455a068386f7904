"""What was thrown back: the record, the director's answer, the closing by somebody else (NC-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from procureflow.domain import answers
from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.chain import GENESIS
from procureflow.domain.errors import InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.events import (
    DirectorateActionAnswered,
    DirectorateActionClosed,
    DirectorateActionReopened,
    Event,
    NonComplianceOpened,
    PurchaseCorrected,
    PurchaseReported,
)
from procureflow.domain.permissions import Actor, Permission, Subject, ensure
from procureflow.domain.reference import NON_COMPLIANCE
from procureflow.models import DirectorateAction, NonComplianceRecord, PurchaseReport
from procureflow.queries import compliance as reading
from procureflow.queries import people, policies
from procureflow.queries.evidence import was_last
from procureflow.services._record import hold_stream, sealed_row, write_row
from procureflow.services._references import next_reference
from procureflow.services._transition import Held
from procureflow.services._words import words

LONGEST_NOTE = 4000
LONGEST_LINE = 200
#: What a report of a purchase says, and what to say where one of its parts is blank.
_WHAT_TO_SAY = {
    "what": "Say what was bought.",
    "supplier": "Say from whom.",
    "amount": "Enter what it cost.",
    "bought_on": "Enter the day on which it was ordered or paid.",
    "evidence": "Say how this is known: an invoice, an order, a card statement.",
}


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
    event = NonComplianceOpened(
        directorate=held.directorate,
        rules=tuple(rule.id for rule in acting),
        due_on=due.isoformat(),
        request=held.reference,
        decision=decision,
    )
    about = {"request_id": held.id, "decision_id": decision}
    reference, _ = _open(session, event, bundle, due, None, now, **about)
    return reference


def report_purchase(
    session: Session,
    *,
    directorate: str,
    purchase: Mapping[str, str],
    rules: Sequence[str],
    actor_id: int | None,
    now: datetime,
) -> str:
    """Report what was bought outside the policy; the directorate owes an action for it.

    `purchase` has what, supplier, amount, bought_on and evidence, as they are typed. Returns the
    record's reference. Raises InvalidInput naming each that can't be accepted.
    """
    day = local_day(now)
    actor = people.actor(session, actor_id, day)
    ensure(Permission.NON_COMPLIANCE_REPORT, actor, Subject(directorate=directorate))
    bundle = policies.bundle_in_force(session, day)
    if directorate not in bundle.organisation.directorates:
        raise InvalidInput({"directorate": "Choose one of the directorates."})
    known = {rule.id for rule in bundle.rules_on(day) if rule.breakable}
    bought = checked_purchase(purchase, day)
    if not rules or not set(rules) <= known:
        raise InvalidInput({"rules": "Choose the rule or rules that it breaks."})
    # Two who report the same purchase at the same moment take turns.
    hold_stream(session, f"purchases of {directorate}")
    _ensure_new(session, directorate, bought)
    due = day + timedelta(days=bundle.parameters.service_levels.directorate_action)
    cited = tuple(sorted(set(rules)))
    event = PurchaseReported(directorate=directorate, rules=cited, due_on=due.isoformat(), **bought)
    reference, record = _open(session, event, bundle, due, actor.person, now)
    session.add(
        PurchaseReport(
            record_id=record.id,
            reported_by=actor.person,
            **_columns(bought),
        )
    )
    session.flush()
    return reference


def correct_purchase(
    session: Session,
    *,
    record_id: int,
    purchase: Mapping[str, str],
    why: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Correct what a report says of the purchase, until the director has answered it; `purchase` as
    `report_purchase` takes it. Where `why` is all that is said, that is what is told. The same
    again is no news."""
    permission = Permission.NON_COMPLIANCE_CORRECT
    record, action, actor = _hold(session, record_id, permission, actor_id, now)
    report = session.get_one(PurchaseReport, record_id, populate_existing=True)
    ensure_correctable(action)
    errors = {}
    try:
        bought = checked_purchase(purchase, local_day(now))
    except InvalidInput as refusal:
        bought, errors = {}, refusal.errors
    try:
        reason = words("why", why, LONGEST_NOTE, blank="Say what was wrong.")
    except InvalidInput as refusal:
        errors |= refusal.errors
    if errors:
        raise InvalidInput(errors)
    event = PurchaseCorrected(**bought, why=reason)
    if was_last(session, record.reference, event, actor.person):
        return
    hold_stream(session, f"purchases of {record.directorate}")
    _ensure_new(session, record.directorate, bought, but=record_id)
    for name, value in _columns(bought).items():
        setattr(report, name, value)
    _append(session, record, event, actor, now)


def ensure_correctable(action: DirectorateAction) -> None:
    """Raise WrongState where the director has answered what the report said."""
    if action.status != "open":
        raise WrongState(
            "The director has answered this report, so it stays as it is.",
            remedy="Tell the group’s chair or secretary, who closes the action, what is wrong.",
        )


def _columns(bought: Mapping[str, str]) -> dict[str, Any]:
    """A purchase as its row has it."""
    amount, day = Decimal(bought["amount"]), date.fromisoformat(bought["bought_on"])
    return {**bought, "amount": amount, "bought_on": day}


def checked_purchase(given: Mapping[str, str], today: date) -> dict[str, str]:
    """What was bought, each part as it is recorded. Raises InvalidInput by its parts."""
    errors: dict[str, str] = {}
    kept: dict[str, str] = {}
    lengths = {"what": LONGEST_LINE, "supplier": LONGEST_LINE, "evidence": LONGEST_NOTE}
    for name, blank in _WHAT_TO_SAY.items():
        text = answers.trimmed(given.get(name) or "")
        try:
            if not text:
                raise ValueError(blank)
            if name == "amount":
                kept[name] = answers.money(text)
                if not Decimal(kept[name]):
                    raise ValueError("Enter an amount of more than £0.")
            elif name == "bought_on":
                kept[name] = answers.day_of(text)
                if date.fromisoformat(kept[name]) > today:
                    raise ValueError("Enter a day that has been: this is for what is bought.")
            else:
                kept[name] = answers.text(text, lengths[name], one_line=name != "evidence")
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise InvalidInput(errors)
    return kept


def _ensure_new(
    session: Session, directorate: str, bought: Mapping[str, str], *, but: int | None = None
) -> None:
    """One purchase makes one record, whoever comes upon it; `but` is the record itself."""
    query = (
        select(NonComplianceRecord.reference)
        .join(PurchaseReport, PurchaseReport.record_id == NonComplianceRecord.id)
        .where(
            NonComplianceRecord.directorate == directorate,
            PurchaseReport.bought_on == date.fromisoformat(bought["bought_on"]),
            PurchaseReport.amount == Decimal(bought["amount"]),
            func.lower(PurchaseReport.supplier) == bought["supplier"].lower(),
            NonComplianceRecord.id != (but or 0),
        )
        .limit(1)
    )
    known = session.scalar(query)
    if known is not None:
        raise InvalidInput(
            {"": f"This is reported already: {known} has the same supplier, day and amount."}
        )


def _open(
    session: Session,
    event: NonComplianceOpened | PurchaseReported,
    bundle: Bundle,
    due: date,
    actor: int | None,
    now: datetime,
    **columns: Any,
) -> tuple[str, NonComplianceRecord]:
    """The record that this event opens, its directorate action, and the event."""
    day = local_day(now)
    titles = {rule.id: rule.rule.title for rule in bundle.rules_on(day)}
    reference = next_reference(session, NON_COMPLIANCE, day.year)
    row = sealed_row(stream=reference, seq=1, previous=GENESIS, event=event, actor=actor, now=now)
    record = NonComplianceRecord(
        reference=reference,
        directorate=event.directorate,
        rules=list(event.rules),
        summary="; ".join(titles[rule] for rule in event.rules),
        opened_at=now,
        version=1,
        head=row["hash"],
        **columns,
    )
    session.add(record)
    session.flush()
    session.add(DirectorateAction(record_id=record.id, due_on=due))
    session.flush()
    write_row(session.connection(), row)
    return reference, record


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
    view = reading.view_of(session, record, action)
    ensure(permission, actor, reading.subject_of(session, view, local_day(now)))
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
