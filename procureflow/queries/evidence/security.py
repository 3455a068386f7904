"""The security log as an auditor reads it: sign-ins, passwords, and what was refused to whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from procureflow.models import Person, SecurityEntry
from procureflow.queries import listing
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order

KINDS = {
    "attempt": "A password was tried for an account (counted before it is known to be right)",
    "attempt_from": "A password was tried from an address (counted before it is known to be right)",
    "forbidden": "Was refused a page or an act",
    "link_asked": "A request for a link was counted, for an account",
    "link_asked_from": "A request for a link was counted, for this address",
    "password_changed": "Changed their password",
    "password_set": "Set a password with a link",
    "sign_in_failed": "Somebody gave a wrong address or password",
    "signed_in": "Signed in",
    "signed_out": "Signed out",
}


def security_listing() -> Listing:
    """The list of what the security log has."""
    entry = SecurityEntry
    return Listing(
        name="security",
        query=select(entry, Person).outerjoin(Person, Person.id == entry.person_id),
        filters=(
            Filter("kind", "What", Kind.CHOICE, listing.equals(entry.kind), "“{}”", choices=KINDS),
            Filter(
                "person",
                "Name or e-mail address",
                Kind.WORDS,
                listing.contains(Person.name, Person.email),
                "for {}",
            ),
            Filter("from", "From", Kind.DATE, listing.since(entry.at), "from {}"),
            Filter("to", "Until", Kind.DATE, listing.until(entry.at), "until {}", begins="from"),
        ),
        # By id: the log is written as things happen, and has no index by the moment alone.
        orders={
            "newest": Order("Newest first", (entry.id,), descending=True),
            "oldest": Order("Oldest first", (entry.id,)),
        },
        columns=(
            Column("When", lambda row: row.SecurityEntry.at),
            Column("What", lambda row: KINDS.get(row.SecurityEntry.kind, row.SecurityEntry.kind)),
            Column("Whose account", lambda row: row.Person.name if row.Person else None),
            Column("Person", lambda row: row.SecurityEntry.person_id),
            Column("Address", lambda row: row.SecurityEntry.address),
            Column("Detail", lambda row: detail(row.SecurityEntry)),
        ),
    )


def detail(entry: Any) -> str:
    """What else the log says of it."""
    return ", ".join(f"{name}: {value}" for name, value in sorted(entry.detail.items()))
