"""Everything that happened, as an auditor reads it: the list of events, and one event."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, select, true, union_all
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.chain import canonical, instant, sealed
from procureflow.domain.definitions.questions import Question
from procureflow.domain.errors import NotFound
from procureflow.domain.permissions import Actor, Permission, Subject, ensure
from procureflow.models import (
    AuditEvent,
    NonComplianceRecord,
    Person,
    Request,
    Review,
    SectionVersion,
    Submission,
)
from procureflow.queries import listing, people, policies
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order

#: What members do in a review: shown to whoever has a part in the request when it is closed.
OF_MEMBERS = frozenset({"InterestDeclared", "VoteCast"})
#: The fields of events that hold the id of a person.
PEOPLE_FIELDS = frozenset({"person", "requester", "sponsor"})
#: Sorts after everything that a name could go on with.
_LAST = "\U0010ffff"


def visible(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The events that the law lets an auditor read, as a condition: all, but for how members vote
    on what the auditor has a part in, while the voting is open (REVIEW_FOLLOW). Those few reviews
    are looked for first: asked of each of a million events, they would cost more than the rest."""
    query = (
        select(Request.reference, Review.opened_at)
        .join(Review, and_(Review.request_id == Request.id, Review.closed_at.is_(None)))
        .where(people.had_a_part(actor.person))
    )
    kept = [
        and_(AuditEvent.stream == reference, AuditEvent.at >= opened_at)
        for reference, opened_at in session.execute(query)
    ]
    if not kept:
        return true()
    return not_(and_(AuditEvent.kind.in_(sorted(OF_MEMBERS)), or_(*kept)))


def events_listing(
    session: Session, actor: Actor, bundle: Bundle, kinds: Mapping[str, str]
) -> Listing:
    """The list of all events. `kinds` says in words what each kind of event is."""
    directorates = bundle.organisation.directorate_names
    states = {key: state.label for key, state in bundle.workflow.states.items()}
    event = AuditEvent
    return Listing(
        name="audit",
        query=select(event, Person)
        .outerjoin(Person, Person.id == event.actor_id)
        .where(visible(session, actor)),
        filters=(
            Filter(
                "who",
                "Who: name or e-mail address",
                Kind.WORDS,
                _by_somebody_called,
                "by {}",
            ),
            Filter("what", "What", Kind.CHOICE, listing.equals(event.kind), "“{}”", choices=kinds),
            Filter("from", "From", Kind.DATE, listing.since(event.at), "from {}"),
            Filter("to", "Until", Kind.DATE, listing.until(event.at), "until {}", begins="from"),
            Filter(
                "directorate",
                "Directorate",
                Kind.CHOICE,
                _of_directorate(session),
                "in {}",
                directorates,
            ),
            Filter(
                "state",
                "State entered",
                Kind.CHOICE,
                listing.equals(event.state_to),
                "that became “{}”",
                states,
            ),
            Filter(
                "reference", "Reference begins with", Kind.WORDS, _begins_with(session), "of {}"
            ),
        ),
        orders={
            "newest": Order("Newest first", (event.at, event.id), descending=True),
            "oldest": Order("Oldest first", (event.at, event.id)),
        },
        # With the very moment, the kind and the states as they are recorded, each line has all
        # that its hash is over.
        columns=(
            Column("When", lambda row: row.AuditEvent.at),
            Column("Stream", lambda row: row.AuditEvent.stream),
            Column("Number", lambda row: row.AuditEvent.seq),
            Column("Who", lambda row: row.Person.name if row.Person else None),
            Column("Person", lambda row: row.AuditEvent.actor_id),
            Column("What", lambda row: kinds.get(row.AuditEvent.kind, row.AuditEvent.kind)),
            Column("State from", lambda row: row.AuditEvent.state_from),
            Column("State to", lambda row: row.AuditEvent.state_to),
            Column("Hash", lambda row: row.AuditEvent.hash),
            Column("Previous hash", lambda row: row.AuditEvent.previous),
            Column("Kind", lambda row: row.AuditEvent.kind),
            Column("Recorded at (UTC)", lambda row: instant(row.AuditEvent.at)),
            Column("Payload", lambda row: row.AuditEvent.payload),
        ),
    )


def _of_directorate(session: Session) -> Callable[[str], ColumnElement[bool]]:
    """The condition that an event is of a directorate's request or non-compliance record. Said the
    other way, either database takes several times as long: PostgreSQL doesn't look into a union
    row by row, and SQLite does look into two lists."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    stream = AuditEvent.stream

    def condition(key: str) -> ColumnElement[bool]:
        ways = [
            select(model.reference).where(model.directorate == key)
            for model in (Request, NonComplianceRecord)
        ]
        return stream.in_(union_all(*ways)) if sqlite else or_(*map(stream.in_, ways))

    return condition


def _by_somebody_called(words: str) -> ColumnElement[bool]:
    """The people are found first: there are few of them, and a million events."""
    found = select(Person.id).where(listing.contains(Person.name, Person.email)(words))
    return AuditEvent.actor_id.in_(found)


def _begins_with(session: Session) -> Callable[[str], ColumnElement[bool]]:
    """The condition that a stream's name begins so, in capitals or not. As a range it is found by
    SQLite's index, which sorts by bytes; PostgreSQL's may sort as the language does."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    stream = AuditEvent.stream

    def condition(asked: str) -> ColumnElement[bool]:
        ways = sorted({asked.upper(), asked.lower()})
        if sqlite:
            return or_(*(and_(stream >= way, stream < f"{way}{_LAST}") for way in ways))
        return or_(*(stream.startswith(way, autoescape=True) for way in ways))

    return condition


def sealed_text(event: AuditEvent) -> str:
    """The very text that an event's hash is over."""
    return sealed(
        event.previous,
        stream=event.stream,
        seq=event.seq,
        at=instant(event.at),
        actor=event.actor_id,
        kind=event.kind,
        body=event.payload,
        state_from=event.state_from,
        state_to=event.state_to,
    )


@dataclass(frozen=True, slots=True)
class History:
    """One history to be checked elsewhere: its events, and the texts of the answers whose hashes
    stand in them, each with (section, version)."""

    events: list[AuditEvent]
    answers: list[tuple[str, int, str]]


def history(session: Session, stream: str, actor: Actor) -> History:
    """All of one history, if the actor may read all of it. Raises NotFound or NotPermitted."""
    last_event(session, stream, actor)
    events = select(AuditEvent).where(AuditEvent.stream == stream).order_by(AuditEvent.seq)
    versions = (
        select(SectionVersion)
        .join(Request, Request.id == SectionVersion.request_id)
        .where(Request.reference == stream)
        .order_by(SectionVersion.at, SectionVersion.section)
    )
    return History(
        list(session.scalars(events)),
        [(v.section, v.version, canonical(v.answers)) for v in session.scalars(versions)],
    )


# --- one event ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that a new version of a section changed. `question` is None where the documents
    don't have it any more."""

    key: str
    question: Question | None
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class EventPage:
    """One event with what it is about, and its neighbours in the stream.

    `payload` is None where what stands there is no longer what could have been recorded.
    """

    event: AuditEvent
    payload: dict[str, Any] | None
    bundle: Bundle
    people: Mapping[int, Person]
    request: Request | None
    record: NonComplianceRecord | None
    previous: int | None
    following: int | None
    changes: tuple[Change, ...]
    #: The id of each submission of the request → its number in it.
    submissions: Mapping[int, int]


def last_event(session: Session, stream: str, actor: Actor) -> AuditEvent:
    """The newest event of a history, if the actor may read all of it. Raises NotFound where there
    is no such history, and NotPermitted."""
    query = select(AuditEvent).where(AuditEvent.stream == stream).order_by(AuditEvent.seq.desc())
    event = session.scalars(query.limit(1)).first()
    if event is None:
        raise NotFound("There is no such history.", remedy="Look for it in the list of events.")
    kept = select(AuditEvent.id).where(AuditEvent.stream == stream, not_(visible(session, actor)))
    if session.scalar(kept.limit(1)) is not None:
        request = session.scalars(select(Request).where(Request.reference == stream)).one()
        ensure(Permission.REVIEW_FOLLOW, actor, Subject(parties=request.parties))
    return event


def event_page(session: Session, event_id: int, actor: Actor) -> EventPage:
    """One event, if the actor may read it. Raises NotFound or NotPermitted."""
    event = session.get(AuditEvent, event_id)
    if event is None:
        raise NotFound("There is no such event.", remedy="Look for it in the list of events.")
    request = session.scalars(select(Request).where(Request.reference == event.stream)).first()
    shown = select(AuditEvent.id).where(AuditEvent.id == event_id, visible(session, actor))
    if session.scalar(shown) is None and request is not None:
        ensure(Permission.REVIEW_FOLLOW, actor, Subject(parties=request.parties))
    record = session.scalars(
        select(NonComplianceRecord).where(NonComplianceRecord.reference == event.stream)
    ).first()
    bundle = (
        policies.bundle(session, request.bundle)
        if request
        else policies.bundle_in_force(session, local_day(event.at))
    )
    payload = _payload(event)
    fields = (payload or {}).items()
    named = {value for name, value in fields if name in PEOPLE_FIELDS and isinstance(value, int)}
    return EventPage(
        event=event,
        payload=payload,
        bundle=bundle,
        people=people.names(session, {event.actor_id, *named}),
        request=request,
        record=record,
        previous=_neighbour(session, event, actor, forwards=False),
        following=_neighbour(session, event, actor, forwards=True),
        changes=_changes(session, bundle, request, event.kind, payload),
        submissions=_submissions(session, request),
    )


def _submissions(session: Session, request: Request | None) -> dict[int, int]:
    if request is None:
        return {}
    query = select(Submission.id, Submission.number).where(Submission.request_id == request.id)
    return {row.id: row.number for row in session.execute(query)}


def _payload(event: AuditEvent) -> dict[str, Any] | None:
    try:
        payload = json.loads(event.payload)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None


def _neighbour(session: Session, event: AuditEvent, actor: Actor, *, forwards: bool) -> int | None:
    """The id of the event before or after it in its stream that the actor may read, if any."""
    query = select(AuditEvent.id).where(AuditEvent.stream == event.stream, visible(session, actor))
    if forwards:
        query = query.where(AuditEvent.seq > event.seq).order_by(AuditEvent.seq)
    else:
        query = query.where(AuditEvent.seq < event.seq).order_by(AuditEvent.seq.desc())
    return session.scalar(query.limit(1))


def _changes(
    session: Session,
    bundle: Bundle,
    request: Request | None,
    kind: str,
    payload: dict[str, Any] | None,
) -> tuple[Change, ...]:
    """What a new version of a section changed, in the order in which it is asked."""
    if request is None or payload is None:
        return ()
    if kind == "RequestOpened" and isinstance(payload.get("sections"), dict):
        return tuple(
            change
            for section in payload["sections"]
            for change in _version_changes(session, bundle, request, section, 1)
        )
    section, version = payload.get("section"), payload.get("version")
    if kind != "SectionWritten" or not isinstance(section, str) or not isinstance(version, int):
        return ()
    return _version_changes(session, bundle, request, section, version)


def _version_changes(
    session: Session, bundle: Bundle, request: Request, section: str, version: int
) -> tuple[Change, ...]:
    query = select(SectionVersion).where(
        SectionVersion.request_id == request.id,
        SectionVersion.section == section,
        SectionVersion.version.in_((version - 1, version)),
    )
    answers = {row.version: row.answers for row in session.scalars(query)}
    before, after = answers.get(version - 1, {}), answers.get(version, {})
    defined = bundle.questions.sections.get(section)
    questions: Mapping[str, Question] = defined.questions if defined else {}
    keys = [*questions, *sorted((before.keys() | after.keys()) - questions.keys())]
    return tuple(
        Change(key, questions.get(key), before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    )
