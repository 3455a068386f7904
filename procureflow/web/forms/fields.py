"""WTForms fields in GOV.UK patterns, each knowing which component draws it.

A field reads what was typed into plain values; `domain/answers.py` has the last word on whether
they can be kept. What was typed is always shown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from procureflow.domain.answers import FIRST_YEAR, LAST_YEAR
from procureflow.domain.errors import InvalidInput

MOST_DIGITS = 9


class Form(FlaskForm):
    """Base of all forms: errors of the domain are shown at the field they are about."""

    def take(self, errors: Mapping[str, str]) -> None:
        """Put the domain's sentences to the fields they name; others to the form as a whole."""
        for name, sentence in errors.items():
            if name in self._fields:
                field = self._fields[name]
                field.errors = [*field.errors, sentence]
            else:
                self.form_errors.append(sentence)

    @property
    def problems(self) -> list[tuple[str | None, str]]:
        """(anchor, sentence) for the error summary, in the order of the page."""
        found: list[tuple[str | None, str]] = [(None, e) for e in self.form_errors]
        for field in self:
            anchor, label = getattr(field, "anchor", field.id), field.label.text
            for error in field.errors:
                mark = "" if label.endswith("?") else ":"
                told = label.casefold() in error.casefold()
                found.append((anchor, error if told else f"{label}{mark} {error}"))
        return found


class Line(StringField):
    """One line of text."""

    component = "input"


class Money(StringField):
    """An amount in pounds."""

    component = "money"


class Number(StringField):
    """A whole number: an int where it is one, otherwise what was typed, to be refused."""

    component = "number"

    @property
    def value(self) -> int | str | None:
        """What was typed, as a number where it is one."""
        text = (self.data or "").strip()
        plain = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
        return int(text) if plain else text or None


class Password(StringField):
    """A password. Never shown again."""

    component = "password"


class Text(StringField):
    """Several lines of text, of `longest` characters where that is told beforehand, in a field
    with so many rows."""

    component = "textarea"

    def __init__(
        self, *args: Any, longest: int | None = None, rows: int = 4, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.longest, self.rows = longest, rows


class Radios(RadioField):
    """One of several, all in sight."""

    component = "radios"

    @property
    def anchor(self) -> str:
        """The first radio: where the error summary leads."""
        return f"{self.id}-0"


class Choice(SelectField):
    """One of many, in a list."""

    component = "select"


class Boxes(SelectMultipleField):
    """Any of several."""

    component = "checkboxes"

    @property
    def anchor(self) -> str:
        """The first box: where the error summary leads."""
        return f"{self.id}-0"

    def pre_validate(self, form: Any) -> None:
        """Refuse what isn't on offer."""
        offered = {str(value) for value, *_ in self.iter_choices()}
        if any(value not in offered for value in self.data or ()):
            raise ValidationError("Choose from the answers offered.")


class Date(Field):
    """A date in three parts: day, month, year."""

    component = "date"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts: dict[str, str] = {"day": "", "month": "", "year": ""}

    @property
    def anchor(self) -> str:
        """The day: where the error summary leads."""
        return f"{self.id}-day"

    @property
    def value(self) -> str | None:
        """The date as it is stored; where it is none, what was typed, to be refused."""
        if not any(self.parts.values()):
            return None
        typed = [self.parts[part] for part in ("year", "month", "day")]
        try:
            if all(part.isascii() and part.isdigit() for part in typed):
                return date(*map(int, typed)).isoformat()
        except (ValueError, OverflowError):
            pass
        return "-".join(self.parts.values())

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the three parts, or take a stored date apart."""
        self.process_errors = []
        self.data = data
        if formdata:
            for part in self.parts:
                self.parts[part] = str(formdata.get(f"{self.name}-{part}", "")).strip()[:10]
        elif isinstance(data, str) and data:
            stored = date.fromisoformat(data)
            self.parts = {
                "day": str(stored.day),
                "month": str(stored.month),
                "year": str(stored.year),
            }


def day_of(field: Date) -> date | None:
    """The day that was typed, None for a blank one. Raises InvalidInput for what is no day."""
    if field.value is None:
        return None
    try:
        day = date.fromisoformat(field.value)
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput({field.name: "Enter a real date in numbers, like 31 3 2027."})
    return day
