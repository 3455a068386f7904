"""Two bundles of documents side by side: each part that differs, in words, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel

from procureflow.domain.bundle import Bundle
from procureflow.domain.calendar import in_words
from procureflow.domain.policy import CompiledRule

#: What is said of a part, where its own name isn't what people would say.
_SAID = {
    "when": "When it applies",
    "verdict": "What it does",
    "words": "What people read",
    "remedy": "What they are told to do",
    "otherwise.verdict": "What it does otherwise",
    "otherwise.words": "What people read otherwise",
    "requires.met": "What has to be true",
    "requires.exception": "Asks for an exception",
    "requires.assessment": "Asks for an assessment",
    "requires.section": "To be put right in",
    "action": "Opens a directorate action",
    "from_": "From",
    "may": "Who may",
    "no_majority": "Without a majority",
}
RULES = "Rules"
#: How each document is called, in the order in which they are told after the rules.
_DOCUMENTS = {
    "parameters": "Thresholds and service levels",
    "workflow": "Workflow",
    "questions": "Questions",
    "catalogue": "Catalogue",
    "organisation": "Organisation",
}

#: The lines that name a part, for people.
_TITLES = ("Title", "Name", "Label")

#: What a part says: the label of each of its lines → its words.
Said = dict[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a part says: None where it doesn't say it."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of the documents that differs: a rule, a state, an option, a body."""

    document: str
    name: str
    title: str
    lines: tuple[Line, ...]
    is_new: bool = False
    is_gone: bool = False


def compare(before: Bundle, after: Bundle, day: date) -> tuple[Difference, ...]:
    """What differs between two bundles; of the rules, those in force on that day, and apart from
    them those that come into force later."""
    old, new = dict(_parts(before, day)), dict(_parts(after, day))
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        said, says = old.get(key, {}), new.get(key, {})
        lines = tuple(
            Line(label, said.get(label), says.get(label))
            for label in [*says, *(label for label in said if label not in says)]
            if said.get(label) != says.get(label)
        )
        if lines:
            title = next((t for t in map((said | says).get, _TITLES) if t), "")
            found.append(Difference(*key, title, lines, key not in old, key not in new))
    order = [RULES, *_DOCUMENTS.values()]
    return tuple(sorted(found, key=lambda one: order.index(one.document)))


def by_document(changes: Iterable[Difference]) -> dict[str, list[Difference]]:
    """The differences of each document, in their order."""
    found: dict[str, list[Difference]] = {}
    for change in changes:
        found.setdefault(change.document, []).append(change)
    return found


def _parts(bundle: Bundle, day: date) -> Iterator[tuple[tuple[str, str], Said]]:
    for compiled in bundle.rules_on(day):
        yield (RULES, compiled.id), _rule(compiled)
    for policy in bundle.policies:
        if policy.effective_from > day:
            later = f"from {in_words(policy.effective_from)} on"
            for compiled in bundle.compiled[policy.name]:
                yield (RULES, f"{compiled.id}, {later}"), _rule(compiled)
    for name, called in _DOCUMENTS.items():
        document: BaseModel = getattr(bundle, name)
        for path, part in _named(document.model_dump()):
            yield (called, path), _lines(part)


def _rule(compiled: CompiledRule) -> Said:
    said = _lines(compiled.rule.model_dump(exclude={"examples"}))
    return {**said, "Document": compiled.document}


def _named(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of a document that have names of their own: what is in a mapping of mappings."""
    for key, value in tree.items():
        where = f"{path}, {_plain(key)}" if path else _plain(key)
        if _is_nested(value):
            yield from _named(value, where)
        elif isinstance(value, Mapping):
            nested = {k: v for k, v in value.items() if _is_nested(v)}
            yield from _named(nested, where)
            yield where, {k: v for k, v in value.items() if k not in nested}
        else:
            yield where, value


def _is_nested(value: Any) -> bool:
    """A mapping of mappings: each of these is a part by itself."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(one, Mapping) for one in value.values())
    )


def _lines(part: Any, path: str = "") -> dict[str, str]:
    """The leaves of a part, labelled and in words; what it leaves open isn't said."""
    if isinstance(part, Mapping):
        found: dict[str, str] = {}
        for key, value in part.items():
            found |= _lines(value, f"{path}.{key}" if path else str(key))
        return found
    if isinstance(part, Sequence) and part and all(isinstance(one, Mapping) for one in part):
        return {
            label: words
            for number, one in enumerate(part, start=1)
            for label, words in _lines(one, f"{path}.{number}" if path else str(number)).items()
        }
    if part is None or part in ((), []):
        return {}
    return {_label(path): _spoken(part)}


def _label(path: str) -> str:
    if path in _SAID:
        return _SAID[path]
    words = ", ".join(_plain(step) for step in path.split(".")) or "Value"
    return words[:1].upper() + words[1:]


def _plain(key: Any) -> str:
    return str(getattr(key, "value", key)).rstrip("_").replace("_", " ")


def _spoken(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case date():
            return in_words(value)
        case Decimal():
            return f"{value:,f}"
        case list() | tuple() | set() | frozenset():
            return "; ".join(_spoken(one) for one in value)
    return str(value)
