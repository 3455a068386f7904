"""What people write with what they do: a note, a reason, a sentence."""

from __future__ import annotations

from procureflow.domain import answers
from procureflow.domain.errors import InvalidInput


def words(field: str, value: str, longest: int, *, blank: str = "") -> str:
    """The text, trimmed. Raises InvalidInput where it is too long, holds control characters, or
    is blank although `blank` says what to write."""
    trimmed = answers.trimmed(value)
    if blank and not trimmed:
        raise InvalidInput({field: blank})
    try:
        return answers.text(trimmed, longest, one_line=False)
    except ValueError as error:
        raise InvalidInput({field: str(error)}) from error
