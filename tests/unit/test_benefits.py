"""Benefits: what a row has to say before it can be followed up (BC-1)."""

from __future__ import annotations

import pytest

from procureflow.domain.benefits import CLASSES, FIELDS, REQUIRED, missing, shown

COMPLETE = {
    "description": "Fewer drawings come back wrong",
    "class": "quantifiable",
    "change": "Drawings are exchanged as files",
    "owner": "Head of Highways",
    "measure": "Drawings returned a year",
    "baseline": "140 in 2025/26",
    "target": "20",
    "value": "12000.00",
    "expected": "2028-03-31",
}


def test_a_complete_benefit_is_shown() -> None:
    assert missing(COMPLETE) == ()
    assert shown(COMPLETE)


@pytest.mark.parametrize("field", [name for name in COMPLETE if name != "value"])
@pytest.mark.parametrize("blank", ["", None])
def test_every_field_but_the_value_is_needed(field: str, blank: str | None) -> None:
    row = {**COMPLETE, field: blank}
    assert missing(row) == (field,)
    assert not shown(row)


def test_a_field_that_was_left_out_is_blank() -> None:
    without = {name: value for name, value in COMPLETE.items() if name != "owner"}
    assert missing(without) == ("owner",)


def test_what_is_missing_comes_in_the_order_of_the_form() -> None:
    assert missing({}) == REQUIRED == tuple(name for name in COMPLETE if name != "value")


def test_only_moneys_worth_may_stay_blank() -> None:
    assert shown({name: value for name, value in COMPLETE.items() if name != "value"})


def test_the_classes_are_those_of_the_green_book() -> None:
    assert list(CLASSES) == ["cash_releasing", "non_cash_releasing", "quantifiable", "qualitative"]
    assert list(FIELDS) == list(COMPLETE)
