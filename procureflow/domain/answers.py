"""Answers as they may be stored: each of its question's type, within its bounds, nothing else.

A blank answer is always allowed here; whether it may stay blank is for the guards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from procureflow.domain import benefits
from procureflow.domain.definitions.questions import Question, QuestionType
from procureflow.domain.errors import InvalidInput
from procureflow.domain.money import LARGEST, PENNY, parse_pounds

if TYPE_CHECKING:
    from procureflow.domain.bundle import Bundle

LONGEST_FIELD = 2000
#: A year before or after them was mistyped.
FIRST_YEAR, LAST_YEAR = 1900, 2100
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
#: Controls, halves of characters, line and paragraph separators: no text that people write.
_UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: What leaves no mark, besides spaces and marks of format: fillers, and Braille without a dot.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_BLANK: tuple[Any, ...] = (None, "", [], ())
_WRITTEN = frozenset(
    {QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.PLACE, QuestionType.ASSET}
)


def clean(bundle: Bundle, section: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of one section in their stored form; blank ones are left out.

    Raises InvalidInput naming each question whose answer can't be accepted, and any that the
    section doesn't ask. A field of a benefit is named by `benefit_field`.
    """
    questions = bundle.questions.sections[section].questions
    errors = {name: "This is not asked here." for name in given if name not in questions}
    kept: dict[str, Any] = {}
    for key, question in questions.items():
        value = given.get(key)
        if isinstance(value, str):
            value = trimmed(value)
        if value in _BLANK:
            continue
        try:
            stored = _stored(bundle, key, question, value)
            if stored != []:  # Rows that were all blank.
                kept[key] = stored
        except ValueError as error:
            errors[key] = str(error)
        except InvalidInput as refusal:
            errors |= refusal.errors
    if errors:
        raise InvalidInput(errors)
    return kept


def acceptable(bundle: Bundle, section: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a section's answers that the documents accept, in their stored form: what was
    written under other documents and can't be kept any more is left out."""
    asked = bundle.questions.sections[section].questions
    kept = {name: value for name, value in given.items() if name in asked}
    try:
        return clean(bundle, section, kept)
    except InvalidInput as refusal:
        # A field of a benefit is named after its question.
        refused = {name.partition(".")[0] for name in refusal.errors}
        return clean(bundle, section, {k: v for k, v in kept.items() if k not in refused})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Answers of two who wrote at once. `theirs`: the questions that the other one changed;
    `both`: those of them that were changed here too, to something else, and stand as here."""

    answers: dict[str, Any]
    theirs: frozenset[str]
    both: frozenset[str]


def reconcile(
    base: Mapping[str, Any], theirs: Mapping[str, Any], ours: Mapping[str, Any]
) -> Reconciled:
    """What both wrote who began from `base`: each question as whoever changed it has it, and as
    ours where both did. A question without an answer is left out of each of the four."""
    everything = base.keys() | theirs.keys() | ours.keys()

    def changed(now: Mapping[str, Any]) -> frozenset[str]:
        return frozenset(key for key in everything if now.get(key) != base.get(key))

    by_them, by_us = changed(theirs), changed(ours)
    answers = {**theirs, **{key: ours[key] for key in by_us if key in ours}}
    for key in by_us - ours.keys():
        answers.pop(key, None)
    both = frozenset(key for key in by_them & by_us if theirs.get(key) != ours.get(key))
    return Reconciled(answers, by_them, both)


def benefit_field(question: str, number: int, name: str) -> str:
    """How InvalidInput names a field of a benefit, counted from 1: `benefits.2.owner`."""
    return f"{question}.{number}.{name}"


def _stored(bundle: Bundle, key: str, question: Question, value: Any) -> Any:
    kind = question.type
    if kind is QuestionType.MONEY:
        return money(value)
    if kind is QuestionType.WHOLE_NUMBER:
        return _whole_number(question, value)
    if kind is QuestionType.YES_NO:
        if not isinstance(value, bool):
            raise ValueError("Choose yes or no.")
        return value
    if kind is QuestionType.DATE:
        return day_of(value)
    if kind is QuestionType.BENEFITS:
        return _benefits(key, value)
    if not isinstance(value, str):
        raise ValueError("Write this as text.")
    if kind in _WRITTEN:
        return text(value, question.max_length, one_line=kind is not QuestionType.LONG_TEXT)
    if value not in bundle.offered(question):
        raise ValueError("Choose one of the answers offered.")
    return value


def trimmed(value: str) -> str:
    """Without the space around it; nothing where there is nothing to be seen."""
    kept = value.strip()
    seen = (c for c in kept if c not in _UNSEEN and unicodedata.category(c) not in ("Cf", "Zs"))
    return kept if any(seen) else ""


def as_kept(value: str) -> str:
    """What somebody typed as it would be kept: trimmed, its line ends as \\n."""
    return "\n".join(_LINE_ENDS.split(trimmed(value)))


def text(value: str, longest: int, *, one_line: bool) -> str:
    """Text that people write, its line ends as \\n. Raises ValueError with a sentence where it is
    too long or holds what nobody types."""
    kept = "\n".join(_LINE_ENDS.split(value))
    if len(kept) > longest:
        raise ValueError(f"Use {longest:,} characters or fewer; this is {len(kept):,}.")
    allowed = "" if one_line else "\n\t"
    if any(unicodedata.category(c) in _UNFIT and c not in allowed for c in kept):
        raise ValueError(
            "Write this on one line, without control characters."
            if one_line
            else "Remove the control characters."
        )
    return kept


def money(value: Any) -> str:
    """An amount in pounds as it is stored. Raises ValueError with a sentence where it is none."""
    if isinstance(value, Decimal):
        if not value.is_finite() or not 0 <= value <= LARGEST:
            raise ValueError("Enter an amount of £0 or more.")
        return format(abs(value).quantize(PENNY), "f")
    try:
        return format(parse_pounds(str(value)), "f")
    except ValueError:
        raise ValueError("Enter an amount in pounds, like £64,415 or 64415.50.") from None


def _whole_number(question: Question, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("Enter a whole number.")
    low = 0 if question.at_least is None else question.at_least
    high = 1_000_000 if question.at_most is None else question.at_most
    if not low <= value <= high:
        raise ValueError(f"Enter a number from {low:,} to {high:,}.")
    return value


def day_of(value: Any) -> str:
    """A day as it is stored. Raises ValueError with a sentence where it is none."""
    day = value if isinstance(value, date) and not isinstance(value, datetime) else None
    try:
        # The one form that is stored: Python reads others too.
        if isinstance(value, str) and _DAY.fullmatch(value):
            day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None:
        raise ValueError("Enter a real date, like 31 3 2027.")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("Enter the year in full, like 2027.")
    return day.isoformat()


def _benefits(question: str, value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise ValueError("Write each benefit as a row.")
    if len(value) > benefits.MOST:
        raise ValueError(f"Keep to {benefits.MOST} benefits; join those that belong together.")
    kept: list[dict[str, str]] = []
    errors: dict[str, str] = {}
    for number, row in enumerate(value, start=1):
        if not set(row) <= set(benefits.FIELDS):
            raise ValueError("A benefit has a field that is not asked.")
        stored: dict[str, str] = {}
        for name in benefits.FIELDS:
            given = row.get(name)
            if isinstance(given, str):
                given = trimmed(given)
            if given in _BLANK:
                continue
            try:
                stored[name] = _benefit_field(name, given)
            except ValueError as error:
                errors[benefit_field(question, number, name)] = str(error)
        if stored:
            kept.append(stored)
    if errors:
        raise InvalidInput(errors)
    return kept


def _benefit_field(name: str, value: Any) -> str:
    if name == "value":
        return money(value)
    if name == "expected":
        return day_of(value)
    if not isinstance(value, str):
        raise ValueError("Write each field of a benefit as text.")
    if name == "class" and value not in benefits.CLASSES:
        raise ValueError("Choose one of the kinds of benefit offered.")
    return text(value, LONGEST_FIELD, one_line=False)
