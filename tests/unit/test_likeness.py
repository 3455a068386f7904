"""Titles that ask for something alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procureflow.domain.likeness import alike, telling_words


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("Rota planning software for social care", "Rotas and scheduling for home CARE", 2),
        ("CAD licences for the highways design team", "Highway design workstations", 2),
        ("Printers for the library", "Tablets for the library", 0),
        ("Software for the service", "Software for the service", 0),
        ("", "Anything", 0),
    ],
)
def test_titles_are_alike_by_what_they_ask_for(one: str, other: str, shared: int) -> None:
    assert alike(one, other) == alike(other, one) == shared


@given(st.text(max_size=200))
def test_a_title_is_like_itself_where_it_says_enough(title: str) -> None:
    words = telling_words(title)
    assert alike(title, title) == (len(words) if len(words) > 1 else 0)
