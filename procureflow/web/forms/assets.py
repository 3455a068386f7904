"""What the ICT service fills in to import the corporate asset register."""

from __future__ import annotations

from flask_wtf.file import FileField

from procureflow.web.forms.fields import Form


class File(FileField):
    """One file."""

    component = "file"


class RegisterForm(Form):
    """The register as a file."""

    register = File("The register as a CSV file")
