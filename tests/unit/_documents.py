"""The default council's documents: whole, or with one thing in them changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from procureflow.adapters.files import read_documents
from procureflow.domain.bundle import Bundle, load_bundle
from procureflow.domain.definitions.source import ConfigFaults, Fault

HEREFORDSHIRE = Path(__file__).parents[2] / "config" / "herefordshire"
ORGANISATION = "organisation.yaml"
WORKFLOW = "workflow.yaml"
QUESTIONS = "questions.yaml"
CATALOGUE = "catalogue.yaml"
PARAMETERS = "parameters.yaml"
POLICY = "policy/2007-03-22-embargo-and-standards.yaml"
#: A day after the handover to the Information Policy Group.
TODAY = date(2026, 11, 2)


@cache
def _texts() -> Mapping[str, str]:
    return read_documents(HEREFORDSHIRE)


@cache
def council() -> Bundle:
    """The default council, loaded once: a bundle is immutable."""
    return load_bundle(_texts())


def documents(**changes: str) -> dict[str, str]:
    """A fresh copy of every document's text."""
    return {**_texts(), **changes}


def facts(**known: Any) -> dict[str, Any]:
    """Every fact of the default council, unknown but for those given."""
    return {**dict.fromkeys(council().schema), "today": TODAY, **known}


@dataclass(frozen=True)
class Change:
    """One thing changed in one document, and the fault that this must give.

    `at` is a piece of the changed document that ends on the line that the fault must name. `what`
    and `remedy` are pieces of its words; there is always a remedy.
    """

    name: str
    document: str
    old: str
    new: str
    at: str
    what: str
    remedy: str

    def made(self) -> dict[str, str]:
        """The documents after the change. What is replaced must stand there exactly once."""
        texts = documents()
        assert texts[self.document].count(self.old) == 1, f"{self.old!r} is not there just once"
        texts[self.document] = texts[self.document].replace(self.old, self.new)
        return texts

    @property
    def line(self) -> int:
        """The number of the line that the fault must name."""
        text = self.made()[self.document]
        assert text.count(self.at) == 1, f"{self.at!r} is not there just once"
        return text[: text.index(self.at) + len(self.at)].count("\n") + 1

    def expect(self) -> None:
        """Load the changed documents and look for the fault."""
        faults = faults_of(self.made())
        fitting = [f for f in faults if self.what in f.what and self.remedy in f.remedy]
        assert fitting, f"no fault says so, but: {[str(f) for f in faults]}"
        places = {(f.file, f.line) for f in fitting}
        assert (self.document, self.line) in places, f"it is said of {places}"


def faults_of(texts: Mapping[str, str]) -> tuple[Fault, ...]:
    """The faults for which these documents are refused."""
    with pytest.raises(ConfigFaults) as refused:
        load_bundle(texts)
    assert refused.value.faults
    assert all(f.line >= 1 and f.what and f.remedy for f in refused.value.faults)
    return refused.value.faults


def named(change: Change) -> str:
    """The id of a case in a table of changes."""
    return change.name.replace(" ", "-")
