"""The register of decisions: what was decided on which request, and why. Open to all staff.

It shows the decision and the request's few columns, never what the case says: that may be exempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, selectinload

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import local_day
from procureflow.domain.definitions.facts import decode
from procureflow.domain.errors import NotFound
from procureflow.domain.findings import Settled
from procureflow.domain.likeness import likest
from procureflow.domain.voting import DECIDED, SETTLED, Ending
from procureflow.models import Condition, Decision, Person, Request, Review, Submission
from procureflow.queries import listing, policies
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order

#: What is returned or recommended is undecided yet.
OUTCOMES = {ending.value: DECIDED[ending] for ending in SETTLED}
_COST = func.coalesce(Request.whole_life_cost, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision, as the register shows it."""

    decision: Decision
    request: Request
    review: Review
    bundle: Bundle
    #: The rules that an approval made an exception from.
    excepted: tuple[str, ...]

    @property
    def decided_on(self) -> date:
        """The day of the decision: its rules are those in force on it."""
        return local_day(self.decision.decided_at)


def _says(words: str) -> ColumnElement[bool]:
    """What a decision says in the open: title, reference, reasons, conditions."""
    bound = select(Condition.decision_id).where(listing.contains(Condition.words)(words))
    said = listing.contains(Request.title, Decision.reasons, Request.reference)(words)
    return or_(said, Decision.id.in_(bound))


def register_listing(bundle: Bundle, today: date) -> Listing:
    """The list of decisions."""
    organisation = bundle.organisation
    directorates = organisation.directorate_names
    bodies = organisation.body_names
    categories = bundle.questions.all()["category"][1].options
    states = {key: state.label for key, state in bundle.workflow.states.items()}
    rules = {rule.id: f"{rule.id}: {rule.rule.title}" for rule in bundle.rules_on(today)}
    return Listing(
        name="register",
        query=select(Decision, Request, Review, Person)
        .join(Request, Request.id == Decision.request_id)
        .join(Review, Review.id == Decision.review_id)
        .join(Person, Person.id == Decision.decided_by)
        .where(Decision.outcome.in_(sorted(OUTCOMES)))
        .options(selectinload(Decision.conditions)),
        filters=(
            Filter(
                "words",
                "Words in the title, the reasons or the conditions, or a reference",
                Kind.WORDS,
                _says,
                "about {}",
            ),
            Filter(
                "outcome",
                "Decision",
                Kind.CHOICE,
                listing.equals(Decision.outcome),
                choices=OUTCOMES,
            ),
            Filter(
                "directorate",
                "Directorate",
                Kind.CHOICE,
                listing.equals(Request.directorate),
                "asked for by {}",
                choices=directorates,
            ),
            Filter(
                "body", "Decided by", Kind.CHOICE, listing.equals(Review.body), "by the {}", bodies
            ),
            Filter(
                "rule",
                "Rule broken",
                Kind.CHOICE,
                listing.cites(Decision.rules),
                "breaking {}",
                rules,
            ),
            Filter("cost_from", "Cost from (£)", Kind.MONEY, listing.at_least(_COST), "{} or more"),
            Filter(
                "cost_to",
                "Cost to (£)",
                Kind.MONEY,
                listing.at_most(_COST),
                "{} or less",
                begins="cost_from",
            ),
            Filter(
                "decided_from",
                "Decided from",
                Kind.DATE,
                listing.since(Decision.decided_at),
                "from {}",
            ),
            Filter(
                "decided_to",
                "Decided until",
                Kind.DATE,
                listing.until(Decision.decided_at),
                "until {}",
                begins="decided_from",
            ),
        ),
        orders={
            "newest": Order("Newest first", (Decision.decided_at, Decision.id), descending=True),
            "oldest": Order("Oldest first", (Decision.decided_at, Decision.id)),
            "cost": Order("Dearest first", (_COST, Decision.id), descending=True),
        },
        columns=(
            Column("Reference", lambda row: row.Request.reference),
            Column("Title", lambda row: row.Request.title),
            Column(
                "Directorate",
                lambda row: directorates.get(row.Request.directorate, row.Request.directorate),
            ),
            Column(
                "What it is",
                lambda row: categories.get(row.Request.category, row.Request.category),
            ),
            Column("Whole-life cost (£)", lambda row: row.Request.whole_life_cost),
            Column("Decision", lambda row: OUTCOMES[row.Decision.outcome]),
            Column("Decided", lambda row: row.Decision.decided_at),
            Column("Decided by", lambda row: bodies.get(row.Review.body, row.Review.body)),
            Column("Closed by", lambda row: row.Person.name),
            Column("Documents", lambda row: row.Request.bundle),
            Column("Hash of the history now", lambda row: row.Request.head),
            Column("Rules broken", lambda row: ", ".join(row.Decision.rules)),
            Column("Reasons", lambda row: row.Decision.reasons),
            Column("Conditions", lambda row: "; ".join(c.words for c in row.Decision.conditions)),
            Column("To approve", lambda row: row.Decision.tally["approve"]),
            Column("To reject", lambda row: row.Decision.tally["reject"]),
            Column("To return", lambda row: row.Decision.tally["return"]),
            Column("Abstained", lambda row: row.Decision.tally["abstain"]),
            Column("Left for an interest", lambda row: row.Decision.tally["recused"]),
            Column("State now", lambda row: states.get(row.Request.state, row.Request.state)),
        ),
    )


#: So many of the last ones of a category are looked at for like ones.
LOOKED_AT = 200


def decided_alike(session: Session, request: Request, most: int) -> list[tuple[Request, Decision]]:
    """Decisions of the register on requests of the same kind whose titles are like this one's, the
    likest first: what somebody should know before they ask for it anew."""
    query = (
        select(Request, Decision)
        .join(Decision, Decision.request_id == Request.id)
        .where(
            Request.category == request.category,
            Request.id != request.id,
            Decision.outcome.in_(sorted(OUTCOMES)),
        )
        .order_by(Decision.id.desc())
        .limit(LOOKED_AT)
    )
    titled = ((one.title, (one, made)) for one, made in session.execute(query))
    return likest(titled, request.title)[:most]


def entry(session: Session, reference: str) -> Entry:
    """What was decided on a request. Raises NotFound where nothing was yet."""
    row = session.execute(
        select(Decision, Request, Review)
        .join(Request, Request.id == Decision.request_id)
        .join(Review, Review.id == Decision.review_id)
        .where(Request.reference == reference, Decision.outcome.in_(sorted(OUTCOMES)))
        .order_by(Decision.id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound(
            f"The register has no decision on {reference}: nothing was approved or rejected yet.",
            remedy="What the group returned stands on the request’s own page until it is decided.",
        )
    bundle = policies.bundle(session, row.Request.bundle)
    return Entry(row.Decision, row.Request, row.Review, bundle, _excepted(session, bundle, row))


def _excepted(session: Session, bundle: Bundle, row: Any) -> tuple[str, ...]:
    if row.Decision.outcome != Ending.APPROVED:
        return ()
    submission = session.get_one(Submission, row.Decision.submission_id)
    found = bundle.evaluate(decode(submission.facts, bundle.schema)).findings
    return tuple(f.code for f in found if f.settled_by is Settled.DECISION)
