"""Whether two requests ask for something alike, told by the words of their titles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

#: So many words in common make two titles alike.
ENOUGH = 2
_WORD = re.compile(r"[^\W\d_]{4,}")
#: What stands in many titles and says nothing of what is asked for.
_COMMON = frozenset(
    {
        *("council", "county", "directorate", "licence", "office", "program", "project"),
        *("replacement", "service", "software", "system", "team", "that", "this", "with", "from"),
    }
)


def telling_words(title: str) -> frozenset[str]:
    """The words of a title that say what is asked for, in the singular."""
    found = (word.casefold().removesuffix("s") for word in _WORD.findall(title))
    return frozenset(found) - _COMMON


def alike(one: str, other: str) -> int:
    """How many telling words two titles share; 0 where that is too few to be alike."""
    shared = len(telling_words(one) & telling_words(other))
    return shared if shared >= ENOUGH else 0


def likest(titled: Iterable[tuple[str, T]], title: str) -> list[T]:
    """What has a like title, the likest first, and of those as like as each other the first."""
    found = [(alike(one, title), what) for one, what in titled]
    return [what for likeness, what in sorted(found, key=lambda row: -row[0]) if likeness]


def key_of(name: str) -> str:
    """A name with the case, the spaces and the marks taken out, by which two spellings are one."""
    return "".join(character for character in name.casefold() if character.isalnum())


#: What a company's name ends with, and some leave out.
_LEGAL = re.compile(r"[\s,]*(?:\b(?:ltd|limited|plc|llp|inc|uk)\b|\(uk\))\.?$", re.IGNORECASE)


def supplier_key(name: str) -> str:
    """A supplier's name as it is compared: “Mapwright Ltd.” is “mapwright”."""
    bare, before = name.strip(), ""
    while bare != before:
        before, bare = bare, _LEGAL.sub("", bare).strip()
    return key_of(bare) or key_of(name)
