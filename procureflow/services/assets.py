"""The corporate asset register is read in from a file, looked at, and then imported as a whole."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert
from sqlalchemy.orm import Session

from procureflow.domain import assets as domain
from procureflow.domain.calendar import local_day
from procureflow.domain.errors import Stale, WrongState
from procureflow.domain.events import AssetsImported
from procureflow.domain.likeness import key_of
from procureflow.domain.permissions import Permission, ensure
from procureflow.domain.reference import ASSETS_STREAM
from procureflow.models import Asset, AssetImport
from procureflow.queries import assets as reading
from procureflow.queries import people, policies
from procureflow.services._record import hold_stream, record

LONGEST_NAME = 120


def read_in(
    session: Session, *, file: str, data: bytes, actor_id: int | None, now: datetime
) -> None:
    """Understand a file and keep it as this person's own note, to be looked at. Nothing of the
    register changes. Raises RegisterFaults with what is wrong, line by line."""
    day = local_day(now)
    actor = people.actor(session, actor_id, day)
    ensure(Permission.ASSETS_IMPORT, actor)
    found = domain.read_register(data, policies.bundle_in_force(session, day), day)
    session.merge(
        AssetImport(
            person_id=actor.person,
            rows=[asset.plain() for asset in found.values()],
            file="".join(c for c in file if c.isprintable())[:LONGEST_NAME],
            after=reading.fingerprint(session),
            at=now,
        )
    )
    session.flush()


def import_assets(session: Session, *, actor_id: int | None, now: datetime) -> domain.Comparison:
    """The register is what this person's file says, from now on. Returns what changed.

    Raises WrongState where no file was read in, Stale where the register changed since.
    """
    actor = people.actor(session, actor_id, local_day(now))
    ensure(Permission.ASSETS_IMPORT, actor)
    hold_stream(session, ASSETS_STREAM)
    note = reading.import_of(session, actor.person)
    if note is None:
        raise WrongState("There is no file to import.", remedy="Choose a file first.")
    before = reading.register(session)
    if note.after != domain.fingerprint(before.values()):
        raise Stale(
            "Somebody else imported the register since you looked at your file.",
            remedy="Choose your file again, to see what it changes now.",
        )
    after = {asset.tag: asset for asset in reading.assets_in(note)}
    changed = domain.compare(before, after)
    _replace(session, after, changed)
    session.delete(note)
    event = AssetsImported(
        assets=len(after),
        added=len(changed.added),
        changed=len(changed.changed),
        removed=len(changed.removed),
        register=domain.fingerprint(after.values()),
    )
    record(session, stream=ASSETS_STREAM, event=event, actor=actor.person, now=now)
    return changed


def discard(session: Session, *, actor_id: int | None, now: datetime) -> None:
    """Forget the file that this person read in."""
    actor = people.actor(session, actor_id, local_day(now))
    ensure(Permission.ASSETS_IMPORT, actor)
    session.execute(delete(AssetImport).where(AssetImport.person_id == actor.person))


def _replace(session: Session, after: dict[str, domain.Asset], changed: domain.Comparison) -> None:
    connection = session.connection()
    # What changes is written anew: many rows in one statement each way.
    gone = [{"gone": tag} for tag in (*changed.removed, *changed.changed)]
    if gone:
        connection.execute(delete(Asset).where(Asset.tag == bindparam("gone")), gone)
    here = [_row(after[tag]) for tag in (*changed.added, *changed.changed)]
    if here:
        connection.execute(insert(Asset), here)


def _row(asset: domain.Asset) -> dict[str, Any]:
    return {**asdict(asset), "place_key": key_of(asset.place)}
