"""Who must be told what: the outbox's events → one message to each person who has to act.

Three short transactions, so that no lock is held while a mail server thinks: events become mails;
a mail is claimed for a while; a sent one is marked. A worker that dies between the last two sends
that mail again, under the same Message-ID.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procureflow.domain.calendar import in_words, local_day
from procureflow.domain.chain import digest
from procureflow.domain.errors import NotSignedIn
from procureflow.domain.events import ASIDE
from procureflow.domain.permissions import VOTERS, Role
from procureflow.domain.voting import outcome
from procureflow.models import (
    AuditEvent,
    DirectorateAction,
    Mail,
    NonComplianceRecord,
    OutboxItem,
    Person,
    Request,
    Review,
)
from procureflow.queries import (
    administration,
    comments,
    compliance,
    people,
    policies,
    requests,
    reviews,
)
from procureflow.services.people import issue_link

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


@dataclass(frozen=True, slots=True)
class _News:
    """A message to some people. `key` makes it theirs once."""

    people: Iterable[int]
    key: str
    template: str
    reference: str
    title: str
    said: str = ""


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
        tell = _TELL.get(item.kind)
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
        news = _News(
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
        news = _News(
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


def _queue(session: Session, news: _News, actor: int | None, now: datetime) -> None:
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


Tell = Callable[[Session, AuditEvent, dict[str, Any], datetime], list[_News]]


def _request(session: Session, event: AuditEvent) -> Request:
    return session.scalars(select(Request).where(Request.reference == event.stream)).one()


def _about(
    session: Session,
    event: AuditEvent,
    now: datetime,
    whom: Iterable[int],
    template: str,
    said: str = "",
) -> list[_News]:
    """News of a request for those who may view it today: a role may have ended since."""
    request, day = _request(session, event), local_day(now)
    reading = [person for person in sorted(whom) if _may_view(session, request, person, day)]
    key = f"{template}:{event.stream}:{event.seq}"
    return [_News(reading, key, template, request.reference, request.title, said)]


def _endorsement_asked(
    session: Session, event: AuditEvent, _payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    since = select(AuditEvent.id).where(
        AuditEvent.stream == event.stream,
        AuditEvent.seq > event.seq,
        AuditEvent.kind.not_in(ASIDE),
    )
    if request.sponsor_id is None or session.scalar(since.limit(1)) is not None:
        return []  # Answered or changed since: there is nothing to endorse any more.
    return _about(session, event, now, [request.sponsor_id], "endorse")


def _handed_over(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    named = {payload["requester"], payload["sponsor"]}
    # Whoever has handed it on since has nothing to do with it any more.
    return _about(session, event, now, named & request.parties.current, "handed_over")


def _co_author(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    # Whoever was removed meanwhile has nothing to write.
    added = {payload["person"]} & request.parties.co_authors
    return _about(session, event, now, added, "co_author")


def _commented(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    concerned = told_of_comment(session, _request(session, event), local_day(now))
    return _about(session, event, now, concerned, "comment", payload["words"])


def told_of_comment(session: Session, request: Request, day: date) -> list[int]:
    """Who gets a message of a comment on this request: who writes and sponsors it, who commented
    before, and whose assessment it waits for."""
    concerned = request.parties.current | comments.commented(session, request.reference)
    review = session.scalars(
        select(Review).where(Review.request_id == request.id, Review.closed_at.is_(None))
    ).first()
    if review is not None:
        flow = policies.bundle(session, request.bundle).workflow
        awaited = set(flow.states[review.stage].assessments)
        awaited -= reviews.assessed_kinds(session, review.id)
        roles = sorted({Role(flow.assessments[kind].role) for kind in awaited})
        concerned |= {person.id for person in people.holders(session, roles, day)}
    return [person for person in sorted(concerned) if _may_view(session, request, person, day)]


def _may_view(session: Session, request: Request, person: int, day: date) -> bool:
    try:
        return requests.may_view(session, request, people.actor(session, person, day))
    except NotSignedIn:
        return False


def _endorsed(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    return _about(session, event, now, request.parties.authors, "endorsed", payload["note"])


def _sent_back(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    return _about(session, event, now, request.parties.authors, "sent_back", payload["note"])


def _review_opened(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    if session.get_one(Review, payload["review"]).closed_at is not None:
        return []
    flow = policies.bundle(session, request.bundle).workflow
    kinds = flow.states[payload["stage"]].assessments
    if not kinds:
        return _voting_opens(session, request, payload["review"], now)
    roles = [Role(flow.assessments[kind].role) for kind in kinds]
    assessors = [person.id for person in people.holders(session, roles, local_day(now))]
    free = set(assessors) - request.parties.ever
    return _about(session, event, now, free, "assess")


def _assessed(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    review = session.get_one(Review, payload["review"])
    flow = policies.bundle(session, request.bundle).workflow
    needed = set(flow.states[review.stage].assessments)
    complete = needed <= reviews.assessed_kinds(session, review.id)
    if review.closed_at is not None or not complete:
        return []
    return _voting_opens(session, request, review.id, now)


def _voting_opens(session: Session, request: Request, review_id: int, now: datetime) -> list[_News]:
    review = session.get_one(Review, review_id)
    members = people.holders(session, sorted(VOTERS), local_day(now), body=review.body)
    free = {person.id for person in members} - request.parties.ever
    key = f"vote:{review_id}"
    return [_News(free, key, "vote", request.reference, request.title)]


def _voted(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    review = session.get_one(Review, payload["review"])
    if review.closed_at is not None:
        return []
    bundle = policies.bundle(session, request.bundle)
    ballots = reviews.ballots(
        session,
        review_id=review.id,
        body=review.body,
        parties=request.parties.ever,
        day=local_day(now),
    )
    result = outcome(bundle.organisation.bodies[review.body], ballots)
    if result.choice is None or result.presiding is None:
        return []
    key = f"close:{review.id}"
    return [_News([result.presiding], key, "close", request.reference, request.title)]


def _voting_closed(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    request = _request(session, event)
    template = {"approve": "approved", "reject": "rejected", "return": "returned"}
    whom = request.parties.current
    return _about(session, event, now, whom, template[payload["outcome"]], payload["reasons"])


def _record(session: Session, event: AuditEvent) -> NonComplianceRecord:
    return session.scalars(
        select(NonComplianceRecord).where(NonComplianceRecord.reference == event.stream)
    ).one()


def _to_directors(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    record = _record(session, event)
    directors = people.holders(
        session, [Role.DIRECTOR], local_day(now), directorate=record.directorate
    )
    whom = [person.id for person in directors]
    key, said = f"action:{event.stream}:{event.seq}", payload.get("why", "")
    return [_News(whom, key, "action", record.reference, record.summary, said)]


def _proposed(
    session: Session, _event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    officers = people.holders(session, [Role.POLICY_OFFICER], local_day(now))
    number = str(payload["proposal"])
    whom = [person.id for person in officers]
    return [_News(whom, f"proposed:{number}", "proposed", number, payload["why"])]


def _answered(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[_News]:
    record, day = _record(session, event), local_day(now)
    roles = [Role.CHAIR, Role.SECRETARY]
    whom = {
        person.id
        for body in compliance.bodies_of(session, record, day)
        for person in people.holders(session, roles, day, body=body)
    }
    key = f"answered:{event.stream}:{event.seq}"
    return [_News(whom, key, "answered", record.reference, record.summary, payload["done"])]


_TELL: dict[str, Tell] = {
    "EndorsementAsked": _endorsement_asked,
    "RequestHandedOver": _handed_over,
    "CoAuthorAdded": _co_author,
    "CommentMade": _commented,
    "RequestEndorsed": _endorsed,
    "RequestSentBack": _sent_back,
    "ReviewOpened": _review_opened,
    "AssessmentRecorded": _assessed,
    "VoteCast": _voted,
    "VotingClosed": _voting_closed,
    "NonComplianceOpened": _to_directors,
    "BundleProposed": _proposed,
    "PurchaseReported": _to_directors,
    "PurchaseCorrected": _to_directors,
    "DirectorateActionAnswered": _answered,
    "DirectorateActionReopened": _to_directors,
}
