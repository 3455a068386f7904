"""What the demonstration lacks for every page to have something on it.

Played by the services into the served council's database, so that the pages of the group's
review, of endorsing and of directorate actions can be opened without clicking a way to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from procureflow.cli.demonstration import DOMAIN
from procureflow.db import Database
from procureflow.models import NonComplianceRecord, Person, Request
from procureflow.services import co_authors, comments, compliance, people
from tests.e2e.served import Served
from tests.factories.council import DESKTOP, Council

SOME_DAYS = timedelta(days=9)

#: role → the accounts that show what it can see. Nobody is signed in as a visitor.
ROLES: dict[str, tuple[str | None, ...]] = {
    "visitor": (None,),
    "requester": ("requester", "requester2", "requester3", "requester4", "requester5"),
    "sponsor": ("sponsor", "sponsor2"),
    "director": ("director", "director2"),
    "ict-assessor": ("ict",),
    "finance-assessor": ("finance",),
    "member": ("member1", "member4"),
    "chair": ("chair",),
    "secretary": ("secretary",),
    "auditor": ("auditor",),
    "policy-officer": ("policy1",),
    "administrator": ("admin",),
}


@dataclass(frozen=True)
class Scene:
    """References and addresses that no link leads to for everybody."""

    link: str
    another_directorates: str

    def unlinked(self, account: str | None) -> tuple[str, ...]:
        """Addresses that somebody may type, or get by mail."""
        if account is None:
            return ("/sign-in", "/forgotten-password", self.link, "/set-password/" + "x" * 43)
        pages = ("/", "/requests?state=lapsed", "/requests/ICT-2020-9999")
        return (*pages, self.another_directorates) if account == "requester" else pages


def set_scene(demonstration: Served) -> Scene:
    """Play what is missing."""
    db = Database(demonstration.database_url)
    try:
        with db.reading() as session:
            rows = session.execute(select(Person.email, Person.id))
            known = {email.removesuffix(f"@{DOMAIN}"): person for email, person in rows}
            other = session.scalars(
                select(Request.reference).where(Request.requester_id == known["requester5"])
            ).first()
        council = Council(db, people=known, now=datetime.now(UTC) - SOME_DAYS)
        _play(council)
        link = council.act(
            people.issue_link,
            person_id=known["policy2"],
            purpose="forgotten_password",
            valid_for=SOME_DAYS * 2,
        )
    finally:
        db.dispose()
    return Scene(f"/set-password/{link}", f"/requests/{other}")


def _play(council: Council) -> None:
    council.opened()
    council.opened(**DESKTOP)
    written = {"request_id": council.case_written()}
    colleague = council.people["requester6"]
    council.act(co_authors.add_co_author, by="requester", person_id=colleague, **written)
    said = {"section": "management", "words": "Who trains them, and by when?"}
    council.act(comments.comment, by="sponsor", **said, **written)
    council.endorsed()
    council.sent_back("Give the second quote and its date.")
    _, review = council.assessed()
    council.declare(review, "member1", "prejudicial")
    for choice in ("approve", "reject", "return"):
        council.voted(choice, choice, choice, already_ordered=choice == "reject")
    council.closed("approve")
    council.closed("reject", already_ordered=True)
    rejected, _ = council.closed("reject", already_ordered=True)
    with council.db.reading() as session:
        record = session.scalars(
            select(NonComplianceRecord.id).where(NonComplianceRecord.request_id == rejected)
        ).one()
    done = "The order was cancelled on 12 November 2026. Managers were reminded of the policy."
    council.act(compliance.answer_action, by="director", record_id=record, done=done)
