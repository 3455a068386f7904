"""The bundles of documents: the one in force, and the one a request began under."""

from __future__ import annotations

from datetime import date

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


def installation(session: Session) -> Installation | None:
    """Whose database this is, or None for an empty one."""
    return session.get(Installation, 1)
