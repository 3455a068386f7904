"""Money: what people type, exact pence, and how an amount is shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procureflow.domain.money import (
    LARGEST,
    from_pence,
    in_prose,
    in_table,
    parse_pounds,
    to_pence,
)

amounts = st.decimals(0, LARGEST, places=2)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("0", "0.00"),
        ("5", "5.00"),
        ("5.5", "5.50"),
        ("5.50", "5.50"),
        ("0.01", "0.01"),
        ("£5", "5.00"),
        ("£ 5", "5.00"),
        ("  £5.00  ", "5.00"),
        ("£64,415", "64415.00"),
        ("64415.50", "64415.50"),
        ("1,234,567.89", "1234567.89"),
        ("007", "7.00"),
        ("99999999999.99", "99999999999.99"),
        ("£99,999,999,999.99", "99999999999.99"),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed: str, amount: str) -> None:
    assert str(parse_pounds(typed)) == amount


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "£",
        "-5",
        "£-5",
        "+5",
        "(5)",
        ".50",
        "5.",
        "5.005",
        "5,00",
        "1234,567",
        "1,23,456",
        ",123",
        "1,234,56",
        "1 000",
        "5p",
        "$5",
        "€5",
        "££5",
        "1e5",
        "5E2",
        "0x10",
        "1_000",
        "NaN",
        "nan",
        "Infinity",
        "five",
        "5\x00",
        "5\n6",
        "\uff15",
        "\u0665",
        "5\u00b2",
        "5.\uff10\uff10",
        "100000000000",
        "100,000,000,000.00",
        "9" * 5000,
    ],
)
def test_anything_else_is_no_amount(typed: str) -> None:
    with pytest.raises(ValueError, match=r"money|larger"):
        parse_pounds(typed)


@given(amounts)
def test_what_is_shown_can_be_typed_again(amount: Decimal) -> None:
    assert parse_pounds(in_table(amount)) == amount
    assert parse_pounds(in_prose(amount)) == amount
    assert parse_pounds(format(amount, "f")) == amount


@given(amounts | amounts.map(lambda amount: -amount))
def test_pence_are_exact_there_and_back(amount: Decimal) -> None:
    assert from_pence(to_pence(amount)) == amount


@given(st.integers(-(10**13), 10**13))
def test_pounds_are_exact_there_and_back(pence: int) -> None:
    pounds = from_pence(pence)
    assert to_pence(pounds) == pence
    assert pounds.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("amount", "pence"),
    [
        ("0.005", 0),
        ("0.015", 2),
        ("0.025", 2),
        ("0.0251", 3),
        ("0.035", 4),
        ("-0.005", 0),
        ("-0.015", -2),
        ("-0.025", -2),
        ("1.005", 100),
        ("2.675", 268),
    ],
)
def test_half_a_penny_goes_to_the_even_one(amount: str, pence: int) -> None:
    assert to_pence(Decimal(amount)) == pence


@pytest.mark.parametrize(
    ("amount", "prose", "table"),
    [
        ("0", "£0", "£0.00"),
        ("0.50", "£0.50", "£0.50"),
        ("612", "£612", "£612.00"),
        ("64415", "£64,415", "£64,415.00"),
        ("64415.5", "£64,415.50", "£64,415.50"),
        ("1234567.89", "£1,234,567.89", "£1,234,567.89"),
        ("0.995", "£1", "£1.00"),
        ("0.985", "£0.98", "£0.98"),
        ("0.004", "£0", "£0.00"),
        ("-5", "-£5", "-£5.00"),
        ("-1234.5", "-£1,234.50", "-£1,234.50"),
        ("-0.015", "-£0.02", "-£0.02"),
    ],
)
def test_an_amount_is_shown_in_prose_and_in_a_table(amount: str, prose: str, table: str) -> None:
    assert (in_prose(Decimal(amount)), in_table(Decimal(amount))) == (prose, table)


@pytest.mark.parametrize("amount", ["-0.004", "-0.005", "-0", "-0.00"])
def test_nothing_has_no_sign(amount: str) -> None:
    assert (in_prose(Decimal(amount)), in_table(Decimal(amount))) == ("£0", "£0.00")
