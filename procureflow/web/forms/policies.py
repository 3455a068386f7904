"""What a policy officer fills in to propose documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from flask_wtf.file import MultipleFileField

from procureflow.adapters.files import decoded
from procureflow.domain.bundle import DOCUMENTS, POLICY_FOLDER
from procureflow.domain.definitions.source import ConfigFaults, Fault
from procureflow.services.policies import LONGEST_WHY
from procureflow.web.forms.fields import Date, Form, Text

#: More files than a council has documents.
MOST_FILES = 50


_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\.yaml")


class Files(MultipleFileField):
    """Any number of files."""

    component = "files"


class ProposeForm(Form):
    """Changed documents, from when and why."""

    text = Text("What the document says", rows=30)
    documents = Files(
        "Documents from files (optional)",
        description="YAML files with the names of the council’s documents. Each takes the place of "
        "the document of that name; a file with a new date and name is a further policy document.",
    )
    effective_from = Date(
        "From which day on? (optional)", description="Leave it blank for the first day possible."
    )
    why = Text("Why do the documents change?", longest=LONGEST_WHY)

    def changed(self, known: Mapping[str, str]) -> dict[str, str]:
        """The texts of the files by the documents' names. Raises ConfigFaults for what can't be
        read."""
        found: dict[str, str] = {}
        faults: list[Fault] = []
        given = [file for file in self.documents.data or () if file and file.filename]
        for file in given[:MOST_FILES]:
            base = PurePosixPath(str(file.filename).replace("\\", "/")).name
            if not _NAME.fullmatch(base):
                what = "its name isn’t like parameters.yaml or 2027-01-31-printers.yaml"
                faults.append(Fault(base[:100], 1, what, "rename it"))
                continue
            name = base if base in DOCUMENTS else f"{POLICY_FOLDER}{base}"
            try:
                found[name] = decoded(file.read())
            except ValueError as error:
                faults.append(Fault(name, 1, str(error), "save it as plain UTF-8 text"))
        if faults:
            raise ConfigFaults(faults)
        return {**known, **found}
