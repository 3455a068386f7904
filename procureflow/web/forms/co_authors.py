"""Naming a co-author."""

from __future__ import annotations

from procureflow.web.forms.fields import Choice, Form


class CoAuthorForm(Form):
    """Somebody of the directorate."""

    person = Choice("Who should write it with you?", validate_choice=False)
