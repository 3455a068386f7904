"""The bundles of documents: the one in force, and the one a request began under."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle, load_bundle
from procureflow.domain.errors import NotFound
from procureflow.models import Bundle as BundleRow
from procureflow.models import Installation
from procureflow.models.statements import Prepared

_IN_FORCE = Prepared(
    select(BundleRow.hash)
    .where(BundleRow.effective_from <= bindparam("day"))
    .order_by(BundleRow.effective_from.desc(), BundleRow.number.desc())
    .limit(1)
)


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


def bundle_in_force(session: Session, day: date) -> Bundle:
    """The bundle in force on a day: the latest published whose effective date has come."""
    fingerprint = _IN_FORCE.run(session.connection(), day=day).scalar()
    if fingerprint is None:
        raise NotFound(
            "No policy is in force.", remedy="Publish the council’s documents: config publish."
        )
    return bundle(session, fingerprint)


@dataclass(frozen=True, slots=True)
class Version:
    """A published bundle without its documents. `published_by` is None for the first."""

    hash: str
    number: int
    effective_from: date
    published_at: datetime
    published_by: int | None
    why: str


_VERSIONS = select(*(getattr(BundleRow, name) for name in Version.__dataclass_fields__))


def versions(session: Session) -> list[Version]:
    """Every version of the documents, the newest first."""
    query = _VERSIONS.order_by(BundleRow.number.desc())
    return [Version(*row) for row in session.execute(query)]


def version(session: Session, *, number: int | None = None, of: str | None = None) -> Version:
    """A version by its number or by its hash. Raises NotFound."""
    query = _VERSIONS.where(BundleRow.number == number if of is None else BundleRow.hash == of)
    row = session.execute(query).first()
    if row is None:
        raise NotFound("There is no such version.", remedy="Look for it in the list of versions.")
    return Version(*row)


def installation(session: Session) -> Installation | None:
    """Whose database this is, or None for an empty one."""
    return session.get(Installation, 1)
