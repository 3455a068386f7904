"""Who held which role, over what, and when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select

from procureflow.domain.bundle import Bundle
from procureflow.domain.permissions import Role
from procureflow.models import Grant, Person
from procureflow.queries import listing
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order

ROLES = {role.value: role.words[:1].upper() + role.words[1:] for role in Role}
COUNCIL = "The whole council"


def over(bundle: Bundle, grant: Grant) -> str:
    """Over what a role is held, in words."""
    organisation = bundle.organisation
    if grant.directorate is not None:
        directorate = organisation.directorates.get(grant.directorate)
        return directorate.name if directorate else grant.directorate
    if grant.body is not None:
        body = organisation.bodies.get(grant.body)
        return body.name if body else grant.body
    return COUNCIL


def held_on(day: date) -> ColumnElement[bool]:
    """Roles in force on a day: from the first, up to and not including the other."""
    return and_(Grant.starts_on <= day, or_(Grant.ends_on.is_(None), Grant.ends_on > day))


def roles_listing(bundle: Bundle) -> Listing:
    """The list of roles, those that have ended with them."""
    organisation = bundle.organisation
    directorates = {key: d.name for key, d in organisation.directorates.items()}
    bodies = {key: body.name for key, body in organisation.bodies.items()}
    return Listing(
        name="roles",
        query=select(Grant, Person).join(Person, Person.id == Grant.person_id),
        filters=(
            Filter(
                "person",
                "Name or e-mail address",
                Kind.WORDS,
                listing.contains(Person.name, Person.email),
                "of {}",
            ),
            Filter("role", "Role", Kind.CHOICE, listing.equals(Grant.role), choices=ROLES),
            Filter(
                "directorate",
                "Directorate",
                Kind.CHOICE,
                listing.equals(Grant.directorate),
                "in {}",
                directorates,
            ),
            Filter("body", "Body", Kind.CHOICE, listing.equals(Grant.body), "of the {}", bodies),
            Filter("held_on", "Held on", Kind.DATE, held_on, "held on {}"),
        ),
        orders={
            "name": Order("Name", (Person.name, Grant.id)),
            "newest": Order("Newest first", (Grant.starts_on, Grant.id), descending=True),
        },
        columns=(
            Column("Who", lambda row: row.Person.name),
            Column("Person", lambda row: row.Person.id),
            Column("Job title", lambda row: row.Person.job_title),
            Column("Role", lambda row: ROLES[row.Grant.role]),
            Column("Over", lambda row: over(bundle, row.Grant)),
            Column("From", lambda row: row.Grant.starts_on),
            Column("No longer from", lambda row: row.Grant.ends_on),
            Column("Account disabled", lambda row: not row.Person.active),
        ),
    )
