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


LONG = 5_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([f"a{n}" for n in range(LONG)], [f"b{n}" for n in range(LONG)]),
        (["a"] * LONG, ["a"] * (LONG - 1)),
        (["a", "b"] * (LONG // 2), ["b", "a", "a"] * (LONG // 3)),
        ([f"a{n % 97}" for n in range(LONG)], [f"a{n % 89}" for n in range(LONG)]),
    ],
    ids=["nothing the same", "one word", "two words", "the same words elsewhere"],
)
def test_a_long_change_is_told_as_one(before: list[str], after: list[str]) -> None:
    """Longer than any answer may be: looked into word by word it would take minutes."""
    spans = differences(" ".join(before), " ".join(after))
    assert [change for change, _ in spans if change is not SAME] in ([REMOVED, ADDED], [REMOVED])
    assert "".join(words for change, words in spans if change is not REMOVED) == " ".join(after)
    assert "".join(words for change, words in spans if change is not ADDED) == " ".join(before)


def test_a_word_in_the_middle_of_a_long_text_is_found() -> None:
    words = [f"a{n}" for n in range(LONG)]
    changed = [*words[:2_500], "new", *words[2_500:]]
    spans = differences(" ".join(words), " ".join(changed))
    assert [part for part in spans if part[0] is not SAME] == [(ADDED, "new ")]
