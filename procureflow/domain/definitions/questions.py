"""`questions.yaml`: what is asked, in which section, of whom, and how an answer is understood."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from procureflow.domain.definitions.organisation import Key, Line, Words
from procureflow.domain.definitions.source import Count, Definition, Flag


class QuestionType(StrEnum):
    """How a question is answered. `place` is where the post works and `asset` the tag of something
    on the corporate asset register, each a line of text. `benefits` is a block of rows that code,
    not data, describes."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    MONEY = "money"
    WHOLE_NUMBER = "whole_number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    DATE = "date"
    JOB_ROLE = "job_role"
    CATALOGUE_OPTION = "catalogue_option"
    PLACE = "place"
    ASSET = "asset"
    BENEFITS = "benefits"


class Question(Definition):
    """One question. `why` answers "why we ask"; `example` shows a good answer.

    `in_summary` puts the answer on the one page that sponsor, assessors and members read first.
    `tier` is the smallest tier that asks it. `asked_when` is an expression over facts: the
    question is put while it is true or still unknown. `begins_with` names a question of the check
    whose answer stands in the form until this one is answered.
    """

    type: QuestionType
    label: Line
    hint: Words | None = None
    why: Words | None = None
    example: Words | None = None
    tier: Literal["light", "standard", "full"] = "light"
    required: Flag = True
    asked_when: Line | None = None
    begins_with: Key | None = None
    options: dict[Key, Line] = Field(default_factory=dict)
    max_length: Count = Field(default=2000, ge=1, le=10_000)
    at_least: Count | None = Field(default=None, ge=0)
    at_most: Count | None = Field(default=None, ge=0)
    may_be_exempt: Flag = False
    in_summary: Flag = False


class Section(Definition):
    """A part of the request with its own versions. `phase` says when it is written."""

    title: Line
    phase: Literal["check", "case"]
    intro: Words | None = None
    questions: dict[Key, Question] = Field(min_length=1)


class Questions(Definition):
    """The whole document."""

    sections: dict[Key, Section] = Field(min_length=2)

    def all(self) -> dict[str, tuple[str, Question]]:
        """Every question by id, with the key of its section."""
        return {
            key: (section_key, question)
            for section_key, section in self.sections.items()
            for key, question in section.questions.items()
        }
