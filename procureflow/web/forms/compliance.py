"""A directorate action's answer, and closing it."""

from __future__ import annotations

from procureflow.web.forms.fields import Form, Text


class AnswerForm(Form):
    """What the director had done."""

    done = Text("What was done, by whom and when?")


class NoteForm(Form):
    """A sentence with a closing or with sending back."""

    note = Text("Your note")
