"""Two texts compared word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procureflow.domain.differences import Change, differences

SAME, ADDED, REMOVED = Change.SAME, Change.ADDED, Change.REMOVED


@pytest.mark.parametrize(
    ("before", "after", "spans"),
    [
        ("", "", ()),
        ("a b", "a b", ((SAME, "a b"),)),
        ("", "a b", ((ADDED, "a b"),)),
        ("a b", "", ((REMOVED, "a b"),)),
        ("one quote", "two quotes", ((REMOVED, "one quote"), (ADDED, "two quotes"))),
        (
            "£9,800, one quote.",
            "£9,800, two of November.",
            ((SAME, "£9,800, "), (REMOVED, "one quote."), (ADDED, "two of November.")),
        ),
        ("a c", "a b c", ((SAME, "a "), (ADDED, "b "), (SAME, "c"))),
        ("a  b", "a\nb", ((SAME, "a"), (REMOVED, "  "), (ADDED, "\n"), (SAME, "b"))),
    ],
)
def test_what_changed(before: str, after: str, spans: tuple[tuple[Change, str], ...]) -> None:
    assert differences(before, after) == spans


TEXT = st.text(alphabet="ab c\n", max_size=60)


@given(before=TEXT, after=TEXT)
def test_nothing_is_lost_and_nothing_made_up(before: str, after: str) -> None:
    spans = differences(before, after)
    assert "".join(words for change, words in spans if change is not REMOVED) == after
    assert "".join(words for change, words in spans if change is not ADDED) == before
    assert all(words for _, words in spans)


def test_a_long_text_takes_no_time_that_anybody_notices() -> None:
    """As long as an answer may be, and nothing in it the same."""
    before = " ".join(f"a{n}" for n in range(2_000))
    after = " ".join(f"b{n}" for n in range(2_000))
    assert len(differences(before, after)) == 2
