"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from enum import StrEnum

#: The longest change, in words and spaces, that is looked into.
LONGEST = 1_000
_WORDS = re.compile(r"\S+|\s+")


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


Span = tuple[Change, str]


def differences(before: str, after: str) -> tuple[Span, ...]:
    """The words of both texts in order: SAME and ADDED together are `after`, SAME and REMOVED are
    `before`."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    spans: list[Span] = []
    removed = added = ""
    start, end = _the_same_around(old, new)

    def flush() -> None:
        nonlocal removed, added
        spans.extend(s for s in ((Change.REMOVED, removed), (Change.ADDED, added)) if s[1])
        removed = added = ""

    codes = _codes(old[start : len(old) - end], new[start : len(new) - end])
    codes = [(what, a + start, b + start, c + start, d + start) for what, a, b, c, d in codes]
    if start:
        codes.insert(0, ("equal", 0, start, 0, start))
    if end:
        codes.append(("equal", len(old) - end, len(old), len(new) - end, len(new)))
    for n, (what, a, b, c, d) in enumerate(codes):
        words = "".join(new[c:d])
        if what != "equal":
            removed, added = removed + "".join(old[a:b]), added + words
        elif words.isspace() and 0 < n < len(codes) - 1:
            # A space between two changed words: it changes with them.
            removed, added = removed + words, added + words
        else:
            flush()
            spans.append((Change.SAME, words))
    flush()
    return tuple(spans)


def _the_same_around(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many words the two begin with, and end with, together."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    most -= start
    end = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    return start, end


def _codes(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """What became of what lies between. Where that is long it is told as one change: nobody reads
    a thousand small ones, and looking for them could take minutes."""
    if not old and not new:
        return []
    if max(len(old), len(new)) > LONGEST:
        return [("replace", 0, len(old), 0, len(new))]
    # Spaces, and words that are everywhere in it, begin no match.
    return list(SequenceMatcher(str.isspace, old, new).get_opcodes())
