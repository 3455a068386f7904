"""The outbox's events → mails, and mails sent. Whom an event is told to, says `telling.py`.

Three short transactions, so that no lock is held while a mail server thinks: events become mails;
a mail is claimed for a while; a sent one is marked. A worker that dies between the last two sends
that mail again, under the same Message-ID.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procureflow.domain.calendar import in_words, local_day
from procureflow.domain.chain import digest
from procureflow.domain.permissions import Role
from procureflow.models import (
    AuditEvent,
    DirectorateAction,
    Mail,
    NonComplianceRecord,
    OutboxItem,
    Person,
)
from procureflow.queries import (
    administration,
    people,
    policies,
)
from procureflow.services.people import issue_link
from procureflow.services.telling import TELL, News

BATCH = 50
#: How long a claimed mail is left to its worker before another may take it.
LEASE = timedelta(minutes=5)
#: After these many failures a mail waits for the administrator (`doctor` counts them).
MOST_ATTEMPTS = 8
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed mail, ready to be written and sent."""

    id: int
    key: str
    to: str
    name: str
    template: str
    values: Mapping[str, Any]


def expand_outbox(session: Session, *, now: datetime) -> int:
    """Turn a batch of events into mails. Returns how many events were taken."""
    _drop_mails_of_leavers(session, now)
    items = session.scalars(
        select(OutboxItem)
        .where(OutboxItem.done_at.is_(None))
        .order_by(OutboxItem.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for item in items:
        tell = TELL.get(item.kind)
        if tell is not None:
            event = session.scalars(
                select(AuditEvent).where(
                    AuditEvent.stream == item.stream, AuditEvent.seq == item.seq
                )
            ).one()
            for news in tell(session, event, json.loads(event.payload), now):
                _queue(session, news, event.actor_id, now)
        item.done_at = now
    session.flush()
    return len(items)


def remind(session: Session, *, now: datetime) -> int:
    """Remind directors of actions that are soon due, and administrators of those who leave with
    work in hand: before the day and not after, once for each of the council's distances
    (`remind_before`). Returns how many there are to remind of."""
    day = local_day(now)
    distances = policies.bundle_in_force(session, day).parameters.service_levels.remind_before
    if not distances:
        return 0
    return _of_actions(session, day, distances, now) + _of_leavers(session, day, distances, now)


def _nearest(due: date, day: date, distances: Sequence[int]) -> int | None:
    """The nearest distance that is reached: whoever was away for a week gets one mail, not two."""
    return min((d for d in distances if due <= day + timedelta(days=d)), default=None)


def _of_leavers(session: Session, day: date, distances: Sequence[int], now: datetime) -> int:
    count = 0
    for leaver in administration.leavers(session, day):
        last = leaver.closes_on - timedelta(days=1)
        distance = _nearest(last, day, distances)
        if last < day or distance is None:
            continue
        count += 1
        news = News(
            [person.id for person in people.holders(session, [Role.ADMINISTRATOR], day)],
            f"leaver:{leaver.person.id}:{last}:{distance}",
            "leaver",
            str(leaver.person.id),
            leaver.person.name,
            f"{in_words(last)}. Still to do: {' and '.join(leaver.to_do)}",
        )
        _queue(session, news, None, now)
    return count


def _of_actions(session: Session, day: date, distances: Sequence[int], now: datetime) -> int:
    rows = session.execute(
        select(NonComplianceRecord, DirectorateAction.due_on)
        .join(DirectorateAction, DirectorateAction.record_id == NonComplianceRecord.id)
        .where(
            DirectorateAction.closed_at.is_(None),
            DirectorateAction.done.is_(None),
            DirectorateAction.due_on >= day,
            DirectorateAction.due_on <= day + timedelta(days=max(distances)),
        )
        .order_by(DirectorateAction.due_on, NonComplianceRecord.id)
    ).all()
    for record, due in rows:
        distance = _nearest(due, day, distances)
        directors = people.holders(session, [Role.DIRECTOR], day, directorate=record.directorate)
        news = News(
            [person.id for person in directors],
            f"remind:{record.reference}:{due}:{distance}",
            "reminder",
            record.reference,
            record.summary,
            in_words(due),
        )
        _queue(session, news, None, now)
    return len(rows)


def _drop_mails_of_leavers(session: Session, now: datetime) -> None:
    """Whoever was disabled is told nothing more, and what was to be said is forgotten."""
    left = select(Person.id).where(~people.account_open(local_day(now)))
    session.execute(
        update(Mail)
        .where(Mail.sent_at.is_(None), Mail.person_id.in_(left))
        .values(sent_at=now, values={})
        .execution_options(synchronize_session=False)
    )


def claim_mail(session: Session, *, now: datetime) -> Letter | None:
    """Take the next mail to send, or None. It comes back to the queue unless it is marked.

    One at a time, so that a slow server doesn't let the lease of those behind it run out. Mails
    to people who have been disabled since are never sent.
    """
    row = session.execute(
        select(Mail, Person)
        .join(Person, Person.id == Mail.person_id)
        .where(
            Mail.sent_at.is_(None),
            Mail.not_before <= now,
            Mail.attempts < MOST_ATTEMPTS,
            people.account_open(local_day(now)),
        )
        .order_by(Mail.not_before, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Mail)
    ).first()
    if row is None:
        return None
    mail, person = row
    mail.attempts += 1
    mail.not_before = now + LEASE
    session.flush()
    return Letter(mail.id, mail.key, person.email, person.name, mail.template, mail.values)


def mark_sent(session: Session, *, mail_id: int, now: datetime) -> None:
    """It is with the mail server. What it said is forgotten: a link in it works once more."""
    mail = session.get_one(Mail, mail_id)
    mail.sent_at, mail.values, mail.last_error = now, {}, None
    session.flush()


def mark_failed(session: Session, *, mail_id: int, error: str, now: datetime) -> None:
    """It could not be sent: tried again later, each time after twice as long."""
    mail = session.get_one(Mail, mail_id)
    mail.last_error = error[:LONGEST_ERROR]
    mail.not_before = now + timedelta(minutes=2**mail.attempts)
    session.flush()


def mail_link(
    session: Session,
    *,
    person_id: int,
    purpose: str,
    valid_for: timedelta,
    base_url: str,
    now: datetime,
) -> str:
    """Queue a mail with a one-time link, built from the configured address. Returns the link."""
    token = issue_link(session, person_id=person_id, purpose=purpose, valid_for=valid_for, now=now)
    link = f"{base_url}/set-password/{token}"
    session.add(
        Mail(
            key=f"{purpose}:{digest(token)[:16]}",
            person_id=person_id,
            template=purpose,
            values={"link": link},
            queued_at=now,
            not_before=now,
        )
    )
    session.flush()
    return link


def _queue(session: Session, news: News, actor: int | None, now: datetime) -> None:
    for person in sorted(set(news.people) - {actor}):
        known = select(Mail.id).where(Mail.key == news.key, Mail.person_id == person)
        if session.scalar(known) is not None:
            continue
        session.add(
            Mail(
                key=news.key,
                person_id=person,
                template=news.template,
                values={"reference": news.reference, "title": news.title, "said": news.said},
                queued_at=now,
                not_before=now,
            )
        )
    session.flush()
