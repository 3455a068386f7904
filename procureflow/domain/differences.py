"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from enum import StrEnum

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

    def flush() -> None:
        nonlocal removed, added
        spans.extend(s for s in ((Change.REMOVED, removed), (Change.ADDED, added)) if s[1])
        removed = added = ""

    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
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
