"""A migrated, seeded database with the council of the benchmark: the product's and the floor's."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from procureflow.adapters import clock, migrations
from procureflow.adapters.files import read_documents
from procureflow.db import Database
from procureflow.domain.permissions import Role
from procureflow.queries import people as people_queries
from procureflow.services import people, policies
from procureflow.settings import resource

DOCUMENTS = Path(__file__).parents[1] / "council"
DIRECTORATE = "environment"
GROUP = "information_policy_group"
REQUESTER = "requester@bench.example"
CHAIR = "chair@bench.example"
# Before any day on which the benchmark may run, so that the roles are in force.
SINCE = date(2020, 1, 1)
DECLARED = "none"
REASON = "The case shows its benefits."

# Answers to everything that the rules read: each `met` is true, and only an exception is left
# to be asked for. See the council's README.
ANSWERS: dict[str, Any] = {
    "title": "Replace end-of-life storage array",
    "category": "software",
    "catalogue_option": "none",
    "whole_life_cost": "48000.00",
    "already_ordered": False,
    "benefits": [
        {
            "description": "Fewer hours without files",
            "class": "quantifiable",
            "change": "Files are served by the new array",
            "owner": "Head of ICT Services",
            "measure": "Hours without files a year",
            "baseline": "31 in 2025/26",
            "target": "4",
            "expected": "2041-03-31",
        }
    ],
    "project_management_cost": "4000.00",
    "training_cost": "3300.00",
    "training": "Two days each.",
}


@dataclass(frozen=True, slots=True)
class Council:
    """The database, by the product's own code, and its two people's ids."""

    db: Database
    requester: int
    chair: int


def found(target: str) -> Council:
    """Migrate and seed the empty database at `target`."""
    db = Database(target)
    migrations.upgrade(db.writer, resource("migrations"))
    now = clock.now()
    with db.unit_of_work() as session:
        policies.seed(session, documents=read_documents(DOCUMENTS), demonstration=False, now=now)
        for email, role, directorate, body in (
            (REQUESTER, Role.REQUESTER, DIRECTORATE, None),
            (CHAIR, Role.CHAIR, None, GROUP),
        ):
            person = people.add_person(
                session,
                email=email,
                name=email,
                job_title=role.value,
                actor_id=people.CONSOLE,
                now=now,
            )
            people.grant_role(
                session,
                person_id=person,
                role=role,
                actor_id=people.CONSOLE,
                now=now,
                starts_on=SINCE,
                directorate=directorate,
                body=body,
            )
    db.dispose()
    return visit(target)


def visit(target: str) -> Council:
    """Open a database that `found` has made."""
    db = Database(target)
    with db.reading() as session:
        ids = {}
        for email in (REQUESTER, CHAIR):
            person = people_queries.person_by_email(session, email)
            assert person is not None
            ids[email] = person.id
    return Council(db, ids[REQUESTER], ids[CHAIR])


def counts(council: Council) -> dict[str, int]:
    """What is stored, for `verify`. People and documents have events too: in other streams."""
    with council.db.reading() as session:
        connection = session.connection()
        return {
            name: connection.exec_driver_sql(query).scalar_one()
            for name, query in (
                ("cases", "SELECT count(*) FROM requests"),
                ("approved", "SELECT count(*) FROM requests WHERE state = 'approved'"),
                (
                    "history",
                    "SELECT count(*) FROM requests JOIN events ON events.stream = reference",
                ),
            )
        }
