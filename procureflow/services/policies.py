"""Publishing a council's documents, and seeding an empty database with the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from procureflow.domain.bundle import load_bundle
from procureflow.domain.errors import WrongState
from procureflow.domain.events import BundlePublished
from procureflow.domain.reference import PUBLICATIONS_STREAM
from procureflow.models import Bundle, Installation
from procureflow.queries import policies as reading
from procureflow.services._record import record


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
    session.add(
        Bundle(
            hash=bundle.hash,
            number=1,
            effective_from=effective,
            published_at=now,
            published_by=None,
            why=why,
            documents=dict(documents),
        )
    )
    session.flush()
    event = BundlePublished(bundle.hash, effective.isoformat(), why)
    record(session, stream=PUBLICATIONS_STREAM, event=event, actor=None, now=now)
    return bundle.hash
