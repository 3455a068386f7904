"""A directorate action's answer, and closing it."""

from __future__ import annotations

from typing import Any

from procureflow.services.compliance import LONGEST_NOTE
from procureflow.web.forms.fields import Boxes, Choice, Date, Form, Line, Money, Text


class _Purchase(Form):
    """What was bought outside the policy."""

    what = Line("What was bought?")
    supplier = Line("From whom?")
    amount = Money("What did it cost, including VAT?")
    bought_on = Date("When was it ordered or paid?")
    evidence = Text("How is this known?", longest=LONGEST_NOTE)

    def purchase(self) -> dict[str, Any]:
        """What was typed of the purchase, under the service's names."""
        return {
            "what": self.what.data or "",
            "supplier": self.supplier.data or "",
            "amount": self.amount.data or "",
            "bought_on": self.bought_on.value or "",
            "evidence": self.evidence.data or "",
        }


class ReportForm(_Purchase):
    """A purchase, whose it was and what it breaks."""

    directorate = Choice("Which directorate bought it?", validate_choice=False)
    rules = Boxes("Which rules does it break?")


class CorrectForm(_Purchase):
    """What a report should have said, and why."""

    why = Text("What was wrong?", longest=LONGEST_NOTE)


class AnswerForm(Form):
    """What the director had done."""

    done = Text("What was done, by whom and when?", longest=LONGEST_NOTE)


class NoteForm(Form):
    """A sentence with a closing or with sending back."""

    note = Text("Your note", longest=LONGEST_NOTE)
