"""Who must be told what: an event → the messages that it makes, each to those who have to act.

Only those are told who may see it today: a role may have ended since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.domain.calendar import local_day
from procureflow.domain.errors import NotSignedIn
from procureflow.domain.events import ASIDE
from procureflow.domain.permissions import VOTERS, Role
from procureflow.domain.voting import Ending, outcome
from procureflow.models import (
    AuditEvent,
    NonComplianceRecord,
    Request,
    Review,
)
from procureflow.queries import (
    comments,
    compliance,
    people,
    policies,
    requests,
    reviews,
)


@dataclass(frozen=True, slots=True)
class News:
    """A message to some people. `key` makes it theirs once."""

    people: Iterable[int]
    key: str
    template: str
    reference: str
    title: str
    said: str = ""


Tell = Callable[[Session, AuditEvent, dict[str, Any], datetime], list[News]]


def _request(session: Session, event: AuditEvent) -> Request:
    return session.scalars(select(Request).where(Request.reference == event.stream)).one()


def _about(
    session: Session,
    event: AuditEvent,
    now: datetime,
    whom: Iterable[int],
    template: str,
    said: str = "",
) -> list[News]:
    """News of a request for those who may view it today: a role may have ended since."""
    request, day = _request(session, event), local_day(now)
    reading = [person for person in sorted(whom) if _may_view(session, request, person, day)]
    key = f"{template}:{event.stream}:{event.seq}"
    return [News(reading, key, template, request.reference, request.title, said)]


def _endorsement_asked(
    session: Session, event: AuditEvent, _payload: dict[str, Any], now: datetime
) -> list[News]:
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
) -> list[News]:
    request = _request(session, event)
    named = {payload["requester"], payload["sponsor"]}
    # Whoever has handed it on since has nothing to do with it any more.
    return _about(session, event, now, named & request.parties.current, "handed_over")


def _co_author(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
    request = _request(session, event)
    # Whoever was removed meanwhile has nothing to write.
    added = {payload["person"]} & request.parties.co_authors
    return _about(session, event, now, added, "co_author")


def _commented(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
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
) -> list[News]:
    request = _request(session, event)
    return _about(session, event, now, request.parties.authors, "endorsed", payload["note"])


def _sent_back(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
    request = _request(session, event)
    return _about(session, event, now, request.parties.authors, "sent_back", payload["note"])


def _review_opened(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
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
) -> list[News]:
    request = _request(session, event)
    review = session.get_one(Review, payload["review"])
    flow = policies.bundle(session, request.bundle).workflow
    needed = set(flow.states[review.stage].assessments)
    complete = needed <= reviews.assessed_kinds(session, review.id)
    if review.closed_at is not None or not complete:
        return []
    return _voting_opens(session, request, review.id, now)


def _voting_opens(session: Session, request: Request, review_id: int, now: datetime) -> list[News]:
    review = session.get_one(Review, review_id)
    members = people.holders(session, sorted(VOTERS), local_day(now), body=review.body)
    free = {person.id for person in members} - request.parties.ever
    key = f"vote:{review_id}"
    return [News(free, key, "vote", request.reference, request.title)]


def _voted(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
    request = _request(session, event)
    review = session.get_one(Review, payload["review"])
    if review.closed_at is not None:
        return []
    current = policies.in_force(session, local_day(now))
    bundle = policies.governing(session, request.bundle, current)
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
    return [News([result.presiding], key, "close", request.reference, request.title)]


def _voting_closed(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
    request = _request(session, event)
    template = _ENDED[Ending(payload["outcome"])]
    flow = policies.bundle(session, request.bundle).lifecycle
    if event.state_to is None or not flow.provisional(event.state_to):
        return _about(session, event, now, request.parties.current, template, payload["reasons"])
    body = session.get_one(Review, payload["review"]).body
    secretaries = people.holders(session, [Role.SECRETARY], local_day(now), body=body)
    free = {person.id for person in secretaries} - request.parties.ever
    return [
        *_about(session, event, now, request.parties.current, "provisional", payload["reasons"]),
        *_about(session, event, now, free, "confirm", payload["reasons"]),
    ]


_ENDED = {
    Ending.APPROVED: "approved",
    Ending.REJECTED: "rejected",
    Ending.RETURNED: "returned",
    Ending.RECOMMENDED: "recommended",
}


def _record(session: Session, event: AuditEvent) -> NonComplianceRecord:
    return session.scalars(
        select(NonComplianceRecord).where(NonComplianceRecord.reference == event.stream)
    ).one()


def _to_directors(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
    record = _record(session, event)
    directors = people.holders(
        session, [Role.DIRECTOR], local_day(now), directorate=record.directorate
    )
    whom = [person.id for person in directors]
    key, said = f"action:{event.stream}:{event.seq}", payload.get("why", "")
    return [News(whom, key, "action", record.reference, record.summary, said)]


def _proposed(
    session: Session, _event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
    officers = people.holders(session, [Role.POLICY_OFFICER], local_day(now))
    number = str(payload["proposal"])
    whom = [person.id for person in officers]
    return [News(whom, f"proposed:{number}", "proposed", number, payload["why"])]


def _answered(
    session: Session, event: AuditEvent, payload: dict[str, Any], now: datetime
) -> list[News]:
    record, day = _record(session, event), local_day(now)
    roles = [Role.CHAIR, Role.SECRETARY]
    whom = {
        person.id
        for body in compliance.bodies_of(session, record, day)
        for person in people.holders(session, roles, day, body=body)
    }
    key = f"answered:{event.stream}:{event.seq}"
    return [News(whom, key, "answered", record.reference, record.summary, payload["done"])]


TELL: dict[str, Tell] = {
    "EndorsementAsked": _endorsement_asked,
    "RequestHandedOver": _handed_over,
    "CoAuthorAdded": _co_author,
    "CommentMade": _commented,
    "RequestEndorsed": _endorsed,
    "RequestSentBack": _sent_back,
    "ReviewOpened": _review_opened,
    "ReviewPassedOn": _review_opened,
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
