"""The corporate asset register: lists of it, and the register as a whole."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from procureflow.domain import assets as domain
from procureflow.domain.bundle import Bundle
from procureflow.models import Asset, AssetImport
from procureflow.queries import listing
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order

IN_USE = {"yes": "In use", "no": "Idle"}
#: So many places are suggested.
MOST_PLACES = 500
_FIELDS = domain.Asset.__slots__


def register(session: Session) -> dict[str, domain.Asset]:
    """Every asset, by tag."""
    query = select(*(getattr(Asset, name) for name in _FIELDS)).order_by(Asset.tag)
    return {row.tag: domain.Asset(*row) for row in session.execute(query)}


def fingerprint(session: Session) -> str:
    """One hash of the register as it is."""
    return domain.fingerprint(register(session).values())


def import_of(session: Session, person: int) -> AssetImport | None:
    """The file that this person has read in and not imported yet, or None."""
    return session.get(AssetImport, person)


def assets_in(note: AssetImport) -> list[domain.Asset]:
    """The assets of a file that was read in."""
    return [
        domain.Asset(**{**row, "bought_on": date.fromisoformat(row["bought_on"])})
        for row in note.rows
    ]


def places(session: Session) -> list[str]:
    """Where the council has something, for whoever says where something is used."""
    query = select(Asset.place).distinct().order_by(Asset.place).limit(MOST_PLACES)
    return list(session.scalars(query))


def assets_listing(bundle: Bundle) -> Listing:
    """The list of assets."""
    organisation = bundle.organisation
    categories = bundle.questions.all()["category"][1].options
    directorates = organisation.directorate_names
    roles = {key: role.name for key, role in organisation.job_roles.items()}
    return Listing(
        name="assets",
        query=select(Asset),
        filters=(
            Filter(
                "words",
                "Words in the tag, the name, the place or the post",
                Kind.WORDS,
                listing.contains(Asset.tag, Asset.name, Asset.place, Asset.post),
                "about {}",
            ),
            Filter(
                "kind",
                "Kind",
                Kind.CHOICE,
                listing.equals(Asset.category),
                choices=categories,
            ),
            Filter(
                "directorate",
                "Directorate",
                Kind.CHOICE,
                listing.equals(Asset.directorate),
                "in {}",
                choices=directorates,
            ),
            Filter(
                "in_use",
                "In use or idle",
                Kind.CHOICE,
                lambda value: Asset.in_use.is_(value == "yes"),
                choices=IN_USE,
            ),
        ),
        orders={
            "tag": Order("Tag", (Asset.tag,)),
            "oldest": Order("Oldest first", (Asset.bought_on, Asset.tag)),
            "newest": Order("Newest first", (Asset.bought_on, Asset.tag), descending=True),
            "place": Order("Place", (Asset.place, Asset.tag)),
        },
        # As it is read in again.
        columns=(
            Column("tag", lambda row: row.Asset.tag),
            Column("kind", lambda row: row.Asset.category),
            Column("name", lambda row: row.Asset.name),
            Column(
                "directorate",
                lambda row: directorates.get(row.Asset.directorate, row.Asset.directorate),
            ),
            Column("place", lambda row: row.Asset.place),
            Column("post", lambda row: row.Asset.post),
            Column("kind_of_post", lambda row: roles.get(row.Asset.job_role or "")),
            Column("bought_on", lambda row: row.Asset.bought_on),
            Column("in_use", lambda row: row.Asset.in_use),
        ),
    )
