"""Assessments, declarations, votes and the close."""

from __future__ import annotations

from wtforms import HiddenField

from procureflow.services.reviews import LONGEST_NOTE
from procureflow.web.forms.fields import Boxes, Form, Radios, Text


class AssessmentForm(Form):
    """An assessor's verdict."""

    verdict = Radios(
        "Your verdict",
        choices={
            "satisfied": "Satisfied",
            "satisfied_if": "Satisfied if…",
            "not_satisfied": "Not satisfied",
        },
        validate_choice=False,
    )
    note = Text("Your findings", longest=LONGEST_NOTE)


class InterestForm(Form):
    """A member's declaration."""

    interest = Radios(
        "Do you have an interest in this?",
        choices={
            "none": "No interest",
            "personal": "A personal interest: I declare it, stay and vote",
            "prejudicial": "A prejudicial interest: I leave this item and don’t vote",
        },
        validate_choice=False,
    )
    note = Text("What is the interest?", longest=LONGEST_NOTE)


class VoteForm(Form):
    """A member's vote."""

    choice = Radios(
        "How do you vote?",
        choices={
            "approve": "Approve the exception",
            "reject": "Reject it: it breaks a rule",
            "return": "Return it: information is missing",
            "abstain": "Abstain",
        },
        validate_choice=False,
    )
    reason = Text("Your reason", longest=LONGEST_NOTE)
    #: The vote of which was said that the reason for another one still stands there.
    meant = HiddenField()


class CloseForm(Form):
    """What goes with the outcome that the votes give."""

    reasons = Text("The group’s reasons", longest=LONGEST_NOTE)
    conditions = Text("Conditions, one on each line (optional)")
    rules = Boxes("Which rules does it break?", choices={})
    sections = Boxes("Which sections need more?", choices={})
    expected = HiddenField()
