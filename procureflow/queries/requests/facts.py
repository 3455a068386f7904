"""The facts of a request as it is now: its answers, and what the rules look up besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import LONDON
from procureflow.domain.definitions.facts import Circumstances, derive
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.likeness import key_of, likest, supplier_key
from procureflow.domain.voting import SETTLED, Ending
from procureflow.models import Asset, Decision, Request, Submission
from procureflow.queries.register import LOOKED_AT

#: Spending is looked at this far back (SPLIT-1).
A_YEAR = timedelta(days=365)
#: So many of a directorate's approved requests are looked at for benefits that are due.
MOST_APPROVED = 500
_APPROVED = Decision.outcome == Ending.APPROVED.value
_Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _About:
    """What is looked up for: the answers of a request (by id, None: it isn't one yet)."""

    bundle: Bundle
    answers: Mapping[str, Any]
    directorate: str
    day: date
    request: int | None

    def answer(self, question: str | None) -> str:
        """An answer in words; nothing where it is blank."""
        value = self.answers.get(question) if question else None
        return value if isinstance(value, str) else ""

    @property
    def others(self) -> ColumnElement[bool]:
        """Every request but this one."""
        return Request.id != (self.request or 0)


def facts_of(
    session: Session,
    bundle: Bundle,
    answers: Mapping[str, Any],
    *,
    directorate: str,
    day: date,
    request: int | None = None,
) -> dict[str, Any]:
    """All facts of a request with these answers. What no rule of the documents reads isn't looked
    up, and stays unknown."""
    about = _About(bundle, answers, directorate, day, request)
    found: _Found = {}
    for names, look in _LOOK.items():
        if bundle.looked_up & frozenset(names):
            found.update(look(session, about))
    return derive(bundle, answers, Circumstances(directorate, day, found))


def _idle(session: Session, about: _About) -> _Found:
    """OWN-1, AST-1: assets of the category that no post has in use, and those of them here."""
    place = key_of(about.answer(about.bundle.place_question))
    here = func.sum(case((Asset.place_key == place, 1), else_=0))
    counted = select(func.count(), here).where(
        Asset.in_use.is_(False), Asset.category == about.answer("category")
    )
    count, at_place = session.execute(counted).one()
    return {"idle_of_kind": Decimal(count), "idle_here": Decimal(at_place or 0)}


def _age(session: Session, about: _About) -> _Found:
    """RPL-1: how old the device is that is replaced, in completed years."""
    tag = about.answer(about.bundle.asset_question)
    spelt = {tag, tag.upper(), tag.lower()} - {""}
    query = select(Asset.bought_on).where(Asset.tag.in_(sorted(spelt))).order_by(Asset.tag)
    bought = session.scalars(query.limit(1)).first() if spelt else None
    if bought is None:
        return {"asset_age": None}
    before_its_day = (about.day.month, about.day.day) < (bought.month, bought.day)
    return {"asset_age": Decimal(about.day.year - bought.year - before_its_day)}


def _spent(session: Session, about: _About) -> _Found:
    """SPLIT-1: what the directorate's other requests of a year come to, of the same supplier or for
    the same cost centre. What was refused, withdrawn or allowed without an exception isn't
    counted."""
    keys = (
        (Request.supplier_key, supplier_key(about.answer("supplier"))),
        (Request.cost_centre, key_of(about.answer("budget_code"))),
    )
    related = [column == key for column, key in keys if key]
    if not related:
        return {"related_spend": Decimal(0)}
    in_hand = Request.state_kind != StateKind.FINAL.value
    condition = and_(or_(*related), or_(in_hand, _APPROVED))
    return {"related_spend": _sum(session, about, condition)}


def _bought(session: Session, about: _About) -> _Found:
    """What was approved for the directorate within a year, of the same supplier."""
    key = supplier_key(about.answer("supplier"))
    if not key:
        return {"supplier_spend": Decimal(0)}
    condition = and_(Request.supplier_key == key, _APPROVED)
    return {"supplier_spend": _sum(session, about, condition)}


def _sum(session: Session, about: _About, condition: ColumnElement[bool]) -> Decimal:
    """What the directorate's other requests of a year come to for which that holds."""
    query = (
        select(func.sum(Request.whole_life_cost))
        .outerjoin(Decision, Decision.id == Request.decision_id)
        .where(
            condition,
            Request.directorate == about.directorate,
            Request.created_at >= datetime.combine(about.day - A_YEAR, time.min, LONDON),
            about.others,
        )
    )
    return session.scalar(query) or Decimal(0)


def _alike(session: Session, about: _About) -> _Found:
    """DUP-1: how many requests of its kind have a like title, and the likest one. Decided ones of
    the whole council, for the register is open to all; of those in hand, the directorate's own."""
    title = about.answer("title")
    later = aliased(Request)
    query = (
        select(Request.reference, Request.title)
        .outerjoin(Decision, Decision.id == Request.decision_id)
        .where(
            Request.category == about.answer("category"),
            about.others,
            or_(
                Decision.outcome.in_(SETTLED),
                and_(
                    Request.directorate == about.directorate,
                    Request.state_kind.in_((StateKind.EDITING.value, StateKind.GROUP.value)),
                ),
            ),
            # What this one goes on from, or what goes on from this one, is no second asking.
            Request.id.not_in(
                select(later.previous_id).where(
                    later.id == (about.request or 0), later.previous_id.is_not(None)
                )
            ),
            or_(Request.previous_id.is_(None), Request.previous_id != (about.request or 0)),
        )
        .order_by(Request.id.desc())
        .limit(LOOKED_AT)
    )
    found = likest(((row.title, row.reference) for row in session.execute(query)), title)
    return {"alike": Decimal(len(found)), "alike_reference": found[0] if found else None}


def _overdue(session: Session, about: _About) -> _Found:
    """VFM-1: how many approved requests of the directorate have benefits whose day has passed and
    that aren't shown yet: until they are, a request isn't closed."""
    query = (
        select(Submission.facts)
        .join(Decision, Decision.submission_id == Submission.id)
        .join(Request, Request.decision_id == Decision.id)
        .where(
            Request.directorate == about.directorate,
            Request.state_kind == StateKind.DECIDED.value,
            about.others,
        )
        .order_by(Request.id.desc())
        .limit(MOST_APPROVED)
    )
    due = 0
    for facts in session.scalars(query):
        first = facts.get("first_benefit")
        due += first is not None and date.fromisoformat(str(first)) < about.day
    return {"benefits_overdue": Decimal(due)}


#: The facts that one look gives.
_LOOK: dict[tuple[str, ...], Callable[[Session, _About], _Found]] = {
    ("idle_of_kind", "idle_here"): _idle,
    ("asset_age",): _age,
    ("related_spend",): _spent,
    ("supplier_spend",): _bought,
    ("alike", "alike_reference"): _alike,
    ("benefits_overdue",): _overdue,
}
