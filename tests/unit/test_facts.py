"""Facts: the answers of a request and what is worked out from them, each of its type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from procureflow.domain.bundle import load_bundle
from procureflow.domain.definitions.facts import (
    DERIVED,
    LARGEST,
    Circumstances,
    decode,
    decode_value,
    derive,
    derived_types,
)
from procureflow.domain.expressions import BOOLEAN, DATE, NUMBER, TEXT, FactType, Kind
from tests.unit._documents import PARAMETERS, QUESTIONS, TODAY, council, documents
from tests.unit.test_benefits import COMPLETE

CATEGORY = FactType(Kind.CHOICE, frozenset({"desktop", "server"}))


def derived(
    today: date = TODAY, directorate: str = "environment", **answers: Any
) -> dict[str, Any]:
    """The facts of a request to the default council."""
    return derive(council(), answers, Circumstances("environment", today))


# --- the schema -----------------------------------------------------------------------------------


def test_the_schema_is_made_of_the_questions_and_what_we_work_out() -> None:
    bundle = council()
    asked = {key for key, (_, q) in bundle.questions.all().items() if q.type != "benefits"}
    worked_out = set(derived_types(bundle.organisation))
    assert asked | worked_out == set(bundle.schema)
    assert not asked & worked_out


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        ("title", TEXT),
        ("need", TEXT),
        ("whole_life_cost", NUMBER),
        ("life_years", NUMBER),
        ("novel", BOOLEAN),
        ("go_live", DATE),
        ("today", DATE),
        ("body", TEXT),
        ("in_catalogue", BOOLEAN),
        ("benefits_named", NUMBER),
        ("benefits_shown", BOOLEAN),
        ("tier", FactType(Kind.CHOICE, frozenset({"light", "standard", "full"}))),
    ],
)
def test_each_fact_has_its_type(fact: str, kind: FactType) -> None:
    assert council().schema[fact] == kind


def test_every_fact_that_no_question_answers_is_described() -> None:
    assert set(DERIVED) == set(derived_types(council().organisation))


def test_a_choice_can_take_what_its_question_offers() -> None:
    schema = council().schema
    assert schema["category"].options == set(
        council().questions.sections["need"].questions["category"].options
    )
    assert schema["catalogue_option"].options == {*council().catalogue.options, "none"}
    assert schema["job_role"].options == set(council().organisation.job_roles)
    assert schema["directorate"].options == set(council().organisation.directorates)


# --- derived --------------------------------------------------------------------------------------


def test_every_fact_is_there_and_a_blank_answer_is_unknown() -> None:
    facts = derived()
    assert set(facts) == set(council().schema)
    known = {name: value for name, value in facts.items() if value is not None}
    assert known == {
        "standard_from": Decimal(12000),
        "today": TODAY,
        "directorate": "environment",
        "directorate_name": "Environment",
        "director": "Director of Environment",
        "body": "Information Policy Group",
    }


def test_an_answer_becomes_a_fact_of_its_type() -> None:
    facts = derived(
        title="CAD",
        category="software",
        whole_life_cost="64415.00",
        life_years=3,
        novel=False,
        go_live="2027-03-31",
        supplier="",
    )
    assert facts["title"] == "CAD"
    assert facts["category"] == "software"
    assert facts["whole_life_cost"] == Decimal("64415.00")
    assert facts["life_years"] == Decimal(3)
    assert facts["novel"] is False
    assert facts["go_live"] == date(2027, 3, 31)
    assert facts["supplier"] is None


def test_an_answer_to_a_question_that_is_not_asked_is_left_out() -> None:
    assert "colour" not in derived(colour="green")


@pytest.mark.parametrize(
    ("option", "in_catalogue"), [(None, None), ("", None), ("none", False), ("gis_licence", True)]
)
def test_whether_it_is_a_standard_option(option: str | None, in_catalogue: bool | None) -> None:
    assert derived(catalogue_option=option, job_role="office")["in_catalogue"] is in_catalogue


@pytest.mark.parametrize(
    ("post", "in_catalogue"),
    [("technical", True), ("office", False), ("mobile", False), (None, None)],
)
def test_a_standard_option_is_one_for_the_kind_of_post(
    post: str | None, in_catalogue: bool | None
) -> None:
    facts = derived(category="desktop", catalogue_option="desktop_design", job_role=post)
    assert facts["catalogue_option"] == "desktop_design"
    assert facts["in_catalogue"] is in_catalogue


def test_a_council_that_asks_for_no_post_has_options_for_all() -> None:
    need = council().questions.sections["need"].questions
    job_role = f"""      job_role:
        type: job_role
        label: {need["job_role"].label}
        hint: {need["job_role"].hint}
        why: {need["job_role"].why}
"""
    text = documents()[QUESTIONS]
    assert text.count(job_role) == 1
    bundle = load_bundle(documents(**{QUESTIONS: text.replace(job_role, "")}))
    facts = derive(
        bundle, {"catalogue_option": "desktop_design"}, Circumstances("environment", TODAY)
    )
    assert facts["in_catalogue"] is True


@pytest.mark.parametrize(
    ("option", "price"), [("desktop_standard", Decimal("612.00")), ("none", None), (None, None)]
)
def test_what_the_standard_option_costs(option: str | None, price: Decimal | None) -> None:
    assert derived(category="desktop", catalogue_option=option)["option_price"] == price


def test_the_first_day_on_which_a_benefit_is_expected() -> None:
    dated = [COMPLETE | {"expected": day} for day in ("2028-03-31", "2027-01-01", "")]
    assert derived(benefits=dated)["first_benefit"] == date(2027, 1, 1)
    assert derived(benefits=[{"owner": "Head of Highways"}])["first_benefit"] is None
    assert derived()["first_benefit"] is None


@pytest.mark.parametrize(
    ("category", "option", "known", "in_catalogue"),
    [
        ("software", "gis_licence", "gis_licence", True),
        ("software", "none", "none", False),
        ("software", None, None, None),
        # One of another category is no answer: the category was changed afterwards.
        ("desktop", "gis_licence", None, None),
        # There is no standard service: nothing to ask.
        ("service", None, None, False),
        ("service", "gis_licence", "gis_licence", False),
    ],
)
def test_a_standard_option_is_one_of_the_category(
    category: str, option: str | None, known: str | None, in_catalogue: bool | None
) -> None:
    facts = derived(category=category, catalogue_option=option, job_role="office")
    assert (facts["catalogue_option"], facts["in_catalogue"]) == (known, in_catalogue)


@pytest.mark.parametrize(
    ("today", "body"),
    [
        (date(1999, 1, 1), "Herefordshire Connects Board"),
        (date(2007, 3, 31), "Herefordshire Connects Board"),
        (date(2007, 4, 1), "Information Policy Group"),
    ],
)
def test_the_body_is_that_of_the_day(today: date, body: str) -> None:
    assert derived(today)["body"] == body


@pytest.mark.parametrize(
    ("rows", "named", "shown"),
    [
        (None, None, None),
        ([], 0, False),
        ([COMPLETE], 1, True),
        ([COMPLETE, COMPLETE], 2, True),
        ([COMPLETE, {}], 2, False),
        ([{**COMPLETE, "owner": ""}], 1, False),
        ([{**COMPLETE, "value": ""}], 1, True),
    ],
)
def test_benefits_are_shown_where_every_row_says_enough(
    rows: list[dict[str, str]] | None, named: int | None, shown: bool | None
) -> None:
    facts = derived(benefits=rows)
    assert (facts["benefits_named"], facts["benefits_shown"]) == (named, shown)


def test_a_council_without_a_block_of_benefits_never_knows_of_any() -> None:
    texts = documents()
    texts[QUESTIONS] = texts[QUESTIONS].replace("type: benefits", "type: long_text")
    facts = derive(load_bundle(texts), {"benefits": "Many."}, Circumstances("environment", TODAY))
    assert (facts["benefits"], facts["benefits_named"]) == ("Many.", None)


# --- the tier -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cost", "novel", "tier"),
    [
        (None, None, None),
        (None, True, None),
        ("0.00", False, "light"),
        ("11999.99", False, "light"),
        ("11999.99", None, "light"),
        ("12000.00", False, "standard"),
        ("250000.00", False, "standard"),
        ("250000.01", False, "full"),
        ("11999.99", True, "standard"),
        ("12000.00", True, "full"),
        ("250000.01", True, "full"),
    ],
)
def test_the_tier_follows_the_cost_and_moves_up_one_for_what_is_novel(
    cost: str | None, novel: bool | None, tier: str | None
) -> None:
    assert derived(whole_life_cost=cost, novel=novel)["tier"] == tier


def test_without_a_condition_no_tier_moves_up() -> None:
    texts = documents()
    texts[PARAMETERS] = texts[PARAMETERS].replace("  moves_up_when: novel == true\n", "")
    answers = {"whole_life_cost": "5.00", "novel": True}
    facts = derive(load_bundle(texts), answers, Circumstances("environment", TODAY))
    assert facts["tier"] == "light"


# --- stored and read again ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, TEXT, None),
        ("", TEXT, None),
        ("", NUMBER, None),
        ("", DATE, None),
        ("x", TEXT, "x"),
        ("12.50", NUMBER, Decimal("12.50")),
        (3, NUMBER, Decimal(3)),
        (Decimal("0.1"), NUMBER, Decimal("0.1")),
        ("2027-03-31", DATE, date(2027, 3, 31)),
        (date(2027, 3, 31), DATE, date(2027, 3, 31)),
        (True, BOOLEAN, True),
        (False, BOOLEAN, False),
        ("server", CATEGORY, "server"),
    ],
)
def test_a_stored_value_is_read_as_its_type(value: Any, kind: FactType, expected: Any) -> None:
    assert decode_value(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, NUMBER),
        (0.1, NUMBER),
        ("twelve", NUMBER),
        ([1], NUMBER),
        ({}, NUMBER),
        ("soon", DATE),
        ("2027-02-30", DATE),
        ("2027-03-31T10:00:00", DATE),
        (True, DATE),
        (["2027-03-31"], DATE),
        ("true", BOOLEAN),
        (1, BOOLEAN),
        (0, BOOLEAN),
        (5, TEXT),
        (True, TEXT),
        (["x"], TEXT),
        ("network", CATEGORY),
        ("Server", CATEGORY),
        (5, CATEGORY),
    ],
)
def test_a_value_of_another_type_is_refused(value: Any, kind: FactType) -> None:
    with pytest.raises(ValueError, match=r"is not|isoformat|out of range"):
        decode_value(value, kind)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", Decimal("NaN")])
def test_a_number_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        decode_value(value, NUMBER)


def test_a_number_is_no_larger_than_any_sum_can_hold() -> None:
    assert decode_value(str(LARGEST), NUMBER) == LARGEST
    for too_large in (str(LARGEST + 1), str(-LARGEST - 1), "1e999"):
        with pytest.raises(ValueError, match="can be used"):
            decode_value(too_large, NUMBER)


def test_a_submissions_facts_are_read_by_the_schema_and_nothing_else() -> None:
    schema = {"novel": BOOLEAN, "cost": NUMBER, "day": DATE}
    stored = {"novel": False, "cost": "5.00", "gone": "x"}
    assert decode(stored, schema) == {"novel": False, "cost": Decimal("5.00"), "day": None}
