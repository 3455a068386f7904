"""Saying something about a request."""

from __future__ import annotations

from procureflow.services.comments import LONGEST_COMMENT
from procureflow.web.forms.fields import Choice, Form, Text


class CommentForm(Form):
    """A comment, and what it is about."""

    section = Choice("What is it about?", validate_choice=False)
    words = Text("What would you ask or say?", longest=LONGEST_COMMENT)
