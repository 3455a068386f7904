"""Opening a request, writing its sections, and the steps that are no more than a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from procureflow.domain import answers as answering
from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.chain import GENESIS, canonical, digest
from procureflow.domain.definitions.facts import Circumstances, derive
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.errors import InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.events import (
    Event,
    RequestCleared,
    RequestMoved,
    RequestOpened,
    RequestRebased,
    SectionWritten,
)
from procureflow.domain.likeness import key_of, supplier_key
from procureflow.domain.permissions import Permission, Subject, ensure
from procureflow.domain.reference import REQUEST
from procureflow.models import Request, Review, SectionVersion
from procureflow.models.statements import Prepared
from procureflow.queries import business_cases as content
from procureflow.queries import people, policies, reviews
from procureflow.queries.requests import facts_of
from procureflow.services._record import sealed_row, write_row
from procureflow.services._references import next_reference
from procureflow.services._situation import (
    ensure_allowed,
    ensure_kind,
    ensure_unguarded,
    next_state,
    read_current,
)
from procureflow.services._submission import pin
from procureflow.services._transition import Held, apply, hold
from procureflow.services._words import words
from procureflow.services.section_drafts import forget

LONGEST_REASON = 2000
#: From a request in one of these another may begin.
_ENDED = (StateKind.FINAL.value, StateKind.DECIDED.value)

_OPEN_COLUMNS = (
    *("reference", "bundle", "directorate", "requester_id", "wrote", "title", "category"),
    *("supplier", "supplier_key", "cost_centre", "whole_life_cost"),
    *("state", "state_kind", "state_since", "version", "head"),
    *("created_at", "updated_at", "previous_id"),
)
_OPEN = Prepared(
    insert(Request).values({name: bindparam(name) for name in _OPEN_COLUMNS}).returning(Request.id)
)
_SECTION = Prepared(
    insert(SectionVersion).values(
        {
            name: bindparam(name)
            for name in ("request_id", "section", "version", "answers", "author_id", "at", "hash")
        }
    )
)


def open_request(
    session: Session,
    *,
    directorate: str,
    answers: Mapping[str, Any],
    actor_id: int | None,
    now: datetime,
) -> tuple[int, str]:
    """Open a request with the answers of the check before you buy. Returns (id, reference).

    Raises InvalidInput where an answer can't be accepted or one that the check needs is missing.
    """
    day = local_day(now)
    actor = people.actor(session, actor_id, day)
    ensure(Permission.REQUEST_CREATE, actor, Subject(directorate=directorate))
    bundle = policies.bundle_in_force(session, day)
    if directorate not in bundle.organisation.directorates:
        raise InvalidInput({"directorate": "Choose one of the directorates."})
    written = _clean_check(bundle, answers)
    facts = facts_of(session, bundle, _flat(written), directorate=directorate, day=day)
    _ensure_complete(bundle, _flat(written), facts)
    return _open(session, bundle, written, _columns(facts), directorate, actor.person, now)


def follow_up(
    session: Session, *, request_id: int, actor_id: int | None, now: datetime
) -> tuple[int, str]:
    """Open a request that begins with what an ended or decided one says: to try again, or to vary
    an approval. The one before stays as it is. Returns (id, reference): of the one begun already
    where the same person has one in hand, so that asking twice opens no second.

    An answer that the documents in force accept no more is left out, to be given anew. Whoever
    wrote the one before is a party to this one: it is their text.
    """
    # Held, for whoever presses twice at the same moment.
    before = session.get(Request, request_id, with_for_update=True)
    if before is None:
        raise NotFound("There is no such request.", remedy="Check the reference.")
    day = local_day(now)
    actor = people.actor(session, actor_id, day)
    ensure(Permission.REQUEST_CREATE, actor, Subject(directorate=before.directorate))
    if before.state_kind not in _ENDED:
        raise WrongState(
            "This request is still on its way.", remedy="Go on with it, or withdraw it first."
        )
    begun = session.scalars(
        select(Request)
        .where(
            Request.previous_id == before.id,
            Request.requester_id == actor.person,
            Request.state_kind == StateKind.EDITING.value,
        )
        .order_by(Request.id)
    ).first()
    if begun is not None:
        return begun.id, begun.reference
    bundle = policies.bundle_in_force(session, day)
    if before.directorate not in bundle.organisation.directorates:
        raise WrongState(
            "Its directorate is no more.", remedy="Check before you buy for your own directorate."
        )
    sections = content.current_sections(session, before.id)
    written = {
        key: answering.acceptable(bundle, key, sections[key].answers)
        for key in bundle.questions.sections
        if key in sections
    }
    facts = derive(bundle, _flat(written), Circumstances(before.directorate, day))
    columns = _columns(facts) | {
        # What every list shows is there, whatever the documents say by now.
        "title": facts["title"] or before.title,
        "category": facts["category"] or before.category,
    }
    return _open(session, bundle, written, columns, before.directorate, actor.person, now, before)


def _open(
    session: Session,
    bundle: Bundle,
    written: Mapping[str, Mapping[str, Any]],
    columns: Mapping[str, Any],
    directorate: str,
    person: int,
    now: datetime,
    before: Request | None = None,
) -> tuple[int, str]:
    hashes = {key: digest(canonical(section)) for key, section in written.items()}
    previous = before.reference if before else None
    carried = sorted(set(before.wrote) - {person}) if before else []
    event = RequestOpened(bundle.hash, directorate, person, hashes, previous, tuple(carried))
    state, day = bundle.workflow.initial, local_day(now)
    reference = next_reference(session, REQUEST, day.year)
    row = sealed_row(
        stream=reference,
        seq=1,
        previous=GENESIS,
        event=event,
        actor=person,
        now=now,
        state_to=state,
    )
    request_id: int = _OPEN.run(
        session.connection(),
        reference=reference,
        bundle=bundle.hash,
        directorate=directorate,
        requester_id=person,
        wrote=sorted({person, *carried}),
        state=state,
        state_kind=bundle.lifecycle.kind(state).value,
        state_since=now,
        version=1,
        head=row["hash"],
        created_at=now,
        updated_at=now,
        previous_id=before.id if before else None,
        **columns,
    ).scalar_one()
    for key, section in written.items():
        _write_section(session, request_id, key, 1, section, hashes[key], person, now)
    write_row(session.connection(), row)
    return request_id, reference


def write_section(
    session: Session,
    *,
    request_id: int,
    section: str,
    answers: Mapping[str, Any],
    seen_version: int,
    actor_id: int | None,
    now: datetime,
) -> bool:
    """Write a new version of a section. `seen_version` is the one the author had before them
    (0: none). Returns whether anything changed. Raises Stale where somebody wrote since."""
    held = hold(session, request_id, actor_id=actor_id, now=now)
    ensure_allowed(Permission.REQUEST_EDIT, held)
    bundle = policies.governing(session, held.bundle, held.in_force)
    ensure_kind(bundle, held, StateKind.EDITING)
    phase = bundle.workflow.states[held.state].phase
    defined = bundle.questions.sections.get(section)
    if defined is None or (phase == "check" and defined.phase != "check"):
        raise WrongState(
            "This section isn’t written at this point.", remedy="Go back to the request."
        )
    sections = content.current_sections(session, held.id)
    current = sections.get(section)
    version = current.version if current else 0
    written = answering.clean(bundle, section, answers)
    fingerprint = digest(canonical(written))
    forget(session, held.actor.person, held.id, section)
    if current is not None and current.hash == fingerprint:
        return False
    if version != seen_version:
        raise Stale(
            f"Somebody else changed “{defined.title}” while you were writing.",
            remedy="What you wrote is still below. Compare it with theirs, then save again.",
        )
    sections[section] = content.CurrentSection(version + 1, written, fingerprint)
    flat = content.answers_of(sections)
    day = local_day(now)
    if defined.phase == "check":
        facts = facts_of(
            session, bundle, flat, directorate=held.directorate, day=day, request=held.id
        )
        _ensure_complete(bundle, flat, facts)
    else:
        # What lists show comes of the answers alone.
        facts = derive(bundle, flat, Circumstances(held.directorate, day))
    _write_section(
        session, held.id, section, version + 1, written, fingerprint, held.actor.person, now
    )
    event = SectionWritten(section, version + 1, fingerprint)
    wrote = held.parties.wrote | {held.actor.person}
    apply(session, held, event, now=now, wrote=sorted(wrote), **_columns(facts))
    return True


def take_step(
    session: Session,
    *,
    request_id: int,
    trigger: str,
    actor_id: int | None,
    now: datetime,
    why: str = "",
) -> Held:
    """Take a step that is no more than a step: clear, start the case, withdraw, lapse, close.

    Steps into a body's review and out of it by its decision have services of their own and are
    refused here.
    """
    held = hold(session, request_id, actor_id=actor_id, now=now)
    bundle = policies.governing(session, held.bundle, held.in_force)
    definition, to = next_state(bundle, held, trigger)
    ensure_allowed(
        Permission(definition.may),
        held,
        bodies=reviews.bodies_of(session, held.id),
    )
    outcomes = bundle.workflow.states[held.state].outcomes.values()
    by_votes = to[1] is StateKind.DECIDED and held.state_kind != StateKind.DECIDED.value
    if to[1] is StateKind.GROUP or by_votes or trigger in outcomes:
        raise WrongState(
            f"“{definition.label}” is not a step by itself.", remedy="Use the request’s own page."
        )
    event: Event = RequestMoved(trigger, words("why", why, LONGEST_REASON))
    if definition.guards:
        current = read_current(session, held, now)
        ensure_unguarded(definition, current.situation())
        if to[1] is StateKind.FINAL:
            # What the policy decided by itself is pinned like what a body decides.
            pinned = pin(session, held, current, now=now)
            event = RequestCleared(trigger=trigger, **pinned.named())
    if held.state_kind == StateKind.GROUP.value:
        session.execute(
            update(Review)
            .where(Review.request_id == held.id, Review.closed_at.is_(None))
            .values(closed_at=now)
        )
    apply(session, held, event, now=now, to=to)
    return held


def rebase_request(
    session: Session,
    *,
    request_id: int,
    expected: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Let a request that is being written go on under the version of the policy in force today.
    `expected` is the hash of the documents that its author was shown. Returns the version's number.

    An endorsement is void: it was given to the case as the other documents asked for it.
    """
    held = hold(session, request_id, actor_id=actor_id, now=now)
    ensure_allowed(Permission.REQUEST_REBASE, held)
    ensure_kind(policies.governing(session, held.bundle, held.in_force), held, StateKind.EDITING)
    version = policies.publication_in_force(session, local_day(now))
    if version.bundle == held.bundle:
        raise WrongState(
            "It is under the version in force already.", remedy="There is nothing to do."
        )
    if version.bundle != expected:
        raise Stale(
            "Another version of the policy has come into force since.",
            remedy="Look at what it changes before you go on.",
        )
    to = policies.bundle(session, version.bundle)
    state = to.workflow.states.get(held.state)
    if state is None or state.kind is not StateKind.EDITING:
        raise WrongState(
            f"Version {version.number} has no place for a request where this one is.",
            remedy="Withdraw it, and begin again from what it says.",
        )
    event = RequestRebased(version.bundle, version.number)
    apply(session, held, event, now=now, bundle=version.bundle)
    return version.number


def _clean_check(bundle: Bundle, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    asked = {
        key: section
        for section in bundle.sections_of("check")
        for key in bundle.questions.sections[section].questions
    }
    errors = {name: "This is not asked here." for name in given if name not in asked}
    written = {}
    for section in bundle.sections_of("check"):
        part = {key: value for key, value in given.items() if asked.get(key) == section}
        try:
            written[section] = answering.clean(bundle, section, part)
        except InvalidInput as refusal:
            errors.update(refusal.errors)
    if errors:
        raise InvalidInput(errors)
    return written


def _flat(written: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {key: value for section in written.values() for key, value in section.items()}


def _ensure_complete(bundle: Bundle, answers: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """The check is short: it is answered as a whole, so that the policy's answer is too."""
    missing = bundle.unanswered(answers, facts, bundle.sections_of("check"))
    sections = bundle.questions.sections
    if missing:
        raise InvalidInput(
            {key: f"Answer “{sections[section].questions[key].label}”" for section, key in missing}
        )


def _columns(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What lists and reports show of a request, and what is looked up by."""
    return {
        "title": facts["title"],
        "category": facts["category"],
        "supplier": facts["supplier"],
        "supplier_key": supplier_key(facts["supplier"]) if facts["supplier"] else None,
        "cost_centre": key_of(facts.get("budget_code") or "") or None,
        "whole_life_cost": facts["whole_life_cost"],
    }


def _write_section(
    session: Session,
    request_id: int,
    section: str,
    version: int,
    answers: Mapping[str, Any],
    fingerprint: str,
    author: int,
    now: datetime,
) -> None:
    _SECTION.run(
        session.connection(),
        request_id=request_id,
        section=section,
        version=version,
        answers=answers,
        author_id=author,
        at=now,
        hash=fingerprint,
    )
