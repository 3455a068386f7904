"""The council's documents: seeding an empty database with the first of them, and publishing others
by two people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle, load_bundle
from procureflow.domain.calendar import in_words, local_day
from procureflow.domain.errors import InvalidInput, NotFound, Stale, WrongState
from procureflow.domain.events import BundleProposed, BundlePublished, ProposalWithdrawn
from procureflow.domain.permissions import Permission, Subject, ensure
from procureflow.domain.reference import PUBLICATIONS_STREAM
from procureflow.models import Bundle as BundleRow
from procureflow.models import Grant, Installation, Proposal, Publication, Request, Review
from procureflow.queries import people
from procureflow.queries import policies as reading
from procureflow.services._record import hold_stream, record
from procureflow.services._words import words

LONGEST_WHY = 2000


def seed(
    session: Session, *, documents: Mapping[str, str], demonstration: bool, now: datetime
) -> str:
    """Make an empty database this council's: its first bundle, published by nobody in particular.

    Raises ConfigFaults where the documents don't hold; WrongState where there is a council.
    Returns the bundle's hash.
    """
    if reading.installation(session) is not None:
        raise WrongState("This database has a council already.")
    bundle = load_bundle(documents)
    effective = min(policy.effective_from for policy in bundle.policies)
    session.add(
        Installation(
            id=1,
            council=bundle.organisation.council.key,
            demonstration=demonstration,
            created_at=now,
        )
    )
    why = "The documents this installation began with."
    _keep(session, bundle, documents)
    session.add(
        Publication(
            number=1,
            bundle=bundle.hash,
            effective_from=effective,
            published_at=now,
            published_by=None,
            why=why,
        )
    )
    session.flush()
    event = BundlePublished(bundle.hash, effective.isoformat(), why)
    record(session, stream=PUBLICATIONS_STREAM, event=event, actor=None, now=now)
    return bundle.hash


def propose_bundle(
    session: Session,
    *,
    documents: Mapping[str, str],
    effective_from: date | None,
    why: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Propose documents, to be in force from a day on (None: today). Returns the proposal's id.

    Raises ConfigFaults where they don't hold, InvalidInput with everything else that is wrong.
    """
    day = local_day(now)
    actor = people.actor(session, actor_id, day)
    ensure(Permission.POLICY_PROPOSE, actor)
    bundle = load_bundle(documents)
    hold_stream(session, PUBLICATIONS_STREAM)
    latest = reading.latest(session)
    effective = effective_from or max(day, latest.effective_from)
    errors: dict[str, str] = {}
    try:
        reason = words("why", why, LONGEST_WHY, blank="Say why the documents change.")
    except InvalidInput as refusal:
        reason, errors = "", dict(refusal.errors)
    wrong = _wrong_day(effective, day, latest)
    if wrong:
        errors["effective_from"] = wrong
    wrong = _wrong_documents(session, bundle, latest)
    wrong = wrong or _proposed_already(session, bundle, latest)
    if wrong:
        errors["documents"] = wrong
    if errors:
        raise InvalidInput(errors)
    _keep(session, bundle, documents)
    proposal = Proposal(
        bundle=bundle.hash,
        after=latest.number,
        effective_from=effective,
        why=reason,
        proposed_by=actor.person,
        proposed_at=now,
    )
    session.add(proposal)
    session.flush()
    event = BundleProposed(proposal.id, bundle.hash, latest.number, effective.isoformat(), reason)
    record(session, stream=PUBLICATIONS_STREAM, event=event, actor=actor.person, now=now)
    return proposal.id


def publish_bundle(
    session: Session, *, proposal_id: int, actor_id: int | None, now: datetime
) -> int:
    """Publish what somebody else proposed. Returns the number of the version. Raises Stale where
    another version was published since, WrongState where it can't be published any more."""
    proposal, actor = _hold(session, proposal_id, actor_id, now)
    ensure(Permission.POLICY_PUBLISH, actor, Subject(proposed_by=proposal.proposed_by))
    latest = reading.latest(session)
    if latest.number != proposal.after:
        raise Stale(
            f"Version {latest.number} was published since this was proposed.",
            remedy="Withdraw this, and propose it anew on top of that version.",
        )
    day = local_day(now)
    if proposal.effective_from < day:
        raise WrongState(
            f"It was to be in force from {in_words(proposal.effective_from)} on, and that day is "
            "over: what was allowed on a day stays what it was.",
            remedy="Withdraw this, and propose it anew from a day to come.",
        )
    bundle = reading.bundle(session, proposal.bundle)
    wrong = _wrong_documents(session, bundle, latest)
    if wrong:
        raise WrongState(wrong, remedy="Withdraw this, and propose what is right.")
    number = latest.number + 1
    session.add(
        Publication(
            number=number,
            bundle=proposal.bundle,
            effective_from=proposal.effective_from,
            published_at=now,
            published_by=actor.person,
            why=proposal.why,
            proposal_id=proposal.id,
        )
    )
    _end(session, proposal, "published", actor.person, now)
    event = BundlePublished(
        proposal.bundle, proposal.effective_from.isoformat(), proposal.why, proposal.id
    )
    record(session, stream=PUBLICATIONS_STREAM, event=event, actor=actor.person, now=now)
    return number


def withdraw_proposal(
    session: Session, *, proposal_id: int, actor_id: int | None, now: datetime
) -> None:
    """Let a proposal go: nobody publishes it any more."""
    proposal, actor = _hold(session, proposal_id, actor_id, now)
    ensure(Permission.POLICY_PROPOSE, actor)
    _end(session, proposal, "withdrawn", actor.person, now)
    event = ProposalWithdrawn(proposal.id)
    record(session, stream=PUBLICATIONS_STREAM, event=event, actor=actor.person, now=now)


def _hold(
    session: Session, proposal_id: int, actor_id: int | None, now: datetime
) -> tuple[Proposal, Any]:
    """A proposal that stands, and who acts. Publications and proposals take turns."""
    actor = people.actor(session, actor_id, local_day(now))
    ensure(Permission.POLICY_PROPOSE, actor)
    hold_stream(session, PUBLICATIONS_STREAM)
    proposal = session.get(Proposal, proposal_id, populate_existing=True)
    if proposal is None:
        raise NotFound("There is no such proposal.", remedy="Look for it among the versions.")
    if proposal.outcome is not None:
        raise WrongState(f"This was {proposal.outcome} already.", remedy="There is nothing to do.")
    return proposal, actor


def _proposed_already(session: Session, bundle: Bundle, latest: Publication) -> str:
    """That the same documents on top of the same version wait for somebody already, or ""."""
    for waiting in reading.proposals(session):
        if (waiting.bundle, waiting.after) == (bundle.hash, latest.number):
            return f"Proposal {waiting.id} is of the same documents: publish it, or withdraw it."
    return ""


def _end(session: Session, proposal: Proposal, outcome: str, actor: int, now: datetime) -> None:
    proposal.outcome, proposal.ended_by, proposal.ended_at = outcome, actor, now
    session.flush()


def _keep(session: Session, bundle: Bundle, documents: Mapping[str, str]) -> None:
    """Store the documents, unless they are known: a bundle is named by what it says."""
    if session.get(BundleRow, bundle.hash) is None:
        session.add(BundleRow(hash=bundle.hash, documents=dict(documents)))
        session.flush()


def _wrong_day(effective: date, today: date, latest: Publication) -> str:
    """Why documents can't be in force from that day on; "" where they can."""
    if effective < today:
        return "It can’t be before today: what was allowed on a day stays what it was."
    if effective < latest.effective_from:
        first = in_words(latest.effective_from)
        return (
            f"Version {latest.number} is in force from {first} on: give that day, or a later one."
        )
    return ""


def _wrong_documents(session: Session, bundle: Bundle, latest: Publication) -> str:
    """Why these can't follow the last ones: nothing differs, another council's, or what stands in
    the database would lose its name. "" where they can."""
    if bundle.hash == latest.bundle:
        return f"These are the documents of version {latest.number}: nothing differs."
    installation = reading.installation(session)
    if installation is not None and bundle.organisation.council.key != installation.council:
        return "These are the documents of another council."
    organisation = bundle.organisation
    for kind, known, column in (
        ("directorate", frozenset(organisation.directorates), Request.directorate),
        ("directorate", frozenset(organisation.directorates), Grant.directorate),
        ("body", frozenset(organisation.bodies), Review.body),
        ("body", frozenset(organisation.bodies), Grant.body),
    ):
        used = {key for key in session.scalars(select(column).distinct()) if key is not None}
        for lost in sorted(used - known):
            said = f"organisation.yaml leaves out the {kind} {lost}"
            return f"{said}, which requests or roles are of. Keep it."
    return ""
