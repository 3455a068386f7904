"""A decision: what goes with its outcome, and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from procureflow.domain import voting
from procureflow.domain.answers import trimmed
from procureflow.domain.errors import InvalidInput, Stale
from procureflow.domain.voting import Choice, Ending
from procureflow.models import Condition, Decision, Review
from procureflow.models.statements import Prepared
from procureflow.services._review import HeldReview
from procureflow.services._words import words

LONGEST_REASONS = 4000
MOST_CONDITIONS = 20

_DECIDE = Prepared(
    insert(Decision)
    .values(
        {
            name: bindparam(name)
            for name in (
                *("review_id", "request_id", "submission_id", "outcome", "decided_by"),
                *("decided_at", "tally", "casting_vote_used", "reasons", "rules", "sections"),
            )
        }
    )
    .returning(Decision.id)
)
_CLOSE = Prepared(
    update(Review)
    .where(Review.id == bindparam("review"), Review.closed_at.is_(None))
    .values(closed_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the presiding member says with an outcome: only what belongs to it."""

    reasons: str
    conditions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


def particulars(
    it: HeldReview,
    choice: Choice,
    reasons: str,
    conditions: Sequence[str],
    rules: Sequence[str],
    sections: Sequence[str],
) -> Particulars:
    """What goes with that outcome, and nothing that doesn't."""
    errors: dict[str, str] = {}
    text = ""
    try:
        text = words("reasons", reasons, LONGEST_REASONS, blank="Give the group’s reasons.")
    except InvalidInput as refusal:
        errors |= refusal.errors
    if choice is Choice.APPROVE:
        kept: tuple[str, ...] = ()
        try:
            kept = tuple(words("conditions", c, LONGEST_REASONS) for c in conditions if trimmed(c))
        except InvalidInput as refusal:
            errors |= refusal.errors
        if len(kept) > MOST_CONDITIONS:
            errors["conditions"] = f"Keep to {MOST_CONDITIONS} conditions."
        made = Particulars(text, conditions=kept)
    elif choice is Choice.REJECT:
        known = {rule.id for rule in it.bundle.rules_on(it.day) if rule.breakable}
        if not rules or not set(rules) <= known:
            errors["rules"] = "Choose the rule or rules that it breaks."
        made = Particulars(text, rules=tuple(sorted(set(rules))))
    else:
        known = set(it.bundle.questions.sections)
        if not sections or not set(sections) <= known:
            errors["sections"] = "Choose the section or sections that need more."
        made = Particulars(text, sections=tuple(sorted(set(sections))))
    if errors:
        raise InvalidInput(errors)
    return made


def decide(
    session: Session,
    it: HeldReview,
    result: voting.Outcome,
    kept: Particulars,
    ending: Ending,
    now: datetime,
) -> int:
    """The decision's own rows. UNIQUE (review) lets one stand, whoever else pressed too."""
    connection = session.connection()
    if _CLOSE.run(connection, review=it.review.id, now=now).rowcount != 1:
        raise Stale("The voting was closed at the same moment.", remedy="Look at the decision.")
    decision: int = _DECIDE.run(
        connection,
        review_id=it.review.id,
        request_id=it.held.id,
        submission_id=it.review.submission_id,
        outcome=ending.value,
        decided_by=it.actor,
        decided_at=now,
        tally=tally_of(result.tally),
        casting_vote_used=result.casting_vote_used,
        reasons=kept.reasons,
        rules=list(kept.rules),
        sections=list(kept.sections),
    ).scalar_one()
    for number, condition in enumerate(kept.conditions, start=1):
        session.add(Condition(decision_id=decision, number=number, words=condition))
    session.flush()
    return decision


def tally_of(tally: voting.Tally) -> dict[str, int]:
    """The count as it is recorded."""
    return {
        "approve": tally.approve,
        "reject": tally.reject,
        "return": tally.return_,
        "abstain": tally.abstain,
        "present": tally.present,
        "recused": tally.recused,
        "absent": tally.absent,
        "quorum": tally.quorum,
    }
