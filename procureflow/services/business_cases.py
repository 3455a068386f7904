"""Submissions: asking a sponsor, their answer, and referring an endorsed case to a body."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from procureflow.domain.calendar import local_day
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import InvalidInput, NotSignedIn, Stale, WrongState
from procureflow.domain.events import (
    EndorsementAsked,
    RequestEndorsed,
    RequestSentBack,
    ReviewOpened,
)
from procureflow.domain.permissions import Permission, Subject, allows
from procureflow.models import Endorsement
from procureflow.queries import people, policies, reviews
from procureflow.services._review import open_review
from procureflow.services._situation import (
    Current,
    ensure_allowed,
    ensure_kind,
    ensure_unguarded,
    next_state,
    read_current,
)
from procureflow.services._submission import pin
from procureflow.services._transition import Held, apply, hold
from procureflow.services._words import words

LONGEST_NOTE = 2000


def ask_for_endorsement(
    session: Session,
    *,
    request_id: int,
    sponsor_id: int,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Pin the content as it is and put it to a sponsor. Returns the submission's id.

    Everything that referring will ask for, but the endorsement itself, is asked for now: a
    sponsor isn't troubled with half a case.
    """
    held = hold(session, request_id, actor_id=actor_id, now=now)
    ensure_allowed(Permission.REQUEST_REFER, held)
    current = read_current(session, held, now)
    ensure_kind(current.bundle, held, StateKind.EDITING)
    trigger = referring_trigger(current, held)
    definition = current.bundle.workflow.triggers[trigger]
    returned = reviews.unanswered_return(session, held.id)
    ensure_unguarded(definition, current.situation(returned=returned), leave_out="endorsed")
    _ensure_may_sponsor(session, held, sponsor_id, now)
    if current.endorsed:
        raise WrongState("This is endorsed already.", remedy="Refer it to the group.")
    waits = current.standing is not None and current.standing.verdict is None
    pinned = pin(session, held, current, now=now)
    if waits and held.parties.sponsor == sponsor_id:
        return pinned.submission  # They have it already.
    event = EndorsementAsked(sponsor=sponsor_id, **pinned.named())
    wrote = held.parties.wrote | {held.actor.person}
    apply(session, held, event, now=now, sponsor_id=sponsor_id, wrote=sorted(wrote))
    return pinned.submission


def endorse(
    session: Session,
    *,
    request_id: int,
    submission_id: int,
    actor_id: int | None,
    now: datetime,
    note: str = "",
) -> None:
    """The sponsor puts their name to this submission, and to no other content."""
    said = words("note", note, LONGEST_NOTE)
    _answer(session, request_id, submission_id, "endorsed", said, actor_id, now)


def send_back(
    session: Session,
    *,
    request_id: int,
    submission_id: int,
    actor_id: int | None,
    now: datetime,
    note: str,
) -> None:
    """The sponsor asks for changes, in a sentence."""
    said = words("note", note, LONGEST_NOTE, blank="Say in a sentence what should change.")
    _answer(session, request_id, submission_id, "sent_back", said, actor_id, now)


def refer_to_group(
    session: Session, *, request_id: int, actor_id: int | None, now: datetime
) -> int:
    """Put the case before the body in charge. Returns the review's id."""
    held = hold(session, request_id, actor_id=actor_id, now=now)
    ensure_allowed(Permission.REQUEST_REFER, held)
    current = read_current(session, held, now)
    trigger = referring_trigger(current, held)
    definition, to = next_state(current.bundle, held, trigger)
    guarded = "return_answered" in definition.guards
    returned = reviews.unanswered_return(session, held.id) if guarded else ()
    ensure_unguarded(definition, current.situation(returned=returned))
    pinned = pin(session, held, current, now=now)
    body, _ = current.bundle.stage(to[0], current.day)
    opened = open_review(
        session, held, submission=pinned.submission, body=body, stage=to[0], now=now
    )
    event = ReviewOpened(trigger=trigger, **opened, **pinned.named())
    wrote = held.parties.wrote | {held.actor.person}
    apply(session, held, event, now=now, to=to, wrote=sorted(wrote))
    return int(opened["review"])


def referring_trigger(current: Current, held: Held) -> str:
    """The trigger that leads from here into a body's review. Raises WrongState."""
    lifecycle = current.bundle.lifecycle
    for trigger in lifecycle.triggers_from(held.state):
        if lifecycle.kind(lifecycle.next_state(trigger, held.state)) is StateKind.GROUP:
            return trigger
    label = current.bundle.workflow.states[held.state].label
    raise WrongState(
        f"A request can’t be sent to a group while it is “{label}”.",
        remedy="Look at the request again: somebody may have moved it on.",
    )


def _ensure_may_sponsor(session: Session, held: Held, sponsor_id: int, now: datetime) -> None:
    parties = replace(held.parties, sponsor=sponsor_id)
    subject = Subject(directorate=held.directorate, parties=parties)
    try:
        sponsor = people.actor(session, sponsor_id, local_day(now))
        may = allows(Permission.REQUEST_ENDORSE, sponsor, subject)
    except NotSignedIn:
        may = False
    if not may:
        raise InvalidInput(
            {
                "sponsor": "Choose a sponsor of your own directorate who wrote no part of it: "
                "not yourself, and no co-author."
            }
        )


def _answer(
    session: Session,
    request_id: int,
    submission_id: int,
    verdict: str,
    note: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    held = hold(session, request_id, actor_id=actor_id, now=now)
    ensure_allowed(Permission.REQUEST_ENDORSE, held)
    bundle = policies.governing(session, held.bundle, held.in_force)
    ensure_kind(bundle, held, StateKind.EDITING)
    current = read_current(session, held, now)
    latest = current.standing
    if latest is None or latest.id != submission_id:
        raise Stale(
            "The case has changed since it was put to you.",
            remedy="Wait until the requester asks you again, then read the new version.",
        )
    if latest.verdict is not None:
        raise WrongState("You have answered this already.", remedy="There is nothing more to do.")
    session.add(
        Endorsement(
            submission_id=submission_id,
            request_id=held.id,
            sponsor_id=held.actor.person,
            verdict=verdict,
            note=note,
            at=now,
        )
    )
    session.flush()
    event = (
        RequestEndorsed(submission_id, note)
        if verdict == "endorsed"
        else RequestSentBack(submission_id, note)
    )
    answered = held.parties.answered | {held.actor.person}
    apply(session, held, event, now=now, answered=sorted(answered))
