"""Answers as they may be stored: each of its type and within its bounds, or refused in words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procureflow.domain.answers import LONGEST_FIELD, benefit_field, clean, reconcile
from procureflow.domain.benefits import MOST
from procureflow.domain.chain import canonical, digest
from procureflow.domain.errors import InvalidInput
from procureflow.domain.money import LARGEST
from tests.unit._documents import council
from tests.unit.test_benefits import COMPLETE

SECTION_OF = {
    "title": "need",
    "category": "need",
    "catalogue_option": "need",
    "job_role": "need",
    "need": "need",
    "whole_life_cost": "need",
    "life_years": "need",
    "novel": "need",
    "benefits": "economic",
    "go_live": "management",
}


def stored(question: str, value: Any) -> Any:
    """What is stored for this answer; None where it counts as blank."""
    return clean(council(), SECTION_OF[question], {question: value}).get(question)


def refusal(question: str, value: Any) -> str:
    """The sentence with which this answer, or the one wrong field of a benefit, is refused."""
    with pytest.raises(InvalidInput) as refused:
        clean(council(), SECTION_OF[question], {question: value})
    ((name, sentence),) = refused.value.errors.items()
    assert name.split(".")[0] == question
    return sentence


# --- accepted -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "given", "kept"),
    [
        ("title", "CAD licences", "CAD licences"),
        ("title", "  CAD licences ", "CAD licences"),
        ("title", "x" * 120, "x" * 120),
        ("title", "<b>&amp;'\" 😀 é", "<b>&amp;'\" 😀 é"),
        ("need", "two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("need", "two\r\nlines\rthree", "two\nlines\nthree"),
        ("need", "x" * 2000, "x" * 2000),
        ("category", "software", "software"),
        ("catalogue_option", "none", "none"),
        ("catalogue_option", "gis_licence", "gis_licence"),
        ("job_role", "technical", "technical"),
        ("novel", True, True),
        ("novel", False, False),
        ("life_years", 1, 1),
        ("life_years", 25, 25),
        ("whole_life_cost", "£64,415", "64415.00"),
        ("whole_life_cost", " 64415.5 ", "64415.50"),
        ("whole_life_cost", "0", "0.00"),
        ("whole_life_cost", 64415, "64415.00"),
        ("whole_life_cost", Decimal("64415"), "64415.00"),
        ("whole_life_cost", Decimal("6.4415E+4"), "64415.00"),
        ("whole_life_cost", Decimal("0.005"), "0.00"),
        ("whole_life_cost", Decimal("0.015"), "0.02"),
        ("whole_life_cost", LARGEST, "99999999999.99"),
        ("go_live", "2027-03-31", "2027-03-31"),
        ("go_live", date(2027, 3, 31), "2027-03-31"),
        ("go_live", "2028-02-29", "2028-02-29"),
        ("benefits", [COMPLETE], [COMPLETE]),
        ("benefits", [{"owner": " Head of Highways "}], [{"owner": "Head of Highways"}]),
        ("benefits", [{"value": "£12,000"}], [{"value": "12000.00"}]),
        ("benefits", [{"expected": date(2028, 3, 31)}], [{"expected": "2028-03-31"}]),
        ("benefits", [{"owner": "", "target": None}, {"owner": "x"}], [{"owner": "x"}]),
        ("benefits", [{"owner": "x" * LONGEST_FIELD}], [{"owner": "x" * LONGEST_FIELD}]),
        ("benefits", [{"owner": "x"}] * MOST, [{"owner": "x"}] * MOST),
    ],
)
def test_an_answer_is_kept_in_its_stored_form(question: str, given: Any, kept: Any) -> None:
    answer = stored(question, given)
    assert answer == kept
    assert type(answer) is type(kept)


@pytest.mark.parametrize("question", SECTION_OF)
@pytest.mark.parametrize("blank", [None, "", "   ", "\n\t", [], ()])
def test_a_blank_answer_is_left_out(question: str, blank: Any) -> None:
    assert clean(council(), SECTION_OF[question], {question: blank}) == {}


def test_an_answer_that_was_not_given_is_left_out() -> None:
    assert clean(council(), "need", {}) == {}


# --- refused --------------------------------------------------------------------------------------

TEXT = "Write this as text."
CONTROL = "Remove the control characters."
CHOOSE = "Choose one of the answers offered."
YES_OR_NO = "Choose yes or no."
WHOLE = "Enter a whole number."
YEARS = "Enter a number from 1 to 25."
POUNDS = "Enter an amount in pounds, like £64,415 or 64415.50."
BELOW = "Enter an amount of £0 or more."
DAY = "Enter a real date, like 31 3 2027."
ROW = "Write each benefit as a row."


FIELD = "Write each field of a benefit as text."
ONE_LINE = "Write this on one line, without control characters."
KIND = "Choose one of the kinds of benefit offered."
NOT_ASKED = "A benefit has a field that is not asked."
TOO_LONG = "Use 2,000 characters or fewer; this is 2,001."

#: question, sentence → what is refused with it.
REFUSED: dict[tuple[str, str], list[Any]] = {
    ("title", "Use 120 characters or fewer; this is 121."): ["x" * 121],
    ("title", ONE_LINE): ["two\nlines", "a\ttab", "a\x00b", "a\x1fb"],
    ("title", TEXT): [5, 0, True, False, 5.5, ["x"], {"x": 1}, b"x"],
    ("need", TOO_LONG): ["x" * 2001],
    ("need", "Use 2,000 characters or fewer; this is 1,000,000."): ["x" * 1_000_000],
    ("need", CONTROL): ["a\x00b", "a\x1b[31mb", "a\x08b"],
    ("need", TEXT): [5, True, ["x"], {"x": 1}, date(2027, 1, 1)],
    ("category", CHOOSE): ["laptop", "Software", "software\x00", "none"],
    ("category", TEXT): [5, True, ["software"], {"software": 1}],
    ("catalogue_option", CHOOSE): ["None", "Standard desktop computer"],
    ("job_role", CHOOSE): ["manager", "technical officer"],
    ("job_role", TEXT): [["technical"], {"technical": 1}],
    ("novel", YES_OR_NO): ["yes", "true", "on", 1, 0, 1.0, ["x"], {"x": 1}],
    ("life_years", WHOLE): ["3", 3.0, True, False, Decimal(3), [3], {"x": 3}],
    ("life_years", YEARS): [0, -1, 26, 10**9],
    ("whole_life_cost", POUNDS): [
        *("-5", "£-5", "1e5", "5.005", "five", "NaN", "Infinity", "0x10", "1_000", "5\x00"),
        *("\uff15", "\u0665", "9" * 5000, "100000000000"),
        *(True, False, -5, 0.1 + 0.2, float("nan"), float("inf"), 1e300),
        *([5], {"x": 5}, b"5"),
    ],
    ("whole_life_cost", BELOW): [
        Decimal(amount)
        for amount in ("-0.01", "-5", "1E+30", "100000000000", "Infinity", "-Infinity")
    ],
    ("go_live", DAY): [
        *("2027-02-30", "2027-13-01", "31/03/2027", "31 3 2027", "soon", "2027-3-1"),
        *("2027-03-31T10:00", "0000-01-01", "10000-01-01", "2027-03-31\x00", "\uff12027-03-31"),
        *(True, 5, 20.5, ["2027-03-31"], {"x": 1}),
    ],
    ("go_live", "Enter the year in full, like 2027."): ["0027-03-31", date(27, 3, 31)],
    ("benefits", ROW): [
        *("x", 5, True, {"owner": "x"}, ["x"], [5], [None], [["owner", "x"]]),
        *(({"owner": "x"},), [{"owner": "x"}, "x"]),
    ],
    ("benefits", NOT_ASKED): [[{"colour": "x"}], [{"owner": "x", 5: "x"}]],
    ("benefits", KIND): [[{"class": kind}] for kind in ("cash", "Qualitative")],
    ("benefits", FIELD): [[{"class": kind}] for kind in (5, True)],
    ("benefits", POUNDS): [[{"value": "-5"}], [{"value": [5]}]],
    ("benefits", DAY): [[{"expected": "soon"}]],
    ("benefits", TOO_LONG): [[{"owner": "x" * (LONGEST_FIELD + 1)}]],
    ("benefits", CONTROL): [[{"owner": "a\x00b"}]],
    ("benefits", "Keep to 20 benefits; join those that belong together."): [
        [{"owner": "x"}] * (MOST + 1)
    ],
}


@pytest.mark.parametrize(
    ("question", "sentence", "given"),
    [(*key, value) for key, values in REFUSED.items() for value in values],
)
def test_what_is_no_answer_is_refused_in_a_sentence(
    question: str, sentence: str, given: Any
) -> None:
    assert refusal(question, given) == sentence


def test_what_the_section_does_not_ask_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        clean(council(), "need", {"state": "approved", "actor_id": 1, "title": "CAD"})
    not_asked = "This is not asked here."
    assert refused.value.errors == {"state": not_asked, "actor_id": not_asked}


def test_a_question_of_another_section_is_not_asked_here() -> None:
    with pytest.raises(InvalidInput):
        clean(council(), "need", {"budget_code": "ENV-4410-27"})


def test_every_answer_that_is_refused_is_named_at_once() -> None:
    wrong = {"title": 5, "category": "laptop", "novel": "yes", "need": "It is needed."}
    with pytest.raises(InvalidInput) as refused:
        clean(council(), "need", wrong)
    assert set(refused.value.errors) == {"title", "category", "novel"}


# --- any value ------------------------------------------------------------------------------------

#: What JSON can hold.
scalars = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=20)
)
keys = st.text("abcdef", max_size=5) | st.sampled_from(["owner", "class", "value", "expected"])
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(SECTION_OF)), anything)
def test_whatever_is_sent_is_stored_in_canonical_form_or_refused_in_a_sentence(
    question: str, value: Any
) -> None:
    section = SECTION_OF[question]
    try:
        kept = clean(council(), section, {question: value})
    except InvalidInput as refused:
        assert refused.errors  # noqa: PT017 (either may happen)
        assert all(sentence.endswith(".") for sentence in refused.errors.values())  # noqa: PT017
        return
    assert digest(canonical(kept))
    assert clean(council(), section, kept) == kept


# --- what slips past a first look -----------------------------------------------------------------


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("sNaN")])
def test_an_amount_that_is_no_number_is_refused(value: Decimal) -> None:
    assert refusal("whole_life_cost", value)


@pytest.mark.parametrize("value", [["cash_releasing"], {"cash_releasing": 1}])
def test_a_kind_of_benefit_that_is_no_word_is_refused(value: Any) -> None:
    assert refusal("benefits", [{"class": value}])


@pytest.mark.parametrize("value", [{"a": 1}, ["a"], True, 5])
def test_a_field_of_a_benefit_that_is_no_text_is_refused(value: Any) -> None:
    assert refusal("benefits", [{"owner": value}])


@pytest.mark.parametrize("question", ["title", "need"])
def test_half_a_character_is_refused(question: str) -> None:
    assert refusal(question, "a\ud800b")


@pytest.mark.parametrize("character", ["\x7f", "\x85", "\u2028"])
def test_other_controls_are_refused_in_one_line(character: str) -> None:
    assert refusal("title", f"a{character}b")


def test_a_time_is_no_date() -> None:
    assert refusal("go_live", datetime(2027, 3, 31, 10, 0))  # noqa: DTZ001 (as a form might)


@pytest.mark.parametrize("value", ["20270331", "2027-W13", "2027-W13-1", 20270331])
def test_a_date_in_another_form_is_refused(value: Any) -> None:
    assert refusal("go_live", value)


def test_an_amount_of_nothing_has_no_sign() -> None:
    assert stored("whole_life_cost", Decimal("-0")) == "0.00"


def test_a_row_of_blank_fields_is_no_benefit() -> None:
    assert stored("benefits", [{"owner": "   "}, {}]) is None


def test_each_wrong_field_of_each_benefit_is_named() -> None:
    rows = [{"owner": "x"}, {"expected": "soon", "value": "-5"}, {"class": "cash"}]
    with pytest.raises(InvalidInput) as refused:
        clean(council(), "economic", {"benefits": rows})
    assert refused.value.errors == {
        benefit_field("benefits", 2, "value"): POUNDS,
        benefit_field("benefits", 2, "expected"): DAY,
        benefit_field("benefits", 3, "class"): KIND,
    }


# --- two who wrote at once ------------------------------------------------------------------------

ANSWERS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2", "3"]))


def test_each_answer_is_as_whoever_changed_it_has_it() -> None:
    base = {"left": "1", "theirs": "1", "ours": "1", "both": "1", "alike": "1", "gone": "1"}
    theirs = {**base, "theirs": "2", "both": "2", "alike": "2", "new": "2"}
    ours = {**base, "ours": "3", "both": "3", "alike": "2", "other": "3"}
    del ours["gone"]
    found = reconcile(base, theirs, ours)
    assert found.answers == {
        **{"left": "1", "theirs": "2", "ours": "3", "both": "3", "alike": "2"},
        **{"new": "2", "other": "3"},
    }
    assert found.theirs == {"theirs", "both", "alike", "new"}
    assert found.both == {"both"}


@given(ANSWERS, ANSWERS, ANSWERS)
def test_nothing_that_was_changed_is_lost(
    base: dict[str, str], theirs: dict[str, str], ours: dict[str, str]
) -> None:
    """An answer of ours that we changed stands, one of theirs that we left alone does too."""
    found = reconcile(base, theirs, ours)
    for key in "abcd":
        whose = ours if ours.get(key) != base.get(key) else theirs
        assert found.answers.get(key) == whose.get(key)
        assert (key in found.answers) == (key in whose)
        assert (key in found.theirs) == (theirs.get(key) != base.get(key))
    assert reconcile(base, base, ours).answers == ours
    assert reconcile(base, theirs, base).answers == theirs
