"""Two versions of a request's answers: compared word by word, and brought together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from procureflow.domain import answers, benefits
from procureflow.domain.bundle import Bundle
from procureflow.domain.definitions.questions import Question, QuestionType
from procureflow.domain.differences import Span, differences
from procureflow.models import SectionVersion
from procureflow.queries import business_cases, people
from procureflow.queries.requests import Compared, RequestPage
from procureflow.web import context, formatting


@dataclass(frozen=True, slots=True)
class Changed:
    """An answer that changed, under its label."""

    label: str
    spans: tuple[Span, ...]


def changed(bundle: Bundle, compared: Compared) -> dict[str, list[Changed]]:
    """Every answer that isn't the same in both, by the title of its section."""
    found: dict[str, list[Changed]] = {}
    for section in bundle.questions.sections.values():
        for key, question in section.questions.items():
            before = _texts(bundle, question, compared.answers_before.get(key))
            after = _texts(bundle, question, compared.answers_after.get(key))
            for label in dict.fromkeys([*before, *after]):
                old, new = before.get(label, ""), after.get(label, "")
                if old != new:
                    here = found.setdefault(section.title, [])
                    here.append(Changed(label, differences(old, new)))
    return found


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else saved of a section while it was being written here: the version it is
    now, their values of what they changed, which of that was changed here too, and the answers of
    both together (ours where both changed it)."""

    version: int
    told: str
    theirs: dict[str, Any]
    both: frozenset[str]
    answers: dict[str, Any]


def written_meanwhile(
    page: RequestPage, section: str, asked: Collection[str], seen: int, written: Mapping[str, Any]
) -> Meanwhile:
    """Bring together what was written here, by whoever began from version `seen`, and what is
    saved by now, of the questions `asked` here."""
    current = page.sections.get(section)
    version, stored = (current.version, current.answers) if current else (0, {})

    def at(number: int) -> SectionVersion | None:
        return business_cases.section_version(context.reading(), page.request.id, section, number)

    base = at(seen) if 1 <= seen <= version else None
    latest = at(version)
    ours = answers.clean(page.bundle, section, written)
    found = answers.reconcile(base.answers if base else {}, stored, ours)
    here = [key for key in page.bundle.questions.sections[section].questions if key in asked]
    who = "Somebody else saved this section"
    if latest is not None:
        author = people.names(context.reading(), [latest.author_id])[latest.author_id].name
        who = f"{author} saved this section"
        if latest.author_id == page.actor.person:
            who = "You saved this section elsewhere"
    return Meanwhile(
        version=version,
        told=f"{who} while you were writing. Nothing you wrote here is saved yet: look at what "
        "changed, then save again.",
        theirs={key: stored.get(key) for key in here if key in found.theirs},
        both=found.both,
        answers=found.answers,
    )


def _texts(bundle: Bundle, question: Question, value: Any) -> dict[str, str]:
    """An answer as text, under its label; each field of each benefit under its own."""
    if value in (None, "", []):
        return {}
    if question.type is QuestionType.BENEFITS:
        return {
            f"Benefit {number}: {label}": _field(name, row[name])
            for number, row in enumerate(value, start=1)
            for name, label in benefits.FIELDS.items()
            if row.get(name)
        }
    return {question.label: _text(bundle, question, value)}


def _text(bundle: Bundle, question: Question, value: Any) -> str:
    kind = question.type
    if kind is QuestionType.YES_NO:
        return "Yes" if value else "No"
    if kind is QuestionType.MONEY:
        return formatting.money(value)
    if kind is QuestionType.DATE:
        return formatting.day(date.fromisoformat(value))
    return bundle.offered(question).get(value, str(value)) if isinstance(value, str) else str(value)


def _field(name: str, value: str) -> str:
    if name == "value":
        return formatting.money(value)
    if name == "expected":
        return formatting.day(date.fromisoformat(value))
    return benefits.CLASSES.get(value, value) if name == "class" else value
