"""The bundles of documents: the one in force, and the one a request began under."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from procureflow.domain.bundle import Bundle, load_bundle
from procureflow.domain.errors import NotFound
from procureflow.domain.rehearsal import Stored
from procureflow.models import Bundle as BundleRow
from procureflow.models import Installation, Proposal, Publication, Request, Submission
from procureflow.models.statements import Prepared

#: The hash of the bundle in force on `day`.
IN_FORCE = (
    select(Publication.bundle)
    .where(Publication.effective_from <= bindparam("day"))
    .order_by(Publication.effective_from.desc(), Publication.number.desc())
    .limit(1)
)
_IN_FORCE = Prepared(IN_FORCE)


#: Compiled bundles by hash, for the life of the process.
_by_hash: dict[str, Bundle] = {}


def bundle(session: Session, fingerprint: str) -> Bundle:
    """The bundle of that hash. Bundles are immutable and named by content, so they are kept."""
    found = _by_hash.get(fingerprint)
    if found is None:
        row = session.get(BundleRow, fingerprint)
        if row is None:
            raise NotFound("There is no such bundle of documents.")
        found = _by_hash[fingerprint] = load_bundle(row.documents)
    return found


def in_force(session: Session, day: date) -> str:
    """The hash of the bundle in force on a day: the latest published whose first day has come."""
    fingerprint: str | None = _IN_FORCE.run(session.connection(), day=day).scalar()
    if fingerprint is None:
        raise NotFound(
            "No policy is in force.", remedy="Publish the council’s documents: config publish."
        )
    return fingerprint


def bundle_in_force(session: Session, day: date) -> Bundle:
    """The bundle in force on a day."""
    return bundle(session, in_force(session, day))


#: (a request's bundle, the one in force) → what holds for the request.
_governing: dict[tuple[str, str], Bundle] = {}


def governing(session: Session, pinned: str, current: str) -> Bundle:
    """The documents that a request goes by: those that it is pinned to, with the organisation of
    the version in force. Who is in charge and how a body decides is read by date, never pinned
    (EXC-1); a directorate or body that the version in force has no more keeps its name."""
    if pinned == current:
        return bundle(session, pinned)
    found = _governing.get((pinned, current))
    if found is None:
        own, now = bundle(session, pinned), bundle(session, current).organisation
        before = own.organisation
        organisation = now.model_copy(
            update={
                "directorates": {**before.directorates, **now.directorates},
                "job_roles": before.job_roles,
                "bodies": {**before.bodies, **now.bodies},
            }
        )
        found = _governing[pinned, current] = replace(own, organisation=organisation)
    return found


def publication_in_force(session: Session, day: date) -> Publication:
    """The version in force on a day. Raises NotFound where there was none yet."""
    query = (
        select(Publication)
        .where(Publication.effective_from <= day)
        .order_by(Publication.effective_from.desc(), Publication.number.desc())
    )
    found = session.scalars(query.limit(1)).first()
    if found is None:
        raise NotFound("No policy is in force.", remedy="Choose a later day.")
    return found


def publications(session: Session) -> list[Publication]:
    """Every version of the documents, the newest first."""
    return list(session.scalars(select(Publication).order_by(Publication.number.desc())))


def publication(session: Session, number: int) -> Publication:
    """A version by its number. Raises NotFound."""
    found = session.get(Publication, number)
    if found is None:
        raise NotFound("There is no such version.", remedy="Look for it in the list of versions.")
    return found


def latest(session: Session) -> Publication:
    """The version published last, in force already or not."""
    return session.scalars(select(Publication).order_by(Publication.number.desc()).limit(1)).one()


def publication_of(session: Session, fingerprint: str, at: datetime | None = None) -> Publication:
    """The version that published these documents: the last one by that moment, where they were
    published more than once, or else the first. Raises NotFound."""
    query = select(Publication).where(Publication.bundle == fingerprint)
    found = session.scalars(query.order_by(Publication.number)).all()
    if not found:
        raise NotFound("There is no such version.", remedy="Look for it in the list of versions.")
    by_then = [one for one in found if at is None or one.published_at <= at]
    return by_then[-1] if by_then else found[0]


def proposals(session: Session) -> list[Proposal]:
    """What is proposed and neither published nor withdrawn, the oldest first."""
    query = select(Proposal).where(Proposal.outcome.is_(None)).order_by(Proposal.id)
    return list(session.scalars(query))


def proposal(session: Session, number: int) -> Proposal:
    """A proposal by its id. Raises NotFound."""
    found = session.get(Proposal, number)
    if found is None:
        raise NotFound("There is no such proposal.", remedy="Look for it among the versions.")
    return found


#: So many requests are read at a time.
BATCH = 500
_later = aliased(Submission)


def submitted(session: Session, most: int | None = None) -> Iterator[list[Stored]]:
    """The requests that were ever put forward, as their last submissions have them: the newest
    first, batch by batch, and no more than so many."""
    query = (
        select(Request.id, Request.reference, Request.directorate, Submission.facts)
        .join(Submission, Submission.request_id == Request.id)
        .where(
            Submission.number
            == select(func.max(_later.number))
            .where(_later.request_id == Request.id)
            .correlate(Request)
            .scalar_subquery()
        )
        .order_by(Request.id.desc())
    )
    left = most
    while left is None or left > 0:
        size = BATCH if left is None else min(BATCH, left)
        rows = session.execute(query.limit(size)).all()
        if not rows:
            return
        yield [Stored(row.reference, row.directorate, row.facts) for row in rows]
        query = query.where(Request.id < rows[-1].id)
        left = None if left is None else left - len(rows)


def texts(session: Session, fingerprint: str) -> dict[str, str]:
    """The documents of a bundle, by name."""
    return dict(session.get_one(BundleRow, fingerprint).documents)


def installation(session: Session) -> Installation | None:
    """Whose database this is, or None for an empty one."""
    return session.get(Installation, 1)
