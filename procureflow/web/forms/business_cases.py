"""Benefits, asking for an endorsement, and answering it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import HiddenField

from procureflow.domain.answers import benefit_field
from procureflow.domain.benefits import CLASSES, FIELDS
from procureflow.services.business_cases import LONGEST_NOTE
from procureflow.services.requests import LONGEST_REASON
from procureflow.web.forms.fields import Choice, Date, Form, Line, Money, Radios, Text


class BenefitForm(Form):
    """One benefit. The names are those of `domain/benefits.py`."""

    description = Line("What gets better?")
    class_ = Radios("What kind of benefit is it?", choices=CLASSES, validate_choice=False)
    change = Text("What has to change for it to happen?")
    owner = Line("Who is responsible for it?")
    measure = Line("How is it measured?")
    baseline = Line("What is it now?")
    target = Line("What should it become?")
    value = Money("What is a full year worth? (optional)")
    expected = Date("When is it expected?")

    HINTS: ClassVar[dict[str, str]] = {
        "description": "For example: fewer contractor drawings come back wrong.",
        "owner": "The post, not the person’s name. For example: Head of Planning.",
        "measure": "For example: drawings returned a year.",
        "baseline": "Give its date: 140 in 2025/26. If you don’t know it, say how and when it "
        "will be taken.",
        "target": "For example: 20.",
        "value": "Only where it can be put in pounds.",
    }

    def row(self) -> dict[str, Any]:
        """What was typed, under the domain's names; blank fields are left out."""
        values = {name: self[_field(name)] for name in FIELDS}
        given = {name: getattr(f, "value", f.data) for name, f in values.items()}
        return {name: value for name, value in given.items() if value not in (None, "")}

    def take_row(self, errors: Mapping[str, str], question: str, number: int) -> None:
        """Put the domain's sentences about this row to its fields; others to the form."""
        mine = {benefit_field(question, number, name): _field(name) for name in FIELDS}
        self.take({mine.get(name, name): sentence for name, sentence in errors.items()})

    @classmethod
    def of(cls, row: dict[str, Any] | None = None) -> BenefitForm:
        """A form filled with a stored benefit."""
        form = cls(data={_field(name): value for name, value in (row or {}).items()})
        for name, hint in cls.HINTS.items():
            form[_field(name)].description = hint
        return form


def _field(name: str) -> str:
    return "class_" if name == "class" else name


class AskForm(Form):
    """Whom to ask for an endorsement."""

    sponsor = Choice("Who sponsors this?", validate_choice=False)


class EndorseForm(Form):
    """The sponsor's answer."""

    verdict = Radios(
        "What do you say?",
        choices={
            "endorsed": "I endorse this case and answer for its benefits",
            "sent_back": "Send it back to the requester",
        },
        validate_choice=False,
    )
    note = Text("Your note", longest=LONGEST_NOTE)


class RebaseForm(Form):
    """Moving a request to another version of the policy: the one that was shown."""

    expected = HiddenField()


class StepForm(Form):
    """Confirming a step."""

    why = Text("Why? (optional)", longest=LONGEST_REASON)
