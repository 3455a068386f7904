"""Lists of requests, as far as the actor may see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.permissions import ASSESSORS, GROUP, STAFF, Actor, Role
from procureflow.models import Decision, Request, Review
from procureflow.queries import listing
from procureflow.queries.listing import Column, Filter, Kind, Listing, Order
from procureflow.queries.requests.searching import matches

RECENT = 5
_COST = func.coalesce(Request.whole_life_cost, 0)
#: What the list shows of a request: columns, because whole objects cost more than the query.
_SHOWN = (
    *(Request.id, Request.reference, Request.title, Request.directorate, Request.category),
    *(Request.state, Request.state_kind, Request.state_since, Request.whole_life_cost),
    *(Request.supplier, Request.created_at, Request.updated_at),
)

#: What was decided last. No join: whoever counts the list needn't look at decisions.
_OUTCOME = (
    select(Decision.outcome)
    .where(Decision.id == Request.decision_id)
    .scalar_subquery()
    .label("outcome")
)


def visible(actor: Actor) -> ColumnElement[bool]:
    """The requests that the law lets this actor view (REQUEST_VIEW), as a condition."""
    if actor.holds(Role.AUDITOR):
        return true()
    ways: list[ColumnElement[bool]] = [
        Request.requester_id == actor.person,
        Request.sponsor_id == actor.person,
    ]
    directorates = {g.directorate for g in actor.grants if g.role in STAFF}
    if directorates:
        ways.append(Request.directorate.in_(sorted(filter(None, directorates))))
    bodies = {g.body for g in actor.grants if g.role in GROUP}
    if bodies:
        before = select(Review.request_id).where(Review.body.in_(sorted(filter(None, bodies))))
        ways.append(Request.id.in_(before))
    if actor.holds(*ASSESSORS):
        ways.append(Request.id.in_(select(Review.request_id)))
    return or_(*ways)


def recent(session: Session, actor: Actor) -> list[Request]:
    """The newest of what the actor may see."""
    query = select(Request).where(visible(actor)).order_by(Request.id.desc()).limit(RECENT)
    return list(session.scalars(query))


def requests_listing(session: Session, actor: Actor, bundle: Bundle) -> Listing:
    """The list of requests. `bundle` says which states, directorates and categories there are."""
    states = {key: state.label for key, state in bundle.workflow.states.items()}
    categories = bundle.questions.all()["category"][1].options
    directorates = bundle.organisation.directorate_names
    return Listing(
        name="requests",
        query=select(*_SHOWN, _OUTCOME).where(visible(actor)),
        filters=(
            Filter("words", "Words", Kind.WORDS, matches(session), "about {}"),
            Filter(
                "state",
                "State",
                Kind.CHOICE,
                listing.equals(Request.state),
                "“{}”",
                choices=states,
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
                "category",
                "What it is",
                Kind.CHOICE,
                listing.equals(Request.category),
                choices=categories,
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
                "opened_from", "Asked from", Kind.DATE, listing.since(Request.created_at), "from {}"
            ),
            Filter(
                "opened_to",
                "Asked until",
                Kind.DATE,
                listing.until(Request.created_at),
                "until {}",
                begins="opened_from",
            ),
        ),
        orders={
            "newest": Order("Newest first", (Request.id,), descending=True),
            "changed": Order(
                "Last changed first", (Request.updated_at, Request.id), descending=True
            ),
            "waiting": Order("Longest in its state first", (Request.state_since, Request.id)),
            "cost": Order("Dearest first", (_COST, Request.id), descending=True),
        },
        columns=(
            Column("Reference", lambda row: row.reference),
            Column("Title", lambda row: row.title),
            Column("Directorate", _named(directorates, "directorate")),
            Column("What it is", _named(categories, "category")),
            Column("State", _named(states, "state")),
            Column("In this state since", lambda row: row.state_since),
            Column("Whole-life cost (£)", lambda row: row.whole_life_cost),
            Column("Supplier", lambda row: row.supplier),
            Column("Asked", lambda row: row.created_at),
            Column("Last changed", lambda row: row.updated_at),
        ),
    )


def _named(names: dict[str, str], column: str) -> Callable[[Any], Any]:
    """The words of a key; one that the documents have no more stands for itself."""

    def value(row: Any) -> str:
        key: str = getattr(row, column)
        return names.get(key, key)

    return value
