"""Two versions of a request's answers as somebody reads them, compared word by word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from procureflow.domain import benefits
from procureflow.domain.bundle import Bundle
from procureflow.domain.definitions.questions import Question, QuestionType
from procureflow.domain.differences import Span, differences
from procureflow.queries.requests import Compared
from procureflow.web import formatting


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
