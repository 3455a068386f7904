"""A request under the version of the policy in force today, beside the one that it is under."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from procureflow.domain.bundle import Bundle
from procureflow.domain.comparison import Difference, compare
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.policy import Evaluation
from procureflow.models import Publication
from procureflow.queries import policies
from procureflow.queries.requests.facts import facts_of
from procureflow.queries.requests.page import RequestPage


@dataclass(frozen=True, slots=True)
class Side:
    """What one version makes of the request: its answer, the tier of its case, and how many
    questions are still to be answered."""

    bundle: Bundle
    evaluation: Evaluation
    tier: str | None
    unanswered: int


@dataclass(frozen=True, slots=True)
class Rebase:
    """The version that a request would go on under, what each makes of it, and what differs in the
    documents."""

    version: Publication
    before: Side
    after: Side
    changes: tuple[Difference, ...]


def newer_version(session: Session, page: RequestPage) -> Publication | None:
    """The version in force today, where a request that is being written is under another one."""
    if page.state.kind is not StateKind.EDITING:
        return None
    version = policies.publication_in_force(session, page.day)
    return version if version.bundle != page.request.bundle else None


def rebase_page(session: Session, page: RequestPage, version: Publication) -> Rebase:
    """What would change for this request."""
    after = policies.bundle(session, version.bundle)
    return Rebase(
        version,
        _side(session, page, page.bundle),
        _side(session, page, after),
        compare(page.bundle, after, page.day),
    )


def _side(session: Session, page: RequestPage, bundle: Bundle) -> Side:
    facts = facts_of(
        session,
        bundle,
        page.answers,
        directorate=page.request.directorate,
        day=page.day,
        request=page.request.id,
    )
    known = bundle.workflow.states.get(page.request.state)
    phases = ("check",) if known is None or known.phase == "check" else ("check", "case")
    sections = tuple(key for phase in phases for key in bundle.sections_of(phase))
    return Side(
        bundle,
        bundle.evaluate(facts),
        facts["tier"],
        len(bundle.unanswered(page.answers, facts, sections)),
    )
