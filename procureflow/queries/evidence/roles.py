"""Who held which role, over what, and when."""

from __future__ import annotations

from sqlalchemy import select

from procureflow.domain.bundle import Bundle
from procureflow.domain.permissions import Role
from procureflow.models import Grant, Person
from procureflow.queries import listing, people
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order

ROLES = {role.value: role.words[:1].upper() + role.words[1:] for role in Role}


def roles_listing(bundle: Bundle, name: str = "roles") -> Listing:
    """The list of roles, those that have ended with them. `name` says on whose desk it is."""
    organisation = bundle.organisation
    directorates = organisation.directorate_names
    bodies = organisation.body_names
    return Listing(
        name=name,
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
            Filter("held_on", "Held on", Kind.DATE, people.in_force, "held on {}"),
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
            Column("Over", lambda row: people.over(bundle, row.Grant)),
            Column("From", lambda row: row.Grant.starts_on),
            Column("No longer from", lambda row: row.Grant.ends_on),
            Column("Account closes", lambda row: row.Person.closes_on),
        ),
    )
