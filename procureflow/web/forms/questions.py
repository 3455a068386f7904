"""A form made of a section's questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field

from procureflow.domain.bundle import Bundle
from procureflow.domain.definitions.facts import NONE_OF_THESE
from procureflow.domain.definitions.questions import Question, QuestionType
from procureflow.domain.expressions import Facts
from procureflow.domain.money import in_prose, parse_pounds
from procureflow.web.forms import fields

YES_NO = {"yes": "Yes", "no": "No"}


def _choice(bundle: Bundle, question: Question, _facts: Facts, **common: Any) -> Field:
    return fields.Radios(choices=bundle.offered(question), validate_choice=False, **common)


def _option(bundle: Bundle, question: Question, facts: Facts, **common: Any) -> Field:
    """The standard options of the category, those for the post first."""
    names = bundle.offered(question)
    fitting = [*bundle.standard_options(facts), NONE_OF_THESE]
    choices = {key: names[key] for key in fitting}
    return fields.Radios(choices=choices, validate_choice=False, **common)


def _yes_no(_bundle: Bundle, _question: Question, _facts: Facts, **common: Any) -> Field:
    return fields.Radios(choices=YES_NO, validate_choice=False, **common)


def _plain(kind: Callable[..., Field]) -> Callable[..., Field]:
    return lambda _bundle, _question, _facts, **common: kind(**common)


_FIELDS: dict[QuestionType, Callable[..., Field]] = {
    QuestionType.TEXT: _plain(fields.Line),
    QuestionType.LONG_TEXT: _plain(fields.Text),
    QuestionType.PLACE: _plain(fields.Line),
    QuestionType.ASSET: _plain(fields.Line),
    QuestionType.MONEY: _plain(fields.Money),
    QuestionType.WHOLE_NUMBER: _plain(fields.Number),
    QuestionType.DATE: _plain(fields.Date),
    QuestionType.YES_NO: _yes_no,
    QuestionType.CHOICE: _choice,
    QuestionType.JOB_ROLE: _choice,
    QuestionType.CATALOGUE_OPTION: _option,
}


def section_form(
    bundle: Bundle,
    section: str,
    facts: Mapping[str, Any],
    stored: Mapping[str, Any],
    *,
    only: str | None = None,
    typed: Mapping[str, str] | None = None,
    afresh: bool = False,
) -> fields.Form:
    """A form of the questions that this section asks of this request (or of one of them), filled
    with what is stored, or with what was typed and not saved, or with what is being sent (unless
    `afresh`). Blocks that questions can't describe (benefits) have pages of their own."""
    questions = bundle.questions.sections[section].questions
    asked = [
        key
        for key in bundle.asked(section, facts)
        if questions[key].type is not QuestionType.BENEFITS and only in (None, key)
    ]
    members: dict[str, Any] = {}
    for key in asked:
        question = questions[key]
        label = question.label if question.required else f"{question.label} (optional)"
        members[key] = _FIELDS[question.type](bundle, question, facts, label=label)
    made: type[fields.Form] = type("SectionForm", (fields.Form,), members)
    data = {key: _shown(questions[key], stored.get(key)) for key in asked}
    sent: dict[str, Any] = {}  # Left to itself a form takes what is being sent.
    if afresh or typed is not None:
        sent["formdata"] = None if typed is None else MultiDict(typed)
    form = made(data=data, **sent)
    for key in asked:
        form[key].question = questions[key]
    return form


def answers_of(form: fields.Form) -> dict[str, Any]:
    """What was typed, as values for the domain to judge. Blank ones are left out."""
    given: dict[str, Any] = {}
    for field in form:
        question = getattr(field, "question", None)
        if question is None:
            continue
        value = getattr(field, "value", field.data)
        if question.type is QuestionType.YES_NO:
            value = {"yes": True, "no": False}.get(value, value)
        if value not in (None, ""):
            given[field.name] = value
    return given


def _shown(question: Question, value: Any) -> Any:
    """A stored answer as the field shows it."""
    if value is None:
        return None
    if question.type is QuestionType.YES_NO:
        return "yes" if value else "no"
    if question.type is QuestionType.MONEY:
        return in_prose(parse_pounds(value)).removeprefix("£")
    if question.type is QuestionType.WHOLE_NUMBER:
        return str(value)
    return value
