"""Facts: what rules, guards, tiers and routes see. One flat, typed dictionary.

The schema is made of the questions (by id) and of the derivations below. A blank answer is None:
unknown. A submission stores its facts; whoever replays it reads those (`decode_value`), never
today's derivations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from procureflow.domain import expressions
from procureflow.domain.benefits import first_expected, shown
from procureflow.domain.definitions.parameters import TIERS, TierName, Tiers
from procureflow.domain.definitions.questions import QuestionType
from procureflow.domain.expressions import Expression, FactType, Kind, Schema

if TYPE_CHECKING:
    from procureflow.domain.bundle import Bundle
    from procureflow.domain.definitions.catalogue import Catalogue
    from procureflow.domain.definitions.organisation import Organisation
    from procureflow.domain.definitions.questions import Question, Questions

#: No fact is larger, so that no sum of a rule can be too large to work out.
LARGEST = Decimal(10) ** 15
#: The answer to a catalogue question that says "none of these".
NONE_OF_THESE = "none"

#: Answers by question id, as stored: text, bool, int, "64415.00", "2026-11-21", rows of benefits.
Answers = Mapping[str, Any]


def question_types(
    questions: Questions, organisation: Organisation, catalogue: Catalogue
) -> dict[str, FactType]:
    """The types of the facts that are answers."""
    simple = {
        QuestionType.TEXT: expressions.TEXT,
        QuestionType.LONG_TEXT: expressions.TEXT,
        QuestionType.PLACE: expressions.TEXT,
        QuestionType.ASSET: expressions.TEXT,
        QuestionType.MONEY: expressions.NUMBER,
        QuestionType.WHOLE_NUMBER: expressions.NUMBER,
        QuestionType.YES_NO: expressions.BOOLEAN,
        QuestionType.DATE: expressions.DATE,
    }
    types: dict[str, FactType] = {}
    for key, (_, question) in questions.all().items():
        if question.type is QuestionType.BENEFITS:
            continue
        if question.type in simple:
            types[key] = simple[question.type]
        else:
            options = offered(question, organisation, catalogue)
            types[key] = FactType(Kind.CHOICE, frozenset(options))
    return types


def offered(question: Question, organisation: Organisation, catalogue: Catalogue) -> dict[str, str]:
    """What a question offers to choose from: key → words."""
    if question.type is QuestionType.JOB_ROLE:
        return {key: role.name for key, role in organisation.job_roles.items()}
    if question.type is QuestionType.CATALOGUE_OPTION:
        options = {key: option.name for key, option in catalogue.options.items()}
        return {**options, NONE_OF_THESE: "None of these"}
    return dict(question.options)


def derived_types(organisation: Organisation) -> dict[str, FactType]:
    """The types of the facts that we work out."""
    return {
        "today": expressions.DATE,
        "directorate": FactType(Kind.CHOICE, frozenset(organisation.directorates)),
        "directorate_name": expressions.TEXT,
        "director": expressions.TEXT,
        "body": expressions.TEXT,
        "in_catalogue": expressions.BOOLEAN,
        "option_price": expressions.NUMBER,
        "replace_after": expressions.NUMBER,
        "standard_from": expressions.NUMBER,
        "benefits_named": expressions.NUMBER,
        "benefits_shown": expressions.BOOLEAN,
        "first_benefit": expressions.DATE,
        "tier": FactType(Kind.CHOICE, frozenset(TIERS)),
        **SURROUNDINGS,
    }


#: What the council has and asks for besides: facts that are looked up, for the rules that read
#: them. Amounts are in pounds, ages in years.
SURROUNDINGS: dict[str, FactType] = {
    "idle_of_kind": expressions.NUMBER,
    "idle_here": expressions.NUMBER,
    "asset_age": expressions.NUMBER,
    "related_spend": expressions.NUMBER,
    "supplier_spend": expressions.NUMBER,
    "alike": expressions.NUMBER,
    "alike_reference": expressions.TEXT,
    "benefits_overdue": expressions.NUMBER,
}


#: What each fact is that no question answers.
DERIVED = {
    "today": "the day on which it is judged",
    "directorate": "the directorate that asks, by key",
    "directorate_name": "its name",
    "director": "its director's title",
    "body": "the name of the body in charge on that day",
    "in_catalogue": "whether a standard option was chosen that is one for the kind of post",
    "option_price": "the price of the standard option chosen, £",
    "replace_after": "after how many years it is replaced",
    "standard_from": "the cost from which a case is standard, £ (parameters.yaml)",
    "benefits_named": "how many benefits there are",
    "benefits_shown": "whether there are benefits, each with all that one needs",
    "first_benefit": "the first day on which one is expected",
    "tier": "the tier of the case, by its cost",
    "idle_of_kind": "assets of this category that stand idle on the register",
    "idle_here": "those of them at this place",
    "asset_age": "the full years of the asset that is replaced, where its tag is known",
    "related_spend": "£ of the directorate's other requests of twelve months, in hand or approved, "
    "from the same supplier or for the same budget code",
    "supplier_spend": "£ of the directorate's requests of twelve months that were approved, from "
    "the same supplier",
    "alike": "requests of this category with a like title, decided or in hand",
    "alike_reference": "the reference of the likest",
    "benefits_overdue": "approved requests of the directorate whose first benefit is past its day",
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a request's facts depend on besides its answers. `surroundings` are those of
    SURROUNDINGS that were looked up; the others are unknown."""

    directorate: str
    today: date
    surroundings: Mapping[str, Any] = field(default_factory=dict)


def derive(bundle: Bundle, answers: Answers, about: Circumstances) -> dict[str, Any]:
    """All facts of a request. Every name of the schema is there; None is unknown."""
    facts: dict[str, Any] = dict.fromkeys(bundle.schema)
    for key, kind in bundle.answer_types.items():
        try:
            facts[key] = decode_value(answers.get(key), kind)
        except ValueError:
            # Given under documents that asked otherwise: as good as no answer.
            facts[key] = None
    organisation = bundle.organisation
    directorate = organisation.directorates[about.directorate]
    body = organisation.bodies[organisation.body_in_charge(about.today)]
    chosen = _chosen(bundle, facts)
    facts["today"] = about.today
    facts["directorate"] = about.directorate
    facts["directorate_name"] = directorate.name
    facts["director"] = directorate.director
    facts["body"] = body.name
    facts["in_catalogue"] = _for_the_post(bundle, facts, chosen)
    option = bundle.catalogue.options.get(chosen) if chosen else None
    facts["option_price"] = option.price if option else None
    facts["replace_after"] = Decimal(option.replace_after) if option else None
    facts["standard_from"] = bundle.parameters.tiers.standard_from
    facts.update(about.surroundings)
    rows = answers.get(bundle.benefits_question) if bundle.benefits_question else None
    if rows is not None:
        facts["benefits_named"] = Decimal(len(rows))
        facts["benefits_shown"] = bool(rows) and all(shown(row) for row in rows)
        facts["first_benefit"] = first_expected(rows)
    facts["tier"] = tier_of(bundle.parameters.tiers, bundle.moves_up, facts)
    return facts


def _chosen(bundle: Bundle, facts: dict[str, Any]) -> str | None:
    """The standard option asked for, or none of these; None where it isn't known. One of another
    category is no answer, and there is nothing to ask where the category has none."""
    question, category = bundle.catalogue_question, facts["category"]
    chosen: str | None = facts[question]
    options = bundle.catalogue.of(category)
    if category is not None and not options:
        return NONE_OF_THESE
    if chosen is not None and chosen != NONE_OF_THESE and chosen not in options:
        facts[question] = None
        return None
    return chosen


def _for_the_post(bundle: Bundle, facts: Mapping[str, Any], chosen: str | None) -> bool | None:
    """Whether a standard option was chosen that is one for the kind of post (STD-1). One meant
    for other posts is as much a wish as something outside the catalogue."""
    if chosen is None or chosen == NONE_OF_THESE:
        return None if chosen is None else False
    if bundle.job_role_question is None:
        return True
    post = facts[bundle.job_role_question]
    return None if post is None else post in bundle.catalogue.options[chosen].job_roles


def tier_of(tiers: Tiers, moves_up: Expression | None, facts: Mapping[str, Any]) -> TierName | None:
    """How much a business case has to say, by what it costs; None where that is unknown."""
    cost = facts.get("whole_life_cost")
    if cost is None:
        return None
    if cost > tiers.full_above:
        index = 2
    elif cost >= tiers.standard_from:
        index = 1
    else:
        index = 0
    if moves_up is not None and moves_up.value(facts) is True:
        index = min(index + 1, 2)
    return TIERS[index]


def decode_value(value: Any, kind: FactType) -> Any:
    """A stored value as a fact of its type. Raises ValueError where it is not one."""
    if value is None or value == "":
        return None
    if kind.kind is Kind.NUMBER:
        if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
            raise ValueError(f"{value!r} is not a number")
        try:
            number = Decimal(value)
        except ArithmeticError as error:
            raise ValueError(f"{value!r} is not a number") from error
        if not number.is_finite() or abs(number) > LARGEST:
            raise ValueError(f"{value!r} is not a number that can be used")
        return number
    if kind.kind is Kind.DATE:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if kind.kind is Kind.BOOLEAN:
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is not true or false")
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    if kind.options and value not in kind.options:
        raise ValueError(f"{value!r} is not one of the choices")
    return value


def decode(stored: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Facts as a submission stores them → typed facts."""
    return {name: decode_value(stored.get(name), kind) for name, kind in schema.items()}
